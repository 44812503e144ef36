//! What a guard model is asked, and what its answers mean, as a client says it.

use super::super::{steps, wrong};
use crate::json::Document;
use cupola_core::Problem;
use cupola_core::name::printable;
use cupola_wire::arm::cognitive::{HazardMapping, ProviderQuestion};

// What has degrees, and what is there or is not, in the casing of policies.
const CATEGORIES: [&str; 4] = ["Hate", "Sexual", "Violence", "Selfharm"];
const DETECTIONS: [&str; 4] = ["Jailbreak", "Indirect Attack", "Profanity", "PII"];

const HAZARDS_MAX: usize = 100;
const QUESTIONS_MAX: usize = 16;
const QUESTION_BYTES_MAX: usize = 8 * 1024;
pub(super) const NAME_BYTES_MAX: usize = 100;

pub(super) fn hazards(body: &Document, template: Option<&str>) -> Result<Vec<HazardMapping>, Problem> {
    let path = "properties.hazards";
    let mut hazards = Vec::new();
    for (at, given) in steps::objects(body, path, HAZARDS_MAX)? {
        if template.is_some_and(|template| template != "LlamaGuard") {
            return Err(wrong(
                path,
                format!("The field {path} is for the template LlamaGuard."),
            ));
        }
        let (category, severity) = meaning(&at, &given)?;
        hazards.push(HazardMapping {
            code: short(&at, &given, "code")?,
            category,
            severity,
        });
    }
    Ok(hazards)
}

pub(super) fn questions(body: &Document, template: Option<&str>) -> Result<Vec<ProviderQuestion>, Problem> {
    let path = "properties.questions";
    let mut questions = Vec::new();
    for (at, given) in steps::objects(body, path, QUESTIONS_MAX)? {
        let (category, severity) = meaning(&at, &given)?;
        let long = |field: &str| {
            let text = given.text(field)?.filter(|text| !text.is_empty());
            if text.is_some_and(|text| text.len() > QUESTION_BYTES_MAX) {
                return Err(wrong(
                    &format!("{at}.{field}"),
                    format!("The field {at}.{field} must have at most {QUESTION_BYTES_MAX} bytes."),
                ));
            }
            Ok(text.map(str::to_owned))
        };
        questions.push(ProviderQuestion {
            name: short(&at, &given, "name")?,
            category,
            severity,
            system: long("system")?,
            user: long("user")?.unwrap_or_else(|| "{text}".to_owned()),
        });
    }
    if questions.is_empty() == (template == Some("Questions")) {
        return Err(wrong(
            path,
            format!(
                "The field {path} goes with the template Questions: from 1 to {QUESTIONS_MAX} questions that the guard model \
                 answers with yes or no."
            ),
        ));
    }
    Ok(questions)
}

fn short(at: &str, given: &Document, field: &str) -> Result<String, Problem> {
    let text = given.text(field)?.unwrap_or_default();
    if text.is_empty() || text.len() > NAME_BYTES_MAX || text.contains(char::is_control) {
        return Err(wrong(
            &format!("{at}.{field}"),
            format!("The field {at}.{field} is required, with at most {NAME_BYTES_MAX} bytes."),
        ));
    }
    Ok(text.to_owned())
}

/// What is found, in the casing of policies, and how severe it is.
fn meaning(at: &str, given: &Document) -> Result<(String, Option<String>), Problem> {
    let path = format!("{at}.category");
    let name = given.text("category")?.unwrap_or_default();
    let known = CATEGORIES.iter().chain(&DETECTIONS);
    let Some(category) = known.clone().find(|known| known.eq_ignore_ascii_case(name)) else {
        let all: Vec<&str> = known.copied().collect();
        return Err(wrong(
            &path,
            format!(
                "The field {path} must be a filter of policies, not '{}': {}.",
                printable(name),
                all.join(", ")
            ),
        ));
    };
    let severity = given.choice("severity", &["Low", "Medium", "High"])?;
    let has_degrees = CATEGORIES.contains(category);
    Ok((
        (*category).to_owned(),
        has_degrees.then(|| severity.unwrap_or("Medium").to_owned()),
    ))
}
