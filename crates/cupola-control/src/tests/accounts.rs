//! Subscriptions: several, each with the country of its bill, renamed, cancelled and enabled again.

use super::platform::{FOREIGN, PARTNER, Platform};
use serde_json::json;

#[tokio::test]
async fn the_country_of_the_bill_decides_what_can_be_bought() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let alias = "/providers/Microsoft.Subscription/aliases/tokyo";
    let body = json!({"properties": {"displayName": "Tokyo", "workload": "Production", "billingScope": "/x", "billingCountry": "jp"}});
    let made = admin.put(alias, body.clone()).await.is(201);
    assert_eq!(made.body["properties"]["provisioningState"], "Succeeded");
    let id = made.body["properties"]["subscriptionId"]
        .as_str()
        .expect("a GUID")
        .to_owned();
    assert_eq!(
        admin.put(alias, body).await.is(200).body["properties"]["subscriptionId"],
        id.as_str()
    );
    let other = json!({"properties": {"displayName": "Tokyo", "billingCountry": "US"}});
    assert_eq!(admin.put(alias, other).await.summary(), "409 Conflict");
    let list = admin.get("/subscriptions").await.is(200);
    let found = list.body["value"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|one| one["subscriptionId"] == id.as_str());
    assert_eq!(found.map(|one| &one["billingCountry"]), Some(&json!("JP")));
    assert_eq!(
        admin
            .get("/providers/Microsoft.Subscription/aliases")
            .await
            .is(200)
            .names(),
        ["tokyo"]
    );

    let group = format!("/subscriptions/{id}/resourceGroups/g1");
    admin.put(&group, json!({"location": "eastus2"})).await.is(201);
    let workspace = format!("{group}/providers/Microsoft.MachineLearningServices/workspaces/work");
    admin
        .put(&workspace, json!({"location": "eastus2"}))
        .await
        .is(201);
    let subscribe = async |workspace: &str, model: &str| {
        let body = json!({"properties": {"modelId": model}});
        admin
            .put(&format!("{workspace}/marketplaceSubscriptions/m1"), body)
            .await
            .summary()
    };
    let refused = "400 UserError MarketplaceSubscriptionPurchaseEligibilityFailed";
    assert_eq!(subscribe(&workspace, PARTNER).await, refused);
    assert_eq!(subscribe(&platform.workspace(), FOREIGN).await, refused);
    assert_eq!(subscribe(&workspace, FOREIGN).await, "201");

    let verb = |verb: &str| format!("/subscriptions/{id}/providers/Microsoft.Subscription/{verb}");
    admin
        .post(&verb("rename"), json!({"subscriptionName": "Kyoto"}))
        .await
        .is(200);
    assert_eq!(
        admin.get(&format!("/subscriptions/{id}")).await.body["displayName"],
        "Kyoto"
    );
    admin.post(&verb("cancel"), json!({})).await.is(200);
    assert_eq!(
        admin.get(&format!("/subscriptions/{id}")).await.body["state"],
        "Disabled"
    );
    admin.get(&workspace).await.is(200);
    for (method, path) in [
        ("PUT", &group),
        ("PATCH", &workspace),
        ("POST", &format!("{workspace}/listKeys")),
    ] {
        let refused = admin.send(method, path, Some("{}".into()), &[]).await;
        assert_eq!(
            refused.summary(),
            "409 ReadOnlyDisabledSubscription",
            "{method} {path}"
        );
    }
    admin.delete(&workspace).await.is(202);
    admin.post(&verb("enable"), json!({})).await.is(200);
    admin.put(&group, json!({"location": "eastus2"})).await.is(200);
    admin.delete(alias).await.is(200);
    assert_eq!(admin.get(alias).await.summary(), "404 ResourceNotFound");
    admin.get(&format!("/subscriptions/{id}")).await.is(200);
}

#[tokio::test]
async fn whoever_makes_a_subscription_owns_it_and_nobody_else_does() {
    let platform = Platform::start().await;
    let alias = "/providers/Microsoft.Subscription/aliases/mine";
    let contributor = platform.someone(&[("Contributor", "/")]).await;
    let owner_here = platform.someone(&[("Owner", &platform.subscription())]).await;
    assert_eq!(
        owner_here.put(alias, json!({"properties": {}})).await.summary(),
        "403 AuthorizationFailed"
    );
    let made = contributor
        .put(alias, json!({"properties": {"displayName": "Mine"}}))
        .await
        .is(201);
    let id = made.body["properties"]["subscriptionId"]
        .as_str()
        .expect("a GUID")
        .to_owned();
    assert_eq!(
        owner_here.get(&format!("/subscriptions/{id}")).await.summary(),
        "403 AuthorizationFailed"
    );
    for (name, status) in [("a b", 400), ("x%00", 404)] {
        let path = format!(
            "/providers/Microsoft.Subscription/aliases/{}",
            name.replace(' ', "%20")
        );
        assert_eq!(contributor.put(&path, json!({})).await.status, status, "{name}");
    }
    let country = json!({"properties": {"billingCountry": "Japan"}});
    let refused = contributor
        .put("/providers/Microsoft.Subscription/aliases/x", country)
        .await
        .is(400);
    assert_eq!(refused.body["error"]["target"], "properties.billingCountry");
}
