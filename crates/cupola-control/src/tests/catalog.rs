//! The catalog: registries, models, bindings, bills.

use super::platform::{DIRECT, ORIGIN, PARTNER, Platform, binding};
use cupola_core::usage::{Meter, Usage};
use cupola_store::{PriceList, UsageRecord};
use serde_json::{Value, json};
use std::sync::Arc;

#[tokio::test]
async fn models_are_found_as_the_sdk_looks_for_them() {
    let platform = Platform::start().await;
    let someone = platform.someone(&[]).await;
    let found = someone
        .get("/registrymanagement/v1.0/registries/azureml-cohere/discovery?api-version=v1.0")
        .await
        .is(200);
    assert_eq!(
        found.body["primaryRegionResourceProviderUri"],
        format!("{ORIGIN}/")
    );
    assert_eq!(
        found.body["registryFqdns"]["eastus2"]["uri"],
        format!("{ORIGIN}/")
    );
    let base = format!(
        "/mferp/managementfrontend/subscriptions/{}/resourceGroups/{}/providers/Microsoft.MachineLearningServices/registries/azureml-cohere/models",
        found.body["subscriptionId"].as_str().expect("a subscription"),
        found.body["resourceGroup"].as_str().expect("a group"),
    );
    let list = someone
        .get(&format!("{base}?listViewType=ListViewType.ACTIVE_ONLY"))
        .await
        .is(200);
    assert_eq!(
        list.names(),
        ["Cohere-command-r-08-2024", "Cohere-command-r-plus"]
    );
    assert_eq!(list.body["value"][0]["properties"]["latestVersion"], "3");
    let first = someone
        .get(&format!("{base}?$top=1&listViewType=All"))
        .await
        .is(200);
    assert_eq!(first.names(), ["Cohere-command-r-08-2024"]);
    let next = first.body["nextLink"].as_str().expect("a link").to_owned();
    let second = someone.get(&next).await.is(200);
    assert_eq!(
        (second.names(), second.body.get("nextLink")),
        (vec!["Cohere-command-r-plus"], None)
    );
    for view in ["ArchivedOnly", "ListViewType.ARCHIVED_ONLY"] {
        let archived = someone.get(&format!("{base}?listViewType={view}")).await.is(200);
        assert_eq!(archived.names(), [""; 0], "{view}");
    }
    let versions = someone
        .get(&format!(
            "{base}/Cohere-command-r-08-2024/versions?$orderBy=createdtime%20desc&$top=1"
        ))
        .await
        .is(200);
    assert_eq!(versions.body["value"][0]["id"], format!("{PARTNER}/versions/3"));
    let one = someone
        .get(&format!("{base}/cohere-command-r-08-2024/versions/3?x"))
        .await
        .is(200);
    assert_eq!(one.body["properties"]["flavors"], json!({}));
    assert_eq!(
        someone.get(&format!("{base}/x/versions/3?x")).await.summary(),
        "404 ResourceNotFound"
    );
    assert_eq!(
        someone
            .get(&format!("{base}/Cohere-command-r-08-2024/versions/9?x"))
            .await
            .summary(),
        "404 ResourceNotFound"
    );
    let unknown = someone
        .get("/registrymanagement/v1.0/registries/nowhere/discovery")
        .await;
    assert!(
        unknown.message().contains("azureml-cohere"),
        "{}",
        unknown.message()
    );
}

