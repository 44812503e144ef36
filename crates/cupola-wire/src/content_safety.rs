//! The Azure Content Safety service, or what speaks like it, as its client: `text:analyze` and `text:shieldPrompt`.

use serde::{Deserialize, Serialize};

/// The api-version that these shapes are of.
pub const API_VERSION: &str = "2024-09-01";
/// The service takes so many characters in a text, and in the documents of a shield together.
pub const TEXT_CHARACTERS_MAX: usize = 10_000;
/// A shield takes so many documents.
pub const DOCUMENTS_MAX: usize = 5;

/// `POST {endpoint}/contentsafety/text:analyze?api-version=...`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AnalyzeRequest<'a> {
    /// At most [`TEXT_CHARACTERS_MAX`].
    pub text: &'a str,
    /// What to look for.
    pub categories: &'a [HarmCategory],
    /// Lists that the service has; left out when there are none.
    #[serde(skip_serializing_if = "<[&str]>::is_empty")]
    pub blocklist_names: &'a [&'a str],
    /// Whether a hit in a list saves the rest of the work.
    pub halt_on_blocklist_hit: bool,
    /// How fine the severities are.
    pub output_type: OutputType,
}

/// How fine severities are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum OutputType {
    /// 0, 2, 4, 6.
    FourSeverityLevels,
    /// 0 to 7.
    EightSeverityLevels,
}

/// The categories by the service's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HarmCategory {
    /// `hate` in annotations.
    Hate,
    /// `self_harm`.
    SelfHarm,
    /// `sexual`.
    Sexual,
    /// `violence`.
    Violence,
    /// One that came later.
    #[serde(other)]
    Other,
}

impl HarmCategory {
    /// Those of annotations.
    pub const ALL: [Self; 4] = [Self::Hate, Self::SelfHarm, Self::Sexual, Self::Violence];
}

/// What `text:analyze` answers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnalyzeAnswer {
    /// Hits in lists.
    #[serde(default)]
    pub blocklists_match: Vec<BlocklistMatch>,
    /// Severities. What answers without them did not look.
    pub categories_analysis: Vec<CategoryAnalysis>,
}

/// A hit in a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlocklistMatch {
    /// The list.
    pub blocklist_name: String,
    /// Its item.
    pub blocklist_item_id: String,
}

/// The severity of a category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct CategoryAnalysis {
    /// The category.
    pub category: HarmCategory,
    /// 0 to 7; nothing when the category was not looked for.
    pub severity: Option<u8>,
}

impl CategoryAnalysis {
    /// The name that annotations have for it.
    pub fn severity_name(&self) -> &'static str {
        match self.severity.unwrap_or(0) {
            0 | 1 => "safe",
            2 | 3 => "low",
            4 | 5 => "medium",
            _ => "high",
        }
    }
}

/// `POST {endpoint}/contentsafety/text:shieldPrompt?api-version=...`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShieldRequest<'a> {
    /// What the user says.
    pub user_prompt: &'a str,
    /// What it is said about; at most [`DOCUMENTS_MAX`].
    pub documents: &'a [&'a str],
}

/// What `text:shieldPrompt` answers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShieldAnswer {
    /// About the user's words; nothing when there were none.
    #[serde(default)]
    pub user_prompt_analysis: Option<AttackAnalysis>,
    /// About the documents, in their order.
    #[serde(default)]
    pub documents_analysis: Vec<AttackAnalysis>,
}

/// Whether something is an attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttackAnalysis {
    /// Whether it is.
    pub attack_detected: bool,
}

impl ShieldAnswer {
    /// Whether the user attacks.
    pub fn is_jailbreak(&self) -> bool {
        self.user_prompt_analysis.is_some_and(|one| one.attack_detected)
    }

    /// Whether a document attacks.
    pub fn is_indirect_attack(&self) -> bool {
        self.documents_analysis.iter().any(|one| one.attack_detected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_have_the_service_s_shape() {
        let analyze = AnalyzeRequest {
            text: "hello",
            categories: &HarmCategory::ALL,
            blocklist_names: &[],
            halt_on_blocklist_hit: false,
            output_type: OutputType::FourSeverityLevels,
        };
        assert_eq!(
            serde_json::to_string(&analyze).expect("JSON"),
            r#"{"text":"hello","categories":["Hate","SelfHarm","Sexual","Violence"],"haltOnBlocklistHit":false,"outputType":"FourSeverityLevels"}"#
        );
        let shield = ShieldRequest {
            user_prompt: "hi",
            documents: &["one"],
        };
        assert_eq!(
            serde_json::to_string(&shield).expect("JSON"),
            r#"{"userPrompt":"hi","documents":["one"]}"#
        );
    }

    #[test]
    fn answers_are_read() {
        let answer: AnalyzeAnswer = serde_json::from_str(
            r#"{"blocklistsMatch":[{"blocklistName":"a","blocklistItemId":"b","blocklistItemText":"c"}],
                "categoriesAnalysis":[{"category":"Hate","severity":2},{"category":"Violence","severity":6},
                                      {"category":"Novel","severity":4},{"category":"Sexual"}]}"#,
        )
        .expect("an answer");
        let names: Vec<&str> = answer
            .categories_analysis
            .iter()
            .map(CategoryAnalysis::severity_name)
            .collect();
        assert_eq!(names, ["low", "high", "medium", "safe"]);
        assert_eq!(answer.categories_analysis[2].category, HarmCategory::Other);
        assert_eq!(answer.blocklists_match[0].blocklist_item_id, "b");

        let answer: ShieldAnswer = serde_json::from_str(
            r#"{"userPromptAnalysis":{"attackDetected":false},"documentsAnalysis":[{"attackDetected":false},{"attackDetected":true}]}"#,
        )
        .expect("an answer");
        assert!(!answer.is_jailbreak());
        assert!(answer.is_indirect_attack());
        let nothing: ShieldAnswer = serde_json::from_str("{}").expect("an answer");
        assert!(!nothing.is_jailbreak() && !nothing.is_indirect_attack());
    }
}
