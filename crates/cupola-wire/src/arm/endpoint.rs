//! `Microsoft.MachineLearningServices/workspaces/serverlessEndpoints`, as it is stored. The inference URI and the
//! provisioning state are added when it is shown.

use super::RateLimits;
use serde::{Deserialize, Serialize};

/// The full name of the type: what control writes, the gateway serves and the node starts workers for.
pub const ENDPOINT_TYPE: &str = "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints";

/// `properties` of a serverless endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointProperties {
    /// `Key`, `AAD` or `KeyAndAAD`.
    #[serde(default = "key")]
    pub auth_mode: String,
    /// Which model.
    pub model_settings: ModelSettings,
    /// Whether prompts and completions are screened.
    #[serde(default)]
    pub content_safety: ContentSafety,
    /// Whether it answers.
    #[serde(default)]
    pub endpoint_state: EndpointState,
    /// The marketplace subscription that it stands on, for partner models.
    #[serde(default)]
    pub marketplace_subscription_id: Option<String>,
    /// What it and its keys may spend, where an operator said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limits: Option<RateLimits>,
}

fn key() -> String {
    "Key".to_owned()
}

/// Which model an endpoint serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelSettings {
    /// `azureml://registries/R/models/M`, without a version.
    pub model_id: String,
}

/// `contentSafety`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContentSafety {
    /// `Enabled` or `Disabled`.
    pub content_safety_status: String,
}

impl Default for ContentSafety {
    fn default() -> Self {
        Self {
            content_safety_status: "Enabled".to_owned(),
        }
    }
}

/// `endpointState`: what an endpoint does, apart from how its provisioning went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum EndpointState {
    /// Not known.
    #[default]
    Unknown,
    /// Not yet answering.
    Creating,
    /// Going away.
    Deleting,
    /// Answering.
    Online,
    /// Lost its marketplace subscription: "Unhealthy" for people.
    Suspended,
    /// Coming back.
    Reinstating,
    /// Will not answer; the operation says why.
    CreationFailed,
    /// Could not be removed.
    DeletionFailed,
}
