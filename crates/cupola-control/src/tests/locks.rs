//! Locks: what nobody deletes and nobody changes.

use super::platform::{DIRECT, Platform, endpoint_body};
use serde_json::json;

fn lock(scope: &str) -> String {
    format!("{scope}/providers/Microsoft.Authorization/locks/keep")
}

#[tokio::test]
async fn what_is_locked_stays_and_so_does_what_holds_it() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    platform.deployed("hello", DIRECT).await;
    let admin = platform.admin().await;
    let endpoint = platform.endpoint("hello");
    let at = lock(&endpoint);
    let body = |level: &str| json!({"properties": {"level": level, "notes": "in production"}});
    assert_eq!(
        admin.put(&at, json!({})).await.summary(),
        "400 InvalidRequestContent"
    );
    let nowhere = lock(&platform.endpoint("nowhere"));
    assert_eq!(
        admin.put(&nowhere, body("ReadOnly")).await.summary(),
        "404 ResourceNotFound"
    );
    admin.put(&at, body("CanNotDelete")).await.is(201);
    for target in [&endpoint, &platform.workspace(), &platform.group()] {
        let refused = admin.delete(target).await;
        assert_eq!(refused.summary(), "409 ScopeLocked", "{target}");
        assert!(
            refused
                .message()
                .contains("cannot perform delete operation because following scope(s) are locked: '"),
            "{}",
            refused.text
        );
        assert!(
            refused.message().contains("/serverlessEndpoints/hello'"),
            "{}",
            refused.text
        );
    }
    admin.put(&endpoint, endpoint_body(DIRECT)).await.is(200);
    admin
        .post(&format!("{endpoint}/listKeys"), json!({}))
        .await
        .is(200);

    admin.put(&at, body("ReadOnly")).await.is(200);
    let refused = admin.post(&format!("{endpoint}/listKeys"), json!({})).await;
    assert_eq!(refused.summary(), "409 ScopeLocked");
    assert_eq!(
        admin.put(&endpoint, endpoint_body(DIRECT)).await.summary(),
        "409 ScopeLocked"
    );
    admin.get(&endpoint).await.is(200);
    let listed = admin
        .get(&format!(
            "{}/providers/Microsoft.Authorization/locks",
            platform.group()
        ))
        .await
        .is(200);
    assert_eq!(listed.names(), ["keep"]);
    let at_scope = format!(
        "{}/providers/Microsoft.Authorization/locks?api-version=2016-09-01&$filter=atScope()",
        platform.group()
    );
    assert_eq!(admin.get(&at_scope).await.names(), [] as [&str; 0]);

    let contributor = platform.someone(&[("Contributor", "/")]).await;
    assert_eq!(contributor.delete(&at).await.summary(), "403 AuthorizationFailed");
    admin.delete(&at).await.is(200);
    admin.delete(&at).await.is(204);
    admin.delete(&endpoint).await.is(202);
}

#[tokio::test]
async fn a_lock_above_holds_below_and_for_roles_too() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    admin
        .put(
            &lock(&platform.subscription()),
            json!({"properties": {"level": "ReadOnly"}}),
        )
        .await
        .is(201);
    let group = format!("{}/resourceGroups/new", platform.subscription());
    assert_eq!(
        admin.put(&group, json!({"location": "eastus2"})).await.summary(),
        "409 ScopeLocked"
    );
    let role = format!(
        "{}/providers/Microsoft.Authorization/roleAssignments/11111111-2222-3333-4444-555555555555",
        platform.group()
    );
    assert_eq!(admin.put(&role, json!({})).await.summary(), "409 ScopeLocked");
    let stranger = platform.someone(&[]).await;
    assert_eq!(
        stranger.put(&group, json!({})).await.summary(),
        "403 AuthorizationFailed",
        "rights come first"
    );
    admin.delete(&lock(&platform.subscription())).await.is(200);
    admin.put(&group, json!({"location": "eastus2"})).await.is(201);
}
