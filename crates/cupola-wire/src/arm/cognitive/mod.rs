//! `Microsoft.CognitiveServices`: accounts, the models that they deploy, their projects, and what screens prompts and
//! completions, as all of it is stored. Fields that are not named here are kept and shown as they were given.
//!
//! Three types exist twice, with the same documents: below accounts, and below serverless endpoints.

mod account;
mod deployment;
mod provider;
mod safety;
mod system;

pub use account::{AccountProperties, ProjectProperties};
pub use deployment::{DeploymentModel, DeploymentProperties, DeploymentSku};
pub use provider::{HazardMapping, ProviderQuestion, RaiExternalSafetyProviderProperties};
pub use safety::{
    ContentFilter, CustomBlocklist, RaiBlocklistItemProperties, RaiBlocklistProperties, RaiPolicyProperties,
    SafetyProviderConfig,
};
pub use system::{SYSTEM_POLICIES, system_policy};

/// One endpoint and one pair of keys for many models.
pub const ACCOUNT_TYPE: &str = "Microsoft.CognitiveServices/accounts";
/// A model that an account serves.
pub const DEPLOYMENT_TYPE: &str = "Microsoft.CognitiveServices/accounts/deployments";
/// A Foundry project.
pub const PROJECT_TYPE: &str = "Microsoft.CognitiveServices/accounts/projects";
/// What is screened, and how strictly, for the deployments of an account that name it.
pub const RAI_POLICY_TYPE: &str = "Microsoft.CognitiveServices/accounts/raiPolicies";
/// A list of words that a policy of the account may refer to.
pub const RAI_BLOCKLIST_TYPE: &str = "Microsoft.CognitiveServices/accounts/raiBlocklists";
/// A word or an expression of such a list.
pub const RAI_BLOCKLIST_ITEM_TYPE: &str =
    "Microsoft.CognitiveServices/accounts/raiBlocklists/raiBlocklistItems";
/// The same policy, of a serverless endpoint; the one named `default` applies where a request names none.
pub const ENDPOINT_RAI_POLICY_TYPE: &str =
    "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/raiPolicies";
/// The same list, of a serverless endpoint.
pub const ENDPOINT_RAI_BLOCKLIST_TYPE: &str =
    "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/raiBlocklists";
/// The same item, of a serverless endpoint.
pub const ENDPOINT_RAI_BLOCKLIST_ITEM_TYPE: &str =
    "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/raiBlocklists/raiBlocklistItems";
/// An analyzer of texts that is none of ours: a service, or a guard model that this server serves.
pub const RAI_PROVIDER_TYPE: &str = "Microsoft.CognitiveServices/raiExternalSafetyProviders";
