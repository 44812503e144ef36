//! Foundry accounts: one endpoint and one pair of keys for many models.

use super::platform::{Client, DIRECT, PARTNER, Platform};
use crate::ControlSettings;
use serde_json::{Value, json};

const NS: &str = "Microsoft.CognitiveServices";

fn account(platform: &Platform, name: &str) -> String {
    format!("{}/providers/{NS}/accounts/{name}", platform.group())
}

fn deleted(platform: &Platform, name: &str) -> String {
    format!(
        "{}/providers/{NS}/locations/eastus2/resourceGroups/cupola/deletedAccounts/{name}",
        platform.subscription()
    )
}

fn body() -> Value {
    json!({"kind": "AIServices", "sku": {"name": "S0"}, "location": "East US 2", "identity": {"type": "SystemAssigned"}, "properties": {}})
}

/// The models of the test catalog are of the family `Somebody`.
fn deployment(model: &str, capacity: u32) -> Value {
    let name = model.rsplit('/').next().unwrap_or_default();
    json!({
        "sku": {"name": "GlobalStandard", "capacity": capacity},
        "properties": {"model": {"format": "somebody", "name": name.to_ascii_uppercase(), "version": "3"}},
    })
}

async fn started() -> Platform {
    let platform = Platform::start().await;
    platform.simulate(&[DIRECT, PARTNER]).await;
    platform
        .admin()
        .await
        .put(&account(&platform, "acme"), body())
        .await
        .is(201);
    platform
}

async fn keys(admin: &Client<'_>, path: &str) -> (String, String) {
    let seen = admin.post(&format!("{path}/listKeys"), json!({})).await.is(200);
    assert_eq!(seen.header("cache-control"), "no-store");
    let key = |name: &str| seen.body[name].as_str().expect("a key").to_owned();
    (key("key1"), key("key2"))
}

