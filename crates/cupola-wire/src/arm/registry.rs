//! Registries and their models, as the model registry's own API shows them.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// The answer to a discovery of a registry.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Discovery {
    /// The registry.
    pub registry_name: String,
    /// Where its models are listed. It must end in `/`.
    pub primary_region_resource_provider_uri: String,
    /// The group of the paths of that list.
    pub resource_group: String,
    /// The subscription of those paths.
    pub subscription_id: String,
    /// The same address by region.
    pub registry_fqdns: Map<String, Value>,
}

/// A model of a registry, whatever its version.
pub fn model_container(id: &str, name: &str, version: &str, description: &str, more: Value) -> Value {
    json!({
        "id": id,
        "name": name,
        "type": "Microsoft.MachineLearningServices/registries/models",
        "systemData": system_data(&more),
        "properties": {
            "description": description,
            "tags": {},
            "properties": more,
            "isArchived": false,
            "latestVersion": version,
            "nextVersion": next(version),
            "provisioningState": "Succeeded",
        },
    })
}

/// A version of a model. Clients take no other id than this `azureml://` one, and `flavors` must be an object.
pub fn model_version(id: &str, version: &str, description: &str, more: Value) -> Value {
    json!({
        "id": format!("{id}/versions/{version}"),
        "name": version,
        "type": "Microsoft.MachineLearningServices/registries/models/versions",
        "systemData": system_data(&more),
        "properties": {
            "description": description,
            "tags": {},
            "properties": more,
            "isArchived": false,
            "isAnonymous": false,
            "flavors": {},
            "modelType": "custom_model",
            "modelUri": format!("{id}/versions/{version}"),
            "stage": null,
            "provisioningState": "Succeeded",
        },
    })
}

// Clients of 2024 read it unasked. A catalog file knows who made a model and not when.
fn system_data(more: &Value) -> Value {
    json!({"createdBy": more["publisher"], "createdByType": "Application"})
}

fn next(version: &str) -> String {
    version
        .parse::<u64>()
        .map_or_else(|_| "1".to_owned(), |number| (number + 1).to_string())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_next_version_follows() {
        assert_eq!(
            (super::next("9").as_str(), super::next("2024-08-06").as_str()),
            ("10", "1")
        );
    }
}
