//! What is done to resources of any type: those that are only kept, tags, filters, providers.

use super::platform::{DIRECT, PARTNER, Platform, endpoint_body};
use cupola_core::ResourceId;
use cupola_core::rbac::Granted;
use serde_json::{Value, json};

#[tokio::test]
async fn a_type_that_nobody_knows_is_kept_as_it_is() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let account = format!(
        "{}/providers/Microsoft.Storage/storageAccounts/store1",
        platform.group()
    );
    assert_eq!(admin.get(&account).await.summary(), "404 ResourceNotFound");
    assert_eq!(admin.send("HEAD", &account, None, &[]).await.status, 404);
    let body = json!({"location": "East US 2", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "tags": {"a": "b"},
        "zones": ["1"], "properties": {"x": {"y": 1}, "adminPassword": "secret"}});
    let made = admin.put(&account, body.clone()).await.is(201);
    assert_eq!(
        made.body["properties"],
        json!({"x": {"y": 1}, "provisioningState": "Succeeded"})
    );
    assert_eq!(
        (&made.body["location"], &made.body["zones"]),
        (&json!("eastus2"), &json!(["1"]))
    );
    assert!(
        !platform
            .stored(&account)
            .await
            .expect("there")
            .properties
            .to_string()
            .contains("secret")
    );
    admin.put(&account, body).await.is(200);
    assert_eq!(
        admin.put(&account, json!({"location": "westus"})).await.summary(),
        "409 InvalidResourceLocation"
    );
    let patched = admin
        .patch(
            &account,
            json!({"tags": {"c": "d"}, "properties": {"x": {"z": 2}}}),
        )
        .await
        .is(200);
    assert_eq!(
        (&patched.body["tags"], &patched.body["properties"]["x"]),
        (&json!({"c": "d"}), &json!({"y": 1, "z": 2}))
    );
    admin.send("HEAD", &account, None, &[]).await.is(204);
    // A singleton between a parent and its child is there without being declared.
    let container = format!("{account}/blobServices/default/containers/data");
    admin.put(&container, json!({"properties": {}})).await.is(201);
    let orphan = format!(
        "{}/blobServices/default/containers/data",
        account.replace("store1", "store2")
    );
    assert_eq!(
        admin.put(&orphan, json!({})).await.summary(),
        "404 ParentResourceNotFound"
    );
    assert_eq!(
        admin
            .put(&orphan.replace("/cupola/", "/none/"), json!({}))
            .await
            .summary(),
        "404 ResourceGroupNotFound"
    );
    let list = account.rsplit_once('/').expect("a list").0;
    assert_eq!(admin.get(list).await.is(200).names(), ["store1"]);
    let everywhere = list.replace("/resourceGroups/cupola", "");
    assert_eq!(admin.get(&everywhere).await.is(200).names(), ["store1"]);
    assert_eq!(
        admin
            .get(&format!("{account}/blobServices/default/containers"))
            .await
            .status,
        404
    );
    let keys = admin.post(&format!("{account}/listKeys"), json!({})).await;
    assert_eq!(keys.summary(), "400 NotSupported");
    assert!(keys.message().contains("kept here as they are"));
    let extension = format!(
        "{}/providers/Microsoft.Insights/diagnosticSettings/all",
        platform.workspace()
    );
    let made = admin
        .put(&extension, json!({"properties": {"logs": []}}))
        .await
        .is(201);
    assert_eq!(made.body["type"], "Microsoft.Insights/diagnosticSettings");
    let at_subscription = format!("{}/providers/Contoso.Things/things/one", platform.subscription());
    admin.put(&at_subscription, json!({})).await.is(201);
    let provider = format!("{}/providers/contoso.things", platform.subscription());
    assert_eq!(
        admin.get(&provider).await.is(200).body["resourceTypes"][0]["resourceType"],
        "things"
    );
    admin.delete(&account).await.is(200);
    assert_eq!(admin.get(&container).await.summary(), "404 ResourceNotFound");
    admin.delete(&account).await.is(204);
}

