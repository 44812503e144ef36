//! A stored policy as the screening understands it.

use cupola_safety::{
    Category, CategoryRule, Detection, DetectionRule, Direction, DirectionPolicy, ListRule, Mode, Policy,
    Threshold,
};
use cupola_wire::arm::cognitive::{ContentFilter, RaiPolicyProperties, system_policy};

/// The policy, with the filters of its base where it names none of their name and source. Lists are named by their folded
/// names.
pub(super) fn policy(stored: &RaiPolicyProperties) -> Policy {
    let base = system_policy(&stored.base_policy_name);
    let mut policy = Policy::off();
    let base = base.iter().flat_map(|(_, base)| &base.content_filters);
    for filter in base.chain(&stored.content_filters) {
        take(&mut policy, filter);
    }
    for list in &stored.custom_blocklists {
        let rule = ListRule {
            name: cupola_core::name::fold(&list.blocklist_name),
            blocking: list.blocking,
        };
        if let Some(direction) = direction(&list.source) {
            of(&mut policy, direction).blocklists.push(rule);
        }
    }
    policy.mode = match stored.mode.as_str() {
        "Deferred" | "Asynchronous_filter" => Mode::Asynchronous,
        _ => Mode::Buffered,
    };
    policy
}

fn take(policy: &mut Policy, filter: &ContentFilter) {
    let Some(direction) = direction(&filter.source) else {
        return;
    };
    let rules = of(policy, direction);
    if let Some(category) = category(&filter.name) {
        rules.categories[category as usize] = CategoryRule {
            enabled: filter.enabled,
            blocking: filter.blocking,
            threshold: match filter.severity_threshold.as_deref() {
                Some("Low") => Threshold::Low,
                Some("High") => Threshold::High,
                _ => Threshold::Medium,
            },
        };
    }
    if let Some(detection) = detection(&filter.name) {
        rules.detections[detection as usize] = DetectionRule {
            enabled: filter.enabled,
            blocking: filter.blocking,
        };
    }
}

fn of(policy: &mut Policy, direction: Direction) -> &mut DirectionPolicy {
    match direction {
        Direction::Prompt => &mut policy.prompt,
        Direction::Completion => &mut policy.completion,
    }
}

fn direction(source: &str) -> Option<Direction> {
    match source {
        "Prompt" => Some(Direction::Prompt),
        "Completion" => Some(Direction::Completion),
        _ => None,
    }
}

fn category(name: &str) -> Option<Category> {
    Some(match name {
        "Hate" => Category::Hate,
        "Sexual" => Category::Sexual,
        "Violence" => Category::Violence,
        "Selfharm" => Category::SelfHarm,
        _ => return None,
    })
}

// Protected material is left out: nothing here knows it, and "not detected" would say that somebody looked.
fn detection(name: &str) -> Option<Detection> {
    Some(match name {
        "Jailbreak" => Detection::Jailbreak,
        "Indirect Attack" => Detection::IndirectAttack,
        "Profanity" => Detection::Profanity,
        "PII" => Detection::Pii,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(stored: Value, expected: Policy) {
        let properties = serde_json::from_value(stored.clone()).expect("a policy");
        assert_eq!(policy(&properties), expected, "{stored}");
    }

    #[test]
    fn the_system_s_newer_policy_is_the_default() {
        let (_, stored) = system_policy("Microsoft.DefaultV2").expect("a policy");
        assert_eq!(policy(&stored), Policy::default_v2());
        check(json!({}), Policy::default_v2());
    }

    #[test]
    fn a_policy_changes_what_it_names_and_keeps_the_rest_of_its_base() {
        let mut expected = Policy::default_v2();
        expected.prompt.categories[Category::SelfHarm as usize] = CategoryRule {
            enabled: true,
            blocking: false,
            threshold: Threshold::Low,
        };
        expected.prompt.detections[Detection::Jailbreak as usize] = DetectionRule::OFF;
        expected.completion.categories[Category::Hate as usize].threshold = Threshold::High;
        expected.completion.detections[Detection::Pii as usize] = DetectionRule::BLOCKED;
        expected.completion.blocklists.push(ListRule {
            name: "words".into(),
            blocking: false,
        });
        expected.mode = Mode::Asynchronous;
        check(
            json!({
                "mode": "Asynchronous_filter",
                "contentFilters": [
                    {"name": "Selfharm", "source": "Prompt", "severityThreshold": "Low", "blocking": false},
                    {"name": "Jailbreak", "source": "Prompt", "enabled": false, "blocking": false},
                    {"name": "Hate", "source": "Completion", "severityThreshold": "High"},
                    {"name": "PII", "source": "Completion"},
                    {"name": "Protected Material Text", "source": "Completion"},
                ],
                "customBlocklists": [{"blocklistName": "Words", "blocking": false, "source": "Completion"}],
            }),
            expected,
        );
        let mut older = Policy::default_v2();
        older.prompt.detections[Detection::Jailbreak as usize] = DetectionRule::OFF;
        check(json!({"basePolicyName": "Microsoft.Default"}), older);
    }
}
