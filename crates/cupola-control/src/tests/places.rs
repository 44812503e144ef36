//! Subscriptions, groups and workspaces, and the lists of what is in them.

use super::platform::{DIRECT, PARTNER, Platform, endpoint_body};
use serde_json::json;

#[tokio::test]
async fn groups_are_made_listed_changed_and_deleted_with_all_that_is_in_them() {
    let platform = Platform::start().await;
    platform.simulate(&[DIRECT, PARTNER]).await;
    let admin = platform.admin().await;
    let group = format!("{}/resourcegroups/Other", platform.subscription());
    assert_eq!(admin.send("HEAD", &group, None, &[]).await.status, 404);
    assert_eq!(
        admin.get(&group).await.message(),
        "Resource group 'Other' could not be found."
    );
    assert_eq!(
        admin.put(&group, json!({})).await.summary(),
        "400 LocationRequired"
    );
    let made = admin
        .put(&group, json!({"location": "West US", "tags": {"a": "b"}}))
        .await
        .is(201);
    assert_eq!(
        made.body["id"],
        format!("{}/resourceGroups/Other", platform.subscription())
    );
    assert_eq!(made.body["properties"], json!({"provisioningState": "Succeeded"}));
    let head = admin.send("HEAD", &group, None, &[]).await.is(204);
    assert_eq!(head.text, "");
    assert_eq!(
        admin
            .put(&group, json!({"location": "westus"}))
            .await
            .is(200)
            .body["tags"],
        json!({})
    );
    assert_eq!(
        admin.put(&group, json!({"location": "eastus"})).await.summary(),
        "409 InvalidResourceGroupLocation"
    );
    assert_eq!(
        admin
            .patch(&group, json!({"tags": {"c": "d"}}))
            .await
            .is(200)
            .body["tags"],
        json!({"c": "d"})
    );
    assert_eq!(
        admin
            .get(&format!("{}/resourceGroups", platform.subscription()))
            .await
            .names(),
        ["cupola", "Other"]
    );
    let tagged = |value| {
        format!(
            "{}/resourceGroups?api-version=2024-11-01&$filter=tagname%20eq%20'C'%20and%20tagvalue%20eq%20'{value}'",
            platform.subscription()
        )
    };
    assert_eq!(admin.get(&tagged("d")).await.names(), ["Other"]);
    assert!(admin.get(&tagged("e")).await.names().is_empty());
    assert_eq!(
        admin
            .put(
                &format!("{}/resourceGroups/a%3Fb", platform.subscription()),
                json!({})
            )
            .await
            .summary(),
        "400 InvalidResourceName"
    );

    let workspace = format!("{group}/providers/Microsoft.MachineLearningServices/workspaces/inner");
    admin.put(&workspace, json!({"location": "westus"})).await.is(201);
    let mut body = endpoint_body(DIRECT);
    body["location"] = "westus".into();
    admin
        .put(&format!("{workspace}/serverlessEndpoints/e"), body)
        .await
        .is(201);
    admin
        .put(
            &format!("{workspace}/marketplaceSubscriptions/m"),
            json!({"properties": {"modelId": PARTNER}}),
        )
        .await
        .is(201);
    assert_eq!(
        admin.get(&format!("{group}/resources")).await.names(),
        ["inner", "m", "e", "m"]
    );
    let gone = admin.delete(&group).await.is(202);
    let location = gone.header("location").to_owned();
    assert!(location.contains("/operationresults/"), "{location}");
    assert_eq!(admin.get(&location).await.status, 200);
    assert_eq!(admin.get(&workspace).await.summary(), "404 ResourceGroupNotFound");
    assert_eq!(
        admin
            .get(&format!("{}/resources", platform.subscription()))
            .await
            .names(),
        ["hello-project"]
    );
    assert_eq!(admin.delete(&group).await.summary(), "404 ResourceGroupNotFound");
}