#[tokio::test]
async fn models_are_bound_and_their_secrets_stay_inside() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let path = binding(DIRECT);
    assert_eq!(admin.get(&path).await.summary(), "404 ResourceNotFound");
    let put = async |properties: Value| admin.put(&path, json!({"properties": properties})).await;
    assert_eq!(
        put(json!({})).await.message(),
        "The field properties.kind is required: engine, upstream, simulator or forecaster."
    );
    assert!(
        put(json!({"kind": "engine", "path": "/nowhere"}))
            .await
            .message()
            .contains("cannot be read by the server")
    );
    assert!(
        put(json!({"kind": "engine"}))
            .await
            .message()
            .contains("properties.path is required")
    );
    assert!(
        put(json!({"kind": "upstream", "url": "gopher://x"}))
            .await
            .message()
            .contains("neither http nor https")
    );
    let upstream = json!({"kind": "upstream", "url": "https://api.example.com/v1/", "apiKey": "sk-hunter2", "model": "m"});
    let made = put(upstream).await.is(201);
    assert_eq!(
        made.body["properties"],
        json!({
            "kind": "upstream", "url": "https://api.example.com/v1", "model": "m", "hasApiKey": true, "allowPrivateNetwork": false,
        })
    );
    let models = admin.get("/providers/Cupola.Catalog/models").await.is(200);
    let model = &models.body["value"][0];
    assert_eq!(
        (&model["id"], &model["soldBy"], &model["preview"]),
        (&json!(DIRECT), &json!("directly"), &json!(false))
    );
    assert_eq!(
        model["prices"],
        json!([{"meter": "prompt_tokens", "unit": "token", "microUnitsPerMillion": 150_000, "currency": "USD"}])
    );
    assert_eq!(model["binding"]["url"], "https://api.example.com/v1");
    assert_eq!(models.body["value"][1]["binding"], Value::Null);
    let partner = &models.body["value"][1];
    assert_eq!(partner["offerCountries"], json!(["US"]));
    assert_eq!(
        (&model["offer"], &partner["offer"]["publisherId"]),
        (&Value::Null, &json!("cohere"))
    );
    for model in [model, partner] {
        assert!(model["terms"].is_string(), "{model}");
        assert!(model["fineTuningRegions"].is_array(), "{model}");
    }
    let someone = platform
        .someone(&[])
        .await
        .get("/providers/Cupola.Catalog/models")
        .await
        .is(200);
    assert_eq!(someone.body["value"][0]["binding"], json!({"kind": "upstream"}));
    platform.bind_engine_again().await;
    assert_eq!(
        admin.get(&path).await.is(200).body["properties"]["kind"],
        "engine"
    );
    assert_eq!(
        admin
            .put(
                &binding(&format!("{DIRECT}x")),
                json!({"properties": {"kind": "simulator"}})
            )
            .await
            .summary(),
        "400 UserError ModelNotFound"
    );
    assert!(!format!("{:?}", platform.audit().await).contains("hunter2"));
    assert!(!models.text.contains("hunter2") && !made.text.contains("hunter2"));
    assert_no_secret_on_disk(&platform, &["sk-hunter2"]).await;
}

impl Platform {
    async fn bind_engine_again(&self) {
        let path = self.folder.path().join("model.gguf");
        std::fs::write(&path, b"GGUF\x03").expect("written");
        let body = json!({"properties": {"kind": "Engine", "path": path}});
        self.admin().await.put(&binding(DIRECT), body).await.is(200);
    }
}

/// No byte of these in any file of the store.
pub(super) async fn assert_no_secret_on_disk(platform: &Platform, secrets: &[&str]) {
    let files = files_below(platform.folder.path());
    assert!(!files.is_empty());
    for file in files {
        let bytes = std::fs::read(&file).expect("a file");
        for secret in secrets {
            assert!(
                !bytes
                    .windows(secret.len())
                    .any(|window| window == secret.as_bytes()),
                "a secret is on disk, in {}",
                file.display()
            );
        }
    }
}

fn files_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => files_below(&path),
            false => vec![path],
        })
        .collect()
}

#[tokio::test]
async fn keys_are_not_on_disk_as_they_are() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    platform.deployed("hello", DIRECT).await;
    let keys = platform
        .admin()
        .await
        .post(&format!("{}/listKeys", platform.endpoint("hello")), json!({}))
        .await
        .is(200);
    let secret = platform
        .report
        .client_secret
        .as_ref()
        .expect("just made")
        .expose()
        .to_owned();
    let key = |name: &str| keys.body[name].as_str().expect("a key");
    assert_no_secret_on_disk(&platform, &[key("primaryKey"), key("secondaryKey"), &secret]).await;
}

#[tokio::test]
async fn what_was_used_is_billed() {
    let platform = Platform::start().await;
    let record = UsageRecord {
        id: "r1".into(),
        at: "2026-01-05T08:00:00Z".parse().expect("a time"),
        subscription: platform.report.subscription_id.to_ascii_lowercase().into(),
        endpoint: platform.endpoint("hello").into(),
        model: DIRECT.into(),
        deployment: None,
        operation: "chat",
        credential: "primary".into(),
        usage: Usage::from_totals(100, 0, 20, 0),
        outcome: "complete",
        status: 200,
        took_us: None,
        first_token_us: None,
        prices: Arc::new(PriceList::of(
            "USD",
            &[(Meter::PromptTokens, 150_000), (Meter::CompletionTokens, 600_000)],
        )),
    };
    platform.store.ledger().record(record).await.expect("recorded");
    let path = format!("{}/providers/Cupola.Billing/usage", platform.subscription());
    let admin = platform.admin().await;
    let seen = admin.get(&path).await.is(200);
    let items = seen.body["value"].as_array().expect("items");
    assert_eq!(
        items[0],
        json!({
            "endpoint": "hello", "workspace": "hello-project", "resourceId": platform.endpoint("hello"), "model": DIRECT,
            "meter": "prompt_tokens", "quantity": 100, "unit": "token", "cost": "0.000015", "currency": "USD",
        })
    );
    let later = admin
        .get(&format!("{path}?api-version=2026-11-01&from=2026-01-06"))
        .await
        .is(200);
    assert_eq!(later.body["value"], json!([]));
    let wrong = admin
        .get(&format!("{path}?api-version=2026-11-01&from=yesterday"))
        .await;
    assert_eq!(wrong.summary(), "400 InvalidRequestContent");
}
