//! The audit record: what it keeps, who reads it, and why something was refused.

use super::browser::user;
use super::platform::{DIRECT, ORIGIN, Platform, binding, endpoint_body};
use crate::routes;
use cupola_backend::fleet::Worker;
use cupola_core::percent;
use cupola_core::rbac::Principal;
use serde_json::{Value, json};

#[tokio::test]
async fn the_activity_log_shows_what_happened_where_one_may_look() {
    let platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    let admin = platform.admin().await;
    admin
        .put(&platform.endpoint("hello"), endpoint_body(DIRECT))
        .await
        .is(201);
    admin
        .put(&platform.endpoint("hello"), json!({"properties": 5}))
        .await
        .is(400);
    let log = format!(
        "{}/providers/Microsoft.Insights/eventtypes/management/values",
        platform.subscription()
    );
    let group = format!(
        "{log}?api-version=2015-04-01&$filter=eventTimestamp%20ge%20'2000-01-01'%20and%20resourceGroupName%20eq%20'CUPOLA'"
    );
    let seen = admin.get(&group).await.is(200);
    let events = seen.body["value"].as_array().expect("a list").clone();
    assert_eq!(events.len(), 2, "{}", seen.text);
    assert_eq!(events[0]["status"]["value"], "Failed");
    assert_eq!(events[0]["subStatus"]["value"], "BadRequest");
    assert_eq!(events[1]["status"]["value"], "Accepted");
    assert_eq!(events[1]["resourceId"], platform.endpoint("hello"));
    assert_eq!(events[1]["httpRequest"]["clientIpAddress"], "10.0.0.9");
    assert_eq!(events[1]["caller"], platform.report.client_id);
    let after: Value =
        serde_json::from_str(events[1]["properties"]["after"].as_str().expect("text")).expect("json");
    assert_eq!(after["properties"]["modelSettings"]["modelId"], DIRECT);
    let failed = format!("{log}?api-version=2015-04-01&$filter=status%20eq%20'Failed'&$select=level,caller");
    assert_eq!(
        admin.get(&failed).await.body["value"],
        json!([{"caller": platform.report.client_id, "level": "Error"}])
    );
    let reader = platform.someone(&[("Reader", &platform.workspace())]).await;
    assert_eq!(
        reader.get(&group).await.is(200).body["value"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
    let elsewhere = format!("{}/resourceGroups/other", platform.subscription());
    admin
        .put(&elsewhere, json!({"location": "eastus2"}))
        .await
        .is(201);
    let foreign = platform.someone(&[("Reader", &elsewhere)]).await;
    assert_eq!(foreign.get(&group).await.is(200).body["value"], json!([]));
    assert_eq!(
        platform.someone(&[]).await.get(&log).await.summary(),
        "403 AuthorizationFailed"
    );
}

#[tokio::test]
async fn what_was_begun_has_its_end_in_the_record() {
    let mut platform = Platform::start().await;
    platform.bind_engine().await;
    for (name, worker, expected, explained) in [
        (
            "broken",
            Worker::Broken {
                reason: "the file ends early".into(),
            },
            "UserError",
            "the file ends early",
        ),
        (
            "well",
            Worker::Ready {
                socket: "/s".into(),
                context_tokens: 512,
            },
            "Succeeded",
            "is done",
        ),
    ] {
        platform.observe(DIRECT, worker);
        let begun = platform
            .admin()
            .await
            .put(&platform.endpoint(name), endpoint_body(DIRECT))
            .await
            .is(201);
        platform.work().await;
        let admin = platform.admin().await;
        let correlation = begun.header("x-ms-correlation-request-id");
        let told = admin
            .get(&format!("/providers/Cupola.Audit/events/{correlation}"))
            .await
            .is(200);
        let lines = told.body["value"].as_array().expect("lines");
        let outcomes: Vec<&str> = lines
            .iter()
            .filter_map(|line| line["properties"]["outcome"].as_str())
            .collect();
        assert_eq!(outcomes, [expected, "Accepted"], "{}", told.text);
        let (ended, began) = (&lines[0]["properties"], &lines[1]["properties"]);
        for field in ["principalId", "scope", "action", "operationId", "requestId"] {
            assert_eq!(ended[field], began[field], "{field}");
        }
        assert!(ended["explanation"].to_string().contains(explained), "{ended}");
    }
}

#[tokio::test]
async fn a_refusal_explains_itself_under_each_of_its_ids() {
    let platform = Platform::start().await;
    let reader = platform.someone(&[("Reader", &platform.group())]).await;
    let refused = reader.delete(&platform.workspace()).await.is(403);
    for header in ["x-ms-request-id", "x-ms-correlation-request-id"] {
        let path = format!("/providers/Cupola.Audit/events/{}", refused.header(header));
        let told = reader.get(&path).await.is(200);
        let properties = &told.body["value"][0]["properties"];
        assert!(
            properties["explanation"].to_string().contains("'Reader'"),
            "{}",
            told.text
        );
        assert!(
            properties["commands"][0]
                .as_str()
                .is_some_and(|text| text.starts_with("cupola role assignment create --assignee ")),
            "{}",
            told.text
        );
        assert_eq!(
            platform.someone(&[]).await.get(&path).await.summary(),
            "404 ResourceNotFound"
        );
    }
}

#[tokio::test]
async fn no_secret_of_any_route_is_kept_in_the_record() {
    const PLANTED: &str = "hunter2-planted-secret";
    let platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    let admin = platform.admin().await;
    admin
        .put(&platform.endpoint("hello"), endpoint_body(DIRECT))
        .await
        .is(201);
    let secrets = json!({
        "key": PLANTED, "keyValue": PLANTED, "password": PLANTED, "clientSecret": PLANTED, "token": PLANTED,
        "connectionString": PLANTED, "credentials": {"key": PLANTED, "keys": {"a": PLANTED}}, "sasToken": PLANTED,
    });
    let mut properties = secrets.clone();
    properties["modelId"] = DIRECT.into();
    properties["kind"] = "upstream".into();
    properties["metadata"] = secrets.clone();
    let mut body = secrets.clone();
    for (name, value) in [
        ("properties", properties),
        ("location", "eastus2".into()),
        ("keyType", "Primary".into()),
        ("identity", secrets.clone()),
        ("sku", secrets.clone()),
        ("displayName", "Somebody".into()),
        ("userPrincipalName", "ann@example.com".into()),
        ("passwordProfile", json!({"password": PLANTED})),
        ("passwordCredential", json!({"secretText": PLANTED})),
        ("keyCredentials", json!([{"key": PLANTED}])),
    ] {
        body[name] = value;
    }
    let mut sent = 0;
    for route in routes::all().filter(|route| route.method != "GET") {
        for path in [
            super::access::sample(route.path, &platform.report.subscription_id),
            route
                .path
                .replace("/{scope*}", &platform.group())
                .replace("{subscription}", &platform.report.subscription_id)
                .replace("{group}", "cupola")
                .replace("{workspace}", "hello-project")
                .replace("{name}", "hello")
                .replace("{id}", "11111111-2222-3333-4444-555555555555")
                .replace(['{', '}'], ""),
        ] {
            admin.send(route.method, &path, Some(body.to_string()), &[]).await;
            sent += 1;
        }
    }
    admin.put(&binding(DIRECT), body).await;
    assert!(sent > 60, "{sent}");
    let kept = platform
        .store
        .reader()
        .await
        .expect("a reader")
        .audit()
        .recent(10_000)
        .await
        .expect("read");
    assert!(kept.len() > 20, "{}", kept.len());
    for event in kept {
        assert!(!format!("{event:?}").contains(PLANTED), "{event:?}");
    }
}

#[tokio::test]
async fn old_lines_are_forgotten() {
    let mut platform = Platform::start().await;
    platform.someone(&[]).await.get(&platform.group()).await.is(403);
    let before = platform.audit().await.len();
    platform
        .clock
        .advance(std::time::Duration::from_secs(91 * 86_400));
    platform.work().await;
    assert!(platform.audit().await.len() < before);
}

#[tokio::test]
async fn a_person_is_found_in_the_activity_log_by_whatever_they_are_called() {
    let platform = Platform::start().await;
    let ann = user(
        &platform,
        "Ann@Example.com",
        &[("Contributor", &platform.group())],
    )
    .await;
    let person = Principal {
        id: ann.id.clone(),
        app_id: None,
        display_name: ann.display_name.clone(),
        kind: "User",
    };
    let browser = platform.with_token(&platform.token_of(&person, ORIGIN));
    browser
        .put(&platform.workspace(), json!({"location": 7}))
        .await
        .is(400);
    let admin = platform.admin().await;
    admin
        .put(&platform.endpoint("other"), json!({"properties": 5}))
        .await
        .is(400);
    let find = async |caller: &str| -> Vec<Value> {
        let log = format!(
            "{}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01&$filter={}",
            platform.subscription(),
            percent::encode(&format!("caller eq '{caller}'"))
        );
        let seen = admin.get(&log).await.is(200);
        seen.body["value"].as_array().expect("a list").clone()
    };
    for name in [
        "Ann@Example.com",
        "ann@example.COM",
        "Ann <Lee>",
        "ANN <lee>",
        &ann.id,
        &ann.id.to_uppercase(),
    ] {
        let found = find(name).await;
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(found[0]["caller"], "Ann@Example.com", "{name}");
        assert_eq!(found[0]["claims"]["upn"], "Ann@Example.com");
        assert_eq!(found[0]["claims"]["name"], "Ann <Lee>");
    }
    for nobody in ["ann", "lee@example.com", "Ann", ""] {
        assert_eq!(find(nobody).await, [json!(null); 0], "{nobody}");
    }
    // Under another name she is who she was; when she is gone, the record still has her name.
    admin
        .patch(
            "/v1.0/users/ann@example.com",
            json!({"userPrincipalName": "ann.lee@example.com"}),
        )
        .await
        .is(204);
    assert_eq!(find("ann.lee@example.com").await.len(), 1);
    admin.delete("/v1.0/users/ann.lee@example.com").await.is(204);
    assert_eq!(find("ann.lee@example.com").await.len(), 0);
    assert_eq!(find("ANN@example.com").await.len(), 1);
    assert_eq!(find("ann <LEE>").await.len(), 1);
}
