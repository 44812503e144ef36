//! Model deployments, as they are stored.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// `properties` of a model deployment. Its sku is in the envelope: see [`DeploymentSku`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentProperties {
    /// Which model.
    pub model: DeploymentModel,
    /// The same model as `azureml://registries/R/models/M`: what bindings, workers and bills know it by. It is not shown.
    pub model_id: String,
    /// The policy that screens it: one of the account, or one of the system's; none means `Microsoft.DefaultV2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rai_policy_name: Option<String>,
    /// `OnceNewDefaultVersionAvailable`, `OnceCurrentVersionExpired` or `NoAutoUpgrade`.
    #[serde(default = "once_new_default")]
    pub version_upgrade_option: String,
    /// `dynamicThrottlingEnabled`, `scaleSettings`, `parentDeploymentName` and the like.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// `properties.model` of a deployment, with the casing of the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentModel {
    /// The family: `OpenAI`, `Meta`, `Cohere`, `Mistral AI`, `Cupola`.
    pub format: String,
    /// The name in the catalog.
    pub name: String,
    /// The version that was asked for, or the one of the catalog.
    #[serde(default)]
    pub version: String,
    /// `source`, `sourceAccount`, `publisher`.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// `sku` of a deployment, in its envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentSku {
    /// `GlobalStandard`, `Standard`, `DataZoneStandard` and so on.
    pub name: String,
    /// How much; `cupola_core::quota::of_deployment` says what it allows in a minute.
    #[serde(default = "one")]
    pub capacity: u32,
}

fn once_new_default() -> String {
    "OnceNewDefaultVersionAvailable".to_owned()
}

fn one() -> u32 {
    1
}
