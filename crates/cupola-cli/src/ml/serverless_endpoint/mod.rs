//! `cupola ml serverless-endpoint`.

mod create;
mod delete;
mod get_credentials;
mod list;
mod regenerate_keys;
mod show;
mod update;

use serde_json::{Value, json};

use super::{fields, snake, system_data};
use crate::arm::{Arm, version};
use crate::output::table::{Column, cell};
use crate::session::Place;
use crate::verbs::verbs;

verbs! {
    /// Deploy a model as a serverless API.
    Create(create::Create),
    /// List the endpoints of a workspace.
    List(list::List),
    /// Show an endpoint: where it is and how it is.
    Show(show::Show),
    /// Change who may use an endpoint, how much, and its tags.
    Update(update::Update),
    /// Delete an endpoint and its keys.
    Delete(delete::Delete),
    /// Show both keys of an endpoint.
    GetCredentials(get_credentials::GetCredentials),
    /// Replace one of the two keys; the other one goes on working.
    RegenerateKeys(regenerate_keys::RegenerateKeys),
}

const LIST: &str = "cupola ml serverless-endpoint list -o table";

const COLUMNS: &[Column] = &[
    Column {
        title: "Name",
        read: |row| cell(&row["name"]),
    },
    Column {
        title: "Model",
        read: |row| cell(&row["model_id"]).replace("azureml://registries/", ""),
    },
    Column {
        title: "Location",
        read: |row| cell(&row["location"]),
    },
    Column {
        title: "State",
        read: |row| people_state(row).to_owned(),
    },
    Column {
        title: "TargetUri",
        read: |row| cell(&row["scoring_uri"]),
    },
];

/// The URL of an endpoint, of all of them, or of something that is done to one.
pub(crate) fn url(arm: &Arm, place: &Place, name: Option<&str>, action: Option<&str>) -> String {
    let path = place.child(arm, "serverlessEndpoints", name);
    let path = action.map_or_else(|| path.clone(), |action| format!("{path}/{action}"));
    arm.url(&path, version::MACHINE_LEARNING)
}

/// An endpoint as the SDK's `as_dict` gives it, and its state besides.
pub(crate) fn described(resource: &Value) -> Value {
    let properties = &resource["properties"];
    let state = |value: &Value| value.as_str().map_or(Value::Null, |text| json!(snake(text)));
    fields([
        ("auth_mode", properties["authMode"].clone()),
        ("endpoint_state", state(&properties["endpointState"])),
        ("headers", properties["inferenceEndpoint"]["headers"].clone()),
        ("id", resource["id"].clone()),
        ("location", resource["location"].clone()),
        ("model_id", properties["modelSettings"]["modelId"].clone()),
        ("name", resource["name"].clone()),
        ("provisioning_state", state(&properties["provisioningState"])),
        ("rate_limits", rate_limits(&properties["rateLimits"])),
        ("scoring_uri", properties["inferenceEndpoint"]["uri"].clone()),
        ("system_data", system_data(resource).unwrap_or_default()),
        ("tags", resource["tags"].clone()),
    ])
}

// The limits that an operator set, in the case of the fields beside them; absent where none are set.
fn rate_limits(limits: &Value) -> Value {
    match limits {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (snake(key), rate_limits(value)))
            .collect(),
        other => other.clone(),
    }
}

// One word for people. ARM's Suspended is an endpoint whose subscription is gone: it is not well.
fn people_state(row: &Value) -> &'static str {
    match (row["provisioning_state"].as_str(), row["endpoint_state"].as_str()) {
        (Some("failed"), _) | (_, Some("creation_failed" | "deletion_failed")) => "Failed",
        (Some("canceled"), _) => "Canceled",
        (_, Some("suspended" | "suspending")) => "Unhealthy",
        (Some("creating"), _) | (_, Some("creating")) => "Creating",
        (Some("deleting"), _) | (_, Some("deleting")) => "Deleting",
        (Some("updating"), _) => "Updating",
        (_, Some("reinstating")) => "Reinstating",
        (_, Some("online")) => "Online",
        _ => "Unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::paint::Paint;
    use crate::output::table::{Columns, render};

    fn resource() -> Value {
        json!({
            "id": "/s/hello", "name": "hello", "location": "eastus2", "kind": "ServerlessEndpoint", "tags": {},
            "sku": {"name": "Consumption"}, "systemData": {"createdAt": "2026-01-05T09:00:00Z"},
            "properties": {
                "authMode": "Key", "modelSettings": {"modelId": "azureml://registries/cupola/models/tiny-chat"},
                "inferenceEndpoint": {"uri": "https://127.0.0.1:8443/x/hello", "headers": {}},
                "endpointState": "Online", "provisioningState": "Succeeded", "marketplaceSubscriptionId": null
            }
        })
    }

    #[test]
    fn fields_are_those_of_the_sdk() {
        insta::assert_snapshot!(described(&resource()).to_string(), @r#"{"auth_mode":"Key","endpoint_state":"online","headers":{},"id":"/s/hello","location":"eastus2","model_id":"azureml://registries/cupola/models/tiny-chat","name":"hello","provisioning_state":"succeeded","scoring_uri":"https://127.0.0.1:8443/x/hello","system_data":{"created_at":"2026-01-05T09:00:00Z"},"tags":{}}"#);
    }

    #[test]
    fn a_suspended_endpoint_is_unhealthy_for_people() {
        let mut suspended = resource();
        suspended["properties"]["endpointState"] = json!("Suspended");
        let rows: Value = [described(&resource()), described(&suspended)]
            .into_iter()
            .collect();
        insta::assert_snapshot!(render(&rows, &Columns::Chosen(COLUMNS), Paint::PLAIN), @r"
        Name    Model                    Location    State      TargetUri
        ------  -----------------------  ----------  ---------  ------------------------------
        hello   cupola/models/tiny-chat  eastus2     Online     https://127.0.0.1:8443/x/hello
        hello   cupola/models/tiny-chat  eastus2     Unhealthy  https://127.0.0.1:8443/x/hello
        ");
    }
}
