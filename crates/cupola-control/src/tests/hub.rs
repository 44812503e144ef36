//! Hubs and projects, as the template of the SDK makes them: every type of it is taken, and the workspace takes its bodies.

use super::platform::Platform;
use serde_json::{Value, json};

#[tokio::test]
async fn every_type_that_the_hub_template_brings_along_is_kept() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    for (namespace, path) in [
        ("Microsoft.Network", "virtualNetworks/v"),
        ("Microsoft.Network", "virtualNetworks/v/subnets/s"),
        ("Microsoft.Network", "privateEndpoints/p"),
        ("Microsoft.ManagedIdentity", "userAssignedIdentities/i"),
        ("Microsoft.Storage", "storageAccounts/a"),
        (
            "Microsoft.Storage",
            "storageAccounts/a/blobServices/default/containers/c",
        ),
        ("Microsoft.KeyVault", "vaults/k"),
        ("Microsoft.OperationalInsights", "workspaces/o"),
        ("Microsoft.Insights", "components/c"),
        ("Microsoft.ContainerRegistry", "registries/r"),
    ] {
        let at = format!("{}/providers/{namespace}/{path}", platform.group());
        let made = admin
            .put(&at, json!({"location": "eastus2", "properties": {"a": 1}}))
            .await
            .is(201);
        assert_eq!(made.body["properties"]["provisioningState"], "Succeeded");
        assert_eq!(made.body["id"], at.as_str());
        // Generic clients ask the provider for the version of the parent type before they ask for the resource.
        let provider = admin
            .get(&format!("{}/providers/{namespace}", platform.subscription()))
            .await
            .is(200);
        let parent = path.split('/').next().unwrap_or_default();
        let types = provider.body["resourceTypes"].as_array().expect("types");
        let listed = types
            .iter()
            .find(|kind| kind["resourceType"] == parent)
            .expect(parent);
        let version = listed["apiVersions"][0].as_str().expect("a version");
        admin.get(&format!("{at}?api-version={version}")).await.is(200);
    }
}

#[tokio::test]
async fn a_workspace_takes_the_body_of_the_template() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let at = |name: &str| platform.workspace().replace("hello-project", name);
    let storage = format!(
        "{}/providers/Microsoft.Storage/storageAccounts/a",
        platform.group()
    );
    let body = json!({
        "kind": "hub", "location": "eastus2", "tags": {"a": "b"}, "identity": {"type": "systemAssigned"},
        "properties": {
            "friendlyName": "F", "description": "D", "storageAccount": storage, "keyVault": "/v", "containerRegistry": null,
            "applicationInsights": null, "hbiWorkspace": "false", "imageBuildCompute": "", "publicNetworkAccess": "Enabled",
            "softDeleteEnabled": "false", "encryption": {"status": "Disabled", "keyVaultProperties": {"keyVaultArmId": "",
            "keyIdentifier": ""}, "SearchAccountArmId": ""}, "primaryUserAssignedIdentity": "", "systemDatastoresAuthMode":
            "identity", "managedNetwork": {"isolationMode": "Disabled"}, "provisionNetworkNow": "false",
            "featureStoreSettings": {"computeruntime": {"SparkRuntimeVersion": ""}}, "enableDataIsolation": "true",
            "workspaceHubConfig": {"defaultWorkspaceResourceGroup": platform.group()}, "existingWorkspaces": [],
            "serverlessComputeSettings": Value::Null
        }
    });
    let hub = admin.put(&at("the-hub"), body.clone()).await.is(201);
    let shown = &hub.body["properties"];
    assert_eq!(hub.body["identity"]["type"], "SystemAssigned");
    assert_eq!(
        (&shown["storageAccount"], &shown["enableDataIsolation"]),
        (&json!(storage), &json!(true))
    );
    assert_eq!(
        (
            shown.get("encryption"),
            shown.get("imageBuildCompute"),
            shown.get("softDeleteEnabled")
        ),
        (None, None, None)
    );
    admin.put(&at("the-hub"), body).await.is(200);
    let patched = admin
        .patch(
            &at("the-hub"),
            json!({"properties": {"imageBuildCompute": "cpu", "friendlyName": "G"}}),
        )
        .await
        .is(200);
    assert_eq!(
        (
            &patched.body["properties"]["imageBuildCompute"],
            &patched.body["properties"]["keyVault"]
        ),
        (&json!("cpu"), &json!("/v"))
    );
    let keys = admin
        .post(&format!("{}/listKeys", at("the-hub")), json!({}))
        .await
        .is(200);
    assert_eq!(keys.body["userStorageResourceId"], storage.as_str());
    let project = json!({"kind": "project", "location": "East US 2", "identity": {"type": "SystemAssigned"}, "properties":
        {"hubResourceId": at("the-hub"), "enableDataIsolation": "true", "serverlessComputeSettings": null}});
    let made = admin.put(&at("a-project"), project).await.is(201);
    assert_eq!(made.body["properties"]["hubResourceId"], at("the-hub"));
    let refused = admin
        .delete(&format!(
            "{}?api-version=2024-10-01&forceToPurge=true",
            at("the-hub")
        ))
        .await;
    assert_eq!(refused.summary(), "409 Conflict");
    assert!(refused.message().contains("a-project") && refused.message().contains("az ml workspace delete"));
    for (field, value) in [
        ("storageAccount", json!(5)),
        ("hbiWorkspace", json!("maybe")),
        ("managedNetwork", json!("x")),
    ] {
        let body = json!({"location": "eastus2", "properties": {field: value}});
        let refused = admin.put(&at("wrong"), body).await.is(400);
        assert_eq!(refused.body["error"]["target"], format!("properties.{field}"));
    }
}
