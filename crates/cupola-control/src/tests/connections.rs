//! Connections: made, shared, read back with their secrets by those who may, and by nobody else.

use super::platform::{DIRECT, Platform};
use serde_json::{Value, json};

fn serverless(key: &str) -> Value {
    json!({"properties": {"target": "https://x.eastus2.models.test", "credentials": {"key": key}, "metadata": {},
        "category": "Serverless", "isSharedToAll": true, "authType": "ApiKey"}})
}

fn path(platform: &Platform, workspace: &str, name: &str) -> String {
    format!(
        "{}/connections/{name}",
        platform.workspace().replace("hello-project", workspace)
    )
}

#[tokio::test]
async fn a_connection_keeps_its_key_to_itself() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let one = path(&platform, "hello-project", "My-conn");
    assert_eq!(admin.get(&one).await.summary(), "404 ResourceNotFound");
    let made = admin.put(&one, serverless("top-secret")).await.is(200);
    assert_eq!(
        made.body["type"],
        "Microsoft.MachineLearningServices/workspaces/connections"
    );
    assert_eq!(made.body["properties"]["group"], "AzureAI");
    assert_eq!(made.body["properties"].get("provisioningState"), None);
    assert!(!made.text.contains("top-secret"));
    let list = admin
        .get(&format!(
            "{}/connections?api-version=2024-04-01-preview&category=Serverless&includeAll=false&includeAll=true",
            platform.workspace()
        ))
        .await
        .is(200);
    assert_eq!(list.names(), ["My-conn"]);
    let none = format!(
        "{}/connections?api-version=2024-04-01-preview&category=AzureOpenAI",
        platform.workspace()
    );
    assert_eq!(admin.get(&none).await.is(200).names(), [""; 0]);
    for verb in ["listsecrets", "listSecrets"] {
        let secrets = admin.post(&format!("{one}/{verb}"), json!({})).await.is(200);
        assert_eq!(
            secrets.body["properties"]["credentials"],
            json!({"key": "top-secret"})
        );
        assert_eq!(secrets.header("cache-control"), "no-store");
    }
    // Putting it again without a key keeps the key; another way of signing in needs its own.
    let mut again = serverless("");
    again["properties"]["credentials"] = Value::Null;
    again["properties"]["metadata"] = json!({"a": "b", "n": 1});
    let changed = admin.put(&one, again).await.is(200);
    assert_eq!(
        changed.body["properties"]["metadata"],
        json!({"a": "b", "n": "1"})
    );
    admin
        .patch(
            &one,
            json!({"properties": {"expiryTime": "2027-01-01T00:00:00Z"}}),
        )
        .await
        .is(200);
    let secrets = admin.post(&format!("{one}/listsecrets"), json!({})).await.is(200);
    assert_eq!(secrets.body["properties"]["credentials"]["key"], "top-secret");
    assert!(
        secrets.body["properties"]["expiryTime"]
            .as_str()
            .is_some_and(|at| at.starts_with("2027-01-01T"))
    );
    assert_eq!(
        admin
            .patch(
                &one,
                json!({"properties": {"category": "Git", "authType": "PAT"}})
            )
            .await
            .summary(),
        "400 InvalidRequestContent"
    );
    let audit = format!("{:?}", platform.audit().await);
    assert!(audit.contains("listsecrets") && !audit.contains("top-secret"));
    let stored = platform.stored(&one).await.expect("there");
    assert!(!stored.properties.to_string().contains("top-secret"));

    admin.delete(&one).await.is(200);
    admin.delete(&one).await.is(204);
    assert_eq!(
        admin
            .post(&format!("{one}/listsecrets"), json!({}))
            .await
            .summary(),
        "404 ResourceNotFound"
    );
}

#[tokio::test]
async fn who_may_read_a_connection_may_not_read_its_key() {
    let platform = Platform::start().await;
    let one = path(&platform, "hello-project", "conn");
    platform.admin().await.put(&one, serverless("k")).await.is(200);
    let reader = platform.someone(&[("Reader", &platform.workspace())]).await;
    reader.get(&one).await.is(200);
    for verb in ["listsecrets", "testconnection"] {
        assert_eq!(
            reader.post(&format!("{one}/{verb}"), json!({})).await.summary(),
            "403 AuthorizationFailed"
        );
    }
    let developer = platform
        .someone(&[("Azure AI Developer", &platform.workspace())])
        .await;
    developer
        .post(&format!("{one}/listsecrets"), json!({}))
        .await
        .is(200);
    assert_eq!(
        developer
            .post(&format!("{one}/testconnection"), json!({}))
            .await
            .summary(),
        "400 NotSupported"
    );
}

