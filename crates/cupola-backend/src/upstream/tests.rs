//! What goes over the wire to servers of each dialect, and what comes back.

use super::*;
use crate::Timeouts;
use crate::error::Kind;
use cupola_testkit::{Answer as Reply, FakeUpstream, Received};

const HI: &str = r#"{"model":"ours","messages":[{"role":"user","content":"hi"}]}"#;

fn call(operation: Operation, body: &'static str) -> Call<'static> {
    Call {
        operation,
        body: Bytes::from_static(body.as_bytes()),
        model_at: body.find("\"ours\"").map(|at| at..at + 6),
        native: None,
        stream: false,
        request_id: "r-1",
        affinity: 0,
        prompt_tokens: 1,
        max_tokens: None,
        n: 1,
        traceparent: None,
        attempts: None,
    }
}

fn upstream(dialect: Dialect, url: &str) -> Upstream {
    let settings = UpstreamSettings {
        url: url.to_owned(),
        dialect,
        model: "theirs".to_owned(),
        api_version: None,
        allow_private_network: true,
    };
    let dialer = Dialer::new(Timeouts::default(), Vec::new());
    Upstream::new(&settings, Some(&Secret::new("sk-1")), dialer).expect("an upstream")
}

/// What the server saw, and what its answer is in OpenAI's shape.
async fn ask(dialect: Dialect, call: &Call<'_>, answer: &'static str) -> (Received, serde_json::Value) {
    let server = FakeUpstream::start(move |_| Reply::failure(200, answer))
        .await
        .expect("a server");
    let root = server.url().trim_end_matches("/v1").to_owned();
    let found = upstream(dialect, &root).infer(call).await.expect("an answer");
    assert_eq!((found.status.as_u16(), found.dialect), (200, dialect));
    let whole = found.body.collect(1 << 20).await.expect("a body");
    let turned = dialect
        .answer(call.operation, &whole)
        .expect("an answer that is one");
    let turned = serde_json::from_slice(turned.as_deref().unwrap_or(&whole)).expect("JSON");
    (server.received().remove(0), turned)
}

fn header(received: &Received, name: &str) -> String {
    let value = received.headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

#[tokio::test]
async fn openai_gets_the_body_as_it_came_with_its_own_name_for_the_model() {
    let (seen, _) = ask(Dialect::OpenAi, &call(Operation::Chat, HI), "{}").await;
    assert_eq!(seen.target, "/chat/completions");
    assert_eq!(seen.body, HI.replace("ours", "theirs"));
    assert_eq!(header(&seen, "authorization"), "Bearer sk-1");
    assert_eq!(header(&seen, "x-request-id"), "r-1");
    for (operation, path) in [
        (Operation::Completions, "/completions"),
        (Operation::Embeddings, "/embeddings"),
        (Operation::Rerank, "/rerank"),
    ] {
        let (seen, _) = ask(
            Dialect::OpenAi,
            &call(operation, r#"{"model":"ours","x":1}"#),
            "{}",
        )
        .await;
        assert_eq!(
            (&*seen.target, &*seen.body),
            (path, r#"{"model":"theirs","x":1}"#)
        );
    }
}

#[tokio::test]
async fn azure_openai_has_the_deployment_in_the_path_and_the_key_in_a_header_of_its_own() {
    let (seen, _) = ask(Dialect::AzureOpenAi, &call(Operation::Chat, HI), "{}").await;
    assert_eq!(
        seen.target,
        "/openai/deployments/theirs/chat/completions?api-version=2024-10-21"
    );
    assert_eq!(
        (&*header(&seen, "api-key"), &*header(&seen, "authorization")),
        ("sk-1", "")
    );
}

#[tokio::test]
async fn model_inference_gets_an_api_version_and_both_headers() {
    let (seen, _) = ask(Dialect::ModelInference, &call(Operation::Chat, HI), "{}").await;
    assert_eq!(seen.target, "/chat/completions?api-version=2024-05-01-preview");
    assert_eq!(
        (&*header(&seen, "api-key"), &*header(&seen, "authorization")),
        ("sk-1", "Bearer sk-1")
    );
}

#[tokio::test]
async fn anthropic_is_asked_in_its_own_words_and_its_answer_is_turned() {
    let answer = r#"{"id":"m","type":"message","role":"assistant","model":"theirs","content":[{"type":"text","text":"hello"}],
        "stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":2}}"#;
    let (seen, turned) = ask(Dialect::Anthropic, &call(Operation::Chat, HI), answer).await;
    assert_eq!(seen.target, "/v1/messages");
    assert_eq!(
        (
            &*header(&seen, "x-api-key"),
            &*header(&seen, "anthropic-version"),
            &*header(&seen, "authorization")
        ),
        ("sk-1", "2023-06-01", "")
    );
    let said: serde_json::Value = serde_json::from_str(&seen.body).expect("JSON");
    assert_eq!(
        (&said["model"], &said["messages"][0]["role"]),
        (&"theirs".into(), &"user".into())
    );
    assert!(said["max_tokens"].is_u64(), "{said}");
    assert_eq!(turned["choices"][0]["message"]["content"], "hello");
    assert_eq!(turned["usage"]["completion_tokens"], 2);
}

#[tokio::test]
async fn cohere_is_asked_in_its_own_words_and_its_answer_is_turned() {
    let answer = r#"{"id":"c","finish_reason":"COMPLETE","message":{"role":"assistant","content":[{"type":"text","text":"hello"}]},
        "usage":{"billed_units":{"input_tokens":3,"output_tokens":2},"tokens":{"input_tokens":3,"output_tokens":2}}}"#;
    let (seen, turned) = ask(Dialect::Cohere, &call(Operation::Chat, HI), answer).await;
    assert_eq!(
        (&*seen.target, &*header(&seen, "authorization")),
        ("/v2/chat", "Bearer sk-1")
    );
    assert!(seen.body.contains(r#""model":"theirs""#), "{}", seen.body);
    assert_eq!(turned["choices"][0]["message"]["content"], "hello");
}

#[tokio::test]
async fn a_client_of_the_same_dialect_is_passed_on_byte_for_byte() {
    let native = "{ \"model\":\"ours\",  \"max_tokens\": 7, \"messages\":[{\"role\":\"user\",\"content\":\"hi\"}], \"odd\":1 }";
    let answer = r#"{"id":"m","type":"message","role":"assistant","model":"theirs","content":[],"stop_reason":"end_turn",
        "usage":{"input_tokens":3,"output_tokens":2}}"#;
    let call = Call {
        native: Some((Dialect::Anthropic, Bytes::from_static(native.as_bytes()))),
        ..call(Operation::Chat, HI)
    };
    let (seen, _) = ask(Dialect::Anthropic, &call, answer).await;
    assert_eq!(seen.body, native.replace("ours", "theirs"));
    // Of another dialect it is of no use.
    let (seen, _) = ask(Dialect::OpenAi, &call, "{}").await;
    assert_eq!(seen.body, HI.replace("ours", "theirs"));
}

#[tokio::test]
async fn what_a_dialect_cannot_say_is_refused_before_anything_is_sent() {
    let server = FakeUpstream::start(|_| Reply::Close).await.expect("a server");
    let refused = async |dialect, call: Call<'static>| {
        let found = upstream(dialect, server.url())
            .infer(&call)
            .await
            .expect_err("refused");
        assert_eq!(found.kind, Kind::Untranslatable, "{found}");
        found.param.unwrap_or_default()
    };
    let vectors = || call(Operation::Embeddings, r#"{"model":"ours","input":"a"}"#);
    assert_eq!(refused(Dialect::Anthropic, vectors()).await, "model");
    let ranks = call(
        Operation::Rerank,
        r#"{"model":"ours","query":"a","documents":["b"]}"#,
    );
    assert_eq!(refused(Dialect::AzureOpenAi, ranks).await, "model");
    let several = r#"{"model":"ours","n":2,"messages":[{"role":"user","content":"hi"}]}"#;
    assert_eq!(
        refused(Dialect::Anthropic, call(Operation::Chat, several)).await,
        "n"
    );
    assert_eq!(server.received().len(), 0);
}

#[test]
fn the_api_version_stands_behind_the_query_that_is_there() {
    let path = |dialect, url: &str, version: Option<&str>| {
        let settings = UpstreamSettings {
            url: url.to_owned(),
            dialect,
            model: "m".to_owned(),
            api_version: version.map(str::to_owned),
            allow_private_network: false,
        };
        let base = BaseUrl::read(url, false)?;
        Ok::<_, String>(routes(&settings, &base)?[0].1.to_string())
    };
    let check = |found: Result<String, String>, expected: &str| assert_eq!(found.as_deref(), Ok(expected));
    check(path(Dialect::OpenAi, "https://e.com", None), "/chat/completions");
    check(
        path(Dialect::OpenAi, "https://e.com/models/?a=b", Some("1")),
        "/models/chat/completions?a=b&api-version=1",
    );
    check(
        path(
            Dialect::ModelInference,
            "https://e.com/?api-version=mine",
            Some("1"),
        ),
        "/chat/completions?api-version=mine",
    );
    check(
        path(Dialect::AzureOpenAi, "https://e.com/openai/v1/", None),
        "/openai/v1/chat/completions",
    );
    assert!(path(Dialect::AzureOpenAi, "https://e.com", Some("1&x=y")).is_err());
}

#[test]
fn no_dialect_leads_inside_unless_the_binding_says_so() {
    for dialect in Dialect::ALL {
        for url in [
            "http://127.0.0.1/v1",
            "https://localhost",
            "http://[::ffff:10.0.0.1]/openai",
        ] {
            let settings = UpstreamSettings {
                url: url.to_owned(),
                dialect,
                ..UpstreamSettings::default()
            };
            let refused = settings.check().expect_err("private");
            assert!(refused.contains("--allow-private-network"), "{refused}");
        }
    }
}

#[tokio::test]
async fn no_dialect_is_led_inside_by_a_name() {
    let server = FakeUpstream::start(|_| Reply::Close).await.expect("a server");
    let port = server
        .url()
        .trim_end_matches("/v1")
        .rsplit(':')
        .next()
        .unwrap_or_default()
        .to_owned();
    for dialect in Dialect::ALL {
        let settings = UpstreamSettings {
            // Another way to write 127.0.0.1, which only resolving shows.
            url: format!("http://0x7f000001:{port}/v1"),
            dialect,
            model: "m".to_owned(),
            ..UpstreamSettings::default()
        };
        let upstream = Upstream::new(&settings, None, Dialer::new(Timeouts::default(), Vec::new()));
        let refused = upstream
            .expect("an upstream")
            .infer(&call(Operation::Chat, HI))
            .await;
        let kind = refused.expect_err("refused").kind;
        assert!(matches!(kind, Kind::Forbidden | Kind::Unreachable), "{kind:?}");
    }
    assert_eq!(server.received().len(), 0);
}
