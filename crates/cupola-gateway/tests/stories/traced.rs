//! Traces: gone on with, handed on, told to a collector.

use crate::platform::{HI, HI_STREAM, Platform};
use cupola_gateway::{GatewaySettings, TraceSettings};
use cupola_testkit::{Answer, Ending, FakeUpstream};
use serde_json::Value;
use std::collections::HashMap;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const NOT_SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

async fn collector() -> FakeUpstream {
    FakeUpstream::start(|_| Answer::failure(200, "{}"))
        .await
        .expect("a collector")
}

async fn traced(collector: &FakeUpstream, ratio: f64) -> Platform {
    traced_with(collector, ratio, false).await
}

async fn traced_with(collector: &FakeUpstream, ratio: f64, content: bool) -> Platform {
    let url = collector.url();
    Platform::with_settings(GatewaySettings {
        traces: Some(TraceSettings {
            endpoint: url.strip_suffix("/v1").unwrap_or(url).to_owned(),
            ratio,
            content,
        }),
        ..GatewaySettings::default()
    })
    .await
}

/// The spans that the collector has, once all are on their way.
async fn spans(platform: &Platform, collector: &FakeUpstream) -> Vec<Value> {
    platform.gateway.drain().await;
    let received = collector.received();
    let bodies = received.iter().map(|one| {
        assert_eq!(one.target, "/v1/traces");
        serde_json::from_str::<Value>(&one.body).expect("JSON")
    });
    bodies
        .flat_map(|body| {
            let spans = &body["resourceSpans"][0]["scopeSpans"][0]["spans"];
            spans.as_array().cloned().expect("spans")
        })
        .collect()
}

fn attributes(span: &Value) -> HashMap<String, String> {
    let text = |value: &Value| match value {
        Value::Object(one) => match one.values().next() {
            Some(Value::String(text)) => text.clone(),
            other => format!("{other:?}"),
        },
        _ => String::new(),
    };
    let all = span["attributes"].as_array().expect("attributes");
    all.iter()
        .map(|one| {
            (
                one["key"].as_str().expect("a key").to_owned(),
                text(&one["value"]),
            )
        })
        .collect()
}

fn told(upstream: &FakeUpstream) -> Option<String> {
    let received = upstream.received();
    let last = received.last().expect("a request");
    let told = last.headers.get("traceparent")?;
    Some(told.to_str().expect("text").to_owned())
}

#[tokio::test]
async fn a_trace_goes_through_to_the_backend_where_nobody_collects() {
    let upstream = FakeUpstream::start(|_| Answer::completion("Hi", 3, 1))
        .await
        .expect("an upstream");
    let platform = Platform::start().await;
    platform.upstream(upstream.url()).await;
    for (sent, expected) in [
        (Some(PARENT), Some(PARENT)),
        (Some("nonsense"), None),
        (None, None),
    ] {
        let headers: Vec<(&str, &str)> = sent.map(|sent| ("traceparent", sent)).into_iter().collect();
        platform.post("chat/completions", HI, &headers).await.expect(200);
        assert_eq!(told(&upstream).as_deref(), expected);
    }
}

