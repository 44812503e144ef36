//! A service of the shape of Azure AI Content Safety: categories and lists of a text, and attacks in prompts.

use bytes::Bytes;
use cupola_backend::Service;
use cupola_safety::{Category, Detection, Direction, DirectionPolicy, Reported, Severity, Subject};
use cupola_wire::content_safety::{
    API_VERSION, AnalyzeAnswer, AnalyzeRequest, HarmCategory, OutputType, ShieldAnswer, ShieldRequest,
};
use http::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Such a service.
#[derive(Debug)]
pub(crate) struct ContentSafety {
    pub(crate) service: Service,
    /// To ask for, where not the usual one.
    pub(crate) api_version: Option<String>,
    /// Lists that it has.
    pub(crate) lists: Vec<String>,
    /// Is its prompt shield asked?
    pub(crate) shields: bool,
}

impl ContentSafety {
    /// What it says of a text that is not longer than it takes.
    pub(super) async fn look(
        &self,
        policy: &DirectionPolicy,
        direction: Direction,
        is_document: bool,
        text: &str,
    ) -> Result<Vec<Reported>, String> {
        let wanted = wanted(policy);
        let analyzed = async {
            if wanted.is_empty() && self.lists.is_empty() {
                return Ok(Vec::new());
            }
            let lists: Vec<&str> = self.lists.iter().map(String::as_str).collect();
            let request = AnalyzeRequest {
                text,
                categories: &wanted,
                blocklist_names: &lists,
                halt_on_blocklist_hit: false,
                output_type: OutputType::EightSeverityLevels,
            };
            let answer: AnalyzeAnswer = self.post("text:analyze", &request).await?;
            analysis(&answer, &wanted)
        };
        let attack = match is_document {
            true => Detection::IndirectAttack,
            false => Detection::Jailbreak,
        };
        let shielded = async {
            if !self.shields || direction != Direction::Prompt || !policy.detection(attack).enabled {
                return Ok(Vec::new());
            }
            let documents = [text];
            let request = ShieldRequest {
                user_prompt: if is_document { "" } else { text },
                documents: if is_document { &documents } else { &[] },
            };
            let answer: ShieldAnswer = self.post("text:shieldPrompt", &request).await?;
            attacks(&answer, attack)
        };
        let (analyzed, shielded) = tokio::join!(analyzed, shielded);
        let mut reports = analyzed?;
        reports.extend(shielded?);
        Ok(reports)
    }

    async fn post<T: DeserializeOwned>(&self, verb: &str, request: &impl Serialize) -> Result<T, String> {
        let version = self.api_version.as_deref().unwrap_or(API_VERSION);
        let path = format!("/contentsafety/{verb}?api-version={version}");
        let body = serde_json::to_vec(request).map_err(|error| error.to_string())?;
        let (status, answer) =
            self.service
                .post(&path, Bytes::from(body))
                .await
                .map_err(|error| match error.causes() {
                    causes if causes.is_empty() => error.message,
                    causes => causes,
                })?;
        if status != StatusCode::OK {
            return Err(format!("it answered {verb} with status {}", status.as_u16()));
        }
        serde_json::from_slice(&answer)
            .map_err(|error| format!("its answer to {verb} cannot be read: {error}"))
    }
}

/// What it is asked to look for: what the policy looks for.
fn wanted(policy: &DirectionPolicy) -> Vec<HarmCategory> {
    let of = |category| match category {
        Category::Hate => HarmCategory::Hate,
        Category::SelfHarm => HarmCategory::SelfHarm,
        Category::Sexual => HarmCategory::Sexual,
        Category::Violence => HarmCategory::Violence,
    };
    Category::ALL
        .into_iter()
        .filter(|category| policy.category(*category).enabled)
        .map(of)
        .collect()
}

/// What an answer reports. One that leaves out what was asked for has not looked for it.
fn analysis(answer: &AnalyzeAnswer, wanted: &[HarmCategory]) -> Result<Vec<Reported>, String> {
    let mut reports = Vec::new();
    for category in wanted {
        let found = answer
            .categories_analysis
            .iter()
            .filter(|found| found.category == *category)
            .filter_map(|found| Some((found.severity?, found.severity_name())))
            .max();
        let (level, name) = found.ok_or_else(|| format!("its answer says nothing of {category:?}"))?;
        let known = [Severity::Low, Severity::Medium, Severity::High];
        let Some(severity) = known.into_iter().find(|known| known.name() == name) else {
            continue;
        };
        let category = match category {
            HarmCategory::Hate => Category::Hate,
            HarmCategory::SelfHarm => Category::SelfHarm,
            HarmCategory::Sexual => Category::Sexual,
            HarmCategory::Violence => Category::Violence,
            HarmCategory::Other => continue,
        };
        reports.push(Reported {
            rule: format!("{}-{level}", category.name()).into(),
            subject: Subject::Category(category, severity),
        });
    }
    reports.extend(answer.blocklists_match.iter().map(|found| Reported {
        rule: found.blocklist_item_id.as_str().into(),
        subject: Subject::Blocklist(found.blocklist_name.as_str().into()),
    }));
    Ok(reports)
}

