//! `Microsoft.MachineLearningServices/workspaces`, as they are stored.

use serde::{Deserialize, Serialize};

/// `properties` of a workspace: a hub, a project, or a plain one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceProperties {
    /// The name for people.
    pub friendly_name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// A GUID that never changes.
    pub workspace_id: String,
    /// The hub of a project, as an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub_resource_id: Option<String>,
    /// `Enabled` or `Disabled`.
    #[serde(default = "enabled")]
    pub public_network_access: String,
}

fn enabled() -> String {
    "Enabled".to_owned()
}
