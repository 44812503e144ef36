//! External analyzers of a subscription, and the policies that ask them.

use super::platform::{DIRECT, Platform};
use serde_json::{Value, json};

const AT: &str = "providers/Microsoft.CognitiveServices/raiExternalSafetyProviders";

fn service(url: &str, more: Value) -> Value {
    let mut properties = json!({"url": url});
    if let (Value::Object(all), Value::Object(more)) = (&mut properties, more) {
        all.extend(more);
    }
    json!({ "properties": properties })
}

#[tokio::test]
async fn the_key_of_a_service_is_kept_sealed_and_goes_nowhere_else() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let at = format!("{}/{AT}/azure", platform.subscription());
    let url = "https://x.cognitiveservices.example.com";
    let made = admin
        .put(
            &at,
            service(url, json!({"apiKey": "very-secret", "providerName": "Azure's"})),
        )
        .await
        .is(201);
    assert_eq!(made.body["properties"]["kind"], "ContentSafety");
    assert_eq!(made.body["properties"]["shieldPrompt"], true);
    for shown in [admin.get(&at).await.is(200), made] {
        assert!(!shown.body.to_string().contains("very-secret"), "{}", shown.body);
    }
    let stored = platform.stored(&at).await.expect("a provider");
    assert!(!format!("{stored:?}").contains("very-secret"));
    assert!(!format!("{:?}", platform.audit().await).contains("very-secret"));
    // What is not said again stays, but not where the key would go to somebody else.
    admin
        .put(&at, service(url, json!({"timeoutMs": 500})))
        .await
        .is(200);
    let refused = admin
        .put(&at, service("https://evil.example.com", json!({})))
        .await;
    assert_eq!(refused.summary(), "400 InvalidResourceProperties");
    assert!(
        refused.message().contains("give properties.apiKey again"),
        "{}",
        refused.message()
    );
    admin
        .put(&at, service("https://y.example.com", json!({"apiKey": "other"})))
        .await
        .is(200);
    let list = admin
        .get(&format!("{}/{AT}", platform.subscription()))
        .await
        .is(200);
    assert_eq!(list.names(), ["azure"]);
    admin.delete(&at).await.is(200);
    admin.delete(&at).await.is(204);
    assert_eq!(admin.get(&at).await.summary(), "404 ResourceNotFound");
}

#[tokio::test]
async fn only_the_operator_may_send_texts_inside() {
    let platform = Platform::start().await;
    let tenant = platform
        .someone(&[("Contributor", &platform.subscription())])
        .await;
    let at = format!("{}/{AT}/inner", platform.subscription());
    let inner = |allowed: bool| service("http://127.0.0.1:9/", json!({"allowPrivateNetwork": allowed}));
    let refused = tenant.put(&at, inner(false)).await;
    assert_eq!(refused.summary(), "400 InvalidResourceProperties");
    let refused = tenant.put(&at, inner(true)).await;
    assert_eq!(refused.summary(), "403 AuthorizationFailed");
    assert!(
        refused.message().contains("let the operator put"),
        "{}",
        refused.message()
    );
    tenant
        .put(&at, service("https://safe.example.com", json!({})))
        .await
        .is(201);
    let stranger = platform.someone(&[("Contributor", &platform.group())]).await;
    assert_eq!(
        stranger.put(&at, inner(false)).await.summary(),
        "403 AuthorizationFailed"
    );
    platform.admin().await.put(&at, inner(true)).await.is(200);
}

#[tokio::test]
async fn a_guard_model_is_a_chat_deployment_of_the_same_subscription() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    platform.deployed("guard", DIRECT).await;
    let admin = platform.admin().await;
    let at = format!("{}/{AT}/llama", platform.subscription());
    let guard = |deployment: &str| json!({"properties": {"kind": "GuardModel", "deploymentId": deployment}});
    admin.put(&at, guard(&platform.endpoint("guard"))).await.is(201);
    let elsewhere = platform
        .endpoint("guard")
        .replacen("subscriptions/", "subscriptions/0", 1);
    for (deployment, part) in [
        (platform.endpoint("nobody"), "Deploy the guard model first"),
        (elsewhere, "in the subscription of the provider"),
        (platform.workspace(), "nobody to chat with"),
        ("guard".to_owned(), "must be the id"),
    ] {
        let refused = admin.put(&at, guard(&deployment)).await;
        assert_eq!(refused.summary(), "400 InvalidResourceProperties", "{deployment}");
        assert!(refused.message().contains(part), "{}", refused.message());
    }
}

#[tokio::test]
async fn a_policy_asks_providers_that_are_there_and_they_stay_while_it_does() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    platform.deployed("hello", DIRECT).await;
    let admin = platform.admin().await;
    let policy = format!("{}/raiPolicies/default", platform.endpoint("hello"));
    let asking =
        json!({"properties": {"safetyProviders": [{"safetyProviderName": "AZURE", "source": "Prompt"}]}});
    let refused = admin.put(&policy, asking.clone()).await;
    assert_eq!(refused.summary(), "400 InvalidResourceProperties");
    assert!(
        refused.message().contains("no safety provider 'AZURE'"),
        "{}",
        refused.message()
    );
    let at = format!("{}/{AT}/azure", platform.subscription());
    admin
        .put(&at, service("https://x.example.com", json!({})))
        .await
        .is(201);
    let made = admin.put(&policy, asking).await.is(201);
    assert_eq!(
        made.body["properties"]["safetyProviders"],
        json!([{"safetyProviderName": "AZURE", "blocking": true, "source": "Prompt", "onFailure": "Block"}])
    );
    let used = admin.delete(&at).await;
    assert_eq!(used.summary(), "409 Conflict");
    assert!(
        used.message().contains("raiPolicies/default"),
        "{}",
        used.message()
    );
    admin.put(&policy, json!({"properties": {}})).await.is(200);
    admin.delete(&at).await.is(200);
}
