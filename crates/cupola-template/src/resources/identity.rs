//! Identity: the type, the name, the scope and the id of a resource.

use crate::known::{Known, Scope};

pub(crate) const DEPLOYMENTS: &str = "Microsoft.Resources/deployments";
const GROUPS: &str = "Microsoft.Resources/resourceGroups";

/// Whether names and types have the same number of segments after the namespace.
pub(crate) fn segments_fit(kind: &str, name: &str) -> bool {
    segments(kind).count() == segments(name).count() + 1
}

/// The id of a resource of this type and name at a scope.
pub(crate) fn id(scope: &Scope, kind: &str, name: &str) -> String {
    let base = scope.id();
    if kind.eq_ignore_ascii_case(GROUPS) {
        return format!("{base}/resourceGroups/{name}");
    }
    let mut kinds = segments(kind);
    let mut id = format!("{base}/providers/{}", kinds.next().unwrap_or_default());
    for (kind, name) in kinds.zip(segments(name)) {
        id.push('/');
        id.push_str(kind);
        id.push('/');
        id.push_str(name);
    }
    id
}

/// What the `scope` of a resource means: an id, or `Namespace/type/name` where the template is deployed.
pub(crate) fn scope(text: &str, known: &Known) -> Option<Scope> {
    if text.starts_with('/') {
        return Scope::parse(text);
    }
    let count = segments(text).count();
    (count >= 3 && count % 2 == 1).then(|| Scope::Resource {
        id: format!("{}/providers/{}", known.scope().id(), text.trim_end_matches('/')),
    })
}

/// The id of the resource that holds the one with this id, where it is a child.
pub(crate) fn parent(id: &str) -> Option<&str> {
    let (_, tail) = id.rsplit_once("/providers/")?;
    // Namespace, type, name: one more pair makes it a child.
    if tail.split('/').count() < 5 {
        return None;
    }
    let (rest, _) = id.rsplit_once('/')?;
    rest.rsplit_once('/').map(|(parent, _)| parent)
}

fn segments(text: &str) -> impl Iterator<Item = &str> {
    text.split('/').filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_id(scope: &str, kind: &str, name: &str, expected: &str) {
        let scope = Scope::parse(scope).expect("a scope");
        assert_eq!(id(&scope, kind, name), expected);
        assert!(segments_fit(kind, name), "{kind} {name}");
    }

    #[test]
    fn ids_follow_from_scope_type_and_name() {
        check_id(
            "/subscriptions/s/resourceGroups/g",
            "N.X/a",
            "x",
            "/subscriptions/s/resourceGroups/g/providers/N.X/a/x",
        );
        check_id(
            "/subscriptions/s",
            "N.X/a/b",
            "x/y",
            "/subscriptions/s/providers/N.X/a/x/b/y",
        );
        check_id(
            "/subscriptions/s",
            "Microsoft.Resources/resourceGroups",
            "g",
            "/subscriptions/s/resourceGroups/g",
        );
        check_id("/", "N.X/a", "x", "/providers/N.X/a/x");
        check_id(
            "/subscriptions/s/resourceGroups/g/providers/N.X/a/x",
            "N.Y/locks",
            "l",
            "/subscriptions/s/resourceGroups/g/providers/N.X/a/x/providers/N.Y/locks/l",
        );
        check_id(
            "/subscriptions/s",
            "N.X/a/providers/locks",
            "x/N.Y/l",
            "/subscriptions/s/providers/N.X/a/x/providers/N.Y/locks/l",
        );
    }

    #[test]
    fn names_have_a_segment_for_each_type() {
        for (kind, name) in [("N.X/a/b", "x"), ("N.X/a", "x/y"), ("N.X/a/b", "x/"), ("N.X", "")] {
            assert!(!segments_fit(kind, name) || kind == "N.X", "{kind} {name}");
        }
    }

    #[test]
    fn parents_are_found_by_id() {
        assert_eq!(
            parent("/subscriptions/s/providers/N/a/x/b/y"),
            Some("/subscriptions/s/providers/N/a/x")
        );
        assert_eq!(parent("/subscriptions/s/providers/N/a/x"), None);
        assert_eq!(parent("/subscriptions/s/providers/N/a/x/providers/M/l/z"), None);
        assert_eq!(parent("/subscriptions/s/resourceGroups/g"), None);
    }
}
