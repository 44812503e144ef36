//! What can be seen of the data plane: ids, metrics.

use crate::platform::{HI, HI_STREAM, Platform, simulator};
use cupola_edge::metrics::{Format, Page};
use serde_json::json;

/// A page of metrics.
struct Metrics(String);

impl Metrics {
    fn of(platform: &Platform) -> Self {
        let mut page = Page::new(Format::Prometheus);
        platform.gateway.write_metrics(&mut page);
        Self(page.finish())
    }

    /// The sample that has these labels; zero where there is none.
    #[track_caller]
    fn value(&self, name: &str, labels: &[&str]) -> u64 {
        let found: Vec<&str> = self
            .0
            .lines()
            .filter(|line| line.starts_with(&format!("{name}{{")) || line.starts_with(&format!("{name} ")))
            .filter(|line| labels.iter().all(|label| line.contains(label)))
            .collect();
        assert!(found.len() <= 1, "{found:#?}");
        found
            .first()
            .and_then(|line| line.rsplit_once(' '))
            .map_or(0, |(_, count)| count.parse().expect("a whole number"))
    }

    #[track_caller]
    fn expect(&self, expected: u64, name: &str, labels: &[&str]) {
        assert_eq!(
            self.value(name, labels),
            expected,
            "{name} {labels:?}\n{}",
            self.0
        );
    }
}

#[tokio::test]
async fn one_id_stands_under_the_names_that_clients_read() {
    let platform = Platform::start().await;
    platform.hello(simulator()).await;
    for (reply, is_anthropic) in [
        (platform.chat(HI).await.expect(200), false),
        (platform.openai(HI_STREAM).await.expect(200), false),
        (platform.chat("{").await.expect(400), false),
        (
            platform.post("anthropic/v1/nothing", HI, &[]).await.expect(404),
            true,
        ),
    ] {
        let id = reply.header("x-request-id").to_owned();
        assert_eq!(id.len(), 32);
        for name in ["x-ms-request-id", "apim-request-id"] {
            assert_eq!(reply.header(name), id, "{name}");
        }
        assert_eq!(reply.header("request-id") == id, is_anthropic);
        if is_anthropic {
            assert_eq!(reply.json()["request_id"], id.as_str());
        }
    }
}

#[tokio::test]
async fn requests_tokens_and_refusals_are_counted_by_deployment() {
    const REQUESTS: &str = "cupola_requests_total";
    let hello = "deployment=\"hello\"";
    let platform = Platform::start().await;
    platform.hello(simulator()).await;
    Metrics::of(&platform).expect(0, REQUESTS, &[hello]);
    let limits = json!({ "rateLimits": { "keys": { "primary": { "requestsPerMinute": 2 } } } });
    platform.hello_with(limits).await;
    let usage = platform.chat(HI).await.expect(200).json()["usage"].clone();
    platform.openai(HI_STREAM).await.expect(200);
    platform.chat(HI).await.expect(429);
    let bare = "/endpoints/eastus2/hello/chat/completions";
    platform.send("POST", bare, &[], HI.to_owned()).await.expect(401);
    platform
        .send("GET", "/endpoints/eastus2/nobody/info", &[], String::new())
        .await
        .expect(404);
    // A reload keeps what was counted.
    platform.hello_with(json!({})).await;
    let metrics = Metrics::of(&platform);
    let chat = |surface, status| [hello, "operation=\"chat\"", surface, status];
    metrics.expect(
        1,
        REQUESTS,
        &chat("surface=\"model-inference\"", "status=\"200\""),
    );
    metrics.expect(1, REQUESTS, &chat("surface=\"openai\"", "status=\"200\""));
    metrics.expect(
        1,
        REQUESTS,
        &chat("surface=\"model-inference\"", "status=\"429\""),
    );
    let nobody = "deployment=\"\"";
    metrics.expect(1, REQUESTS, &[nobody, "operation=\"chat\"", "status=\"401\""]);
    metrics.expect(1, REQUESTS, &[nobody, "operation=\"info\"", "status=\"404\""]);
    let limited = ["scope=\"key\"", "limit=\"requests\"", hello];
    metrics.expect(1, "cupola_rate_limited_total", &limited);
    let prompt = usage["prompt_tokens"].as_u64().expect("a number");
    metrics.expect(2 * prompt, "cupola_tokens_total", &[hello, "class=\"prompt\""]);
    metrics.expect(0, "cupola_requests_in_flight", &[hello]);
    metrics.expect(2, "cupola_request_duration_seconds_count", &[hello]);
    metrics.expect(1, "cupola_time_to_first_token_seconds_count", &[hello]);
    metrics.expect(0, "cupola_backend_failures_total", &[hello, "rate-limited"]);
    metrics.expect(2, "cupola_ledger_records_total", &[]);
    metrics.expect(1, "cupola_sites", &[]);
}

#[tokio::test]
async fn a_request_is_in_flight_until_its_last_byte_and_then_counts_once() {
    let platform = Platform::start().await;
    let mut slow = serde_json::Map::new();
    slow.insert("tokens_per_second".to_owned(), json!(20));
    platform
        .hello(cupola_store::bindings::Backend::Simulator { settings: slow })
        .await;
    let hello = "deployment=\"hello\"";
    let target = "/endpoints/eastus2/hello/chat/completions";
    let key = [("authorization", "Bearer primary-key")];
    let answer = platform.begin("POST", target, &key, HI_STREAM.to_owned()).await;
    assert_eq!(answer.status(), 200);
    Metrics::of(&platform).expect(1, "cupola_requests_in_flight", &[hello]);
    Metrics::of(&platform).expect(0, "cupola_requests_total", &[hello]);
    drop(answer);
    // The server sees that its client left when it next looks.
    for _ in 0..500 {
        if Metrics::of(&platform).value("cupola_requests_in_flight", &[hello]) == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let metrics = Metrics::of(&platform);
    metrics.expect(0, "cupola_requests_in_flight", &[hello]);
    metrics.expect(1, "cupola_requests_total", &[hello, "status=\"200\""]);
    metrics.expect(1, "cupola_request_duration_seconds_count", &[hello]);
}

#[tokio::test]
async fn failures_of_backends_are_counted_by_reason() {
    let platform = Platform::start().await;
    // Nobody listens there.
    platform.upstream("http://127.0.0.1:9/v1").await;
    platform.chat(HI).await.expect(503);
    let metrics = Metrics::of(&platform);
    let hello = "deployment=\"hello\"";
    metrics.expect(
        1,
        "cupola_backend_failures_total",
        &[hello, "reason=\"unavailable\""],
    );
    metrics.expect(1, "cupola_backend_requests_total", &["outcome=\"failed\""]);
    metrics.expect(1, "cupola_backend_breaker_state", &["state=\"closed\""]);
    metrics.expect(0, "cupola_requests_in_flight", &[hello]);
    metrics.expect(0, "cupola_tokens_total", &[hello, "class=\"prompt\""]);
}