#[tokio::test]
async fn hubs_hold_projects() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let path = |name: &str| platform.workspace().replace("hello-project", name);
    let project =
        json!({"kind": "project", "location": "eastus2", "properties": {"hubResourceId": path("my-hub")}});
    assert_eq!(
        admin.put(&path("my-project"), project.clone()).await.summary(),
        "400 UserError InvalidHubResourceId"
    );
    let hub = json!({"kind": "Hub", "location": "eastus2", "properties": {"friendlyName": "My hub", "description": "For all"}});
    let hub = admin.put(&path("my-hub"), hub).await.is(201);
    assert_eq!(hub.body["properties"]["friendlyName"], "My hub");
    assert!(
        hub.body["properties"]["mlFlowTrackingUri"]
            .as_str()
            .is_some_and(|uri| uri.starts_with("azureml://"))
    );
    let made = admin.put(&path("my-project"), project).await.is(201);
    assert_eq!(made.body["kind"], "Project");
    assert_eq!(made.body["properties"]["hubResourceId"], path("my-hub"));
    let id = made.body["properties"]["workspaceId"]
        .as_str()
        .expect("a GUID")
        .to_owned();
    let again = admin
        .put(
            &path("my-project"),
            json!({"location": "eastus2", "properties": {"friendlyName": "P"}}),
        )
        .await
        .is(200);
    assert_eq!(again.body["properties"]["workspaceId"], id.as_str());
    assert_eq!(again.body["properties"]["hubResourceId"], path("my-hub"));
    let patched = admin
        .patch(
            &path("my-project"),
            json!({"tags": {"a": "b"}, "properties": {"description": "d"}}),
        )
        .await
        .is(200);
    assert_eq!(
        (
            &patched.body["properties"]["friendlyName"],
            &patched.body["properties"]["description"]
        ),
        (&json!("P"), &json!("d"))
    );
    let far =
        json!({"kind": "Project", "location": "westus", "properties": {"hubResourceId": path("my-hub")}});
    assert_eq!(
        admin.put(&path("far"), far).await.summary(),
        "400 UserError LocationMismatch"
    );
    assert_eq!(
        admin
            .put(&path("my-project"), json!({"kind": "Hub", "location": "eastus2"}))
            .await
            .summary(),
        "400 UserError KindCannotChange"
    );
    assert_eq!(
        admin
            .put(&path("ab"), json!({"location": "eastus2"}))
            .await
            .summary(),
        "400 InvalidResourceName"
    );
    let list = format!(
        "{}/providers/Microsoft.MachineLearningServices/workspaces",
        platform.subscription()
    );
    assert_eq!(
        admin
            .get(&format!("{list}?api-version=2024-10-01&kind=hub"))
            .await
            .names(),
        ["my-hub"]
    );
    assert_eq!(
        admin
            .get(&format!("{list}?api-version=2024-10-01&kind=Hub,project"))
            .await
            .names(),
        ["hello-project", "my-hub", "my-project"]
    );
    assert_eq!(admin.delete(&path("my-hub")).await.summary(), "409 Conflict");
    admin.delete(&path("my-project")).await.is(202);
    admin.delete(&path("my-hub")).await.is(202);
    assert_eq!(admin.get(&path("my-hub")).await.summary(), "404 ResourceNotFound");
}

#[tokio::test]
async fn lists_come_in_pages_that_lose_and_repeat_nothing() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    for at in 0..7 {
        let path = platform
            .workspace()
            .replace("hello-project", &format!("work-{at}"));
        admin
            .put(
                &path,
                json!({"location": "eastus2", "tags": {"parity": (at % 2).to_string()}}),
            )
            .await
            .is(201);
    }
    let mut next = format!(
        "{}/resources?api-version=2024-11-01&$filter=tagName%20eq%20'parity'%20and%20tagValue%20eq%20'0'&$expand=createdTime,changedTime,provisioningState&$top=3",
        platform.subscription()
    );
    let mut seen = Vec::new();
    let mut pages = 0;
    loop {
        let page = admin.get(&next).await.is(200);
        seen.extend(page.names().into_iter().map(str::to_owned));
        pages += 1;
        assert_eq!(page.body["value"][0]["provisioningState"], "Succeeded");
        assert!(
            page.body["value"][0]["createdTime"].is_string()
                && page.body["value"][0].get("properties").is_none()
        );
        match page.body["nextLink"].as_str() {
            Some(link) => link.clone_into(&mut next),
            None => break,
        }
    }
    assert_eq!(
        (pages, seen),
        (
            2,
            ["work-0", "work-2", "work-4", "work-6"]
                .map(str::to_owned)
                .to_vec()
        )
    );
    for odd in ["$filter=", "$top=x", "$skiptoken=%FF", "$top=0", "x&y=&y=1"] {
        admin
            .get(&format!(
                "{}/resources?api-version=2024-11-01&{odd}",
                platform.subscription()
            ))
            .await
            .is(200);
    }
    let wrong = format!(
        "{}/resources?api-version=2024-11-01&$filter=colour%20eq%20'red'",
        platform.subscription()
    );
    assert_eq!(admin.get(&wrong).await.summary(), "400 InvalidRequestContent");
}

#[tokio::test]
async fn the_account_is_as_the_first_start_made_it() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let list = admin.get("/subscriptions").await.is(200);
    let one = &list.body["value"][0];
    assert_eq!(one["subscriptionId"], platform.report.subscription_id.as_str());
    assert_eq!(
        (&one["state"], &one["tenantId"]),
        (&json!("Enabled"), &json!(platform.report.tenant_id))
    );
    assert_eq!(one["billingCountry"], "US");
    assert_eq!(
        admin.get(&platform.subscription()).await.is(200).body["displayName"],
        "Cupola"
    );
    assert_eq!(
        admin.get("/subscriptions/nobody").await.summary(),
        "404 SubscriptionNotFound"
    );
    let regions = admin
        .get(&format!("{}/locations", platform.subscription()))
        .await
        .is(200);
    assert!(regions.names().contains(&"eastus2"));
    let providers = format!("{}/providers", platform.subscription());
    assert!(
        admin.get(&providers).await.is(200).body["value"]
            .as_array()
            .is_some_and(|all| all.len() >= 4)
    );
    let ml = admin
        .get(&format!("{providers}/microsoft.machinelearningservices"))
        .await
        .is(200);
    assert_eq!(ml.body["resourceTypes"][0]["defaultApiVersion"], "2026-05-01");
    assert_eq!(
        admin
            .post(&format!("{providers}/Microsoft.SaaS/register"), json!({}))
            .await
            .is(200)
            .body["registrationState"],
        "Registered"
    );
    assert_eq!(
        admin
            .get(&format!("{providers}/Microsoft.Nowhere"))
            .await
            .summary(),
        "404 InvalidResourceNamespace"
    );
}
