//! External analyzers of content safety, as they are stored. The key of one is not in here: it is sealed elsewhere.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// `properties` of an external safety provider. The fields from `kind` on are ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RaiExternalSafetyProviderProperties {
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_name: Option<String>,
    /// The base URL of a service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// `ContentSafety` or `GuardModel`.
    #[serde(default = "content_safety")]
    pub kind: String,
    /// Of a service: the version to ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Of a service: may its URL lead to a private address?
    #[serde(default)]
    pub allow_private_network: bool,
    /// Of a service: lists that it has and that it shall look into.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocklist_names: Vec<String>,
    /// Of a service: shall its prompt shield be asked where a policy looks for attacks?
    #[serde(default = "yes")]
    pub shield_prompt: bool,
    /// Of a guard model: the serverless endpoint or model deployment that serves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment_id: Option<String>,
    /// Of a guard model: `LlamaGuard`, `ShieldGemma`, `GraniteGuardian` or `Questions`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Of a guard model asked as `LlamaGuard`: what codes mean, where not the usual.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hazards: Vec<HazardMapping>,
    /// Of a guard model asked as `Questions`: the questions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<ProviderQuestion>,
    /// How long it may take to look at a part of a text, the wait for its turn included.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u32,
    /// How many parts it looks at at once.
    #[serde(default = "concurrency_max")]
    pub concurrency_max: u32,
    /// Texts are parted so that no part has more characters.
    #[serde(default = "characters_max")]
    pub characters_max: u32,
    /// So many characters of a part are in the next one too, and so many of a stream are held back.
    #[serde(default = "overlap_characters")]
    pub overlap_characters: u32,
    /// It is asked about a stream when so many new characters have come.
    #[serde(default = "step_characters")]
    pub step_characters: u32,
    /// Whatever else was said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What a code of a guard model means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HazardMapping {
    /// The code, such as `S2`.
    pub code: String,
    /// A filter of policies: `Hate`, `Selfharm`, `Sexual`, `Violence`, `Jailbreak`, `Profanity` and so on.
    pub category: String,
    /// `Low`, `Medium` or `High`, of what has degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
}

/// A question to a guard model that is answered with yes or no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderQuestion {
    /// What the audit record calls it.
    pub name: String,
    /// What yes means: a filter of policies.
    pub category: String,
    /// `Low`, `Medium` or `High`, of what has degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// What the system says, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// What the user says; `{text}` stands for the text.
    pub user: String,
}

fn content_safety() -> String {
    "ContentSafety".to_owned()
}

fn yes() -> bool {
    true
}

fn timeout_ms() -> u32 {
    10_000
}

fn concurrency_max() -> u32 {
    16
}

fn characters_max() -> u32 {
    10_000
}

fn overlap_characters() -> u32 {
    100
}

fn step_characters() -> u32 {
    400
}

impl Default for RaiExternalSafetyProviderProperties {
    fn default() -> Self {
        Self {
            provider_name: None,
            url: None,
            kind: content_safety(),
            api_version: None,
            allow_private_network: false,
            blocklist_names: Vec::new(),
            shield_prompt: true,
            deployment_id: None,
            template: None,
            hazards: Vec::new(),
            questions: Vec::new(),
            timeout_ms: timeout_ms(),
            concurrency_max: concurrency_max(),
            characters_max: characters_max(),
            overlap_characters: overlap_characters(),
            step_characters: step_characters(),
            rest: Map::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_said_has_its_default() {
        let read: RaiExternalSafetyProviderProperties =
            serde_json::from_value(json!({})).expect("a provider");
        assert_eq!(read, RaiExternalSafetyProviderProperties::default());
        let written = json!(read);
        assert_eq!(written["kind"], "ContentSafety");
        assert_eq!(written["timeoutMs"], 10_000);
        assert!(written.get("url").is_none());
    }
}