#[tokio::test]
async fn names_that_no_resource_can_have_are_refused() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let at = |name: &str| {
        format!(
            "{}/providers/Microsoft.Storage/storageAccounts/{name}",
            platform.group()
        )
    };
    for name in ["a%00b", "a%2Fb", "%2F"] {
        assert_eq!(admin.put(&at(name), json!({})).await.status, 404, "{name}");
    }
    for name in ["a%0Ab", "a%3Cb", "a%3Fb", "a%20", &"a".repeat(261)] {
        let refused = admin.put(&at(name), json!({})).await;
        assert_eq!(refused.summary(), "400 InvalidResourceName", "{name}");
        assert!(!refused.message().contains('\n'));
    }
    let deep = format!("{}{}", at("a"), "/b/c".repeat(12));
    assert_eq!(
        admin.put(&deep, json!({})).await.summary(),
        "400 InvalidResourceName"
    );
    for (body, summary) in [
        ("[]", "400 InvalidRequestContent"),
        ("", "400 InvalidRequestContent"),
        (r#"{"properties": 5}"#, "400 InvalidRequestContent"),
        (r#"{"location": {}}"#, "400 InvalidRequestContent"),
        (
            r#"{"location": "no such place!"}"#,
            "400 LocationNotAvailableForResourceType",
        ),
        (r#"{"tags": {"a/b": "c"}}"#, "400 InvalidTag"),
    ] {
        let refused = admin.send("PUT", &at("a"), Some(body.to_owned()), &[]).await;
        assert_eq!(refused.summary(), summary, "{body}");
    }
    let large = json!({"properties": {"x": "y".repeat(1024 * 1024)}});
    let refused = admin.put(&at("a"), large).await;
    assert_eq!(refused.summary(), "413 RequestBodyTooLarge");
    assert!(
        refused.message().contains("1048576 bytes"),
        "{}",
        refused.message()
    );
    // A misspelled type of ours is not kept: it is told.
    let wrong = format!("{}/serverlessEndpoint/e", platform.workspace());
    let refused = admin.put(&wrong, endpoint_body(DIRECT)).await;
    assert_eq!(refused.summary(), "404 InvalidResourceType");
    assert!(
        refused
            .message()
            .contains("Did you mean 'Microsoft.MachineLearningServices/workspaces/serverlessEndpoints'?")
    );
    let foundry = format!(
        "{}/providers/Microsoft.CognitiveServices/account/a",
        platform.group()
    );
    let refused = admin.put(&foundry, json!({})).await;
    assert_eq!(refused.summary(), "404 InvalidResourceType");
    assert!(
        refused
            .message()
            .contains("Did you mean 'Microsoft.CognitiveServices/accounts'?"),
        "{}",
        refused.message()
    );
}

#[tokio::test]
async fn kept_resources_ask_for_the_action_of_their_type() {
    let platform = Platform::start().await;
    let account = format!(
        "{}/providers/Microsoft.Storage/storageAccounts/store1",
        platform.group()
    );
    platform.admin().await.put(&account, json!({})).await.is(201);
    let reader = platform.someone(&[("Reader", &platform.group())]).await;
    reader.get(&account).await.is(200);
    let refused = reader.put(&account, json!({})).await;
    assert_eq!(refused.summary(), "403 AuthorizationFailed");
    assert!(
        refused
            .message()
            .contains("'Microsoft.Storage/storageAccounts/write'"),
        "{}",
        refused.message()
    );
    let stranger = platform.someone(&[]).await;
    for name in ["store1", "store2"] {
        let refused = stranger.get(&account.replace("store1", name)).await;
        assert_eq!(
            refused.summary(),
            "403 AuthorizationFailed",
            "a stranger learns nothing about what exists"
        );
    }
    let developer = platform
        .someone(&[("Azure AI Developer", &platform.group())])
        .await;
    let list = account.rsplit_once('/').expect("a list").0;
    assert_eq!(developer.get(list).await.is(200).names(), [""; 0]);
    assert_eq!(reader.get(list).await.is(200).names(), ["store1"]);
}

#[tokio::test]
async fn tags_are_changed_by_themselves() {
    let platform = Platform::start().await;
    platform.simulate(&[DIRECT, PARTNER]).await;
    let admin = platform.admin().await;
    admin
        .put(&platform.endpoint("e1"), endpoint_body(DIRECT))
        .await
        .is(201);
    let tags = |of: &str| format!("{of}/providers/Microsoft.Resources/tags/default");
    let of = tags(&platform.endpoint("e1"));
    assert_eq!(admin.get(&of).await.is(200).body["properties"]["tags"], json!({}));
    let body = |operation: &str, tags: Value| json!({"operation": operation, "properties": {"tags": tags}});
    admin
        .put(&of, json!({"properties": {"tags": {"Team": "blue"}}}))
        .await
        .is(200);
    let merged = admin
        .patch(&of, body("Merge", json!({"team": "red", "stage": "test"})))
        .await
        .is(200);
    assert_eq!(
        merged.body["properties"]["tags"],
        json!({"Team": "red", "stage": "test"})
    );
    assert_eq!(
        admin.get(&platform.endpoint("e1")).await.body["tags"],
        merged.body["properties"]["tags"]
    );
    let used = admin
        .get(&format!("{}/tagNames", platform.subscription()))
        .await
        .is(200);
    assert_eq!(used.body["value"][1]["tagName"], "Team");
    assert_eq!(used.body["value"][1]["values"][0]["tagValue"], "red");
    admin
        .patch(&of, body("Delete", json!({"stage": ""})))
        .await
        .is(200);
    assert_eq!(
        admin.get(&of).await.body["properties"]["tags"],
        json!({"Team": "red"})
    );
    assert_eq!(
        admin.patch(&of, body("Shuffle", json!({}))).await.summary(),
        "400 InvalidRequestContent"
    );
    let many: serde_json::Map<String, Value> = (0..51).map(|at| (format!("t{at}"), "v".into())).collect();
    assert_eq!(
        admin.patch(&of, body("Merge", many.into())).await.summary(),
        "400 InvalidTag"
    );
    admin.delete(&of).await.is(200);
    assert_eq!(admin.get(&of).await.body["properties"]["tags"], json!({}));
    for scope in [platform.subscription(), platform.group(), platform.workspace()] {
        admin
            .put(&tags(&scope), json!({"properties": {"tags": {"a": "b"}}}))
            .await
            .is(200);
    }
    assert_eq!(
        admin.get(&platform.subscription()).await.body["tags"],
        json!({"a": "b"})
    );
    admin
        .put(
            &platform.marketplace("m1"),
            json!({"properties": {"modelId": PARTNER}}),
        )
        .await
        .is(201);
    assert_eq!(
        admin.get(&tags(&platform.marketplace("m1"))).await.summary(),
        "400 NotSupported"
    );
    let twin = format!("{}/providers/Microsoft.SaaS//resources/m1", platform.group());
    assert_eq!(
        admin.patch(&twin, json!({"tags": {"x": "y"}})).await.is(200).body["tags"],
        json!({"x": "y"})
    );
    assert_eq!(
        admin.get(&tags("/subscriptions/nobody")).await.summary(),
        "404 SubscriptionNotFound"
    );
    let reader = platform.someone(&[("Reader", &platform.group())]).await;
    assert_eq!(reader.delete(&of).await.summary(), "403 AuthorizationFailed");
    assert_eq!(
        admin
            .put(&format!("{}/tagNames/x", platform.subscription()), json!({}))
            .await
            .summary(),
        "400 NotSupported"
    );
}

#[tokio::test]
async fn filters_choose_and_the_list_begins_where_they_say() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let keep = async |kind: &str, name: &str, tags: Value| {
        let path = format!("{}/providers/{kind}/{name}", platform.group());
        admin
            .put(&path, json!({"location": "eastus2", "tags": tags}))
            .await
            .is(201);
    };
    keep("Contoso.A/as", "one", json!({"team": "x"})).await;
    keep("Contoso.B/bs", "two", json!({"team": "y"})).await;
    keep("Contoso.C/cs", "two", json!({"Team": "x"})).await;
    let list = async |filter: &str| -> Vec<String> {
        let filter = filter.replace(' ', "%20");
        let path = format!(
            "{}/resources?api-version=2024-11-01&$filter={filter}&$top=1",
            platform.subscription()
        );
        let (mut next, mut names) = (Some(path), Vec::new());
        while let Some(path) = next {
            let page = admin.get(&path).await.is(200);
            names.extend(page.names().iter().map(|name| (*name).to_owned()));
            next = page.body["nextLink"].as_str().map(str::to_owned);
        }
        names
    };
    assert_eq!(
        list("resourceType eq 'contoso.b/BS' or resourceType eq 'Contoso.A/as'").await,
        ["one", "two"]
    );
    assert_eq!(list("name eq 'TWO'").await, ["two", "two"]);
    assert_eq!(
        list("name eq 'two' and resourceType eq 'Contoso.C/cs'").await,
        ["two"]
    );
    assert_eq!(
        list("tagName eq 'TEAM' and tagValue eq 'x'").await,
        ["one", "two"]
    );
    assert_eq!(list("tagName eq 'team'").await, ["one", "two", "two"]);
    assert_eq!(list("substringof('w', name)").await, ["two", "two"]);
    assert_eq!(list("resourceGroup eq 'nowhere'").await, [""; 0]);
    assert_eq!(
        list("resourceGroup eq 'CUPOLA' and name ne 'two'").await,
        ["one", "hello-project"]
    );
}

#[tokio::test]
async fn generic_requests_say_what_they_cannot_do() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    for verb in ["moveResources", "validateMoveResources"] {
        let refused = admin
            .post(&format!("{}/{verb}", platform.group()), json!({"resources": []}))
            .await;
        assert_eq!(refused.summary(), "400 NotSupported");
    }
    let check = async |name: &str| {
        let body = json!({"name": name, "type": "Microsoft.MachineLearningServices/workspaces"});
        admin
            .post("/providers/Microsoft.Resources/checkResourceName", body)
            .await
            .summary()
    };
    assert_eq!(
        (check("mine").await.as_str(), check("Azure").await.as_str()),
        ("200", "400 ReservedResourceName")
    );
    let provider = format!("{}/providers/Microsoft.Storage", platform.subscription());
    let state = async || admin.get(&provider).await.is(200).body["registrationState"].clone();
    assert_eq!(state().await, "Registered");
    admin
        .post(&format!("{provider}/unregister"), json!({}))
        .await
        .is(200);
    assert_eq!(state().await, "Unregistered");
    let account = format!(
        "{}/providers/Microsoft.Storage/storageAccounts/a",
        platform.group()
    );
    admin.put(&account, json!({})).await.is(201);
    admin
        .post(&format!("{provider}/register"), json!({}))
        .await
        .is(200);
    assert_eq!(state().await, "Registered");
}

#[tokio::test]
async fn a_page_looks_at_so_many_resources_and_no_more() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let first = format!("{}/providers/Contoso.A/as/one", platform.group());
    admin.put(&first, json!({"location": "eastus2"})).await.is(201);
    let kept = platform.stored(&first).await.expect("there");
    let grant = Granted::to_platform("test");
    let mut work = platform.store.begin().await.expect("begun");
    for number in 0..5_500 {
        let mut another = kept.clone();
        another.id = ResourceId::parse(&format!("{first}-{number}")).expect("an id");
        if number == 5_499 {
            another.location = Some("westus".to_owned());
        }
        work.resources().put(&grant, &another).await.expect("put");
    }
    work.save().await.expect("saved");
    let path = format!(
        "{}/resources?api-version=2024-11-01&$filter=location%20eq%20'westus'",
        platform.subscription()
    );
    let (mut next, mut names, mut pages) = (Some(path), Vec::new(), 0);
    while let Some(path) = next {
        let page = admin.get(&path).await.is(200);
        names.extend(page.names().iter().map(|name| (*name).to_owned()));
        next = page.body["nextLink"].as_str().map(str::to_owned);
        pages += 1;
    }
    assert_eq!((names, pages), (vec!["one-5499".to_owned()], 2));
}
