//! Serverless endpoints, from the wish to the key.

use super::platform::{DIRECT, ORIGIN, PARTNER, Platform, binding, endpoint_body};
use crate::ControlSettings;
use cupola_backend::fleet::Worker;
use serde_json::{Value, json};

#[tokio::test]
async fn a_model_is_deployed_followed_and_its_keys_are_listed() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    let path = platform.endpoint("Hello");
    let body = json!({
        "properties": {"modelSettings": {"modelId": format!("{DIRECT}/versions/1")}},
        "tags": {"team": "a"}, "sku": {"name": "Consumption"}, "location": "East US 2",
    });
    let put = platform.admin().await.put(&path, body).await.is(201);
    assert_eq!(put.body["properties"]["provisioningState"], "Creating");
    assert_eq!(put.body["properties"]["endpointState"], "Creating");
    assert_eq!(put.body["properties"]["inferenceEndpoint"], Value::Null);
    assert_eq!(put.header("retry-after"), "1");
    assert_eq!(put.header("x-ms-async-operation-timeout"), "PT1H");
    let status = put.header("azure-asyncoperation").to_owned();
    assert!(
        status.starts_with(&format!(
            "{ORIGIN}{}/providers/Microsoft.MachineLearningServices/locations/eastus2/mfeOperationsStatus/",
            platform.subscription()
        )),
        "{status}"
    );
    let before = platform.admin().await.get(&status).await.is(200);
    assert_eq!(
        (before.body["status"].as_str(), before.header("retry-after")),
        (Some("InProgress"), "1")
    );
    platform
        .admin()
        .await
        .get(&status.replace("mfeOperationsStatus", "mfeOperationResults"))
        .await
        .is(202);

    platform.work().await;
    let admin = platform.admin().await;
    let after = admin.get(&status).await.is(200);
    assert_eq!(
        (after.body["status"].as_str(), after.header("retry-after")),
        (Some("Succeeded"), "")
    );
    assert_eq!(after.body["startTime"], "2026-01-05T09:00:00.0000000Z");
    admin
        .get(&status.replace("mfeOperationsStatus", "mfeOperationResults"))
        .await
        .is(200);

    let seen = admin.get(&path.to_ascii_lowercase()).await.is(200);
    assert_eq!(seen.body["id"], path.as_str());
    assert_eq!(seen.body["name"], "Hello");
    assert_eq!(
        seen.body["type"],
        "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints"
    );
    assert_eq!(seen.body["kind"], "ServerlessEndpoint");
    assert_eq!(seen.body["location"], "eastus2");
    assert_eq!(seen.body["tags"], json!({"team": "a"}));
    assert_eq!(seen.body["systemData"]["createdBy"], "Cupola administrator");
    assert_eq!(
        seen.body["properties"],
        json!({
            "authMode": "Key",
            "modelSettings": {"modelId": DIRECT},
            "contentSafety": {"contentSafetyStatus": "Enabled"},
            "inferenceEndpoint": {"uri": format!("{ORIGIN}/endpoints/eastus2/Hello"), "headers": {}},
            "endpointState": "Online",
            "provisioningState": "Succeeded",
        })
    );
    assert_eq!(
        admin
            .get(&format!("{}/serverlessEndpoints", platform.workspace()))
            .await
            .names(),
        ["Hello"]
    );

    let keys = admin
        .send("POST", &format!("{path}/listKeys"), None, &[])
        .await
        .is(200);
    assert_eq!(keys.header("cache-control"), "no-store");
    let key = |seen: &super::platform::Seen, name: &str| seen.body[name].as_str().expect("a key").to_owned();
    assert_eq!(key(&keys, "primaryKey").len(), 32);
    let again = admin
        .post(
            &format!("{path}/regenerateKeys"),
            json!({"keyType": "primary", "keyValue": key(&keys, "primaryKey")}),
        )
        .await
        .is(200);
    assert_ne!(key(&again, "primaryKey"), key(&keys, "primaryKey"));
    assert_eq!(key(&again, "secondaryKey"), key(&keys, "secondaryKey"));
    assert_eq!(
        admin.post(&format!("{path}/listKeys"), json!({})).await.body,
        again.body
    );
    assert_eq!(
        admin
            .post(&format!("{path}/regenerateKeys"), json!({"keyType": "third"}))
            .await
            .summary(),
        "400 InvalidRequestContent"
    );
    assert_eq!(
        admin
            .post(&format!("{path}/getStatus"), json!({}))
            .await
            .is(200)
            .body["endpointState"],
        "Online"
    );

    let gone = admin.delete(&path).await.is(202);
    assert_eq!(
        admin.get(gone.header("azure-asyncoperation")).await.body["status"],
        "Succeeded"
    );
    admin.get(gone.header("location")).await.is(200);
    assert_eq!(admin.get(&path).await.summary(), "404 ResourceNotFound");
    admin.delete(&path).await.is(204);
    assert_eq!(
        admin.post(&format!("{path}/listKeys"), json!({})).await.summary(),
        "404 ResourceNotFound"
    );
}

