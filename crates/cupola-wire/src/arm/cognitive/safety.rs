//! What screens prompts and completions: policies, blocklists and their items, as they are stored.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// `properties` of a content-filter policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RaiPolicyProperties {
    /// The policy whose filters hold where this one names none of their name and source.
    #[serde(default = "default_policy")]
    pub base_policy_name: String,
    /// `Default`, `Blocking`, `Deferred` or `Asynchronous_filter`: the first two screen before anything is shown, the last
    /// two while it streams.
    #[serde(default = "default_mode")]
    pub mode: String,
    /// `SystemManaged` or `UserManaged`.
    #[serde(rename = "type", default = "user_managed")]
    pub policy_type: String,
    /// What is looked for.
    #[serde(default)]
    pub content_filters: Vec<ContentFilter>,
    /// Lists of the same account or endpoint.
    #[serde(default)]
    pub custom_blocklists: Vec<CustomBlocklist>,
    /// External analyzers of the same subscription, asked beside the built-in one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub safety_providers: Vec<SafetyProviderConfig>,
    /// `customTopics` and the like.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// One thing that is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContentFilter {
    /// `Hate`, `Sexual`, `Violence`, `Selfharm`, `Jailbreak`, `Indirect Attack`, `Protected Material Text`,
    /// `Protected Material Code`, `Profanity` and so on, in this casing.
    pub name: String,
    /// Is it looked for at all?
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Does what is found stop the request, or is it only annotated?
    #[serde(default = "yes")]
    pub blocking: bool,
    /// `Low`, `Medium` or `High`: found at this severity or above. `None` for what is found or is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity_threshold: Option<String>,
    /// `Prompt` or `Completion`.
    pub source: String,
    /// `NONE`, `BLOCKING`, `ANNOTATING`, `HITL` or `RETRY`, where the newer field was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Whatever else was said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A blocklist that a policy uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomBlocklist {
    /// Its name; names compare without case.
    pub blocklist_name: String,
    /// Does what is found stop the request?
    #[serde(default = "yes")]
    pub blocking: bool,
    /// `Prompt` or `Completion`.
    pub source: String,
    /// Whatever else was said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// An external analyzer that a policy asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SafetyProviderConfig {
    /// Its name; names compare without case.
    pub safety_provider_name: String,
    /// Does what it finds stop the request, or is it only annotated?
    #[serde(default = "yes")]
    pub blocking: bool,
    /// `Prompt` or `Completion`.
    pub source: String,
    /// `Block` or `Allow`: what becomes of a text that it could not look at.
    #[serde(default = "block")]
    pub on_failure: String,
    /// Whatever else was said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// `properties` of a blocklist.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RaiBlocklistProperties {
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Whatever else was said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// `properties` of an item of a blocklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RaiBlocklistItemProperties {
    /// Words, compared without case; or a regular expression, in the syntax of the `regex` crate.
    pub pattern: String,
    /// Is it an expression? Then the list compiled with it when it was put.
    #[serde(default)]
    pub is_regex: bool,
    /// Whatever else was said.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

fn default_policy() -> String {
    "Microsoft.DefaultV2".to_owned()
}

fn default_mode() -> String {
    "Default".to_owned()
}

fn user_managed() -> String {
    "UserManaged".to_owned()
}

fn block() -> String {
    "Block".to_owned()
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_said_has_its_published_default_and_what_is_unknown_stays() {
        let policy: RaiPolicyProperties = serde_json::from_value(json!({
            "contentFilters": [{"name": "Hate", "source": "Prompt", "severityThreshold": "Low", "odd": 1}],
            "customTopics": [],
        }))
        .expect("a policy");
        let filter = &policy.content_filters[0];
        assert!(filter.enabled && filter.blocking);
        assert_eq!(policy.base_policy_name, "Microsoft.DefaultV2");
        let again = json!(policy);
        assert_eq!(again["contentFilters"][0]["odd"], 1);
        assert_eq!(again["customTopics"], json!([]));
        assert_eq!(again["type"], "UserManaged");
        assert_eq!(
            serde_json::from_value::<RaiPolicyProperties>(again).expect("a policy"),
            policy
        );
    }
}
