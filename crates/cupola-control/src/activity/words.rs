//! An action in words, as the activity log tells it to people: `.../serverlessEndpoints/regenerateKeys/action` is
//! "Regenerate a key of a serverless endpoint". Whether it was done is the status of the event.

// What the name of a type does not say. The longer ending stands before the shorter one.
const NOUNS: [(&str, &str); 11] = [
    ("accounts/deployments", "a model deployment"),
    ("deployments", "a template deployment"),
    ("workspaces", "a project or hub"),
    ("marketplaceSubscriptions", "a subscription to a model"),
    ("raiPolicies", "a content filter"),
    ("raiBlocklists", "a blocklist"),
    ("raiBlocklistItems", "an item of a blocklist"),
    ("raiExternalSafetyProviders", "an external analyzer"),
    ("registries/bindings", "the backend of a model"),
    ("tags", "tags"),
    ("providers", "a resource provider"),
];

const VERBS: [(&str, &str); 13] = [
    ("write", "Create or update"),
    ("delete", "Delete"),
    ("listKeys", "Show the keys of"),
    ("listsecrets", "Show the secrets of"),
    ("regenerateKey", "Regenerate a key of"),
    ("regenerateKeys", "Regenerate a key of"),
    ("addRaiBlocklistItems", "Add items to"),
    ("deleteRaiBlocklistItems", "Delete items of"),
    ("whatIf", "Ask what would come of"),
    ("moveResources", "Move resources of"),
    ("validateMoveResources", "Ask whether to move resources of"),
    ("contentFilter", "Try the content filter of"),
    ("checkSkuAvailability", "Ask for skus of"),
];

/// The words. Actions that nobody foresaw are told by their own names.
pub(super) fn words(action: &str) -> String {
    let mut parts: Vec<&str> = action.split('/').collect();
    if parts.last() == Some(&"action") {
        parts.pop();
    }
    let [namespace, kinds @ .., verb] = parts.as_slice() else {
        return action.to_owned();
    };
    format!("{} {}", told(verb), noun(namespace, kinds))
}

fn told(verb: &str) -> String {
    let known = VERBS.iter().find(|(name, _)| name.eq_ignore_ascii_case(verb));
    known.map_or_else(
        || {
            let words = apart(verb);
            let (first, rest) = words.split_at(words.chars().next().map_or(0, char::len_utf8));
            format!("{}{rest}", first.to_uppercase())
        },
        |(_, words)| (*words).to_owned(),
    )
}

fn noun(namespace: &str, kinds: &[&str]) -> String {
    let path = format!("/{}", kinds.join("/"));
    let ends = |name: &str| {
        let at = path.len().checked_sub(name.len());
        at.and_then(|at| path.get(at..).filter(|_| path[..at].ends_with('/')))
            .is_some_and(|end| end.eq_ignore_ascii_case(name))
    };
    if let Some((_, words)) = NOUNS.iter().find(|(name, _)| ends(name)) {
        return (*words).to_owned();
    }
    let Some(kind) = kinds.last() else {
        return match namespace {
            "Microsoft.Subscription" => "a subscription".to_owned(),
            other => format!("the provider {other}"),
        };
    };
    let words = apart(kind);
    let one = match words.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => words.strip_suffix('s').unwrap_or(&words).to_owned(),
    };
    let article = if one.starts_with(['a', 'e', 'i', 'o']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {one}")
}

// `roleAssignments` is `role assignments`.
fn apart(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch::Access;
    use crate::routes;

    #[test]
    fn every_action_that_is_served_has_plain_words() {
        let actions: Vec<&str> = routes::all()
            .filter_map(|route| match &route.access {
                Access::Action(action, _) | Access::List(action, _) => Some(*action),
                _ => None,
            })
            .collect();
        assert!(actions.len() > 100);
        let crooked = actions.into_iter().find(|action| {
            let told = words(action);
            told.split(' ').count() < 2 || told.split(' ').any(|word| ["rai", "Rai"].contains(&word))
        });
        assert_eq!(crooked, None);
    }

    #[test]
    fn actions_are_told_in_words() {
        let check = |action: &str, expected: &str| assert_eq!(words(action), expected, "{action}");
        let ml = "Microsoft.MachineLearningServices/workspaces";
        check(
            &format!("{ml}/serverlessEndpoints/write"),
            "Create or update a serverless endpoint",
        );
        check(
            &format!("{ml}/serverlessEndpoints/regenerateKeys/action"),
            "Regenerate a key of a serverless endpoint",
        );
        check(
            &format!("{ml}/marketplaceSubscriptions/delete"),
            "Delete a subscription to a model",
        );
        check(&format!("{ml}/delete"), "Delete a project or hub");
        check(
            &format!("{ml}/serverlessEndpoints/raiBlocklists/addRaiBlocklistItems/action"),
            "Add items to a blocklist",
        );
        check(
            "Microsoft.Authorization/roleAssignments/write",
            "Create or update a role assignment",
        );
        check(
            "Microsoft.CognitiveServices/accounts/deployments/write",
            "Create or update a model deployment",
        );
        check(
            "Microsoft.CognitiveServices/accounts/listKeys/action",
            "Show the keys of an account",
        );
        check(
            "Microsoft.Resources/deployments/cancel/action",
            "Cancel a template deployment",
        );
        check(
            "Microsoft.Resources/subscriptions/resourceGroups/moveResources/action",
            "Move resources of a resource group",
        );
        check("Microsoft.Subscription/rename/action", "Rename a subscription");
        check(
            "Microsoft.SaaS/register/action",
            "Register the provider Microsoft.SaaS",
        );
        check("Contoso.Things/policies/délai/action", "Délai a policy");
        check("nonsense", "nonsense");
        check("", "");
    }
}