#[tokio::test]
async fn what_cannot_be_deployed_is_refused_with_the_reason() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let put = async |name: &str, body: Value| admin.put(&platform.endpoint(name), body).await;
    let unbound = put("a", endpoint_body(DIRECT)).await;
    assert_eq!(unbound.summary(), "400 UserError ModelNotBound");
    assert_eq!(
        unbound.message(),
        format!(
            "The model {DIRECT} is not bound to a backend. Bind it with: cupola catalog bind {DIRECT} --engine FILE_OR_DIR | --upstream URL | --simulator"
        )
    );
    platform.simulate(&[DIRECT, PARTNER]).await;
    assert_eq!(
        put("1a", endpoint_body(DIRECT)).await.summary(),
        "400 InvalidResourceName"
    );
    assert_eq!(
        put("a_b", endpoint_body(DIRECT)).await.summary(),
        "400 InvalidResourceName"
    );
    assert_eq!(
        put("a", endpoint_body("nonsense")).await.summary(),
        "400 UserError"
    );
    assert_eq!(
        put("a", endpoint_body(&format!("{DIRECT}x"))).await.summary(),
        "400 UserError ModelNotFound"
    );
    assert_eq!(
        put("a", endpoint_body(PARTNER)).await.summary(),
        "400 UserError MarketplaceSubscriptionRequired"
    );
    let mut body = endpoint_body(DIRECT);
    body["location"] = "mars".into();
    assert_eq!(
        put("a", body.clone()).await.summary(),
        "400 UserError LocationMismatch"
    );
    body["location"] = Value::Null;
    assert_eq!(put("a", body.clone()).await.summary(), "400 LocationRequired");
    body["location"] = 5.into();
    assert_eq!(
        put("a", body).await.message(),
        "The field location must be text, not a number."
    );
    let mut body = endpoint_body(DIRECT);
    body["properties"]["authMode"] = "None".into();
    assert_eq!(
        put("a", body).await.message(),
        "The value 'None' of properties.authMode is not allowed: use Key or AAD or KeyAndAAD."
    );
    let elsewhere = platform.endpoint("a").replace("hello-project", "nowhere");
    assert_eq!(
        admin.put(&elsewhere, endpoint_body(DIRECT)).await.summary(),
        "404 ParentResourceNotFound"
    );
    assert_eq!(admin.get(&elsewhere).await.summary(), "404 ResourceNotFound");
    let elsewhere = platform.endpoint("a").replace("/cupola/", "/nogroup/");
    assert_eq!(
        admin.put(&elsewhere, endpoint_body(DIRECT)).await.summary(),
        "404 ResourceGroupNotFound"
    );
    let elsewhere = platform
        .endpoint("a")
        .replace(&platform.report.subscription_id, "nosub");
    assert_eq!(
        admin.put(&elsewhere, endpoint_body(DIRECT)).await.summary(),
        "404 SubscriptionNotFound"
    );
    assert_eq!(
        platform
            .store
            .reader()
            .await
            .expect("a reader")
            .jobs()
            .next_due_ms()
            .await
            .expect("read"),
        None
    );
}

