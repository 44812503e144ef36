//! What charts are made of: every request is in the rollups with the status of its answer, and who was charged with how long
//! it took.

use crate::platform::{HI, Platform, SUBSCRIPTION, endpoint_id, simulator};
use cupola_store::{LatencyKind, RecentQuestion, Timeline, UsageScope};
use serde_json::json;
use std::collections::BTreeMap;

const CHAT: &str = "/endpoints/eastus2/hello/chat/completions";

async fn send(platform: &Platform, key: &str, body: &str) -> u16 {
    platform
        .send("POST", CHAT, &[("api-key", key)], body.to_owned())
        .await
        .status
}

/// Requests by credential and status, once there are so many.
async fn counted(platform: &Platform, expected: u64) -> BTreeMap<(String, u16), u64> {
    let scope = UsageScope::of_subscription(SUBSCRIPTION);
    let mut counts = BTreeMap::new();
    for _ in 0..500 {
        let mut reader = platform.store.reader().await.unwrap();
        let answer = reader.request_sums(&scope, &Timeline::default()).await.unwrap();
        counts.clear();
        for sum in &answer.sums {
            let credential = answer.contexts[&sum.context].credential.clone();
            *counts.entry((credential, sum.status)).or_default() += sum.requests;
        }
        if counts.values().sum::<u64>() >= expected {
            break;
        }
        // A visit ends when its last byte is written, which is after the client has its answer.
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    counts
}

#[tokio::test]
async fn refused_requests_are_counted_beside_those_that_were_charged() {
    let platform = Platform::start().await;
    platform.hello(simulator()).await;
    let limits = json!({ "keys": { "primary": { "requestsPerMinute": 2 } } });
    platform.hello_with(json!({ "rateLimits": limits })).await;
    let streamed = HI.replacen('{', r#"{"stream": true, "#, 1);
    for (key, body, status) in [
        ("primary-key", HI, 200),
        ("primary-key", streamed.as_str(), 200),
        ("primary-key", HI, 429),
        ("primary-key", HI, 429),
        ("secondary-key", "{}", 400),
        ("no-key", HI, 401),
    ] {
        assert_eq!(send(&platform, key, body).await, status, "{key}");
    }
    let counts = counted(&platform, 6).await;
    let expected = [
        (("", 401), 1),
        (("primary", 200), 2),
        (("primary", 429), 2),
        (("secondary", 400), 1),
    ];
    let expected: BTreeMap<(String, u16), u64> = expected
        .into_iter()
        .map(|((credential, status), count)| ((credential.to_owned(), status), count))
        .collect();
    assert_eq!(counts, expected);
    assert_eq!(platform.billed().await[4], 2, "what was refused is not billed");

    let id = endpoint_id("hello").to_string();
    let scope = UsageScope {
        subscription: SUBSCRIPTION,
        below: &id,
        deployment: None,
    };
    let mut reader = platform.store.reader().await.unwrap();
    for (kind, expected) in [(LatencyKind::Whole, 2), (LatencyKind::FirstToken, 1)] {
        let answer = reader
            .latency_sums(&scope, &Timeline::default(), kind)
            .await
            .unwrap();
        let measured: u64 = answer.sums.iter().map(|sum| sum.histogram.count()).sum();
        assert_eq!(measured, expected, "{kind:?}");
    }
    let question = RecentQuestion {
        endpoint: &id,
        deployment: None,
        from: None,
        before: None,
        limit: 10,
    };
    let recent = reader.recent_requests(&question).await.unwrap();
    assert_eq!(recent.len(), 2);
    assert!(
        recent
            .iter()
            .all(|request| request.status == 200 && request.took_us.is_some())
    );
    assert_eq!(
        recent
            .iter()
            .filter(|request| request.first_token_us.is_some())
            .count(),
        1
    );
}