#[tokio::test]
async fn a_request_is_two_spans_of_the_clients_trace() {
    let upstream = FakeUpstream::start(|_| Answer::completion("Hi", 3, 1))
        .await
        .expect("an upstream");
    let collector = collector().await;
    // None of our own: the client decides.
    let platform = traced(&collector, 0.0).await;
    platform.upstream(upstream.url()).await;
    let reply = platform
        .post("chat/completions", HI, &[("traceparent", PARENT)])
        .await
        .expect(200);
    platform
        .post("chat/completions", HI, &[("traceparent", NOT_SAMPLED)])
        .await
        .expect(200);
    assert!(told(&upstream).expect("told").ends_with("-00"));
    platform.chat(HI).await.expect(200);
    let spans = spans(&platform, &collector).await;
    let [server, client] = spans.as_slice() else {
        panic!("{spans:#?}");
    };
    assert_eq!(
        (&server["traceId"], &client["traceId"]),
        (&TRACE.into(), &TRACE.into())
    );
    assert_eq!(server["parentSpanId"], "00f067aa0ba902b7");
    assert_eq!(client["parentSpanId"], server["spanId"]);
    assert_eq!((&server["kind"], &client["kind"]), (&2.into(), &3.into()));
    assert_eq!(
        (&server["name"], &client["name"]),
        (&"chat hello".into(), &"chat theirs".into())
    );
    let first = upstream.received()[0].headers["traceparent"].clone();
    let expected = format!("00-{TRACE}-{}-01", client["spanId"].as_str().expect("an id"));
    assert_eq!(first, expected);
    let server = attributes(server);
    for (name, expected) in [
        ("cupola.request.id", reply.header("x-request-id")),
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "azure.ai.inference"),
        ("gen_ai.request.model", "hello"),
        ("gen_ai.response.model", "Tiny-Chat"),
        ("gen_ai.usage.input_tokens", "3"),
        ("gen_ai.usage.output_tokens", "1"),
        ("http.response.status_code", "200"),
        ("server.address", "127.0.0.1"),
        ("cupola.credential", "primary"),
    ] {
        assert_eq!(
            server.get(name).map(String::as_str),
            Some(expected),
            "{name}\n{server:#?}"
        );
    }
    assert!(server["gen_ai.response.finish_reasons"].contains("stop"));
    let client = attributes(client);
    assert_eq!(
        (
            client["gen_ai.provider.name"].as_str(),
            client["cupola.backend.attempts"].as_str()
        ),
        ("openai", "1")
    );
    assert!(
        !format!("{server:?}{client:?}").contains("\"hi\""),
        "texts stay here"
    );
}

#[tokio::test]
async fn failures_say_of_what_kind_they_are() {
    let upstream = FakeUpstream::start(|_| Answer::stream(&["a", "b"], 3).cut(1, Ending::Break))
        .await
        .expect("an upstream");
    let collector = collector().await;
    let platform = traced(&collector, 1.0).await;
    platform.upstream(upstream.url()).await;
    platform.chat("{").await.expect(400);
    platform.chat(HI_STREAM).await.expect(200);
    let spans = spans(&platform, &collector).await;
    let errors: Vec<_> = spans
        .iter()
        .map(|span| attributes(span).remove("error.type"))
        .collect();
    assert_eq!(
        errors,
        [
            Some("invalid_request".to_owned()),
            None,
            Some("broke-off".to_owned())
        ]
    );
    assert_eq!(spans[2]["status"]["code"], 2);
}

#[tokio::test]
async fn texts_are_told_only_where_the_operator_said_so() {
    let upstream = FakeUpstream::start(|request| match request.body.contains("\"stream\":true") {
        true => Answer::stream(&["It ", "streams"], 3),
        false => Answer::completion("It is whole", 3, 1),
    })
    .await
    .expect("an upstream");
    let collector = collector().await;
    let platform = traced_with(&collector, 1.0, true).await;
    platform.upstream(upstream.url()).await;
    let whole = platform.chat(HI).await.expect(200);
    assert_eq!(whole.number("content-length"), whole.text.len() as i64);
    platform.chat(HI_STREAM).await.expect(200);
    let spans = spans(&platform, &collector).await;
    let servers: Vec<_> = spans
        .iter()
        .filter(|span| span["kind"] == 2)
        .map(attributes)
        .collect();
    let input = r#"[{"role":"user","parts":[{"type":"text","content":"hi"}]}]"#;
    for (server, said) in servers.iter().zip(["It is whole", "It streams"]) {
        assert_eq!(server["gen_ai.input.messages"], input);
        let output = format!(
            r#"[{{"role":"assistant","parts":[{{"type":"text","content":"{said}"}}],"finish_reason":"stop"}}]"#
        );
        assert_eq!(server["gen_ai.output.messages"], output);
    }
    assert_eq!(servers.len(), 2);
}