#[tokio::test]
async fn an_account_serves_two_models_under_one_address() {
    let platform = started().await;
    let admin = platform.admin().await;
    let path = account(&platform, "acme");
    let seen = admin.get(&path).await.is(200);
    let properties = &seen.body["properties"];
    assert_eq!(seen.body["type"], "Microsoft.CognitiveServices/accounts");
    assert_eq!(seen.body["location"], "eastus2");
    assert!(seen.body["identity"]["principalId"].is_string());
    assert_eq!(properties["provisioningState"], "Succeeded");
    assert_eq!(properties["endpoint"], "https://arm.test:8443/accounts/acme/");
    assert_eq!(
        properties["endpoints"]["Azure AI Model Inference API"],
        properties["endpoint"]
    );
    assert_eq!(properties["customSubDomainName"], "acme");
    assert_eq!(properties["internalId"].as_str().map(str::len), Some(32));
    assert_eq!(properties["allowProjectManagement"], true);

    let made = admin
        .put(&format!("{path}/deployments/chat"), deployment(DIRECT, 10))
        .await
        .is(201);
    assert_eq!(
        made.body["type"],
        "Microsoft.CognitiveServices/accounts/deployments"
    );
    assert_eq!(made.body["location"], Value::Null);
    let properties = &made.body["properties"];
    assert_eq!(
        properties["model"],
        json!({"format": "Somebody", "name": "tiny-chat", "version": "3"})
    );
    assert_eq!(properties["provisioningState"], "Succeeded");
    assert_eq!(properties["capabilities"]["chatCompletion"], "true");
    assert_eq!(
        properties["rateLimits"],
        json!([{"key": "request", "renewalPeriod": 60, "count": 10}, {"key": "token", "renewalPeriod": 60, "count": 10_000}])
    );
    assert_eq!(properties.get("modelId"), None, "{}", made.text);
    // No marketplace: that is for strict fidelity. And it is the same deployment in any case.
    admin
        .put(&format!("{path}/deployments/other"), deployment(PARTNER, 1))
        .await
        .is(201);
    let again = admin
        .put(&format!("{path}/deployments/CHAT"), deployment(DIRECT, 20))
        .await
        .is(200);
    assert_eq!(
        (&again.body["name"], &again.body["sku"]["capacity"]),
        (&json!("chat"), &json!(20))
    );
    let patched = admin
        .patch(
            &format!("{path}/deployments/chat"),
            json!({"sku": {"capacity": 30}, "tags": {"a": "b"}}),
        )
        .await
        .is(200);
    assert_eq!(
        patched.body["sku"],
        json!({"name": "GlobalStandard", "capacity": 30})
    );
    let list = admin.get(&format!("{path}/deployments")).await.is(200);
    assert_eq!(list.names(), ["chat", "other"]);
    let used = admin.get(&format!("{path}/usages")).await.is(200);
    assert_eq!(used.body["value"][0]["currentValue"], 2);
    assert_eq!(
        used.body["value"][2]["name"]["value"],
        "Somebody.GlobalStandard.tiny-chat"
    );
    assert_eq!(used.body["value"][2]["currentValue"], 30);
    let place = format!("{}/providers/{NS}/locations/eastus2", platform.subscription());
    let used = admin.get(&format!("{place}/usages")).await.is(200);
    assert_eq!(used.body["value"].as_array().map(Vec::len), Some(2));
    let elsewhere = place.replace("eastus2", "westus");
    assert_eq!(
        admin.get(&format!("{elsewhere}/usages")).await.is(200).body["value"],
        json!([])
    );
    let skus = admin.get(&format!("{path}/deployments/chat/skus")).await.is(200);
    assert_eq!(skus.body["value"][0]["sku"]["name"], "GlobalStandard");

    // What an account lists is what is bound.
    let models = admin.get(&format!("{path}/models")).await.is(200);
    assert_eq!(models.names(), ["tiny-chat", "Cohere-command-r-08-2024"]);
    assert_eq!(models.body["value"][0]["lifecycleStatus"], "GenerallyAvailable");
    let models = admin.get(&format!("{place}/models")).await.is(200);
    assert_eq!(models.body["value"].as_array().map(Vec::len), Some(4));
    assert_eq!(
        models.body["value"][0]["model"]["skus"][0]["name"],
        "GlobalStandard"
    );
    // A model that a deployment serves keeps its backend.
    let kept = admin.delete(&super::platform::binding(DIRECT)).await;
    assert_eq!(kept.summary(), "409 Conflict");
    assert!(kept.message().contains("acme/chat"), "{}", kept.message());

    let gone = admin.delete(&format!("{path}/deployments/other")).await.is(202);
    assert!(
        gone.header("location")
            .contains("/providers/Microsoft.CognitiveServices/locations/eastus2/operationResults/")
    );
    admin.get(gone.header("location")).await.is(200);
    let status = admin.get(gone.header("azure-asyncoperation")).await.is(200);
    assert_eq!(status.body["status"], "Succeeded");
    admin.delete(&format!("{path}/deployments/other")).await.is(204);
    assert_eq!(
        admin.get(&format!("{path}/deployments/other")).await.summary(),
        "404 ResourceNotFound"
    );
}

#[tokio::test]
async fn what_cannot_be_deployed_is_refused_with_what_can() {
    let platform = started().await;
    let admin = platform.admin().await;
    let path = format!("{}/deployments/d", account(&platform, "acme"));
    let check = async |change: Value, expected: &str, part: &str| {
        let mut body = deployment(DIRECT, 1);
        for (pointer, value) in change.as_object().expect("changes") {
            *body.pointer_mut(pointer).expect("there") = value.clone();
        }
        let seen = admin.put(&path, body).await;
        assert_eq!(seen.summary(), expected, "{change}: {}", seen.text);
        assert!(seen.message().contains(part), "{change}: {}", seen.message());
    };
    check(
        json!({"/properties/model/name": "tiny-cat"}),
        "400 DeploymentModelNotSupported",
        "list-models",
    )
    .await;
    check(
        json!({"/properties/model/format": "OpenAI"}),
        "400 DeploymentModelNotSupported",
        "of format 'Somebody'",
    )
    .await;
    check(
        json!({"/properties/model": {"format": "x"}}),
        "400 InvalidRequestContent",
        "properties.model.name",
    )
    .await;
    check(
        json!({"/sku/name": "GlobalBatch"}),
        "400 InvalidSkuId",
        "GlobalStandard",
    )
    .await;
    check(
        json!({"/sku/capacity": 1_000_001}),
        "400 InsufficientQuota",
        "available capacity 1000000",
    )
    .await;
    let mut policied = deployment(DIRECT, 1);
    policied["properties"]["raiPolicyName"] = "mine".into();
    let seen = admin.put(&path, policied.clone()).await;
    assert_eq!(seen.summary(), "400 InvalidResourceProperties");
    policied["properties"]["raiPolicyName"] = "microsoft.default".into();
    let seen = admin.put(&path, policied).await.is(201);
    assert_eq!(seen.body["properties"]["raiPolicyName"], "Microsoft.Default");
    let unbound = deployment(super::platform::SIBLING, 1);
    assert_eq!(
        admin.put(&path, unbound).await.summary(),
        "400 UserError ModelNotBound"
    );
    let nowhere = format!("{}/deployments/d", account(&platform, "nobody"));
    assert_eq!(
        admin.put(&nowhere, deployment(DIRECT, 1)).await.summary(),
        "404 ParentResourceNotFound"
    );
    assert_eq!(
        admin
            .put(
                &path.replace("deployments/d", "deployments/-d"),
                deployment(DIRECT, 1)
            )
            .await
            .summary(),
        "400 InvalidResourceName"
    );
}

