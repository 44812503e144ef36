//! The policies that are always there and that nobody can change.

use super::{ContentFilter, RaiPolicyProperties};
use serde_json::Map;

/// Their names: the older one screens four categories, the newer one attacks and protected material too.
pub const SYSTEM_POLICIES: [&str; 2] = ["Microsoft.Default", "Microsoft.DefaultV2"];

/// The policy of the system with this name, whatever its case.
pub fn system_policy(name: &str) -> Option<(&'static str, RaiPolicyProperties)> {
    let name = SYSTEM_POLICIES
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(name))?;
    let categories = ["Hate", "Sexual", "Violence", "Selfharm"];
    let mut filters: Vec<ContentFilter> = categories
        .into_iter()
        .flat_map(|category| {
            ["Prompt", "Completion"].map(|source| filter(category, source, Some("Medium"), true))
        })
        .collect();
    if name == SYSTEM_POLICIES[1] {
        filters.extend([
            filter("Jailbreak", "Prompt", None, true),
            filter("Protected Material Text", "Completion", None, true),
            // Found code is annotated and shown: it may be quoted with its licence.
            filter("Protected Material Code", "Completion", None, false),
        ]);
    }
    let policy = RaiPolicyProperties {
        base_policy_name: name.to_owned(),
        mode: "Blocking".to_owned(),
        policy_type: "SystemManaged".to_owned(),
        content_filters: filters,
        custom_blocklists: Vec::new(),
        safety_providers: Vec::new(),
        rest: Map::new(),
    };
    Some((name, policy))
}

fn filter(name: &str, source: &str, threshold: Option<&str>, blocking: bool) -> ContentFilter {
    ContentFilter {
        name: name.to_owned(),
        enabled: true,
        blocking,
        severity_threshold: threshold.map(str::to_owned),
        source: source.to_owned(),
        action: None,
        rest: Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policies_of_the_system_are_found_in_any_case() {
        let count = |name: &str| system_policy(name).map(|(_, policy)| policy.content_filters.len());
        assert_eq!(count("microsoft.default"), Some(8));
        assert_eq!(count("Microsoft.DefaultV2"), Some(11));
        assert_eq!(count("mine"), None);
    }
}
