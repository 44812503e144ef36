//! A serverless endpoint and its chat model.

use crate::platform::{HI, HI_STREAM, Platform, engine, model_id, simulator};
use cupola_backend::Timeouts;
use cupola_backend::fleet::Worker;
use cupola_gateway::{Deployment, GatewaySettings};
use cupola_store::bindings::Backend;
use cupola_testkit::{Answer, Ending, FakeUpstream};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::watch;

async fn upstream(answer: impl Fn(bool) -> Answer + Send + Sync + 'static) -> FakeUpstream {
    FakeUpstream::start(move |received| answer(received.body.contains(r#""stream":true"#)))
        .await
        .unwrap()
}

async fn with_upstream(answer: impl Fn(bool) -> Answer + Send + Sync + 'static) -> (Platform, FakeUpstream) {
    let (platform, upstream) = (Platform::start().await, upstream(answer).await);
    platform.upstream(upstream.url()).await;
    (platform, upstream)
}

fn hello(platform: &Platform) -> Arc<Deployment> {
    let snapshot = platform.gateway.snapshot();
    let site = snapshot.endpoint("eastus2/hello").expect("the endpoint");
    Arc::clone(site.deployments()[0])
}

#[tokio::test]
async fn either_key_opens_the_endpoint_from_any_of_three_headers() {
    let platform = Platform::start().await;
    platform.hello(simulator()).await;
    let ask = async |headers: &[(&str, &str)]| {
        platform
            .send(
                "POST",
                "/endpoints/eastus2/hello/chat/completions",
                headers,
                HI.into(),
            )
            .await
    };
    for header in [
        ("api-key", "primary-key"),
        ("x-api-key", "secondary-key"),
        ("authorization", "Bearer primary-key"),
        ("authorization", "bearer secondary-key"),
    ] {
        ask(&[header]).await.expect(200);
    }
    ask(&[("api-key", "wrong"), ("authorization", "Bearer primary-key")])
        .await
        .expect(200);
    for headers in [
        vec![],
        vec![("api-key", "wrong")],
        vec![("authorization", "Basic primary-key")],
        vec![("authorization", "Bearer primary-ke")],
        vec![("api-key", "")],
    ] {
        let refused = ask(&headers).await.expect(401);
        assert!(
            refused.json()["error"]["message"]
                .as_str()
                .unwrap()
                .starts_with("Auth token validation failed")
        );
        assert_eq!(refused.header("x-ms-error-code"), "Unauthorized");
        assert_eq!(refused.header("x-request-id").len(), 32);
    }
    assert_eq!(platform.billed().await[4], 5, "a refused request costs nothing");
}

#[tokio::test]
async fn an_endpoint_says_where_it_stands_to_those_with_a_key() {
    let platform = Platform::start().await;
    platform.hello(simulator()).await;
    platform.endpoint("waiting", "Creating", "Creating").await;
    platform.endpoint("lost", "Succeeded", "Suspended").await;
    platform.endpoint("going", "Deleting", "Deleting").await;
    let key = [("api-key", "primary-key")];
    let ask = async |name: &str, headers: &[(&str, &str)]| {
        let target = format!("/endpoints/eastus2/{name}/chat/completions");
        platform.send("POST", &target, headers, HI.into()).await
    };
    for name in ["nobody", "going"] {
        let reply = ask(name, &key).await.expect(404);
        assert_eq!(reply.text, r#"{"status":"Serverless endpoint not found"}"#);
    }
    ask("lost", &[]).await.expect(401);
    let lost = ask("lost", &key).await.expect(403).json();
    assert_eq!(lost["error"]["code"], "EndpointUnhealthy");
    assert!(
        lost["error"]["message"]
            .as_str()
            .unwrap()
            .contains("marketplace subscription")
    );
    let waiting = ask("waiting", &key).await.expect(503);
    assert_eq!(
        (waiting.number("retry-after"), waiting.number("retry-after-ms")),
        (1, 1000)
    );
    ask("HELLO", &key).await.expect(200);
    let by_host = [
        ("api-key", "primary-key"),
        ("host", "Hello.eastus2.models.example.com:8443"),
    ];
    platform
        .send("POST", "//chat/completions/", &by_host, HI.into())
        .await
        .expect(200);
}

#[tokio::test]
async fn a_cancelled_subscription_serves_nothing_until_it_is_enabled_again() {
    let platform = Platform::start().await;
    platform.hello(simulator()).await;
    platform.subscription("Enabled").await;
    platform.chat(HI).await.expect(200);
    platform.subscription("Disabled").await;
    let refused = platform.chat(HI).await.expect(403).json();
    assert_eq!(refused["error"]["code"], "ReadOnlyDisabledSubscription");
    platform.subscription("Enabled").await;
    platform.chat(HI).await.expect(200);
}

#[tokio::test]
async fn an_answer_has_the_published_shape_and_its_usage_is_the_bill() {
    let (platform, upstream) = with_upstream(|_| Answer::completion("Hello.", 19, 45)).await;
    let reply = platform
        .post(
            "chat/completions?api-version=2024-05-01-preview",
            HI,
            &[("x-ms-client-request-id", "mine")],
        )
        .await
        .expect(200);
    let answer = reply.json();
    assert_eq!(answer["id"], reply.header("x-request-id"));
    assert_eq!(answer["id"].as_str().unwrap().len(), 32);
    assert_eq!(
        (answer["object"].as_str(), answer["model"].as_str()),
        (Some("chat.completion"), Some("Tiny-Chat"))
    );
    assert_eq!(answer["choices"][0]["message"]["content"], "Hello.");
    assert_eq!(
        answer["usage"],
        json!({ "prompt_tokens": 19, "completion_tokens": 45, "total_tokens": 64 })
    );
    assert_eq!(platform.billed().await, [19, 0, 45, 0, 1]);

    assert_eq!(reply.header("x-ms-client-request-id"), "mine");
    let limits = |name: &str| reply.number(&format!("x-ratelimit-{name}"));
    assert_eq!(
        (limits("limit-requests"), limits("limit-tokens")),
        (1_000, 200_000)
    );
    assert_eq!(
        (limits("remaining-requests"), limits("remaining-tokens")),
        (999, 200_000 - 64)
    );
    assert_eq!((limits("reset-requests"), limits("reset-tokens")), (60, 60));

    let seen = &upstream.received()[0];
    assert_eq!(seen.target, "/v1/chat/completions");
    assert_eq!(
        seen.body,
        r#"{"model":"theirs","messages":[{"role":"user","content":"hi"}]}"#
    );
    assert_eq!(seen.headers["authorization"], "Bearer upstream-key");
    assert!(
        !format!("{seen:?}").contains("primary-key"),
        "the client's key stays here"
    );
}

#[tokio::test]
async fn a_stream_has_usage_on_its_finish_chunk_and_the_bill_is_written_before_it_ends() {
    let (platform, upstream) = with_upstream(|_| Answer::stream(&["Hel", "lo ", "天空"], 9)).await;
    let reply = platform.chat(HI_STREAM).await.expect(200);
    let events = reply.events();
    assert_eq!(events.last().map(String::as_str), Some("[DONE]"));
    let chunks: Vec<Value> = events[..events.len() - 1]
        .iter()
        .map(|event| event.parse().unwrap())
        .collect();
    assert_eq!(
        chunks[0]["choices"][0]["delta"],
        json!({ "role": "assistant", "content": "" })
    );
    assert!(
        chunks[1..]
            .iter()
            .all(|chunk| chunk["choices"][0]["delta"].get("role").is_none())
    );
    assert!(
        chunks
            .iter()
            .all(|chunk| chunk["id"] == reply.header("x-request-id") && chunk["model"] == "Tiny-Chat")
    );
    assert_eq!(reply.said(), "Hello 天空");
    let last = chunks.last().unwrap();
    assert_eq!(last["choices"][0]["finish_reason"], "stop");
    assert_eq!(
        last["usage"],
        json!({ "prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12 })
    );
    assert_eq!(platform.billed().await, [9, 0, 3, 0, 1]);
    assert_eq!(reply.number("x-ratelimit-remaining-requests"), 999);
    assert!(
        upstream.received()[0]
            .body
            .contains(r#""stream_options":{"include_usage":true}"#)
    );
    assert_eq!(upstream.received()[0].headers["accept"], "text/event-stream");
}

#[tokio::test]
async fn the_openai_alias_sends_a_usage_chunk_only_if_asked() {
    let (platform, _upstream) = with_upstream(|_| Answer::stream(&["Hi"], 9)).await;
    let without = platform.openai(HI_STREAM).await.expect(200);
    assert!(!without.text.contains("usage"));
    let asking = HI_STREAM.replace("true", r#"true,"stream_options":{"include_usage":true}"#);
    let events = platform.openai(&asking).await.expect(200).events();
    let usage: Value = events[events.len() - 2].parse().unwrap();
    assert_eq!(
        (
            usage["choices"].as_array().map(Vec::len),
            &usage["usage"]["total_tokens"]
        ),
        (Some(0), &json!(10))
    );
    assert!(
        usage["id"].as_str().unwrap().starts_with("chatcmpl-") && usage["id"].as_str().unwrap().len() == 38
    );
    assert_eq!(platform.billed().await, [18, 0, 2, 0, 2]);
}

#[tokio::test]
async fn extra_parameters_are_refused_dropped_or_passed() {
    let (platform, upstream) = with_upstream(|_| Answer::completion("x", 1, 1)).await;
    let body = r#"{"messages":[{"role":"user","content":"hi"}],"n":1,"stream_options":null,"seed":4}"#;
    let ask = async |option: &str| {
        platform
            .post("chat/completions", body, &[("extra-parameters", option)])
            .await
    };
    let sentence = "Extra parameters ['n', 'stream_options'] are not allowed when extra-parameters is not set or set \
                    to be 'error'. Set extra-parameters to 'pass-through' to pass to the model.";
    for reply in [platform.chat(body).await, ask("error").await] {
        let refused = reply.expect(400).json();
        assert_eq!(
            (refused["detail"].as_str(), refused["error"]["message"].as_str()),
            (Some(sentence), Some(sentence))
        );
    }
    let option = ask("ignore").await.expect(400).json();
    assert_eq!(
        option["detail"],
        "Unexpected EXTRA_PARAMETERS option ignore, expected options are ['error', 'drop', 'pass-through']"
    );
    assert_eq!(upstream.received().len(), 0);
    ask("drop").await.expect(200);
    ask("pass-through").await.expect(200);
    platform.openai(body).await.expect(200);
    let sent: Vec<String> = upstream.received().into_iter().map(|seen| seen.body).collect();
    assert_eq!(
        sent[0],
        r#"{"model":"theirs","messages":[{"role":"user","content":"hi"}],"seed":4}"#
    );
    assert_eq!(sent[1], format!(r#"{{"model":"theirs",{}"#, &body[1..]));
    assert_eq!(sent[2], sent[1]);
}

#[tokio::test]
async fn bad_requests_are_told_what_is_wrong() {
    let platform = Platform::start().await;
    platform.hello(simulator()).await;
    let malformed = platform.chat(r#"{"messages":[}"#).await.expect(400).json();
    assert!(
        malformed["error"]["message"]
            .as_str()
            .unwrap()
            .contains("line 1 column 14")
    );
    let missing = platform.chat("{}").await.expect(400).json();
    assert_eq!(missing["error"]["target"], "messages");
    let hot = HI.replacen('{', r#"{"temperature":3,"#, 1);
    let flat = platform.chat(&hot).await.expect(422);
    assert_eq!(flat.header("x-ms-error-code"), "parameter_not_supported");
    let flat = flat.json();
    assert_eq!(
        (&flat["detail"]["loc"], &flat["detail"]["input"]),
        (&json!(["body", "temperature"]), &json!(3))
    );
    assert_eq!(flat["message"], "One of the parameters contain invalid values.");
    let openai = platform.openai(&hot).await.expect(400).json();
    assert_eq!(
        (&openai["error"]["param"], &openai["error"]["type"]),
        (&json!("temperature"), &json!("invalid_request_error"))
    );
    platform
        .post("chat/completions?api-version=soon", HI, &[])
        .await
        .expect(400);
    platform
        .post("v1/chat/completions?api-version=preview", HI, &[])
        .await
        .expect(200);
    for route in ["embeddings", "v1/embeddings", "", "chat", "models"] {
        let reply = platform.post(route, HI, &[]).await.expect(404).json();
        assert!(
            reply["error"]["message"]
                .as_str()
                .unwrap()
                .to_lowercase()
                .contains("not found"),
            "{route}"
        );
    }
    let key = [("api-key", "primary-key")];
    let wrong = platform
        .send(
            "GET",
            "/endpoints/eastus2/hello/chat/completions",
            &key,
            String::new(),
        )
        .await
        .expect(405);
    assert!(wrong.text.contains("not allowed"));
    assert_eq!(wrong.header("allow"), "POST");
    assert_eq!(platform.billed().await[4], 1);
}

#[tokio::test]
async fn info_names_the_model() {
    let platform = Platform::start().await;
    platform.hello(simulator()).await;
    let key = [("api-key", "primary-key")];
    let info = platform.send(
        "GET",
        "/endpoints/eastus2/hello/info?api-version=2024-05-01-preview",
        &key,
        String::new(),
    );
    assert_eq!(
        info.await.expect(200).text,
        r#"{"model_name":"Tiny-Chat","model_type":"chat-completion","model_provider_name":"Cupola"}"#
    );
}

#[tokio::test]
async fn a_body_of_20_megabytes_is_refused_in_json() {
    let platform = Platform::start().await;
    platform.hello(simulator()).await;
    let body = format!(
        r#"{{"messages":[{{"role":"user","content":"{}"}}]}}"#,
        "x".repeat(20 << 20)
    );
    let refused = platform.chat(&body).await.expect(413).json();
    assert_eq!(refused["error"]["code"], "RequestBodyTooLarge");
    platform.chat(HI).await.expect(200);
}

#[tokio::test]
async fn a_request_over_its_limits_learns_which_and_until_when() {
    let platform = Platform::with_limits(1_000, 2).await;
    platform.hello(simulator()).await;
    platform.clock.advance(Duration::from_millis(12_500));
    let short = HI.replacen('{', r#"{"max_tokens":3,"#, 1);
    let first = platform.chat(&short).await.expect(200);
    assert_eq!(first.number("x-ratelimit-remaining-tokens"), 1_000 - 12);
    platform.chat(&short).await.expect(200);
    let refused = platform.chat(&short).await.expect(429);
    let error = refused.json()["error"].clone();
    assert_eq!(error["code"], "429");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .starts_with("Rate limit is exceeded. Try again in 48 seconds.")
    );
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("2 of 2 requests per minute")
    );
    assert_eq!(
        (refused.number("retry-after"), refused.number("retry-after-ms")),
        (48, 48_000)
    );
    assert_eq!(refused.number("x-ratelimit-remaining-requests"), 0);
    assert_eq!(refused.number("x-ratelimit-reset-requests"), 48);
    platform.clock.advance(Duration::from_secs(48));
    platform.chat(&short).await.expect(200);

    let large = HI
        .replacen('{', r#"{"max_tokens":400,"#, 1)
        .replace("hi", &"x".repeat(3_000));
    let refused = platform.openai(&large).await.expect(429).json();
    assert!(
        refused["error"]["message"]
            .as_str()
            .unwrap()
            .contains("tokens per minute")
    );
    assert_eq!(refused["error"]["type"], "rate_limit_error");
    assert_eq!(platform.billed().await[4], 3);
}

#[tokio::test]
async fn a_client_that_hangs_up_is_charged_for_what_was_delivered() {
    let (platform, upstream) =
        with_upstream(|_| Answer::stream(&["a", "b", "c", "d"], 9).cut(4, Ending::Hang)).await;
    let key = [("api-key", "primary-key")];
    let target = "/endpoints/eastus2/hello/chat/completions";
    let mut response = platform.begin("POST", target, &key, HI_STREAM.into()).await;
    let mut seen = String::new();
    while !seen.contains(r#""content":"c""#) {
        let frame = response.body_mut().frame().await.unwrap().unwrap();
        seen.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
    }
    drop(response);
    assert_eq!(
        platform.billed_soon().await,
        [9, 0, 3, 0, 1],
        "the prompt by estimate, and three tokens"
    );
    for _ in 0..200 {
        if upstream.cancelled() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(upstream.cancelled(), 1, "the backend stops working");
    let standing = platform.send("POST", target, &key, "{}".into()).await.expect(400);
    assert_eq!(standing.header("x-request-id").len(), 32);
}

#[tokio::test]
async fn a_client_that_leaves_before_an_answer_pays_nothing() {
    let (platform, upstream) = with_upstream(|_| Answer::Silence).await;
    let key = [("api-key", "primary-key")];
    let asking = platform.begin(
        "POST",
        "/endpoints/eastus2/hello/chat/completions",
        &key,
        HI.into(),
    );
    assert!(
        tokio::time::timeout(Duration::from_millis(300), asking)
            .await
            .is_err()
    );
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!((upstream.received().len(), platform.billed().await[4]), (1, 0));
}

#[tokio::test]
async fn a_stream_that_breaks_off_ends_as_each_client_understands_it() {
    let (platform, _upstream) =
        with_upstream(|_| Answer::stream(&["a", "b", "c", "d"], 9).cut(3, Ending::Break)).await;
    let events = platform.chat(HI_STREAM).await.expect(200).events();
    let last: Value = events[events.len() - 2].parse().unwrap();
    assert_eq!(last["choices"][0]["finish_reason"], "length");
    assert_eq!(
        last["usage"],
        json!({ "prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11 })
    );
    assert_eq!(events.last().map(String::as_str), Some("[DONE]"));
    assert_eq!(platform.billed().await, [9, 0, 2, 0, 1]);
    let events = platform.openai(HI_STREAM).await.expect(200).events();
    let last: Value = events.last().unwrap().parse().unwrap();
    assert_eq!(last["error"]["type"], "server_error");
    assert_eq!(platform.billed().await, [18, 0, 4, 0, 2]);
}

#[tokio::test]
async fn what_fails_before_its_first_token_has_a_status_and_costs_nothing() {
    let (platform, _upstream) = with_upstream(|_| Answer::Events {
        events: vec![r#"{"error":{"message":"out of memory"}}"#.into()],
        gap: Duration::ZERO,
        ending: Ending::Clean,
    })
    .await;
    let refused = platform.chat(HI_STREAM).await.expect(502);
    assert_eq!(refused.header("x-ratelimit-remaining-requests"), "999");
    assert_eq!(platform.billed().await[4], 0);
}

#[tokio::test]
async fn refusals_of_an_upstream_are_told_apart() {
    async fn check(answer: Answer, status: u16, code: &str, text: &str) {
        let (platform, _upstream) = with_upstream(move |_| answer.clone()).await;
        let reply = platform.chat(HI).await.expect(status);
        assert_eq!(reply.header("x-ms-error-code"), code);
        assert!(reply.text.contains(text), "{}", reply.text);
        assert_eq!(
            reply.headers.contains_key("retry-after"),
            matches!(status, 429 | 503),
            "{status}"
        );
        assert_eq!(platform.billed().await[4], 0);
    }
    let complaint = r#"{"error":{"message":"too long","code":"context_length_exceeded","param":"messages"}}"#;
    check(
        Answer::failure(400, complaint),
        400,
        "context_length_exceeded",
        "too long",
    )
    .await;
    let flat = r#"{"status":422,"code":"parameter_not_supported","detail":{"loc":["body","tools"],"input":"function"},"message":"One of the parameters contain invalid values."}"#;
    check(Answer::failure(422, flat), 422, "parameter_not_supported", flat).await;
    check(
        Answer::failure(401, r#"{"error":"bad key sk-123"}"#),
        502,
        "BackendFailed",
        "operator",
    )
    .await;
    check(
        Answer::failure(500, "oops"),
        502,
        "BackendFailed",
        "failed to answer",
    )
    .await;
    check(Answer::failure(429, "{}"), 429, "429", "its own rate limit").await;
    check(Answer::failure(503, "{}"), 503, "BackendUnavailable", "busy").await;
    check(Answer::failure(302, "{}"), 502, "BackendFailed", "failed").await;
    check(
        Answer::failure(200, "<html>"),
        502,
        "BackendFailed",
        "no completion",
    )
    .await;
    check(Answer::stream(&["x"], 1), 502, "BackendFailed", "no completion").await;
    check(Answer::Close, 502, "BackendFailed", "closed the connection").await;
}

#[tokio::test]
async fn an_upstream_that_is_away_or_slow_is_told_from_one_that_refuses() {
    let timeouts = Timeouts {
        first_byte: Duration::from_millis(200),
        ..Timeouts::default()
    };
    let platform = Platform::with_settings(GatewaySettings {
        timeouts,
        ..GatewaySettings::default()
    })
    .await;
    platform.upstream("http://127.0.0.1:1/v1").await;
    let away = platform.chat(HI).await.expect(503);
    assert_eq!(away.header("x-ms-error-code"), "BackendUnavailable");
    assert!(away.number("retry-after") > 0);
    let silent = upstream(|_| Answer::Silence).await;
    platform.upstream(silent.url()).await;
    platform.chat(HI).await.expect(504);
    assert_eq!(platform.billed().await[4], 0);
}

#[tokio::test]
async fn a_binding_leads_to_a_private_address_only_if_it_says_so() {
    let (platform, upstream) = (
        Platform::start().await,
        upstream(|_| Answer::completion("x", 1, 1)).await,
    );
    let backend = |url: &str| Backend::Upstream {
        url: url.to_owned(),
        dialect: None,
        api_version: None,
        model: None,
        sealed_key: None,
        allow_private_network: false,
    };
    platform.hello(backend(upstream.url())).await;
    platform.chat(HI).await.expect(503);
    // A name tells nothing before it is resolved.
    let port = upstream.url().rsplit(':').next().unwrap().to_owned();
    let name = nix_host();
    platform.bind(backend(&format!("http://{name}:{port}"))).await;
    let refused = platform.chat(HI).await;
    assert!(matches!(refused.status, 502 | 503), "{}", refused.text);
    assert_eq!(upstream.received().len(), 0);
}

// Another way to write 127.0.0.1, which only resolving shows.
fn nix_host() -> &'static str {
    "0x7f000001"
}

#[tokio::test]
async fn a_pooled_connection_that_closed_is_tried_once_more() {
    let count = AtomicUsize::new(0);
    let (platform, upstream) = with_upstream(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        1 => Answer::Close,
        _ => Answer::completion("x", 1, 1),
    })
    .await;
    platform.chat(HI).await.expect(200);
    platform.chat(HI).await.expect(200);
    assert_eq!(upstream.received().len(), 3);
    assert_eq!(platform.billed().await[4], 2);
}

#[tokio::test]
async fn an_answer_without_usage_is_estimated() {
    let body = r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"12345678"},"finish_reason":"stop"}]}"#;
    let (platform, _upstream) = with_upstream(move |stream| match stream {
        true => Answer::stream(&["a", "b"], 1).cut(3, Ending::Clean),
        false => Answer::failure(200, body),
    })
    .await;
    let usage = platform.chat(HI).await.expect(200).json()["usage"].clone();
    assert_eq!(
        usage,
        json!({ "prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11 })
    );
    assert_eq!(platform.billed().await, [9, 0, 2, 0, 1]);
}

#[tokio::test]
async fn a_worker_answers_over_its_socket_once_it_is_ready() {
    let platform = Platform::start().await;
    let socket = platform.folder.path().join("worker.sock");
    platform
        .hello(engine(&platform.folder.path().join("m.gguf")))
        .await;
    let loading = platform.chat(HI).await.expect(503);
    assert_eq!(
        (loading.number("retry-after"), loading.header("x-ms-error-code")),
        (1, "ModelNotReady")
    );
    let worker = FakeUpstream::start_unix(&socket, |_| Answer::stream(&["Hi"], 9))
        .await
        .unwrap();
    let ready = Worker::Ready {
        socket,
        context_tokens: 512,
    };
    platform
        .fleet
        .observe(HashMap::from([(model_id().folded(), ready)]));
    assert_eq!(platform.chat(HI_STREAM).await.expect(200).said(), "Hi");
    assert_eq!(
        worker.received()[0].body,
        r#"{"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}],"stream":true}"#
    );
    let failed = Worker::Broken {
        reason: "/secret/path is no model".into(),
    };
    platform
        .fleet
        .observe(HashMap::from([(model_id().folded(), failed)]));
    assert!(!platform.chat(HI).await.expect(503).text.contains("secret"));
}

#[tokio::test]
async fn a_worker_weighs_a_prompt_with_its_own_tokenizer() {
    let platform = Platform::start().await;
    let socket = platform.folder.path().join("worker.sock");
    platform
        .hello(engine(&platform.folder.path().join("m.gguf")))
        .await;
    let weigh = async || {
        let body = r#"{"model":"x","system":"Be brief.","messages":[{"role":"user","content":"hi"}]}"#;
        let reply = platform
            .post("anthropic/v1/messages/count_tokens", body, &[])
            .await
            .expect(200);
        reply.json()["input_tokens"].as_u64().unwrap()
    };
    let estimate = weigh().await;
    let worker = FakeUpstream::start_unix(&socket, |_| Answer::failure(200, r#"{"count":77}"#))
        .await
        .unwrap();
    let ready = Worker::Ready {
        socket,
        context_tokens: 512,
    };
    platform
        .fleet
        .observe(HashMap::from([(model_id().folded(), ready)]));
    assert_eq!(weigh().await, 77);
    assert_eq!(worker.received()[0].target, "/tokenize");
    assert_eq!(
        worker.received()[0].body,
        r#"{"model":"x","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"hi"}]}"#
    );
    // One that cannot is not waited for.
    drop(worker);
    let other = platform.folder.path().join("other.sock");
    let worker = FakeUpstream::start_unix(&other, |_| Answer::failure(400, r#"{"count":78}"#))
        .await
        .unwrap();
    let ready = Worker::Ready {
        socket: other,
        context_tokens: 512,
    };
    platform
        .fleet
        .observe(HashMap::from([(model_id().folded(), ready)]));
    assert_eq!(weigh().await, estimate);
    assert_eq!(worker.received().len(), 1);
    assert_eq!(platform.billed().await, [0; 5]);
}

#[tokio::test]
async fn the_simulator_says_what_it_is_streamed_or_not() {
    let platform = Platform::start().await;
    platform.hello(simulator()).await;
    let whole = platform.chat(HI).await.expect(200).json();
    let said = whole["choices"][0]["message"]["content"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(said.starts_with("[simulated]"));
    assert_eq!(platform.chat(HI_STREAM).await.expect(200).said(), said);
    let short = platform
        .chat(&HI.replacen('{', r#"{"max_tokens":2,"#, 1))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (
            &short["choices"][0]["finish_reason"],
            &short["usage"]["completion_tokens"]
        ),
        (&json!("length"), &json!(2))
    );
}

#[tokio::test]
async fn changes_of_the_store_are_followed() {
    let platform = Platform::start().await;
    platform.hello(simulator()).await;
    let (stop, stopped) = watch::channel(false);
    let following = tokio::spawn(platform.gateway.clone().follow(stopped));
    platform.chat(HI).await.expect(200);
    let before = hello(&platform);
    platform
        .endpoint_with_keys("hello", "Succeeded", "Online", ("new-key", "secondary-key"))
        .await;
    let mut status = 200;
    for _ in 0..200 {
        status = platform.chat(HI).await.status;
        if status == 401 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(status, 401, "the old key is no longer good");
    let key = [("api-key", "new-key")];
    let reply = platform
        .send(
            "POST",
            "/endpoints/eastus2/hello/chat/completions",
            &key,
            HI.into(),
        )
        .await
        .expect(200);
    assert!(
        reply.number("x-ratelimit-remaining-requests") <= 998,
        "what was spent outlives the snapshot"
    );
    let after = hello(&platform);
    assert!(std::sync::Arc::ptr_eq(&before.book, &after.book));
    stop.send_replace(true);
    following.await.unwrap();
}

#[tokio::test]
async fn no_answer_is_given_that_cannot_be_recorded() {
    let (platform, _upstream) = with_upstream(|stream| match stream {
        true => Answer::stream(&["a", "b"], 1),
        false => Answer::completion("free", 1, 1),
    })
    .await;
    platform.store.close().await;
    let refused = platform.chat(HI).await.expect(503);
    assert!(!refused.text.contains("free"));
    assert_eq!(refused.header("x-ms-error-code"), "LedgerUnavailable");
    let key = [("api-key", "primary-key")];
    let response = platform
        .begin(
            "POST",
            "/endpoints/eastus2/hello/chat/completions",
            &key,
            HI_STREAM.into(),
        )
        .await;
    assert!(
        response.into_body().collect().await.is_err(),
        "the stream is cut before its end"
    );
    assert!(
        platform
            .openai(HI_STREAM)
            .await
            .expect(200)
            .text
            .contains("LedgerUnavailable")
    );
}

#[tokio::test]
async fn an_unbound_model_names_the_command_that_binds_it() {
    let platform = Platform::start().await;
    platform.endpoint("hello", "Succeeded", "Online").await;
    let refused = platform.chat(HI).await.expect(503);
    assert!(
        refused
            .text
            .contains("cupola catalog bind azureml://registries/cupola/models/Tiny-Chat")
    );
}