#[tokio::test]
async fn strict_fidelity_has_the_rules_of_the_service() {
    let platform = Platform::start_with(ControlSettings {
        strict: true,
        ..ControlSettings::default()
    })
    .await;
    platform.simulate(&[DIRECT, PARTNER]).await;
    let admin = platform.admin().await;
    let path = account(&platform, "acme");
    admin.put(&path, body()).await.is(201);
    let at = |name: &str| format!("{path}/deployments/{name}");
    let refused = admin.put(&at("r"), deployment(PARTNER, 1)).await;
    assert_eq!(refused.summary(), "400 UserError MarketplaceSubscriptionRequired");
    let offer = json!({"properties": {"modelId": PARTNER}});
    admin.put(&platform.marketplace("r"), offer).await.is(201);
    let mut other_version = deployment(DIRECT, 1);
    other_version["properties"]["model"]["version"] = "4".into();
    assert_eq!(
        admin.put(&at("v"), other_version).await.summary(),
        "400 DeploymentModelNotSupported"
    );
    for number in 0..32 {
        admin
            .put(&at(&format!("d{number}")), deployment(DIRECT, 1))
            .await
            .is(201);
    }
    assert_eq!(
        admin.put(&at("d32"), deployment(DIRECT, 1)).await.summary(),
        "400 InsufficientQuota"
    );
    admin.put(&at("d31"), deployment(DIRECT, 2)).await.is(200);
    let mut openai = body();
    openai["kind"] = "OpenAI".into();
    let path = account(&platform, "only-openai");
    admin.put(&path, openai).await.is(201);
    assert_eq!(
        admin
            .put(&format!("{path}/deployments/d"), deployment(DIRECT, 1))
            .await
            .summary(),
        "400 InvalidResourceProperties"
    );
}

#[tokio::test]
async fn keys_are_shown_renewed_and_switched_off() {
    let platform = started().await;
    let admin = platform.admin().await;
    let path = account(&platform, "acme");
    let before = keys(&admin, &path).await;
    let renew = format!("{path}/regenerateKey");
    assert_eq!(
        admin.post(&renew, json!({"keyName": "Key3"})).await.summary(),
        "400 InvalidRequestContent"
    );
    admin.post(&renew, json!({"keyName": "Key1"})).await.is(200);
    let after = keys(&admin, &path).await;
    assert!(after.0 != before.0 && after.1 == before.1);
    // Replacing the account keeps its keys.
    admin.put(&path, body()).await.is(200);
    assert_eq!(keys(&admin, &path).await, after);
    let off = json!({"properties": {"disableLocalAuth": true}});
    admin.patch(&path, off).await.is(200);
    let refused = admin.post(&format!("{path}/listKeys"), json!({})).await;
    assert_eq!(refused.summary(), "400 BadRequest");
    assert!(
        refused.message().contains("disableLocalAuth"),
        "{}",
        refused.message()
    );
    assert_eq!(
        admin.post(&renew, json!({"keyName": "Key2"})).await.summary(),
        "400 BadRequest"
    );
    let shown = platform.audit().await;
    let listed = shown
        .iter()
        .filter(|entry| entry.action.ends_with("accounts/listKeys/action"));
    assert!(listed.count() >= 3);
    assert!(
        shown
            .iter()
            .all(|entry| !entry.detail.to_string().contains(&after.0))
    );
}

