//! What a site's clients used, asked with the keys that use it.

use crate::platform::{HI, MODEL, Platform, Reply, endpoint_id, simulator};
use serde_json::Value;
use std::time::Duration;

const CHAT: &str = "/endpoints/eastus2/hello/chat/completions";
const USAGE: &str = "/endpoints/eastus2/hello/usage";

async fn chat(platform: &Platform, target: &str, key: &str) -> Value {
    let reply = platform
        .send("POST", target, &[("api-key", key)], HI.to_owned())
        .await
        .expect(200);
    reply.json()["usage"].clone()
}

async fn usage(platform: &Platform, target: &str, key: &str) -> Reply {
    platform
        .send("GET", target, &[("api-key", key)], String::new())
        .await
}

fn quantity(usage: &Value, credential: &str, meter: &str) -> u64 {
    let lines = usage["value"].as_array().unwrap().iter();
    lines
        .filter(|line| line["credential"] == credential && line["meter"] == meter)
        .map(|line| line["quantity"].as_u64().unwrap())
        .sum()
}

#[tokio::test]
async fn a_key_reads_what_its_endpoint_used_by_credential_and_meter() {
    let platform = Platform::start().await;
    platform.hello(simulator()).await;
    let counted = chat(&platform, CHAT, "primary-key").await;
    chat(&platform, CHAT, "secondary-key").await;
    chat(&platform, CHAT, "secondary-key").await;
    let seen = usage(&platform, USAGE, "primary-key").await.expect(200).json();
    assert_eq!(seen["site"], endpoint_id("hello").to_string());
    assert_eq!(quantity(&seen, "primary", "requests"), 1);
    assert_eq!(quantity(&seen, "secondary", "requests"), 2);
    let prompt = counted["prompt_tokens"].as_u64().unwrap();
    let completion = counted["completion_tokens"].as_u64().unwrap();
    assert_eq!(quantity(&seen, "primary", "prompt_tokens"), prompt);
    assert_eq!(quantity(&seen, "secondary", "prompt_tokens"), 2 * prompt);
    // In pico units: 0.15 and 0.60 for a million tokens, three times.
    let pico = u128::from(3 * (prompt * 150_000 + completion * 600_000));
    let expected = format!("0.{pico:012}").trim_end_matches('0').to_owned();
    assert_eq!(seen["total"][0]["cost"], expected);
    assert_eq!(seen["total"][0]["currency"], "USD");
}

#[tokio::test]
async fn time_is_cut_into_hours_and_days() {
    let platform = Platform::start().await;
    platform.hello(simulator()).await;
    chat(&platform, CHAT, "primary-key").await;
    platform.clock.advance(Duration::from_secs(3600));
    let second = cupola_core::Clock::now(&platform.clock);
    chat(&platform, CHAT, "primary-key").await;
    let starts = async |query: &str| {
        let seen = usage(&platform, &format!("{USAGE}?{query}"), "primary-key")
            .await
            .expect(200)
            .json();
        let lines = seen["value"].as_array().unwrap().clone();
        let requests = lines.iter().filter(|line| line["meter"] == "requests");
        requests.map(|line| line["start"].clone()).collect::<Vec<_>>()
    };
    let hours = starts("grain=hour").await;
    assert_eq!(hours.len(), 2, "{hours:?}");
    assert!(
        hours
            .iter()
            .all(|start| start.as_str().unwrap().contains(":00:00"))
    );
    assert_eq!(starts("grain=whole").await, [Value::Null]);
    assert_eq!(starts(&format!("grain=hour&from={second}")).await, hours[1..]);
    assert_eq!(starts(&format!("to={second}&grain=hour")).await, hours[..1]);
}

#[tokio::test]
async fn a_site_shows_its_own_usage_to_those_who_may_ask_it() {
    let platform = Platform::start().await;
    platform.bind(simulator()).await;
    platform.hello(simulator()).await;
    platform
        .account("lab", ("lab-key", "lab-other"), &[("chat-1", MODEL)])
        .await;
    chat(&platform, CHAT, "primary-key").await;
    chat(
        &platform,
        "/accounts/lab/openai/deployments/chat-1/chat/completions",
        "lab-key",
    )
    .await;
    for target in ["/accounts/lab/usage", "/models/usage"] {
        let seen = usage(&platform, target, "lab-other").await.expect(200).json();
        assert_eq!(quantity(&seen, "primary", "requests"), 1);
        assert_eq!(seen["value"][0]["deployment"], "chat-1");
    }
    let at_host = [("api-key", "lab-other"), ("host", "lab.services.ai.azure.com")];
    let seen = platform.send("GET", "/usage", &at_host, String::new()).await;
    assert_eq!(quantity(&seen.expect(200).json(), "primary", "requests"), 1);
    usage(&platform, "/accounts/lab/usage", "primary-key")
        .await
        .expect(401);
    usage(&platform, USAGE, "lab-key").await.expect(401);
    let wrong = usage(&platform, &format!("{USAGE}?grain=week"), "primary-key")
        .await
        .expect(400);
    assert!(wrong.text.contains("grain is 'week'"), "{}", wrong.text);
    let posted = platform.post("usage", "{}", &[]).await.expect(405);
    assert_eq!(posted.header("allow"), "GET");

    let with = |token: &str| format!("Bearer {token}");
    for (token, status) in [("eyJ0.ada.usages", 200), ("eyJ0.ada.MaaS", 403)] {
        let header = with(token);
        let headers = [("authorization", header.as_str())];
        platform
            .send("GET", "/accounts/lab/usage", &headers, String::new())
            .await
            .expect(status);
    }
}
