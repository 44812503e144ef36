//! What a client says of a policy. A filter that nothing here looks for is refused: somebody would believe that it holds.

use super::super::{steps, wrong};
use super::providers;
use crate::json::Document;
use cupola_core::Problem;
use cupola_core::name::printable;
use cupola_wire::arm::cognitive::{ContentFilter, CustomBlocklist, RaiPolicyProperties, system_policy};
use std::collections::HashSet;

// What has degrees, in the casing of the wire.
const CATEGORIES: [&str; 4] = ["Hate", "Sexual", "Violence", "Selfharm"];
// What is there or is not.
const DETECTIONS: [&str; 6] = [
    "Jailbreak",
    "Indirect Attack",
    "Protected Material Text",
    "Protected Material Code",
    "Profanity",
    "PII",
];
pub(super) const SOURCES: [&str; 2] = ["Prompt", "Completion"];

// Every filter for both sources, and as many lists as a holder has, for both.
const FILTERS_MAX: usize = 2 * (CATEGORIES.len() + DETECTIONS.len());
const BLOCKLISTS_MAX: usize = 200;

// What is read by itself, and what only the server says.
const KNOWN: [&str; 9] = [
    "basePolicyName",
    "mode",
    "type",
    "contentFilters",
    "customBlocklists",
    "promptBlocklists",
    "completionBlocklists",
    "safetyProviders",
    "provisioningState",
];

pub(super) fn read(body: &Document) -> Result<RaiPolicyProperties, Problem> {
    let mut filters = Vec::new();
    let mut seen = HashSet::new();
    for (path, filter) in steps::objects(body, "properties.contentFilters", FILTERS_MAX)? {
        let filter = content_filter(&path, &filter)?;
        if !seen.insert((filter.name.clone(), filter.source.clone())) {
            return Err(wrong(
                &path,
                format!(
                    "The filter '{}' of {} is there twice.",
                    filter.name, filter.source
                ),
            ));
        }
        filters.push(filter);
    }
    Ok(RaiPolicyProperties {
        base_policy_name: base(body)?,
        mode: body
            .choice(
                "properties.mode",
                &["Default", "Blocking", "Deferred", "Asynchronous_filter"],
            )?
            .unwrap_or("Default")
            .to_owned(),
        policy_type: "UserManaged".to_owned(),
        content_filters: filters,
        custom_blocklists: blocklists(body)?,
        safety_providers: providers::read(body)?,
        rest: steps::rest(body, &KNOWN)?,
    })
}

// Only the system's: a chain of policies could bite its own tail.
fn base(body: &Document) -> Result<String, Problem> {
    let path = "properties.basePolicyName";
    let given = body.text(path)?.filter(|text| !text.is_empty());
    let given = given.unwrap_or("Microsoft.DefaultV2");
    match system_policy(given) {
        Some((name, _)) => Ok(name.to_owned()),
        None => Err(wrong(
            path,
            format!(
                "The base policy '{}' is not one of the system's: use Microsoft.DefaultV2 or Microsoft.Default.",
                printable(given)
            ),
        )),
    }
}

