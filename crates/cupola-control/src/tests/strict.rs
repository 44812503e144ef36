//! Strict fidelity: the service's own rules, one after another.

use super::platform::{DIRECT, FOREIGN, PARTNER, Platform, SIBLING, endpoint_body};
use crate::ControlSettings;
use serde_json::json;

async fn strict() -> Platform {
    let platform = Platform::start_with(ControlSettings {
        strict: true,
        ..ControlSettings::default()
    })
    .await;
    platform.simulate(&[DIRECT, PARTNER, SIBLING, FOREIGN]).await;
    platform
}

#[tokio::test]
async fn a_model_is_deployed_once_in_a_workspace() {
    let platform = strict().await;
    let admin = platform.admin().await;
    admin
        .put(&platform.endpoint("one"), endpoint_body(DIRECT))
        .await
        .is(201);
    assert_eq!(
        admin
            .put(&platform.endpoint("two"), endpoint_body(DIRECT))
            .await
            .summary(),
        "400 UserError ServerlessEndpointForModelExists"
    );
    // The one that is there can be put again, and another workspace has one of its own.
    admin
        .put(&platform.endpoint("one"), endpoint_body(DIRECT))
        .await
        .is(200);
    let other = platform.workspace().replace("hello-project", "other");
    admin.put(&other, json!({"location": "eastus2"})).await.is(201);
    admin
        .put(
            &format!("{other}/serverlessEndpoints/three"),
            endpoint_body(DIRECT),
        )
        .await
        .is(201);
    admin.delete(&platform.endpoint("one")).await.is(202);
    admin
        .put(&platform.endpoint("two"), endpoint_body(DIRECT))
        .await
        .is(201);
}

#[tokio::test]
async fn a_partner_model_needs_its_subscription_and_a_direct_one_none() {
    let platform = strict().await;
    let admin = platform.admin().await;
    let subscribe = async |name: &str, model: &str| {
        admin
            .put(
                &platform.marketplace(name),
                json!({"properties": {"modelId": model}}),
            )
            .await
    };
    assert_eq!(
        admin
            .put(&platform.endpoint("p1"), endpoint_body(PARTNER))
            .await
            .summary(),
        "400 UserError MarketplaceSubscriptionRequired"
    );
    let direct = subscribe("direct", DIRECT).await;
    assert_eq!(direct.summary(), "400 UserError MarketplaceOfferNotFound");
    assert!(
        direct.message().contains("Model mapping properties not found"),
        "{}",
        direct.message()
    );
    assert_eq!(
        subscribe("foreign", FOREIGN).await.summary(),
        "400 UserError MarketplaceSubscriptionPurchaseEligibilityFailed"
    );
    subscribe("bought", PARTNER).await.is(201);
    assert_eq!(
        subscribe("again", SIBLING).await.summary(),
        "409 UserError MarketplaceSubscriptionExists"
    );
    // One subscription is enough for every model of the offer.
    admin
        .put(&platform.endpoint("p1"), endpoint_body(PARTNER))
        .await
        .is(201);
    admin
        .put(&platform.endpoint("p2"), endpoint_body(SIBLING))
        .await
        .is(201);
    admin
        .put(&platform.endpoint("d1"), endpoint_body(DIRECT))
        .await
        .is(201);
}

#[tokio::test]
async fn a_model_is_deployed_where_it_is_offered_and_its_limits_are_not_the_clients() {
    let platform = strict().await;
    let admin = platform.admin().await;
    let far = platform.workspace().replace("hello-project", "far-away");
    admin
        .put(&far, json!({"location": "swedencentral"}))
        .await
        .is(201);
    let body = json!({"properties": {"modelId": PARTNER}});
    admin
        .put(&format!("{far}/marketplaceSubscriptions/m1"), body)
        .await
        .is(201);
    let mut body = endpoint_body(PARTNER);
    body["location"] = "Sweden Central".into();
    let refused = admin.put(&format!("{far}/serverlessEndpoints/e1"), body).await;
    assert_eq!(
        refused.summary(),
        "400 UserError ServerlessModelNotAvailableInRegion"
    );
    assert!(
        refused
            .message()
            .contains("is not available in region Sweden Central")
    );
    // Nobody raises 200,000 tokens and 1,000 requests a minute by asking for it.
    let mut body = endpoint_body(DIRECT);
    body["sku"] = json!({"name": "Consumption", "capacity": 9000});
    body["properties"]["rateLimits"] = json!({"tokensPerMinute": 9_000_000});
    let refused = admin.put(&platform.endpoint("e1"), body.clone()).await;
    assert_eq!(refused.summary(), "400 InvalidRequestContent");
    assert!(
        refused.message().contains("at most 200000 a minute"),
        "{}",
        refused.message()
    );
    body["properties"]["rateLimits"] = json!(null);
    let made = admin.put(&platform.endpoint("e1"), body).await.is(201);
    assert_eq!(made.body["properties"].get("rateLimits"), None);
}
