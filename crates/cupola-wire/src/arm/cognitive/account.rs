//! Accounts and projects, as they are stored. Endpoints, capabilities and limits follow from them when they are shown.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// `properties` of an account. Its kind (`AIServices`, `OpenAI`), sku, identity and location are in the envelope; its two
/// keys are credentials of its resource id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountProperties {
    /// What the data plane finds the account by: one account of the server has it. As it was written; it compares without
    /// case.
    pub custom_sub_domain_name: String,
    /// 32 hexadecimal digits that never change.
    pub internal_id: String,
    /// ISO 8601.
    pub date_created: String,
    /// `Enabled` or `Disabled`: kept and shown.
    #[serde(default = "enabled")]
    pub public_network_access: String,
    /// Are keys refused on the data plane?
    #[serde(default)]
    pub disable_local_auth: bool,
    /// May it have projects?
    #[serde(default)]
    pub allow_project_management: bool,
    /// `networkAcls`, `encryption`, `userOwnedStorage`, `restrictOutboundNetworkAccess` and the like.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// `properties` of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectProperties {
    /// For people.
    #[serde(default)]
    pub display_name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Is it the one that clients use where they name none? The first of an account is.
    #[serde(default)]
    pub is_default: bool,
    /// Whatever else was said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

fn enabled() -> String {
    "Enabled".to_owned()
}
