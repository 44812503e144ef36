//! Access tokens instead of keys.

use crate::platform::{HI, MODEL, Platform, Reply, endpoint_id, simulator};
use cupola_identity::Right;
use cupola_store::{EndpointQuestion, Grain, Period};
use std::time::Duration;

const CHAT: &str = "/endpoints/eastus2/hello/chat/completions";
const SCORE: &str = "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/score/action";

async fn open(auth_mode: &str) -> Platform {
    let platform = Platform::start().await;
    platform.hello(simulator()).await;
    platform.hello_with_auth_mode(auth_mode).await;
    platform
}

async fn ask(platform: &Platform, target: &str, token: &str) -> Reply {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    platform.send("POST", target, &headers, HI.to_owned()).await
}

fn asked(platform: &Platform) -> usize {
    platform.tokens.asked.lock().unwrap().len()
}

#[tokio::test]
async fn an_endpoint_takes_what_its_auth_mode_says() {
    for (mode, key, token) in [("Key", 200, 401), ("AAD", 401, 200), ("KeyAndAAD", 200, 200)] {
        let platform = open(mode).await;
        ask(&platform, CHAT, "primary-key").await.expect(key);
        ask(&platform, CHAT, "eyJ0.ada.score").await.expect(token);
    }
    let refused = ask(&open("Key").await, CHAT, "eyJ0.ada.score").await.expect(401);
    let message = refused.json()["error"]["message"].to_string();
    assert!(message.contains("Auth token validation failed"), "{message}");
    assert!(message.contains("properties.authMode KeyAndAAD"), "{message}");
    let refused = ask(&open("AAD").await, CHAT, "primary-key").await.expect(401);
    assert!(refused.text.contains("https://ml.azure.com"), "{}", refused.text);
}

#[tokio::test]
async fn a_token_needs_the_right_at_the_endpoint_and_is_asked_about_once_in_half_a_minute() {
    let platform = open("AAD").await;
    for _ in 0..5 {
        ask(&platform, CHAT, "eyJ0.ada.score").await.expect(200);
    }
    assert_eq!(
        *platform.tokens.asked.lock().unwrap(),
        [(Right::Action(SCORE), endpoint_id("hello").to_string())]
    );
    platform.clock.advance(Duration::from_secs(31));
    ask(&platform, CHAT, "eyJ0.ada.score").await.expect(200);
    assert_eq!(asked(&platform), 2);

    let refused = ask(&platform, CHAT, "eyJ0.bob.nothing").await.expect(403);
    assert_eq!(refused.header("x-ms-error-code"), "PermissionDenied");
    let message = refused.json()["error"]["message"].to_string();
    assert!(message.contains(SCORE), "{message}");
    assert!(
        message.contains("--assignee bob --role 'Azure AI Developer' --scope /subscriptions/"),
        "{message}"
    );
    ask(&platform, CHAT, "eyJ0.bob.nothing").await.expect(403);
    assert_eq!(asked(&platform), 3);
    platform.clock.advance(Duration::from_secs(6));
    ask(&platform, CHAT, "eyJ0.bob.nothing").await.expect(403);
    assert_eq!(asked(&platform), 4);
}

#[tokio::test]
async fn what_proves_nothing_is_refused_each_time() {
    let platform = open("KeyAndAAD").await;
    for _ in 0..2 {
        let refused = ask(&platform, CHAT, "eyJ0.ada.forged").await.expect(401);
        let message = refused.json()["error"]["message"].to_string();
        assert!(
            message.contains("Auth token validation failed: the signature"),
            "{message}"
        );
    }
    let unknown = ask(&platform, CHAT, "eyJ0.ada.unknown").await.expect(503);
    assert_eq!(unknown.number("retry-after"), 1);
    assert_eq!(asked(&platform), 3);
    assert_eq!(platform.billed().await[4], 0);
}

#[tokio::test]
async fn the_usage_is_the_principals() {
    let platform = open("AAD").await;
    ask(&platform, CHAT, "eyJ0.ada.score").await.expect(200);
    platform.store.ledger().drain().await;
    let mut reader = platform.store.reader().await.unwrap();
    let id = endpoint_id("hello").to_string();
    let lines = reader
        .endpoint_usage(&EndpointQuestion {
            endpoint: &id,
            period: Period::default(),
            grain: Grain::Whole,
            credential: None,
        })
        .await
        .unwrap();
    assert!(!lines.is_empty());
    assert!(lines.iter().all(|line| line.credential == "ada"), "{lines:?}");
}

#[tokio::test]
async fn an_account_has_a_data_action_for_each_surface() {
    let platform = Platform::start().await;
    platform.bind(simulator()).await;
    platform
        .account("lab", ("lab-key", "lab-other"), &[("chat-1", MODEL)])
        .await;
    let openai = "/accounts/lab/openai/deployments/chat-1/chat/completions?api-version=2024-10-21";
    ask(&platform, openai, "eyJ0.ada.OpenAI").await.expect(200);
    let refused = ask(&platform, openai, "eyJ0.ada.MaaS").await.expect(403);
    let message = refused.json()["error"]["message"].to_string();
    assert!(
        message.contains("Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action"),
        "{message}"
    );
    assert!(
        message.contains("--role 'Cognitive Services OpenAI User'"),
        "{message}"
    );
    let inference = "/accounts/lab/models/chat/completions";
    let refused = ask(&platform, inference, "eyJ0.ada.OpenAI").await.expect(403);
    assert!(
        refused.text.contains("accounts/MaaS/chat/completions/action"),
        "{}",
        refused.text
    );
    let forged = ask(&platform, inference, "eyJ0.ada.forged").await.expect(401);
    assert_eq!(forged.json()["statusCode"], 401);
    assert!(
        forged.text.contains("Access token is missing, invalid"),
        "{}",
        forged.text
    );
}
