//! `cupola ml workspace`: hubs, projects and plain workspaces.

mod create;
mod delete;
mod list;
mod show;

use clap::ValueEnum;
use serde_json::Value;

use super::{after, fields, snake, system_data};
use crate::output::table::Column;
use crate::verbs::{columns, verbs};

verbs! {
    /// Create a workspace, a hub, or a project of a hub.
    Create(create::Create),
    /// List workspaces, of a group or of the subscription.
    List(list::List),
    /// Show a workspace.
    Show(show::Show),
    /// Delete a workspace with everything in it.
    Delete(delete::Delete),
}

const LIST: &str = "cupola ml workspace list -o table";

const COLUMNS: &[Column] = columns! {
    "Name" => "/name",
    "Kind" => "/kind",
    "Location" => "/location",
    "ResourceGroup" => "/resource_group",
    "State" => "/provisioning_state",
};

/// The kinds of workspaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Default,
    Hub,
    Project,
}

impl Kind {
    /// The text of ARM's `kind`.
    fn as_str(self) -> &'static str {
        match self {
            Self::Default => "Default",
            Self::Hub => "Hub",
            Self::Project => "Project",
        }
    }
}

/// A workspace as the SDK's schema dumps it, and its kind and state besides.
fn described(resource: &Value) -> Value {
    let properties = &resource["properties"];
    let group = resource["id"].as_str().and_then(|id| after(id, "resourceGroups"));
    let lower = |value: &Value| value.as_str().map_or(Value::Null, |text| snake(text).into());
    fields([
        ("description", properties["description"].clone()),
        ("discovery_url", properties["discoveryUrl"].clone()),
        ("display_name", properties["friendlyName"].clone()),
        ("hub_id", properties["hubResourceId"].clone()),
        ("id", resource["id"].clone()),
        ("identity", identity(&resource["identity"])),
        ("kind", lower(&resource["kind"])),
        ("location", resource["location"].clone()),
        ("mlflow_tracking_uri", properties["mlFlowTrackingUri"].clone()),
        ("name", resource["name"].clone()),
        ("provisioning_state", lower(&properties["provisioningState"])),
        ("public_network_access", properties["publicNetworkAccess"].clone()),
        ("resource_group", group.map_or(Value::Null, Value::from)),
        ("system_data", system_data(resource).unwrap_or_default()),
        ("tags", resource["tags"].clone()),
        ("workspace_id", properties["workspaceId"].clone()),
    ])
}

fn identity(identity: &Value) -> Value {
    if !identity.is_object() {
        return Value::Null;
    }
    let kind = identity["type"]
        .as_str()
        .map_or(Value::Null, |text| snake(text).into());
    fields([
        ("principal_id", identity["principalId"].clone()),
        ("tenant_id", identity["tenantId"].clone()),
        ("type", kind),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_project_as_the_sdk_dumps_it() {
        let resource = json!({
            "id": "/subscriptions/s/resourceGroups/cupola/providers/M/workspaces/w", "name": "w", "kind": "Project",
            "location": "eastus2", "tags": {}, "identity": {"type": "SystemAssigned", "principalId": "p"},
            "properties": {"friendlyName": "W", "hubResourceId": "/h", "provisioningState": "Succeeded"}
        });
        insta::assert_snapshot!(described(&resource).to_string(), @r#"{"display_name":"W","hub_id":"/h","id":"/subscriptions/s/resourceGroups/cupola/providers/M/workspaces/w","identity":{"principal_id":"p","type":"system_assigned"},"kind":"project","location":"eastus2","name":"w","provisioning_state":"succeeded","resource_group":"cupola","tags":{}}"#);
    }
}
