//! Policies, blocklists and their items, below accounts and below serverless endpoints.

use super::platform::{DIRECT, Platform};
use serde_json::{Value, json};

const NS: &str = "Microsoft.CognitiveServices";

fn policy(list: Option<&str>) -> Value {
    let lists: Vec<Value> = list
        .into_iter()
        .map(|name| json!({"blocklistName": name, "blocking": true, "source": "Prompt"}))
        .collect();
    json!({"properties": {
        "basePolicyName": "Microsoft.Default",
        "mode": "Blocking",
        "contentFilters": [
            {"name": "hate", "enabled": true, "blocking": true, "severityThreshold": "Low", "source": "Prompt"},
            {"name": "Jailbreak", "enabled": true, "blocking": true, "source": "Prompt"},
        ],
        "customBlocklists": lists,
    }})
}

async fn story(platform: &Platform, holder: &str) {
    let admin = platform.admin().await;
    let at = |path: &str| format!("{holder}/{path}");
    let list = admin.get(&at("raiPolicies")).await.is(200);
    assert_eq!(list.names(), ["Microsoft.Default", "Microsoft.DefaultV2"]);
    assert_eq!(list.body["value"][0]["properties"]["type"], "SystemManaged");
    let system = admin.get(&at("raiPolicies/microsoft.defaultv2")).await.is(200);
    assert_eq!(system.body["name"], "Microsoft.DefaultV2");
    for method in ["PUT", "DELETE"] {
        let body = Some(policy(None).to_string());
        let refused = admin
            .send(method, &at("raiPolicies/Microsoft.Default"), body, &[])
            .await;
        assert_eq!(refused.summary(), "400 ReservedResourceName");
    }
    let refused = admin.put(&at("raiPolicies/default"), policy(Some("words"))).await;
    assert_eq!(refused.summary(), "400 InvalidResourceProperties");
    assert!(
        refused.message().contains("no blocklist 'words'"),
        "{}",
        refused.message()
    );

    let made = admin
        .put(
            &at("raiBlocklists/words"),
            json!({"properties": {"description": "Ours"}}),
        )
        .await
        .is(201);
    assert_eq!(made.body["properties"]["description"], "Ours");
    let made = admin
        .put(&at("raiPolicies/default"), policy(Some("WORDS")))
        .await
        .is(201);
    assert_eq!(made.body["properties"]["contentFilters"][0]["name"], "Hate");
    assert_eq!(made.body["properties"]["type"], "UserManaged");
    admin
        .put(&at("raiPolicies/default"), policy(Some("words")))
        .await
        .is(200);
    assert_eq!(
        admin.get(&at("raiPolicies")).await.is(200).names(),
        ["Microsoft.Default", "Microsoft.DefaultV2", "default"]
    );
    let used = admin.delete(&at("raiBlocklists/words")).await;
    assert_eq!(used.summary(), "409 Conflict");
    assert!(used.message().contains("policies default"), "{}", used.message());

    let item =
        |pattern: &str, is_regex: bool| json!({"properties": {"pattern": pattern, "isRegex": is_regex}});
    let items = at("raiBlocklists/words/raiBlocklistItems");
    admin
        .put(&format!("{items}/one"), item("ahornblatt", false))
        .await
        .is(201);
    admin
        .put(&format!("{items}/one"), item("ahorn", false))
        .await
        .is(200);
    let refused = admin.put(&format!("{items}/two"), item("a(b", true)).await;
    assert_eq!(refused.summary(), "400 InvalidResourceProperties");
    assert!(
        refused.message().contains("line 1 column 2"),
        "{}",
        refused.message()
    );
    let batch = json!([{"name": "two", "properties": {"pattern": "\\bx+\\b", "isRegex": true}}, {"name": "three", "properties": {"pattern": "y"}}]);
    admin
        .post(&at("raiBlocklists/words/addRaiBlocklistItems"), batch)
        .await
        .is(200);
    assert_eq!(admin.get(&items).await.is(200).names(), ["one", "three", "two"]);
    // All of a batch, or nothing; and it says which.
    let batch = json!([{"name": "four", "properties": {"pattern": "z"}}, {"name": "five", "properties": {"pattern": "(", "isRegex": true}}]);
    let refused = admin
        .post(&at("raiBlocklists/words/addRaiBlocklistItems"), batch)
        .await;
    assert_eq!(refused.body["error"]["target"], "items[1].properties.pattern");
    assert_eq!(
        admin.get(&format!("{items}/four")).await.summary(),
        "404 ResourceNotFound"
    );
    let removed = admin
        .post(
            &at("raiBlocklists/words/deleteRaiBlocklistItems"),
            json!(["one", "TWO", "none"]),
        )
        .await;
    removed.is(204);
    assert_eq!(admin.get(&items).await.is(200).names(), ["three"]);
    admin.delete(&format!("{items}/three")).await.is(202);
    admin.delete(&format!("{items}/three")).await.is(204);
    let nowhere = at("raiBlocklists/none/raiBlocklistItems/x");
    assert_eq!(
        admin.put(&nowhere, item("x", false)).await.summary(),
        "404 ParentResourceNotFound"
    );

    admin.put(&at("raiPolicies/default"), policy(None)).await.is(200);
    admin.delete(&at("raiBlocklists/words")).await.is(202);
    admin.delete(&at("raiPolicies/default")).await.is(202);
    admin.delete(&at("raiPolicies/default")).await.is(204);
}

