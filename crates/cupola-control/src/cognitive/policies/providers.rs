//! Which external analyzers a policy asks. They belong to the subscription and must be there before the policy.

use super::super::{providers, steps, wrong};
use super::body::{SOURCES, required};
use crate::json::Document;
use cupola_core::name::printable;
use cupola_core::{Problem, ResourceId};
use cupola_store::resources::Resources;
use cupola_wire::arm::cognitive::SafetyProviderConfig;
use std::collections::HashSet;

const PATH: &str = "properties.safetyProviders";
// Every request waits for the slowest of them.
const PROVIDERS_MAX: usize = 8;
const FIELDS: [&str; 4] = ["safetyProviderName", "blocking", "source", "onFailure"];

pub(super) fn read(body: &Document) -> Result<Vec<SafetyProviderConfig>, Problem> {
    let mut providers = Vec::new();
    let mut seen = HashSet::new();
    for (path, given) in steps::objects(body, PATH, PROVIDERS_MAX)? {
        let name = given
            .text("safetyProviderName")?
            .filter(|name| !name.is_empty())
            .ok_or_else(|| wrong(&path, format!("The field {path}.safetyProviderName is required.")))?;
        let source = required(&path, given.choice("source", &SOURCES)?)?;
        if !seen.insert((name.to_ascii_lowercase(), source)) {
            return Err(wrong(
                &path,
                format!(
                    "The safety provider '{}' of {source} is there twice.",
                    printable(name)
                ),
            ));
        }
        providers.push(SafetyProviderConfig {
            safety_provider_name: name.to_owned(),
            blocking: given.truth("blocking")?.unwrap_or(true),
            source: source.to_owned(),
            on_failure: given
                .choice("onFailure", &["Block", "Allow"])?
                .unwrap_or("Block")
                .to_owned(),
            rest: given
                .fields()
                .filter(|(name, value)| !value.is_null() && !FIELDS.contains(&name.as_str()))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        });
    }
    Ok(providers)
}

/// Refuses a policy that names a provider that its subscription does not have: somebody would believe that it is asked.
pub(super) async fn require(
    mut resources: Resources<'_>,
    holder: &ResourceId,
    named: &[SafetyProviderConfig],
) -> Result<(), Problem> {
    for config in named {
        let id = providers::id_in(holder, &config.safety_provider_name);
        if resources.find(&id).await?.is_none() {
            return Err(wrong(
                PATH,
                format!(
                    "The subscription has no safety provider '{}'. Make {id} first.",
                    printable(&config.safety_provider_name)
                ),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(providers: Value, expected: Result<Value, &str>) {
        let found = read(&Document::of(
            json!({"properties": {"safetyProviders": providers}}),
        ));
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(json!(found), expected, "{providers}"),
            (Err(problem), Err(part)) => assert!(problem.message.contains(part), "{}", problem.message),
            (found, expected) => panic!("{providers}: {found:?}, not {expected:?}"),
        }
    }

    #[test]
    fn providers_are_kept_in_their_published_form() {
        check(
            json!([{"safetyProviderName": "ours", "source": "prompt", "odd": 1}]),
            Ok(
                json!([{"safetyProviderName": "ours", "blocking": true, "source": "Prompt", "onFailure": "Block", "odd": 1}]),
            ),
        );
        check(
            json!([{"safetyProviderName": "ours", "source": "Completion", "blocking": false, "onFailure": "allow"}]),
            Ok(
                json!([{"safetyProviderName": "ours", "blocking": false, "source": "Completion", "onFailure": "Allow"}]),
            ),
        );
        check(
            json!([{"source": "Prompt"}]),
            Err("[0].safetyProviderName is required"),
        );
        check(
            json!([{"safetyProviderName": "x"}]),
            Err("[0].source is required"),
        );
        check(
            json!([{"safetyProviderName": "x", "source": "Prompt", "onFailure": "Maybe"}]),
            Err("onFailure"),
        );
        let twice = json!({"safetyProviderName": "x", "source": "Prompt"});
        check(json!([twice, twice]), Err("twice"));
        check(json!(vec![twice; 9]), Err("are the most"));
    }
}
