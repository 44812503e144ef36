//! Marketplace subscriptions: what they allow, and what goes when they go.

use super::platform::{DIRECT, FOREIGN, ORIGIN, PARTNER, Platform, SIBLING, endpoint_body};
use serde_json::{Value, json};

fn to(model: &str) -> Value {
    json!({"properties": {"modelId": model}})
}

async fn state(platform: &Platform, name: &str) -> String {
    let seen = platform.admin().await.get(&platform.endpoint(name)).await.is(200);
    assert_eq!(seen.body["properties"]["provisioningState"], "Succeeded");
    seen.body["properties"]["endpointState"]
        .as_str()
        .expect("a state")
        .to_owned()
}

#[tokio::test]
async fn a_partner_model_is_subscribed_to_then_deployed() {
    let mut platform = Platform::start().await;
    platform.simulate(&[PARTNER]).await;
    let admin = platform.admin().await;
    let path = platform.marketplace("Command-r");
    let put = admin
        .put(&path, to(&format!("{PARTNER}/versions/3")))
        .await
        .is(201);
    let status = put.header("azure-asyncoperation").to_owned();
    assert!(status.starts_with(ORIGIN));
    assert_eq!(admin.get(&status).await.body["status"], "Succeeded");
    assert_eq!(
        put.body["type"],
        "Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions"
    );
    assert_eq!(
        put.body["properties"],
        json!({
            "modelId": PARTNER,
            "marketplacePlan": {"publisherId": "cohere", "offerId": "command-r-offer", "planId": "command-r-plan"},
            "marketplaceSubscriptionStatus": "Subscribed",
            "provisioningState": "Succeeded",
        })
    );
    assert!(put.body["systemData"]["createdAt"].is_string() && put.body.get("tags").is_none());
    admin.put(&path, to(PARTNER)).await.is(200);
    assert_eq!(
        admin.put(&path, to(FOREIGN)).await.summary(),
        "400 UserError ModelIdCannotChange"
    );
    let second = admin.put(&platform.marketplace("other"), to(SIBLING)).await;
    assert_eq!(second.summary(), "409 UserError MarketplaceSubscriptionExists");
    assert!(second.message().contains("'Command-r'"), "{}", second.message());
    assert_eq!(
        admin
            .get(&format!("{}/marketplaceSubscriptions", platform.workspace()))
            .await
            .names(),
        ["Command-r"]
    );
    admin
        .put(&platform.endpoint("r"), endpoint_body(PARTNER))
        .await
        .is(201);
    platform.work().await;
    let seen = platform.admin().await.get(&platform.endpoint("r")).await;
    assert_eq!(
        seen.body["properties"]["marketplaceSubscriptionId"],
        path.as_str()
    );
}

#[tokio::test]
async fn offers_have_their_rules() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let put = async |name: &str, model: &str| admin.put(&platform.marketplace(name), to(model)).await;
    let foreign = put("a", FOREIGN).await;
    assert_eq!(
        foreign.summary(),
        "400 UserError MarketplaceSubscriptionPurchaseEligibilityFailed"
    );
    assert!(
        foreign.message().contains("billing country US"),
        "{}",
        foreign.message()
    );
    assert_eq!(
        put("a", DIRECT).await.summary(),
        "400 UserError MarketplaceOfferNotFound"
    );
    assert_eq!(
        put("a", &format!("{PARTNER}-x")).await.summary(),
        "400 UserError ModelNotFound"
    );
    assert_eq!(put("a.b", PARTNER).await.summary(), "400 InvalidResourceName");
    assert_eq!(
        put("a", "").await.message(),
        "The field properties.modelId is required: azureml://registries/REGISTRY/models/MODEL."
    );
    assert_eq!(admin.delete(&platform.marketplace("a")).await.status, 204);
    assert_eq!(
        admin.get(&platform.marketplace("a")).await.summary(),
        "404 ResourceNotFound"
    );
}

#[tokio::test]
async fn deleting_the_subscription_suspends_its_endpoints_and_subscribing_again_heals_them() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT, PARTNER, SIBLING]).await;
    platform
        .admin()
        .await
        .put(&platform.marketplace("cmd"), to(PARTNER))
        .await
        .is(201);
    platform.deployed("one", PARTNER).await;
    platform.deployed("two", SIBLING).await;
    platform.deployed("free", DIRECT).await;
    let gone = platform
        .admin()
        .await
        .delete(&platform.marketplace("cmd"))
        .await
        .is(202);
    platform.admin().await.get(gone.header("location")).await.is(200);
    assert_eq!(state(&platform, "one").await, "Suspended");
    assert_eq!(state(&platform, "two").await, "Suspended");
    assert_eq!(state(&platform, "free").await, "Online");
    platform
        .admin()
        .await
        .put(&platform.marketplace("again"), to(SIBLING))
        .await
        .is(201);
    assert_eq!(state(&platform, "one").await, "Online");
    let seen = platform.admin().await.get(&platform.endpoint("two")).await;
    assert_eq!(
        seen.body["properties"]["marketplaceSubscriptionId"],
        platform.marketplace("again").as_str()
    );
}

#[tokio::test]
async fn a_subscription_that_goes_during_a_deployment_leaves_it_suspended() {
    let mut platform = Platform::start().await;
    platform.simulate(&[PARTNER]).await;
    let admin = platform.admin().await;
    admin.put(&platform.marketplace("cmd"), to(PARTNER)).await.is(201);
    admin
        .put(&platform.endpoint("one"), endpoint_body(PARTNER))
        .await
        .is(201);
    admin.delete(&platform.marketplace("cmd")).await.is(202);
    platform.work().await;
    assert_eq!(state(&platform, "one").await, "Suspended");
}

#[tokio::test]
async fn the_twin_shows_the_subscription_and_ends_it() {
    let mut platform = Platform::start().await;
    platform.simulate(&[PARTNER]).await;
    platform
        .admin()
        .await
        .put(&platform.marketplace("cmd"), to(PARTNER))
        .await
        .is(201);
    platform.deployed("one", PARTNER).await;
    let admin = platform.admin().await;
    let twins = format!("{}/providers/Microsoft.SaaS//resources", platform.group());
    let seen = admin.get(&twins).await.is(200);
    assert_eq!(seen.names(), ["cmd"]);
    assert_eq!(seen.body["value"][0]["location"], "global");
    // Another workspace of the group may have a subscription of the same name.
    let other = platform.workspace().replace("hello-project", "second");
    admin.put(&other, json!({"location": "eastus2"})).await.is(201);
    admin
        .put(&format!("{other}/marketplaceSubscriptions/cmd"), to(PARTNER))
        .await
        .is(201);
    assert_eq!(admin.get(&twins).await.names(), ["cmd", "cmd-second"]);
    admin.delete(&format!("{twins}/cmd")).await.is(202);
    assert_eq!(admin.get(&platform.marketplace("cmd")).await.status, 404);
    assert_eq!(state(&platform, "one").await, "Suspended");
    assert_eq!(admin.get(&twins).await.names(), ["cmd-second"]);
    assert_eq!(admin.delete(&format!("{twins}/cmd")).await.status, 204);
    let list = format!("{}/providers/Microsoft.SaaS/resources", platform.subscription());
    assert_eq!(admin.get(&list).await.names(), ["cmd-second"]);
    admin.delete(&other).await.is(202);
    assert_eq!(
        admin.get(&list).await.names(),
        [] as [&str; 0],
        "it goes with its workspace"
    );
}