#[tokio::test]
async fn an_account_has_policies_and_blocklists() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let account = format!("{}/providers/{NS}/accounts/acme", platform.group());
    admin
        .put(&account, json!({"kind": "OpenAI", "location": "eastus2"}))
        .await
        .is(201);
    story(&platform, &account).await;
}

#[tokio::test]
async fn a_serverless_endpoint_has_the_same() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    platform.deployed("hello", DIRECT).await;
    story(&platform, &platform.endpoint("hello")).await;
    let missing = format!("{}/raiPolicies/default", platform.endpoint("nobody"));
    let admin = platform.admin().await;
    assert_eq!(
        admin.put(&missing, policy(None)).await.summary(),
        "404 ParentResourceNotFound"
    );
    assert_eq!(admin.get(&missing).await.summary(), "404 ResourceNotFound");
}

#[tokio::test]
async fn a_policy_stays_while_a_deployment_needs_it() {
    let platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    let admin = platform.admin().await;
    let account = format!("{}/providers/{NS}/accounts/acme", platform.group());
    admin
        .put(&account, json!({"kind": "AIServices", "location": "eastus2"}))
        .await
        .is(201);
    admin
        .put(&format!("{account}/raiPolicies/mild"), policy(None))
        .await
        .is(201);
    let deployment = |policy: &str| json!({"properties": {"model": {"format": "Somebody", "name": "tiny-chat"}, "raiPolicyName": policy}});
    admin
        .put(&format!("{account}/deployments/chat"), deployment("MILD"))
        .await
        .is(201);
    let refused = admin.delete(&format!("{account}/raiPolicies/mild")).await;
    assert_eq!(refused.summary(), "409 Conflict");
    assert!(
        refused.message().contains("deployments chat"),
        "{}",
        refused.message()
    );
    admin
        .put(
            &format!("{account}/deployments/chat"),
            deployment("Microsoft.DefaultV2"),
        )
        .await
        .is(200);
    admin.delete(&format!("{account}/raiPolicies/mild")).await.is(202);
}

#[tokio::test]
async fn a_group_with_an_account_is_exported_in_the_order_in_which_it_can_be_made() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    let group = format!("{}/resourceGroups/foundry", platform.subscription());
    let admin = platform.admin().await;
    admin.put(&group, json!({"location": "eastus2"})).await.is(201);
    let account = format!("{group}/providers/{NS}/accounts/acme");
    admin
        .put(&account, json!({"kind": "AIServices", "location": "eastus2"}))
        .await
        .is(201);
    admin
        .put(&format!("{account}/raiBlocklists/words"), json!({}))
        .await
        .is(201);
    let item = json!({"properties": {"pattern": "[a", "isRegex": false}});
    admin
        .put(
            &format!("{account}/raiBlocklists/words/raiBlocklistItems/one"),
            item,
        )
        .await
        .is(201);
    admin
        .put(&format!("{account}/raiPolicies/mild"), policy(Some("words")))
        .await
        .is(201);
    let deployment = json!({"sku": {"name": "Standard", "capacity": 3},
        "properties": {"model": {"format": "Somebody", "name": "tiny-chat"}, "raiPolicyName": "mild"}});
    admin
        .put(&format!("{account}/deployments/chat"), deployment)
        .await
        .is(201);
    let exported = admin
        .post(&format!("{group}/exportTemplate"), json!({"resources": ["*"]}))
        .await
        .is(200);
    let template = exported.body["template"].clone();
    for hidden in ["internalId", "modelId", "dateCreated", "UserManaged"] {
        assert!(!exported.text.contains(hidden), "{hidden}: {}", exported.text);
    }

    // It is purged, and comes back by its template with everything in it.
    admin.delete(&account).await.is(202);
    let purge = format!(
        "{}/providers/{NS}/locations/eastus2/resourceGroups/foundry/deletedAccounts/acme",
        platform.subscription()
    );
    admin.delete(&purge).await.is(202);
    let run = format!("{group}/providers/Microsoft.Resources/deployments/again");
    let body = json!({"properties": {"mode": "Incremental", "template": template}});
    let begun = admin.put(&run, body).await;
    assert!(begun.status.is_success(), "{}", begun.text);
    drop(admin);
    // A turn for each layer of what waits for something else, and one to end it.
    for _ in 0..6 {
        platform.work().await;
    }
    let admin = platform.admin().await;
    let done = admin.get(&run).await.is(200);
    assert_eq!(
        done.body["properties"]["provisioningState"], "Succeeded",
        "{}",
        done.text
    );
    let seen = admin.get(&format!("{account}/deployments/chat")).await.is(200);
    assert_eq!(seen.body["properties"]["raiPolicyName"], "mild");
    assert_eq!(seen.body["sku"]["capacity"], 3);
    let items = admin
        .get(&format!("{account}/raiBlocklists/words/raiBlocklistItems"))
        .await
        .is(200);
    assert_eq!(items.body["value"][0]["properties"]["pattern"], "[a");
}