#[tokio::test]
async fn a_hub_shares_its_connections_with_its_projects() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let at = |name: &str| platform.workspace().replace("hello-project", name);
    admin
        .put(&at("the-hub"), json!({"kind": "Hub", "location": "eastus2"}))
        .await
        .is(201);
    for project in ["one", "two"] {
        let body =
            json!({"kind": "Project", "location": "eastus2", "properties": {"hubResourceId": at("the-hub")}});
        admin.put(&at(project), body).await.is(201);
    }
    admin
        .put(&path(&platform, "the-hub", "shared"), serverless("s"))
        .await
        .is(200);
    let someone = platform
        .principal("Someone", "secret", &[("Azure AI Developer", &at("two"))])
        .await;
    let mut private = serverless("p");
    private["properties"]["isSharedToAll"] = false.into();
    private["properties"]["sharedUserList"] = json!([someone.id]);
    admin
        .put(&path(&platform, "the-hub", "private"), private)
        .await
        .is(200);
    admin
        .put(&path(&platform, "one", "own"), serverless("o"))
        .await
        .is(200);

    let list = |project: &str| format!("{}/connections", at(project));
    assert_eq!(admin.get(&list("one")).await.names(), ["own", "shared"]);
    assert_eq!(admin.get(&list("the-hub")).await.names(), ["private", "shared"]);
    let paged = admin
        .get(&format!("{}?api-version=2024-10-01&$top=1", list("one")))
        .await
        .is(200);
    assert_eq!(paged.names(), ["own"]);
    let next = paged.body["nextLink"].as_str().expect("a link").to_owned();
    assert_eq!(admin.get(&next).await.is(200).names(), ["shared"]);
    let someone = platform.with_token(&platform.token_of(&someone, super::platform::ORIGIN));
    assert_eq!(someone.get(&list("two")).await.names(), ["private", "shared"]);
    let secrets = someone
        .post(&format!("{}/private/listsecrets", list("two")), json!({}))
        .await
        .is(200);
    assert_eq!(secrets.body["properties"]["credentials"]["key"], "p");
    assert_eq!(
        someone.get(&list("the-hub")).await.summary(),
        "403 AuthorizationFailed"
    );
    assert_eq!(
        admin.get(&path(&platform, "one", "private")).await.summary(),
        "404 ResourceNotFound"
    );
    let hub = admin.get(&at("the-hub")).await.is(200);
    assert_eq!(
        hub.body["properties"]["associatedWorkspaces"],
        json!([at("one"), at("two")])
    );
}

#[tokio::test]
async fn the_endpoint_of_one_project_serves_a_client_of_another() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    platform.deployed("shared-model", DIRECT).await;
    let admin = platform.admin().await;
    let endpoint = admin.get(&platform.endpoint("shared-model")).await.is(200);
    let keys = admin
        .post(
            &format!("{}/listKeys", platform.endpoint("shared-model")),
            json!({}),
        )
        .await
        .is(200);
    let other = platform.workspace().replace("hello-project", "other-project");
    admin.put(&other, json!({"location": "eastus2"})).await.is(201);
    let mut body = serverless(keys.body["primaryKey"].as_str().expect("a key"));
    body["properties"]["target"] = endpoint.body["properties"]["inferenceEndpoint"]["uri"].clone();
    let one = path(&platform, "other-project", "to-the-model");
    admin.put(&one, body).await.is(200);
    let used = admin.post(&format!("{one}/listsecrets"), json!({})).await.is(200);
    assert_eq!(
        used.body["properties"]["credentials"]["key"],
        keys.body["primaryKey"]
    );
    assert_eq!(
        used.body["properties"]["target"],
        endpoint.body["properties"]["inferenceEndpoint"]["uri"]
    );
}

#[tokio::test]
async fn a_connection_that_no_client_could_read_is_refused() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let one = path(&platform, "hello-project", "conn");
    for (properties, field) in [
        (
            json!({"authType": "ApiKey", "credentials": {"key": "k"}, "target": "https://x"}),
            "properties.category",
        ),
        (
            json!({"category": "Serverless", "credentials": {"key": "k"}}),
            "properties.authType",
        ),
        (
            json!({"category": "Serverless", "authType": "Magic"}),
            "properties.authType",
        ),
        (
            json!({"category": "Serverless", "authType": "AAD", "target": "https://x"}),
            "properties.authType",
        ),
        (
            json!({"category": "Serverless", "authType": "ApiKey", "credentials": {"key": "k"}}),
            "properties.target",
        ),
        (
            json!({"category": "Serverless", "authType": "ApiKey", "target": "https://x"}),
            "properties.credentials.key",
        ),
        (
            json!({"category": "AIServices", "authType": "AAD", "target": "https://x"}),
            "properties.metadata",
        ),
        (
            json!({"category": "Git", "authType": "None", "target": 5}),
            "properties.target",
        ),
        (
            json!({"category": "Git", "authType": "None", "isSharedToAll": "yes"}),
            "properties.isSharedToAll",
        ),
        (
            json!({"category": "Git", "authType": "None", "sharedUserList": "me"}),
            "properties.sharedUserList",
        ),
        (
            json!({"category": "Git", "authType": "None", "expiryTime": "soon"}),
            "properties.expiryTime",
        ),
    ] {
        let refused = admin.put(&one, json!({"properties": properties})).await.is(400);
        assert_eq!(refused.body["error"]["target"], field, "{}", refused.text);
        assert!(!refused.message().is_empty());
    }
    let none = json!({"properties": {"category": "Git", "authType": "None", "target": "https://git.test"}});
    for name in ["ab", "a%20b", "x%07y", &"a".repeat(34)] {
        let refused = admin
            .put(&path(&platform, "hello-project", name), none.clone())
            .await;
        assert_eq!(refused.summary(), "400 InvalidResourceName", "{name}");
    }
    assert_eq!(
        admin
            .put(&path(&platform, "nowhere", "conn"), none.clone())
            .await
            .summary(),
        "404 ParentResourceNotFound"
    );
    admin.put(&one, none.clone()).await.is(200);
    let etag = admin.get(&one).await.is(200).header("etag").to_owned();
    let put = async |etag: &str| {
        admin
            .send("PUT", &one, Some(none.to_string()), &[("if-match", etag)])
            .await
            .status
            .as_u16()
    };
    let (first, second) = tokio::join!(put(&etag), put(&etag));
    assert_eq!(first.min(second), 200);
    assert_eq!(first.max(second), 412, "one wins, and the etag tells the other");
}