fn attacks(answer: &ShieldAnswer, attack: Detection) -> Result<Vec<Reported>, String> {
    let (was_asked, is_attack) = match attack {
        Detection::IndirectAttack => (!answer.documents_analysis.is_empty(), answer.is_indirect_attack()),
        _ => (answer.user_prompt_analysis.is_some(), answer.is_jailbreak()),
    };
    if !was_asked {
        return Err("its prompt shield says nothing of what it was asked".to_owned());
    }
    let report = Reported {
        rule: "shieldPrompt".into(),
        subject: Subject::Detection(attack),
    };
    Ok(is_attack.then_some(report).into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    /// Rules and severities, or the complaint.
    fn check(answer: Value, expected: Result<&[(&str, Subject)], &str>) {
        let read: AnalyzeAnswer = serde_json::from_value(answer.clone()).expect("an answer");
        match (
            analysis(&read, &[HarmCategory::Hate, HarmCategory::Violence]),
            expected,
        ) {
            (Ok(found), Ok(expected)) => {
                let expected: Vec<Reported> = expected
                    .iter()
                    .map(|(rule, subject)| Reported {
                        rule: (*rule).into(),
                        subject: subject.clone(),
                    })
                    .collect();
                assert_eq!(found, expected, "{answer}");
            }
            (Err(found), Err(part)) => assert!(found.contains(part), "{found}"),
            (found, expected) => panic!("{answer}: {found:?}, not {expected:?}"),
        }
    }

    #[test]
    fn levels_become_severities() {
        let with = |hate: Value, violence: Value| {
            json!({"categoriesAnalysis": [
                {"category": "Hate", "severity": hate}, {"category": "Violence", "severity": violence},
                {"category": "Sexual", "severity": 7}, {"category": "Novel", "severity": 7},
            ]})
        };
        let violence = |severity| Subject::Category(Category::Violence, severity);
        check(with(json!(0), json!(1)), Ok(&[]));
        check(
            with(json!(0), json!(2)),
            Ok(&[("violence-2", violence(Severity::Low))]),
        );
        check(
            with(json!(0), json!(5)),
            Ok(&[("violence-5", violence(Severity::Medium))]),
        );
        check(
            with(json!(4), json!(7)),
            Ok(&[
                ("hate-4", Subject::Category(Category::Hate, Severity::Medium)),
                ("violence-7", violence(Severity::High)),
            ]),
        );
        check(with(json!(0), Value::Null), Err("says nothing of Violence"));
        check(json!({"categoriesAnalysis": []}), Err("says nothing of Hate"));
        let mut listed = with(json!(0), json!(0));
        listed["blocklistsMatch"] =
            json!([{"blocklistName": "words", "blocklistItemId": "7", "blocklistItemText": "x"}]);
        check(listed, Ok(&[("7", Subject::Blocklist("words".into()))]));
        assert!(
            serde_json::from_value::<AnalyzeAnswer>(json!({})).is_err(),
            "that is no answer"
        );
    }

    #[test]
    fn a_shield_that_says_nothing_did_not_look() {
        let read = |answer: Value, attack| {
            attacks(&serde_json::from_value(answer).expect("an answer"), attack).map(|found| found.len())
        };
        let user =
            |attack: bool| json!({"userPromptAnalysis": {"attackDetected": attack}, "documentsAnalysis": []});
        assert_eq!(read(user(true), Detection::Jailbreak), Ok(1));
        assert_eq!(read(user(false), Detection::Jailbreak), Ok(0));
        assert!(read(user(true), Detection::IndirectAttack).is_err());
        let documents = json!({"documentsAnalysis": [{"attackDetected": true}]});
        assert_eq!(read(documents.clone(), Detection::IndirectAttack), Ok(1));
        assert!(read(documents, Detection::Jailbreak).is_err());
    }

    proptest! {
        #[test]
        fn the_strongest_level_of_a_category_counts(levels in prop::collection::vec(0u8..=255, 1..6)) {
            let analysis_of: Vec<Value> = levels.iter().map(|level| json!({"category": "Hate", "severity": level})).collect();
            let read: AnalyzeAnswer = serde_json::from_value(json!({"categoriesAnalysis": analysis_of})).expect("an answer");
            let found = analysis(&read, &[HarmCategory::Hate]).expect("reports");
            let strongest = levels.iter().copied().max().unwrap_or_default();
            prop_assert_eq!(found.len(), usize::from(strongest > 1));
            if let Some(report) = found.first() {
                let severity = match strongest { 2 | 3 => Severity::Low, 4 | 5 => Severity::Medium, _ => Severity::High };
                prop_assert_eq!(&report.subject, &Subject::Category(Category::Hate, severity));
            }
        }

        #[test]
        fn any_answer_is_read_or_refused(answer in ".{0,200}") {
            if let Ok(read) = serde_json::from_str::<AnalyzeAnswer>(&answer) {
                let _ = analysis(&read, &[HarmCategory::Hate]);
            }
        }
    }
}
