//! Bodies of sound requests that go beyond every bound of JSON, of the minute, or of names.

use crate::platform::{HI, MODEL, Platform, simulator};
use serde_json::Value;
use std::time::Duration;

async fn hello() -> Platform {
    let platform = Platform::start().await;
    platform.hello(simulator()).await;
    platform
}

#[tokio::test]
async fn numbers_and_brackets_without_bounds() {
    let platform = hello().await;
    let chat = |field: &str| HI.replacen('{', &format!("{{{field},"), 1);
    for field in [
        r#""temperature":1e400"#,
        r#""max_tokens":1e400"#,
        r#""max_tokens":-1"#,
        r#""max_tokens":10000000000000000000000000000000000000000"#,
        r#""top_p":-1e400"#,
    ] {
        let reply = platform.chat(&chat(field)).await;
        assert!(matches!(reply.status, 400 | 422), "{field}: {}", reply.text);
        let reply = platform.openai(&chat(field)).await;
        assert_eq!(reply.status, 400, "{field}: {}", reply.text);
    }
    let n = platform.openai(&chat(r#""n":1e400"#)).await;
    assert_eq!(n.status, 400, "{}", n.text);
    let open = "[".repeat(100_000);
    let deep = open.clone() + &"]".repeat(100_000);
    let objects = r#"{"a":"#.repeat(100_000) + "1" + &"}".repeat(100_000);
    for value in [&deep, &objects] {
        let answered = platform.openai(&chat(&format!(r#""metadata":{value}"#))).await;
        assert!(matches!(answered.status, 200 | 400), "{}", answered.text);
        let content = HI.replace(r#""hi""#, value);
        for surface in ["chat/completions", "v1/chat/completions"] {
            let answered = platform.post(surface, &content, &[]).await;
            assert!(matches!(answered.status, 200 | 400 | 422), "{}", answered.text);
        }
    }
    platform.chat(&open).await.expect(400);
    platform.chat(&HI.replace(r#""hi""#, &open)).await.expect(400);
    platform
        .account("lab", ("lab-key", "lab-other"), &[("chat", MODEL)])
        .await;
    let key = [("api-key", "lab-key")];
    for (route, body) in [
        (
            "anthropic/v1/messages",
            r#"{"model":"chat","max_tokens":9,"messages":[{"role":"user","content":DEEP}]}"#,
        ),
        ("openai/v1/responses", r#"{"model":"chat","input":DEEP}"#),
        (
            "openai/v1/responses",
            r#"{"model":"chat","input":"hi","tools":DEEP}"#,
        ),
        (
            "v2/chat",
            r#"{"model":"chat","messages":[{"role":"user","content":DEEP}]}"#,
        ),
        ("v1/chat", r#"{"model":"chat","message":"hi","tools":DEEP}"#),
        ("v1/embeddings", r#"{"model":"chat","input":DEEP}"#),
        ("v1/completions", r#"{"model":"chat","prompt":DEEP}"#),
    ] {
        for value in [&deep, &objects, &open] {
            let body = body.replace("DEEP", value);
            let reply = platform
                .send("POST", &format!("/accounts/lab/{route}"), &key, body)
                .await;
            assert!(
                matches!(reply.status, 200 | 400..=422),
                "{route}: {} {}",
                reply.status,
                reply.text
            );
        }
    }
    platform.chat(HI).await.expect(200);
}

#[tokio::test]
async fn a_prompt_of_a_million_tokens_meets_the_limit_of_its_minute() {
    let platform = hello().await;
    let prompt = |bytes: usize| HI.replace("hi", &"x".repeat(bytes));
    // One that is larger than the whole limit may be the only one of its minute.
    platform.chat(&prompt((4 << 20) - 100)).await.expect(200);
    let refused = platform.chat(&prompt((4 << 20) - 100)).await.expect(429).json();
    assert_eq!(refused["error"]["details"][0]["target"], "tokens_per_minute");
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.contains("of 200000 tokens per minute"), "{message}");
    let refused = platform.chat(&prompt(4 << 20)).await.expect(413).json();
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.contains("4194304 bytes"), "{message}");
    assert_eq!(platform.billed().await[4], 1);
    platform.clock.advance(Duration::from_secs(60));
    platform.chat(HI).await.expect(200);
}

#[tokio::test]
async fn names_that_come_twice_or_with_control_characters() {
    let platform = hello().await;
    platform
        .account("lab", ("lab-key", "lab-other"), &[("chat", MODEL)])
        .await;
    let key = [("api-key", "lab-key")];
    let messages = r#""messages":[{"role":"user","content":"hi"}]"#;
    let chat = "/accounts/lab/openai/v1/chat/completions";
    for twice in [
        format!(r#"{{"model":"chat","model":"other",{messages}}}"#),
        format!(r#"{{"model":"chat","mod\u0065l":"other",{messages}}}"#),
        format!(r#"{{"model":"chat",{messages},{messages}}}"#),
        format!(r#"{{"model":"chat","max_tokens":1,"max_tokens":900,{messages}}}"#),
        format!(r#"{{"model":"chat","stream":false,"stream":true,{messages}}}"#),
    ] {
        let refused = platform.send("POST", chat, &key, twice).await.expect(400);
        assert!(refused.text.contains("duplicate field"), "{}", refused.text);
    }
    for name in [
        r"a\u0000b",
        r"a\r\nSet-Cookie: x",
        r"\u001b[31m",
        r"\u202e",
        r"\ud83e\udd80",
        "",
    ] {
        for (route, body) in [
            (
                "openai/v1/chat/completions",
                format!(r#"{{"model":"{name}",{messages}}}"#),
            ),
            (
                "anthropic/v1/messages",
                format!(r#"{{"model":"{name}","max_tokens":9,{messages}}}"#),
            ),
            (
                "openai/v1/responses",
                format!(r#"{{"model":"{name}","input":"hi"}}"#),
            ),
            ("v2/chat", format!(r#"{{"model":"{name}",{messages}}}"#)),
        ] {
            let reply = platform
                .send("POST", &format!("/accounts/lab/{route}"), &key, body)
                .await;
            assert!(
                matches!(reply.status, 400 | 404),
                "{route} {name}: {} {}",
                reply.status,
                reply.text
            );
            let said: Value = reply.json();
            assert!(
                !said.to_string().contains(r"\u0000") && !said.to_string().contains(r"\u001b"),
                "{said}"
            );
            assert!(!reply.headers.contains_key("set-cookie"));
        }
    }
    // A lone surrogate is no text.
    let lone = format!(r#"{{"model":"\ud800",{messages}}}"#);
    let reply = platform.send("POST", chat, &key, lone).await;
    assert!(matches!(reply.status, 400 | 404), "{}", reply.text);
    assert_eq!(platform.billed().await[4], 0);
}