fn content_filter(path: &str, filter: &Document) -> Result<ContentFilter, Problem> {
    let given = filter
        .text("name")?
        .filter(|name| !name.is_empty())
        .ok_or_else(|| wrong(path, format!("The field {path}.name is required.")))?;
    let known = CATEGORIES.iter().chain(&DETECTIONS);
    let Some(name) = known.clone().find(|known| squeezed(known) == squeezed(given)) else {
        let all: Vec<&str> = known.copied().collect();
        return Err(wrong(
            &format!("{path}.name"),
            format!(
                "Nothing here looks for '{}'. The filters are {}.",
                printable(given),
                all.join(", ")
            ),
        ));
    };
    let source = required(path, filter.choice("source", &SOURCES)?)?;
    let threshold = filter.choice("severityThreshold", &["Low", "Medium", "High"])?;
    let action = filter.choice("action", &["NONE", "ANNOTATING", "BLOCKING"])?;
    let (enabled, blocking) = (filter.truth("enabled")?, filter.truth("blocking")?);
    Ok(ContentFilter {
        name: (*name).to_owned(),
        // The newer field says both.
        enabled: enabled.unwrap_or(action != Some("NONE")),
        blocking: match action {
            Some(action) => action == "BLOCKING",
            None => blocking.unwrap_or(true),
        },
        severity_threshold: CATEGORIES
            .contains(name)
            .then(|| threshold.unwrap_or("Medium").to_owned()),
        source: source.to_owned(),
        action: action.map(str::to_owned),
        rest: filter
            .fields()
            .filter(|(name, value)| !value.is_null() && !FILTER_FIELDS.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    })
}

/// The source of what stands at `path`: without one, nobody knows what it is for.
pub(super) fn required(path: &str, source: Option<&'static str>) -> Result<&'static str, Problem> {
    source.ok_or_else(|| {
        wrong(
            &format!("{path}.source"),
            format!("The field {path}.source is required: Prompt or Completion."),
        )
    })
}

const FILTER_FIELDS: [&str; 6] = [
    "name",
    "source",
    "severityThreshold",
    "action",
    "enabled",
    "blocking",
];

fn squeezed(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

// Older clients say the source by the name of the list.
fn blocklists(body: &Document) -> Result<Vec<CustomBlocklist>, Problem> {
    let mut lists = Vec::new();
    let mut seen = HashSet::new();
    for (field, fixed) in [
        ("properties.customBlocklists", None),
        ("properties.promptBlocklists", Some("Prompt")),
        ("properties.completionBlocklists", Some("Completion")),
    ] {
        for (path, list) in steps::objects(body, field, BLOCKLISTS_MAX)? {
            let name = list
                .text("blocklistName")?
                .filter(|name| !name.is_empty())
                .ok_or_else(|| wrong(&path, format!("The field {path}.blocklistName is required.")))?;
            let source = required(&path, fixed.or(list.choice("source", &SOURCES)?))?;
            if !seen.insert((name.to_ascii_lowercase(), source)) {
                return Err(wrong(
                    &path,
                    format!("The blocklist '{}' of {source} is there twice.", printable(name)),
                ));
            }
            lists.push(CustomBlocklist {
                blocklist_name: name.to_owned(),
                blocking: list.truth("blocking")?.unwrap_or(true),
                source: source.to_owned(),
                rest: serde_json::Map::new(),
            });
        }
    }
    Ok(lists)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(properties: Value, expected: Result<Value, &str>) {
        let found = read(&Document::of(json!({"properties": properties})));
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(json!(found), expected, "{properties}"),
            (Err(problem), Err(part)) => assert!(problem.message.contains(part), "{}", problem.message),
            (found, expected) => panic!("{properties}: {found:?}, not {expected:?}"),
        }
    }

    fn one(filter: Value) -> Value {
        json!({"contentFilters": [filter]})
    }

    #[test]
    fn a_policy_is_kept_in_its_published_form() {
        let whole = |filters: Value, lists: Value| {
            json!({"basePolicyName": "Microsoft.DefaultV2", "mode": "Default", "type": "UserManaged",
                "contentFilters": filters, "customBlocklists": lists})
        };
        check(json!({"type": "SystemManaged"}), Ok(whole(json!([]), json!([]))));
        check(
            one(
                json!({"name": "self-harm", "source": "prompt", "severityThreshold": "low", "blocking": false}),
            ),
            Ok(whole(
                json!([{"name": "Selfharm", "enabled": true, "blocking": false, "severityThreshold": "Low", "source": "Prompt"}]),
                json!([]),
            )),
        );
        check(
            one(
                json!({"name": "INDIRECT_ATTACK", "source": "Prompt", "severityThreshold": "Low", "action": "annotating"}),
            ),
            Ok(whole(
                json!([{"name": "Indirect Attack", "enabled": true, "blocking": false, "source": "Prompt", "action": "ANNOTATING"}]),
                json!([]),
            )),
        );
        check(
            json!({"completionBlocklists": [{"blocklistName": "l"}]}),
            Ok(whole(
                json!([]),
                json!([{"blocklistName": "l", "blocking": true, "source": "Completion"}]),
            )),
        );
    }

    #[test]
    fn what_nothing_looks_for_is_refused() {
        check(
            one(json!({"name": "Groundedness", "source": "Completion"})),
            Err("Nothing here looks for"),
        );
        check(one(json!({"name": "Hate"})), Err("[0].source is required"));
        check(
            one(json!({"name": "Hate", "source": "Prompt", "severityThreshold": "Safe"})),
            Err("severityThreshold"),
        );
        check(
            one(json!({"name": "Hate", "source": "Prompt", "action": "RETRY"})),
            Err("action"),
        );
        check(json!({"contentFilters": [1]}), Err("must be an object"));
        check(json!({"contentFilters": {}}), Err("must be a list"));
        let twice = json!({"name": "Hate", "source": "Prompt"});
        check(json!({"contentFilters": [twice, twice]}), Err("twice"));
        check(json!({"basePolicyName": "mine"}), Err("not one of the system's"));
        let many = vec![twice; 100];
        check(json!({"contentFilters": many}), Err("are the most"));
    }
}
