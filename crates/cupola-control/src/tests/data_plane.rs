//! Access tokens at the door of the data plane.

use super::platform::{DIRECT, Platform, endpoint_body};
use cupola_core::{Clock as _, Timestamp};
use cupola_identity::{Denial, Judge as _, Right};
use serde_json::json;
use std::time::Duration;

const SCORE: Right =
    Right::Action("Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/score/action");
const CHAT: Right =
    Right::Data("Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action");

async fn judge(platform: &Platform, token: &str, right: Right, scope: &str) -> Result<String, Denial> {
    let now = platform.clock.now();
    let permit = platform.control.judge(token, right, scope, now).await?;
    assert!(permit.expires_at > now && permit.expires_at <= now + Duration::from_secs(3600));
    Ok(permit.principal)
}

#[tokio::test]
async fn a_principal_asks_what_its_roles_let_it_ask() {
    let platform = Platform::start().await;
    let (group, endpoint) = (platform.group(), platform.endpoint("e"));
    let account = format!("{group}/providers/Microsoft.CognitiveServices/accounts/lab");
    let check = async |roles: &[(&str, &str)], score: bool, chat: bool| {
        let principal = platform.principal("Somebody", "secret", roles).await;
        let token = platform.token_of(&principal, "https://cognitiveservices.azure.com");
        for (right, scope, expected) in [(SCORE, &endpoint, score), (CHAT, &account, chat)] {
            match judge(&platform, &token, right, scope).await {
                Ok(found) => assert!(expected && found == principal.id, "{roles:?} {right:?}"),
                Err(Denial::Forbidden { principal: found, .. }) => {
                    assert!(!expected && found == principal.id, "{roles:?} {right:?}");
                }
                Err(other) => panic!("{roles:?} {right:?}: {other}"),
            }
        }
    };
    check(&[], false, false).await;
    check(&[("Owner", "/")], true, false).await;
    check(&[("Reader", "/")], false, false).await;
    check(&[("Azure AI Developer", &group)], true, true).await;
    check(&[("Azure AI Developer", &account)], false, true).await;
    check(&[("Azure AI Developer", &format!("{account}2"))], false, false).await;
    check(&[("AzureML Data Scientist", &group)], true, false).await;
    check(&[("Cognitive Services OpenAI User", &account)], false, true).await;
    check(&[("Azure AI User", &group)], false, true).await;
}

#[tokio::test]
async fn a_token_is_one_of_ours_for_the_data_plane_and_still_good() {
    let platform = Platform::start().await;
    let principal = platform.principal("Somebody", "secret", &[("Owner", "/")]).await;
    let scope = platform.endpoint("e");
    let why = async |token: &str, seconds: u64| {
        let now = platform.clock.now() + Duration::from_secs(seconds);
        match platform.control.judge(token, SCORE, &scope, now).await {
            Ok(_) => "good".to_owned(),
            Err(denial) => denial.to_string(),
        }
    };
    for audience in [
        "https://ml.azure.com",
        "https://ml.azure.com/",
        "https://cognitiveservices.azure.com/",
        "https://ai.azure.com",
    ] {
        assert_eq!(
            why(&platform.token_of(&principal, audience), 0).await,
            "good",
            "{audience}"
        );
    }
    for audience in [
        "https://management.azure.com",
        "https://graph.microsoft.com",
        "https://azure.com",
    ] {
        let found = why(&platform.token_of(&principal, audience), 0).await;
        assert_eq!(
            found,
            format!("the access token is for the audience '{audience}'")
        );
    }
    let token = platform.token_of(&principal, "https://ml.azure.com");
    let late = why(&token, 4000).await;
    assert!(late.starts_with("the access token expired at"), "{late}");
    let forged = format!("{}AAAA", &token[..token.len() - 4]);
    assert_eq!(
        why(&forged, 0).await,
        "the signature of the access token is wrong"
    );

    let gone = cupola_core::rbac::Principal {
        id: "00000000-0000-4000-8000-00000000dead".to_owned(),
        ..principal
    };
    let found = why(&platform.token_of(&gone, "https://ml.azure.com"), 0).await;
    assert!(found.contains("not in this tenant any more"), "{found}");
    assert!(platform.clock.now() > Timestamp::UNIX_EPOCH);
}

#[tokio::test]
async fn an_endpoint_may_take_tokens() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    platform.deployed("e", DIRECT).await;
    let admin = platform.admin().await;
    for mode in ["AAD", "KeyAndAAD", "Key"] {
        let mut body = endpoint_body(DIRECT);
        body["properties"]["authMode"] = json!(mode);
        let seen = admin.put(&platform.endpoint("e"), body).await.is(200);
        assert_eq!(seen.body["properties"]["authMode"], mode);
    }
}

#[tokio::test]
async fn an_endpoint_that_takes_tokens_alone_shows_no_keys_and_keeps_them() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    platform.deployed("e", DIRECT).await;
    let admin = platform.admin().await;
    let path = platform.endpoint("e");
    let (list, renew) = (format!("{path}/listKeys"), format!("{path}/regenerateKeys"));
    let before = admin.post(&list, json!({})).await.is(200).body;
    let change = async |mode: &str| {
        let mut body = endpoint_body(DIRECT);
        body["properties"]["authMode"] = json!(mode);
        admin.put(&path, body).await.is(200);
    };
    change("AAD").await;
    for (url, body) in [(&list, json!({})), (&renew, json!({"keyType": "Primary"}))] {
        let refused = admin.post(url, body).await;
        assert_eq!(refused.summary(), "400 BadRequest");
        let message = refused.message();
        assert!(
            message.contains("authMode is AAD") && message.contains("KeyAndAAD"),
            "{message}"
        );
    }
    change("KeyAndAAD").await;
    assert_eq!(admin.post(&list, json!({})).await.is(200).body, before);
}
