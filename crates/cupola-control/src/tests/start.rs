//! The first start, and every one after it.

use super::platform::{DIRECT, ORIGIN, Platform, binding};
use crate::first_start;
use serde_json::json;

#[tokio::test]
async fn a_second_start_changes_nothing() {
    let platform = Platform::start().await;
    assert!(platform.report.created);
    let audit = platform.audit().await.len();
    let again = first_start(&platform.deps, None).await.expect("a second start");
    assert!(!again.created);
    assert_eq!(again.tenant_id, platform.report.tenant_id);
    assert_eq!(again.client_id, platform.report.client_id);
    assert_eq!(again.subscription_id, platform.report.subscription_id);
    assert_eq!(
        (again.resource_group.as_str(), again.workspace.as_str()),
        ("cupola", "hello-project")
    );
    assert_eq!(platform.audit().await.len(), audit);
    let seen = platform.admin().await.get(&platform.workspace()).await.is(200);
    assert_eq!(
        (&seen.body["kind"], &seen.body["location"]),
        (&json!("Project"), &json!("eastus2"))
    );
}

#[tokio::test]
async fn the_secret_survives_a_crash_and_is_forgotten_once_it_was_used() {
    let platform = Platform::start().await;
    let secret = platform.report.client_secret.clone().expect("just made");
    let again = first_start(&platform.deps, None).await.expect("a second start");
    assert_eq!(
        again.client_secret.as_ref(),
        Some(&secret),
        "whoever made it may have died before it was kept"
    );
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope={ORIGIN}/.default",
        platform.report.client_id,
        crate::dispatch::encode(secret.expose())
    );
    platform
        .anonymous()
        .send("POST", "/adfs/oauth2/token", Some(form), &[])
        .await
        .is(200);
    assert!(
        first_start(&platform.deps, None)
            .await
            .expect("a third start")
            .client_secret
            .is_none()
    );
}

#[tokio::test]
async fn the_demo_model_follows_its_file_until_somebody_else_decides() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let file = |name: &str| {
        let path = platform.folder.path().join(name);
        std::fs::write(&path, b"GGUF\x03").expect("written");
        path
    };
    let path = async || {
        admin.get(&binding(DIRECT)).await.body["properties"]["path"]
            .as_str()
            .map(str::to_owned)
    };
    first_start(&platform.deps, Some(&platform.folder.path().join("absent.gguf")))
        .await
        .expect("started");
    assert_eq!(path().await, None);
    for name in ["one.gguf", "two.gguf", "two.gguf"] {
        let file = file(name);
        first_start(&platform.deps, Some(&file)).await.expect("started");
        assert_eq!(path().await, Some(file.display().to_string()));
    }
    admin.delete(&binding(DIRECT)).await.is(200);
    first_start(&platform.deps, Some(&file("one.gguf")))
        .await
        .expect("started");
    assert_eq!(path().await, None, "somebody unbound it");
    admin
        .put(&binding(DIRECT), json!({"properties": {"kind": "simulator"}}))
        .await
        .is(201);
    first_start(&platform.deps, Some(&file("one.gguf")))
        .await
        .expect("started");
    assert_eq!(
        admin.get(&binding(DIRECT)).await.body["properties"]["kind"],
        "simulator"
    );
}