#[tokio::test]
async fn a_name_on_the_data_plane_belongs_to_one_account() {
    let platform = started().await;
    let admin = platform.admin().await;
    let other = format!("{}/resourceGroups/other", platform.subscription());
    admin.put(&other, json!({"location": "eastus2"})).await.is(201);
    let path = format!("{other}/providers/{NS}/accounts/acme");
    let taken = admin.put(&path, body()).await;
    assert_eq!(taken.summary(), "409 CustomDomainInUse");
    let mut named = body();
    named["properties"]["customSubDomainName"] = "other-acme".into();
    let made = admin.put(&path, named).await.is(201);
    assert_eq!(
        made.body["properties"]["endpoint"],
        "https://arm.test:8443/accounts/other-acme/"
    );
    let check = format!(
        "{}/providers/{NS}/checkDomainAvailability",
        platform.subscription()
    );
    let free = async |name: &str| {
        let body = json!({"subdomainName": name, "type": "Microsoft.CognitiveServices/accounts"});
        admin.post(&check, body).await.is(200).body["isSubdomainAvailable"].clone()
    };
    assert_eq!(
        (free("ACME").await, free("new").await),
        (false.into(), true.into())
    );
    // A new name frees the old one.
    let renamed = json!({"properties": {"customSubDomainName": "third"}});
    admin.patch(&path, renamed).await.is(200);
    assert_eq!(
        (free("other-acme").await, free("third").await),
        (true.into(), false.into())
    );
    let names = admin
        .get(&format!("{}/providers/{NS}/accounts", platform.subscription()))
        .await;
    assert_eq!(names.is(200).names(), ["acme", "acme"]);
    assert_eq!(
        admin
            .get(&format!("{other}/providers/{NS}/accounts"))
            .await
            .is(200)
            .names(),
        ["acme"]
    );
    for (field, value, expected) in [
        ("kind", json!("SpeechServices"), "400 InvalidApiSetId"),
        ("sku", json!({"name": "F0"}), "400 InvalidSkuId"),
        ("location", json!("westus"), "409 InvalidResourceLocation"),
        (
            "properties",
            json!({"customSubDomainName": "a.b"}),
            "400 InvalidResourceProperties",
        ),
        (
            "properties",
            json!({"networkAcls": {"ipRules": [1]}}),
            "400 InvalidResourceProperties",
        ),
    ] {
        let mut wrong = body();
        wrong[field] = value;
        assert_eq!(admin.put(&path, wrong).await.summary(), expected, "{field}");
    }
}

