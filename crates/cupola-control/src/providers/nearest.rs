//! A type that is not there: said with the one that was probably meant.

use super::find;
use cupola_core::name::{fold, printable};
use cupola_core::{Code, Problem};

// Text of a path that is compared; a longer one is no misspelling.
const COMPARED_CHARS_MAX: usize = 100;

/// The refusal of a path that names no type of this server.
pub(crate) fn unknown_type(namespace: &str, kind: &str) -> Problem {
    let hint = match nearest(namespace, kind) {
        Some(near) => format!("Did you mean '{near}'?"),
        None => "'GET /subscriptions/ID/providers' lists the types there are.".to_owned(),
    };
    Problem::new(
        Code::InvalidResourceType,
        format!(
            "The resource type '{}' could not be found in the namespace '{}'. {hint}",
            printable(kind),
            printable(namespace),
        ),
    )
}

fn nearest(namespace: &str, kind: &str) -> Option<String> {
    let provider = find(namespace)?;
    let wanted = fold(kind);
    if wanted.len() > COMPARED_CHARS_MAX {
        return None;
    }
    let near = provider
        .types
        .iter()
        .map(|(known, _)| (distance(&wanted, &fold(known)), *known))
        .min()?;
    // Half of it wrong is something else.
    (near.0 > 0 && near.0 <= wanted.len() / 2).then(|| format!("{}/{}", provider.namespace, near.1))
}

// How many letters must change, come or go.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let change = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(namespace: &str, kind: &str, expected: Option<&str>) {
        assert_eq!(
            nearest(namespace, kind).as_deref(),
            expected,
            "{namespace}/{kind}"
        );
    }

    #[test]
    fn a_misspelled_type_is_recognised() {
        let ml = "microsoft.machinelearningservices";
        check(
            ml,
            "workspaces/serverlessEndpoint",
            Some("Microsoft.MachineLearningServices/workspaces/serverlessEndpoints"),
        );
        check(
            ml,
            "workspace",
            Some("Microsoft.MachineLearningServices/workspaces"),
        );
        check(ml, "x", None);
        check("Nowhere", "workspaces", None);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        check(
            "Microsoft.CognitiveServices",
            "account",
            Some("Microsoft.CognitiveServices/accounts"),
        );
    }
}
