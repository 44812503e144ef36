//! External analyzers that do not look: nothing passes unseen, unless the policy says so.

use crate::analyzers::{asking, known, saying, small, verdict};
use crate::platform::{HI, HI_STREAM, MODEL, Platform, SUBSCRIPTION};
use cupola_core::ResourceId;
use cupola_testkit::{Answer, FakeUpstream};
use serde_json::{Value, json};
use std::time::Duration;

/// Ways not to look.
fn faults() -> Vec<(&'static str, Answer)> {
    let json = |status: u16, body: &str| Answer::failure(status, body);
    vec![
        ("a failure", json(500, "{}")),
        ("a refusal", json(401, r#"{"error":{"code":"401"}}"#)),
        ("no JSON", json(200, "<html>")),
        ("another JSON", json(200, r#"{"ok":true}"#)),
        ("nothing of a category", json(200, r#"{"categoriesAnalysis":[]}"#)),
        ("a closed connection", Answer::Close),
        ("silence", Answer::Silence),
    ]
}

fn text() -> String {
    "All is well in the village, and the sun is high above the fields. ".repeat(4)
}

async fn failing(
    fault: &Answer,
    sources: &[&str],
    on_failure: &str,
) -> (Platform, FakeUpstream, FakeUpstream) {
    let pieces = text().split_inclusive(' ').map(str::to_owned).collect();
    let (platform, upstream) = saying(pieces).await;
    let fault = fault.clone();
    let service = FakeUpstream::start(move |_| fault.clone()).await.unwrap();
    let mut more = small();
    more["timeoutMs"] = json!(200);
    known(&platform, &service, more).await;
    asking(&platform, sources, json!({ "onFailure": on_failure })).await;
    (platform, upstream, service)
}

#[tokio::test]
async fn a_prompt_that_nobody_looked_at_is_not_answered() {
    for (what, fault) in faults() {
        let (platform, upstream, _service) = failing(&fault, &["Prompt"], "Block").await;
        for body in [HI, HI_STREAM] {
            let reply = platform.chat(body).await.expect(503);
            assert_eq!(reply.header("x-ms-error-code"), "content_filter_error", "{what}");
            assert!(
                reply.text.contains("could not be filtered"),
                "{what}: {}",
                reply.text
            );
        }
        assert!(upstream.received().is_empty(), "{what}");
        assert_eq!(platform.billed().await, [0; 5], "{what}");
        let newest = &platform.findings().await[0];
        assert_eq!(newest.entry.outcome, "ContentFilterUnavailable", "{what}");
        let detail = &newest.entry.detail;
        assert_eq!(
            (&detail["analyzer"], &detail["passed"]),
            (&json!("ours"), &json!(false))
        );
    }
}

#[tokio::test]
async fn a_completion_that_nobody_looked_at_does_not_go_out_whole_or_streamed() {
    for (what, fault) in faults() {
        let (platform, _upstream, _service) = failing(&fault, &["Completion"], "Block").await;
        let reply = platform.chat(HI).await.expect(503);
        assert_eq!(reply.header("x-ms-error-code"), "content_filter_error", "{what}");
        assert_eq!(platform.billed().await, [0; 5], "{what}: nothing was shown");
        let reply = platform.openai(HI_STREAM).await;
        assert!(!reply.text.contains("village"), "{what}: {}", reply.text);
        assert!(
            reply.text.contains("content_filter_error"),
            "{what}: {}",
            reply.text
        );
        let said_done = reply.text.contains(r#""finish_reason":"stop""#);
        assert!(!said_done, "{what}: {}", reply.text);
        assert_eq!(platform.findings().await.len(), 2, "{what}");
    }
}

#[tokio::test]
async fn an_analyzer_that_fails_in_the_middle_cuts_the_answer_there() {
    let pieces: Vec<String> = text().split_inclusive(' ').map(str::to_owned).collect();
    let (platform, _upstream) = saying(pieces).await;
    let service = FakeUpstream::start(|received| {
        let body: Value = serde_json::from_str(&received.body).unwrap();
        match body["text"].as_str().unwrap().chars().count() {
            0..120 => verdict(received),
            _ => Answer::failure(500, "{}"),
        }
    })
    .await
    .unwrap();
    known(&platform, &service, small()).await;
    asking(&platform, &["Completion"], json!({})).await;
    let reply = platform.openai(HI_STREAM).await.expect(200);
    let said: String = reply
        .text
        .split("\n\n")
        .filter_map(|event| serde_json::from_str::<Value>(event.strip_prefix("data: ")?).ok())
        .filter_map(|chunk| {
            chunk["choices"][0]["delta"]["content"]
                .as_str()
                .map(str::to_owned)
        })
        .collect();
    assert!(text().starts_with(&said) && said.chars().count() < 120, "{said}");
    assert!(reply.text.contains("content_filter_error"), "{}", reply.text);
}

#[tokio::test]
async fn where_the_policy_lets_it_pass_the_text_goes_on_and_azure_s_clients_are_told() {
    for (what, fault) in faults() {
        let (platform, _upstream, _service) = failing(&fault, &["Prompt", "Completion"], "Allow").await;
        let reply = platform.chat(HI).await.expect(200).json();
        assert_eq!(reply["choices"][0]["message"]["content"], text(), "{what}");
        let reply = platform.chat(HI_STREAM).await.expect(200);
        assert_eq!(reply.said(), text(), "{what}");
        let newest = &platform.findings().await[0];
        assert_eq!(newest.entry.outcome, "ContentFilterUnavailable", "{what}");
        assert_eq!(newest.entry.detail["passed"], true, "{what}");
        if what != "a failure" {
            continue;
        }
        platform
            .account("lab", ("lab-key", "lab-other"), &[("chat", MODEL)])
            .await;
        let account =
            ResourceId::group(SUBSCRIPTION, "rg").resource("Microsoft.CognitiveServices", "accounts", "lab");
        let seat =
            |source: &str| json!({"safetyProviderName": "ours", "source": source, "onFailure": "Allow"});
        let policy = json!({"safetyProviders": [seat("Prompt"), seat("Completion")]});
        platform.put(account.child("raiPolicies", "asking"), policy).await;
        let deployment = json!({"model": {"format": "OpenAI", "name": "m", "version": "1"}, "modelId": MODEL, "raiPolicyName": "asking"});
        platform
            .put(account.child("deployments", "chat"), deployment)
            .await;
        let target = "/accounts/lab/openai/v1/chat/completions";
        let unfiltered =
            json!({"error": {"code": "content_filter_error", "message": "The contents are not filtered"}});
        let hi = json!({"messages": [{"role": "user", "content": "hi"}], "model": "chat"}).to_string();
        let reply = platform
            .send("POST", target, &[("api-key", "lab-key")], hi.clone())
            .await
            .expect(200)
            .json();
        assert_eq!(
            reply["prompt_filter_results"][0]["content_filter_results"],
            unfiltered
        );
        assert_eq!(reply["choices"][0]["content_filter_results"], unfiltered);
        let hi = hi.replace(r#""model":"chat""#, r#""model":"chat","stream":true"#);
        let reply = platform
            .send("POST", target, &[("api-key", "lab-key")], hi)
            .await
            .expect(200);
        assert_eq!(reply.said(), text());
        assert!(
            reply.text.matches("content_filter_error").count() >= 2,
            "{}",
            reply.text
        );
    }
}

#[tokio::test]
async fn text_waits_for_a_slow_analyzer_and_comes_whole() {
    let pieces: Vec<String> = text().split_inclusive(' ').map(str::to_owned).collect();
    let (platform, _upstream) = saying(pieces).await;
    let service = FakeUpstream::start(|received| {
        std::thread::sleep(Duration::from_millis(20));
        verdict(received)
    })
    .await
    .unwrap();
    let mut more = small();
    more["concurrencyMax"] = json!(1);
    known(&platform, &service, more).await;
    asking(&platform, &["Prompt", "Completion"], json!({})).await;
    let reply = platform.chat(HI_STREAM).await.expect(200);
    assert_eq!(reply.said(), text());
    let reply = platform.chat(HI).await.expect(200).json();
    assert_eq!(reply["choices"][0]["message"]["content"], text());
}