#[tokio::test]
async fn a_deleted_account_comes_back_whole_or_is_purged() {
    let mut platform = started().await;
    let admin = platform.admin().await;
    let path = account(&platform, "acme");
    admin
        .put(&format!("{path}/deployments/chat"), deployment(DIRECT, 5))
        .await
        .is(201);
    let connection = json!({"properties": {"category": "CustomKeys", "authType": "CustomKeys", "target": "t",
        "credentials": {"keys": {"a": "hidden"}}}});
    admin
        .put(&format!("{path}/connections/keys"), connection)
        .await
        .is(200);
    let before = keys(&admin, &path).await;
    admin.delete(&path).await.is(202);
    admin.delete(&path).await.is(204);
    assert_eq!(admin.get(&path).await.summary(), "404 ResourceNotFound");
    let list = format!("{}/providers/{NS}/deletedAccounts", platform.subscription());
    assert_eq!(admin.get(&list).await.is(200).names(), ["acme"]);
    let seen = admin.get(&deleted(&platform, "acme")).await.is(200);
    assert!(
        seen.body["properties"]["scheduledPurgeDate"].is_string(),
        "{}",
        seen.text
    );
    // It is no resource any more, but its name is not free.
    let all = admin
        .get(&format!("{}/resources", platform.subscription()))
        .await
        .is(200);
    assert!(!all.text.contains("acme"), "{}", all.text);
    assert_eq!(
        admin.put(&path, body()).await.summary(),
        "409 FlagMustBeSetForRestore"
    );
    let mut thief = body();
    thief["properties"]["customSubDomainName"] = "acme".into();
    assert_eq!(
        admin.put(&account(&platform, "thief"), thief).await.summary(),
        "409 CustomDomainInUse"
    );
    let restore = json!({"location": "eastus2", "properties": {"restore": true}});
    let back = admin.put(&path, restore.clone()).await.is(201);
    assert_eq!(back.body["properties"].get("deletionDate"), None);
    assert_eq!(keys(&admin, &path).await, before);
    assert_eq!(
        admin.get(&format!("{path}/deployments")).await.is(200).names(),
        ["chat"]
    );
    let secrets = admin
        .post(&format!("{path}/connections/keys/listsecrets"), json!({}))
        .await
        .is(200);
    assert_eq!(secrets.body["properties"]["credentials"]["keys"]["a"], "hidden");
    assert_eq!(admin.get(&list).await.is(200).names(), Vec::<&str>::new());

    // A purge really deletes.
    admin.delete(&path).await.is(202);
    admin.delete(&deleted(&platform, "acme")).await.is(202);
    admin.delete(&deleted(&platform, "acme")).await.is(204);
    let none = admin.put(&path, restore.clone()).await;
    assert_eq!(none.summary(), "400 CanNotRestoreANonExistingResource");
    admin.put(&path, body()).await.is(201);
    assert_ne!(keys(&admin, &path).await, before);
    assert_eq!(
        admin.get(&format!("{path}/deployments")).await.is(200).names(),
        Vec::<&str>::new()
    );

    // After two days it is gone by itself.
    admin.delete(&path).await.is(202);
    drop(admin);
    platform.clock.advance(std::time::Duration::from_secs(49 * 3600));
    platform.work().await;
    let admin = platform.admin().await;
    assert_eq!(admin.get(&list).await.is(200).names(), Vec::<&str>::new());
    admin.put(&path, body()).await.is(201);
}

#[tokio::test]
async fn projects_are_of_an_account_and_see_its_connections() {
    let platform = started().await;
    let admin = platform.admin().await;
    let path = account(&platform, "acme");
    let project = json!({"location": "eastus2", "identity": {"type": "SystemAssigned"}, "properties": {"displayName": "First"}});
    let made = admin
        .put(&format!("{path}/projects/first"), project.clone())
        .await
        .is(201);
    assert_eq!(made.body["properties"]["isDefault"], true);
    assert_eq!(
        made.body["properties"]["endpoints"]["AI Foundry API"],
        "https://arm.test:8443/accounts/acme/api/projects/first"
    );
    let second = admin
        .put(&format!("{path}/projects/second"), project.clone())
        .await
        .is(201);
    assert_eq!(second.body["properties"]["isDefault"], false);
    let changed = json!({"properties": {"description": "d"}});
    let changed = admin
        .patch(&format!("{path}/projects/first"), changed)
        .await
        .is(200);
    assert_eq!(changed.body["properties"]["displayName"], "First");
    assert_eq!(changed.body["properties"].get("accountDomain"), None);
    let renamed = json!({"properties": {"customSubDomainName": "renamed"}});
    assert_eq!(
        admin.patch(&path, renamed).await.summary(),
        "400 InvalidResourceProperties"
    );
    let shared = json!({"properties": {"category": "ApiKey", "authType": "ApiKey", "target": "https://x", "isSharedToAll": true,
        "credentials": {"key": "k"}}});
    let own = json!({"properties": {"category": "ApiKey", "authType": "ApiKey", "target": "https://x", "credentials": {"key": "k"}}});
    admin
        .put(&format!("{path}/connections/shared"), shared)
        .await
        .is(200);
    admin
        .put(&format!("{path}/connections/private"), own.clone())
        .await
        .is(200);
    let made = admin
        .put(&format!("{path}/projects/first/connections/mine"), own)
        .await
        .is(200);
    assert_eq!(
        made.body["type"],
        "Microsoft.CognitiveServices/accounts/projects/connections"
    );
    let seen = admin
        .get(&format!("{path}/projects/first/connections"))
        .await
        .is(200);
    assert_eq!(seen.names(), ["mine", "shared"]);
    assert!(!seen.text.contains("\"key\""), "{}", seen.text);
    assert_eq!(
        admin.get(&format!("{path}/connections")).await.is(200).names(),
        ["private", "shared"]
    );
    admin.delete(&format!("{path}/projects/second")).await.is(202);
    admin
        .patch(&path, json!({"properties": {"allowProjectManagement": false}}))
        .await
        .is(200);
    assert_eq!(
        admin
            .put(&format!("{path}/projects/third"), project)
            .await
            .summary(),
        "400 InvalidResourceProperties"
    );
}