#[tokio::test]
async fn a_name_belongs_to_one_endpoint_of_a_region() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    platform.deployed("hello", DIRECT).await;
    let admin = platform.admin().await;
    let other = platform.workspace().replace("hello-project", "second");
    admin
        .put(&other, json!({"location": "eastus2", "kind": "Project"}))
        .await
        .is(201);
    let taken = admin
        .put(
            &format!("{other}/serverlessEndpoints/HELLO"),
            endpoint_body(DIRECT),
        )
        .await;
    assert_eq!(
        taken.summary(),
        "409 UserError ServerlessEndpointNameNotAvailable"
    );
    assert_eq!(
        taken.message(),
        "Serverless endpoint name 'HELLO' is not available. Please select a different name."
    );
    admin.delete(&platform.endpoint("hello")).await.is(202);
    admin
        .put(
            &format!("{other}/serverlessEndpoints/HELLO"),
            endpoint_body(DIRECT),
        )
        .await
        .is(201);
}

#[tokio::test]
async fn strict_fidelity_allows_one_deployment_of_a_model() {
    let mut platform = Platform::start_with(ControlSettings {
        strict: true,
        ..ControlSettings::default()
    })
    .await;
    platform.simulate(&[DIRECT]).await;
    platform.deployed("first", DIRECT).await;
    let second = platform
        .admin()
        .await
        .put(&platform.endpoint("second"), endpoint_body(DIRECT))
        .await;
    assert_eq!(second.summary(), "400 UserError ServerlessEndpointForModelExists");
    assert!(second.message().contains("'first'"), "{}", second.message());
}

#[tokio::test]
async fn an_endpoint_can_be_changed_and_keeps_its_model() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT, PARTNER]).await;
    platform.deployed("hello", DIRECT).await;
    let admin = platform.admin().await;
    let path = platform.endpoint("hello");
    let keys = admin.post(&format!("{path}/listKeys"), json!({})).await.body;
    let mut body = endpoint_body(DIRECT);
    body["tags"] = json!({"a": "b"});
    body["properties"]["contentSafety"] = json!({"contentSafetyStatus": "Disabled"});
    let changed = admin.put(&path, body).await.is(200);
    assert_eq!(
        changed.body["properties"]["contentSafety"]["contentSafetyStatus"],
        "Disabled"
    );
    assert_eq!(changed.body["properties"]["provisioningState"], "Succeeded");
    assert_eq!(changed.header("azure-asyncoperation"), "");
    assert_eq!(
        admin.post(&format!("{path}/listKeys"), json!({})).await.body,
        keys,
        "keys stay"
    );
    assert_eq!(
        admin.put(&path, endpoint_body(PARTNER)).await.summary(),
        "400 UserError ModelIdCannotChange"
    );
    let mut body = endpoint_body(DIRECT);
    body["location"] = "westus".into();
    assert_eq!(
        admin.put(&path, body).await.summary(),
        "409 InvalidResourceLocation"
    );
    let patched = admin.patch(&path, json!({"tags": {"c": "d"}})).await.is(200);
    assert_eq!(patched.body["tags"], json!({"c": "d"}));
    assert_eq!(patched.body["sku"], json!({"name": "Consumption"}));
    assert_eq!(
        admin
            .patch(&platform.endpoint("nobody"), json!({}))
            .await
            .summary(),
        "404 ResourceNotFound"
    );
}

