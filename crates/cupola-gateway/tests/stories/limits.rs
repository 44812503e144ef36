//! Limits that an operator set: of the endpoint, and of each key.

use crate::platform::{HI, MODEL, Platform, Reply, simulator};
use serde_json::{Value, json};

const CHAT: &str = "/endpoints/eastus2/hello/chat/completions";

async fn open(limits: Value) -> Platform {
    let platform = Platform::start().await;
    platform.hello(simulator()).await;
    platform.hello_with(json!({ "rateLimits": limits })).await;
    platform
}

async fn ask(platform: &Platform, target: &str, key: &str) -> Reply {
    platform
        .send("POST", target, &[("api-key", key)], HI.to_owned())
        .await
}

fn detail(reply: &Reply) -> Value {
    reply.json()["error"]["details"][0].clone()
}

#[tokio::test]
async fn a_key_has_a_limit_of_its_own_below_that_of_the_endpoint() {
    let platform = open(json!({
        "requestsPerMinute": 5,
        "keys": { "primary": { "requestsPerMinute": 2 } },
    }))
    .await;
    let first = ask(&platform, CHAT, "primary-key").await.expect(200);
    assert_eq!(first.number("x-ratelimit-limit-requests"), 2);
    assert_eq!(first.number("x-ratelimit-remaining-requests"), 1);
    ask(&platform, CHAT, "primary-key").await.expect(200);
    let over = ask(&platform, CHAT, "primary-key").await.expect(429);
    assert_eq!(detail(&over)["scope"], "key");
    let message = over.json()["error"]["message"].to_string();
    assert!(
        message.contains("2 of 2 requests per minute of the primary key"),
        "{message}"
    );
    assert!(over.number("retry-after") >= 1);
    assert_eq!(over.number("x-ratelimit-remaining-requests"), 0);

    for left in [2, 1, 0] {
        let other = ask(&platform, CHAT, "secondary-key").await.expect(200);
        assert_eq!(other.number("x-ratelimit-remaining-requests"), left);
        assert_eq!(other.number("x-ratelimit-limit-requests"), 5);
    }
    let over = ask(&platform, CHAT, "secondary-key").await.expect(429);
    assert_eq!(detail(&over)["scope"], "endpoint");
    assert!(over.text.contains("of the endpoint 'hello'"), "{}", over.text);

    platform.clock.advance(std::time::Duration::from_secs(60));
    ask(&platform, CHAT, "primary-key").await.expect(200);
}

#[tokio::test]
async fn what_a_key_spent_outlives_a_change_of_the_endpoint() {
    let platform = open(json!({ "keys": { "secondary": { "requestsPerMinute": 2 } } })).await;
    ask(&platform, CHAT, "secondary-key").await.expect(200);
    ask(&platform, CHAT, "secondary-key").await.expect(200);
    let raised = json!({ "keys": { "secondary": { "requestsPerMinute": 3 } } });
    platform.hello_with(json!({ "rateLimits": raised })).await;
    ask(&platform, CHAT, "secondary-key").await.expect(200);
    ask(&platform, CHAT, "secondary-key").await.expect(429);
    platform.hello_with(json!({})).await;
    let free = ask(&platform, CHAT, "secondary-key").await.expect(200);
    assert_eq!(free.number("x-ratelimit-limit-requests"), 1000);
    assert_eq!(free.number("x-ratelimit-remaining-requests"), 996);
}

#[tokio::test]
async fn a_key_is_charged_the_tokens_that_were_used() {
    let platform = open(json!({ "keys": { "primary": { "tokensPerMinute": 3000 } } })).await;
    let reply = ask(&platform, CHAT, "primary-key").await.expect(200);
    let used = reply.json()["usage"]["total_tokens"].as_i64().unwrap();
    assert!(used > 0);
    assert_eq!(reply.number("x-ratelimit-remaining-tokens"), 3000 - used);
    assert_eq!(reply.number("x-ratelimit-limit-tokens"), 3000);
}

#[tokio::test]
async fn keys_of_an_account_have_limits_too() {
    let platform = Platform::start().await;
    platform.bind(simulator()).await;
    let limits = json!({ "keyLimits": { "primary": { "requestsPerMinute": 1 } } });
    platform
        .account_with("lab", ("lab-key", "lab-other"), &[("chat-1", MODEL)], limits)
        .await;
    let target = "/accounts/lab/openai/deployments/chat-1/chat/completions?api-version=2024-10-21";
    ask(&platform, target, "lab-key").await.expect(200);
    let over = ask(&platform, target, "lab-key").await.expect(429);
    assert_eq!(detail(&over)["scope"], "key");
    ask(&platform, target, "lab-other").await.expect(200);
}