#[tokio::test]
async fn the_provider_says_what_there_is() {
    let platform = started().await;
    let admin = platform.admin().await;
    let provider = admin
        .get(&format!("{}/providers/{NS}", platform.subscription()))
        .await
        .is(200);
    let types = provider.body["resourceTypes"].as_array().expect("types");
    for wanted in [
        "accounts",
        "accounts/deployments",
        "accounts/raiBlocklists/raiBlocklistItems",
        "deletedAccounts",
    ] {
        assert!(types.iter().any(|one| one["resourceType"] == wanted), "{wanted}");
    }
    let actions = admin.get(&format!("/providers/{NS}/operations")).await.is(200);
    assert!(
        actions
            .names()
            .contains(&"Microsoft.CognitiveServices/accounts/listKeys/action")
    );
    let skus = admin
        .get(&format!("{}/providers/{NS}/skus", platform.subscription()))
        .await
        .is(200);
    assert_eq!(skus.body["value"][0]["kind"], "AIServices");
    let check = format!(
        "{}/providers/{NS}/locations/eastus2/checkSkuAvailability",
        platform.subscription()
    );
    let check = admin
        .post(
            &check,
            json!({"skus": ["S0", "F0"], "kind": "OpenAI", "type": "x"}),
        )
        .await
        .is(200);
    assert_eq!(check.body["value"][0]["skuAvailable"], true);
    assert_eq!(check.body["value"][1]["skuAvailable"], false);
    let skus = admin
        .get(&format!("{}/skus", account(&platform, "acme")))
        .await
        .is(200);
    assert_eq!(skus.body["value"][0]["sku"]["name"], "S0");
}

#[tokio::test]
async fn roles_decide_who_deploys_and_who_sees_keys() {
    let platform = started().await;
    let path = account(&platform, "acme");
    let reader = platform.someone(&[("Reader", &platform.group())]).await;
    reader.get(&path).await.is(200);
    let list = format!("{}/providers/{NS}/accounts", platform.subscription());
    assert_eq!(reader.get(&list).await.is(200).names(), ["acme"]);
    for (method, below) in [
        ("POST", "/listKeys"),
        ("POST", "/regenerateKey"),
        ("PUT", "/deployments/d"),
        ("DELETE", ""),
        ("PUT", "/raiPolicies/p"),
        ("POST", "/raiBlocklists/l/addRaiBlocklistItems"),
    ] {
        let seen = reader
            .send(method, &format!("{path}{below}"), Some("{}".into()), &[])
            .await;
        assert_eq!(seen.summary(), "403 AuthorizationFailed", "{method} {below}");
    }
    let elsewhere = platform.someone(&[("Owner", &platform.workspace())]).await;
    assert_eq!(elsewhere.get(&path).await.summary(), "403 AuthorizationFailed");
    let contributor = platform.someone(&[("Contributor", &platform.group())]).await;
    contributor
        .put(&format!("{path}/deployments/d"), deployment(DIRECT, 1))
        .await
        .is(201);
    keys(&contributor, &path).await;
    contributor.delete(&path).await.is(202);
    // What is deleted is a thing of the subscription.
    let purge = contributor.delete(&deleted(&platform, "acme")).await;
    assert_eq!(purge.summary(), "403 AuthorizationFailed");
    let lock = json!({"properties": {"level": "CanNotDelete"}});
    let admin = platform.admin().await;
    admin
        .put(
            &path,
            json!({"location": "eastus2", "properties": {"restore": true}}),
        )
        .await
        .is(201);
    admin
        .put(&format!("{path}/providers/Microsoft.Authorization/locks/l"), lock)
        .await
        .is(201);
    assert_eq!(admin.delete(&path).await.summary(), "409 ScopeLocked");
    assert_eq!(
        admin.delete(&format!("{path}/deployments/d")).await.summary(),
        "409 ScopeLocked"
    );
}