#[tokio::test]
async fn a_change_that_was_decided_on_an_older_state_is_refused() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    platform.deployed("hello", DIRECT).await;
    let (admin, path) = (platform.admin().await, platform.endpoint("hello"));
    let etag = admin.get(&path).await.header("etag").to_owned();
    assert_eq!(admin.get(&path).await.body["etag"], etag.as_str());
    let put = async |header: (&str, &str)| {
        admin
            .send("PUT", &path, Some(endpoint_body(DIRECT).to_string()), &[header])
            .await
            .status
            .as_u16()
    };
    assert_eq!(put(("if-none-match", "*")).await, 412);
    assert_eq!(put(("if-match", "\"old\"")).await, 412);
    assert_eq!(put(("if-match", &etag)).await, 200);
    assert_eq!(
        put(("if-match", &etag)).await,
        412,
        "the write before has changed it"
    );
    assert_eq!(
        admin
            .send("DELETE", &path, None, &[("if-match", &etag)])
            .await
            .status,
        412
    );
    let fresh = platform.endpoint("fresh");
    let body = Some(endpoint_body(DIRECT).to_string());
    assert_eq!(
        admin
            .send("PUT", &fresh, body.clone(), &[("if-match", "*")])
            .await
            .status,
        412
    );
    assert_eq!(
        admin
            .send("PUT", &fresh, body, &[("if-none-match", "*")])
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn an_endpoint_waits_for_its_worker() {
    let mut platform = Platform::start().await;
    platform.bind_engine().await;
    let put = platform
        .admin()
        .await
        .put(&platform.endpoint("hello"), endpoint_body(DIRECT))
        .await
        .is(201);
    let status = put.header("azure-asyncoperation").to_owned();
    for worker in [
        None,
        Some(Worker::Starting),
        Some(Worker::BackingOff {
            reason: "busy".into(),
            failures: 1,
        }),
    ] {
        if let Some(worker) = worker {
            platform.observe(DIRECT, worker);
        }
        platform.work().await;
        let seen = platform.admin().await.get(&platform.endpoint("hello")).await;
        assert_eq!(seen.body["properties"]["provisioningState"], "Creating");
    }
    platform.observe(
        DIRECT,
        Worker::Ready {
            socket: "/s".into(),
            context_tokens: 512,
        },
    );
    platform.work().await;
    let admin = platform.admin().await;
    assert_eq!(admin.get(&status).await.body["status"], "Succeeded");
    assert_eq!(
        admin.get(&platform.endpoint("hello")).await.body["properties"]["endpointState"],
        "Online"
    );
}

#[tokio::test]
async fn a_worker_that_cannot_run_fails_the_deployment_with_its_reason_and_another_try_heals_it() {
    let mut platform = Platform::start().await;
    platform.bind_engine().await;
    platform.observe(
        DIRECT,
        Worker::Broken {
            reason: "the file ends early".into(),
        },
    );
    let path = platform.endpoint("hello");
    let put = platform
        .admin()
        .await
        .put(&path, endpoint_body(DIRECT))
        .await
        .is(201);
    let status = put.header("azure-asyncoperation").to_owned();
    platform.work().await;
    let failed = platform.admin().await.get(&status).await;
    assert_eq!(failed.body["status"], "Failed");
    assert_eq!(failed.body["error"]["code"], "UserError");
    assert!(
        failed.body["error"]["message"]
            .as_str()
            .is_some_and(|text| text.contains("the file ends early")),
        "{failed:?}"
    );
    let seen = platform.admin().await.get(&path).await;
    assert_eq!(seen.body["properties"]["endpointState"], "CreationFailed");
    assert_eq!(seen.body["properties"]["provisioningState"], "Failed");

    platform.observe(
        DIRECT,
        Worker::Ready {
            socket: "/s".into(),
            context_tokens: 512,
        },
    );
    let again = platform
        .admin()
        .await
        .put(&path, endpoint_body(DIRECT))
        .await
        .is(200);
    let status = again.header("azure-asyncoperation").to_owned();
    platform.work().await;
    let admin = platform.admin().await;
    assert_eq!(admin.get(&status).await.body["status"], "Succeeded");
    assert_eq!(
        admin.get(&path).await.body["properties"]["endpointState"],
        "Online"
    );
}

#[tokio::test]
async fn deleting_what_is_still_being_made_ends_its_operation() {
    let mut platform = Platform::start().await;
    platform.bind_engine().await;
    let put = platform
        .admin()
        .await
        .put(&platform.endpoint("hello"), endpoint_body(DIRECT))
        .await
        .is(201);
    let status = put.header("azure-asyncoperation").to_owned();
    platform
        .admin()
        .await
        .delete(&platform.endpoint("hello"))
        .await
        .is(202);
    platform.work().await;
    let admin = platform.admin().await;
    assert_eq!(admin.get(&status).await.body["status"], "Failed");
    assert_eq!(
        platform
            .store
            .reader()
            .await
            .expect("a reader")
            .jobs()
            .next_due_ms()
            .await
            .expect("read"),
        None
    );
}

#[tokio::test]
async fn an_unbound_model_that_serves_cannot_lose_its_backend() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    platform.deployed("hello", DIRECT).await;
    let admin = platform.admin().await;
    let refused = admin.delete(&binding(DIRECT)).await;
    assert_eq!(refused.summary(), "409 Conflict");
    assert!(refused.message().contains("hello"), "{}", refused.message());
    admin.delete(&platform.endpoint("hello")).await.is(202);
    admin.delete(&binding(DIRECT)).await.is(200);
    admin.delete(&binding(DIRECT)).await.is(204);
}
