//! `Microsoft.MachineLearningServices/workspaces`, as they are stored.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
    /// What templates and clients say besides, under its published names: storage, vault, encryption, networks. It is kept
    /// and shown.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What a published property of a workspace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Text; empty text is none.
    Text,
    /// `true` or `false`; templates send them as text.
    Truth,
    /// An object.
    Object,
    /// A list.
    List,
}

/// The properties that are kept as they are. What is read-only, or a wish about how a request is handled, is not.
pub const KEPT: [(&str, Shape); 20] = [
    ("allowPublicAccessWhenBehindVnet", Shape::Truth),
    ("applicationInsights", Shape::Text),
    ("containerRegistry", Shape::Text),
    ("enableDataIsolation", Shape::Truth),
    ("enableServiceSideCMKEncryption", Shape::Truth),
    ("encryption", Shape::Object),
    ("featureStoreSettings", Shape::Object),
    ("hbiWorkspace", Shape::Truth),
    ("imageBuildCompute", Shape::Text),
    ("keyVault", Shape::Text),
    ("managedNetwork", Shape::Object),
    ("primaryUserAssignedIdentity", Shape::Text),
    ("provisionNetworkNow", Shape::Truth),
    ("serverlessComputeSettings", Shape::Object),
    ("serviceManagedResourcesSettings", Shape::Object),
    ("sharedPrivateLinkResources", Shape::List),
    ("storageAccount", Shape::Text),
    ("systemDatastoresAuthMode", Shape::Text),
    ("v1LegacyMode", Shape::Truth),
    ("workspaceHubConfig", Shape::Object),
];

fn enabled() -> String {
    "Enabled".to_owned()
}
