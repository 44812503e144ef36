//! Paths as real clients write them: any case, repeated and trailing slashes, encoded characters.

pub(crate) use cupola_core::percent::encode;

use cupola_core::percent;

/// More than any id has: a subscription, a group, and types with names in turn, the resource of an extension among them.
const SEGMENTS_MAX: usize = 80;

/// The segments of a path, decoded. `None` where it can name nothing: a segment that hides a slash, text that is not UTF-8
/// once decoded, or more segments than an id has.
pub(crate) fn segments(path: &str) -> Option<Vec<String>> {
    let given = path.split('/').filter(|segment| !segment.is_empty());
    // Scopes are compared with everything above them, which must stay few.
    if given.clone().nth(SEGMENTS_MAX).is_some() {
        return None;
    }
    given.map(|segment| decode(segment, false)).map(whole).collect()
}

fn whole(segment: Option<String>) -> Option<String> {
    segment.filter(|text| !text.contains('/') && !text.contains('\0') && !text.is_empty())
}

/// Undoes percent-encoding; in a form, `+` is a space too. `None` for what is not text then.
pub(crate) fn decode(text: &str, form: bool) -> Option<String> {
    String::from_utf8(percent::decode(text, form)).ok()
}

/// What a pattern found in a path: names and their values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Params(Vec<(&'static str, String)>);

impl Params {
    /// The value of a name that the pattern has; empty for one that it has not.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map_or("", |(_, value)| value.as_str())
    }

    /// A single name and its value.
    pub(crate) fn one(name: &'static str, value: String) -> Self {
        Self(vec![(name, value)])
    }

    /// Does the pattern have this name?
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| *known == name)
    }
}

/// Does a path fit `/fixed/{name}/fixed`? A pattern may begin with `{scope*}`, which takes any number of segments.
pub(crate) fn fit(pattern: &'static str, path: &[String]) -> Option<Params> {
    let wanted: Vec<&'static str> = pattern.split('/').filter(|segment| !segment.is_empty()).collect();
    let mut params = Params::default();
    let (wanted, path) = match wanted.split_first() {
        Some((&"{scope*}", rest)) => {
            let split = path.len().checked_sub(rest.len())?;
            params.0.push((
                "scope",
                path[..split]
                    .iter()
                    .map(|segment| format!("/{segment}"))
                    .collect(),
            ));
            (rest, &path[split..])
        }
        _ => (wanted.as_slice(), path),
    };
    if wanted.len() != path.len() {
        return None;
    }
    for (wanted, given) in wanted.iter().zip(path) {
        match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => params.0.push((name, given.clone())),
            None if wanted.eq_ignore_ascii_case(given) => {}
            None => return None,
        }
    }
    Some(params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(pattern: &'static str, path: &str, expected: Option<&[(&str, &str)]>) {
        let found = segments(path).and_then(|path| fit(pattern, &path));
        let expected = expected.map(|pairs| {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect::<Vec<_>>()
        });
        let found = found.map(|params| {
            params
                .0
                .into_iter()
                .map(|(n, v)| (n.to_owned(), v))
                .collect::<Vec<_>>()
        });
        assert_eq!(found, expected, "{pattern} on {path}");
    }

    #[test]
    fn a_path_has_no_more_segments_than_an_id() {
        assert!(segments(&"/a".repeat(SEGMENTS_MAX)).is_some());
        assert_eq!(segments(&"/a".repeat(SEGMENTS_MAX + 1)), None);
    }

    #[test]
    fn paths_are_matched_as_clients_write_them() {
        let group = "/subscriptions/{subscription}/resourceGroups/{group}";
        check(
            group,
            "/subscriptions/s/resourcegroups/G",
            Some(&[("subscription", "s"), ("group", "G")]),
        );
        check(
            group,
            "//Subscriptions/s//resourceGroups/g/",
            Some(&[("subscription", "s"), ("group", "g")]),
        );
        check(
            group,
            "/subscriptions/s/resourceGroups/a%20b",
            Some(&[("subscription", "s"), ("group", "a b")]),
        );
        check(group, "/subscriptions/s/resourceGroups/a%2Fb", None);
        check(group, "/subscriptions/s/resourceGroups", None);
        check(group, "/subscriptions/s/resourceGroups/%FF", None);
        check(
            group,
            "/subscriptions/s/resourceGroups/100%",
            Some(&[("subscription", "s"), ("group", "100%")]),
        );
    }

    #[test]
    fn a_scope_takes_any_number_of_segments() {
        let pattern = "/{scope*}/providers/Microsoft.Authorization/roleAssignments/{id}";
        check(
            pattern,
            "/providers/microsoft.authorization/roleassignments/x",
            Some(&[("scope", ""), ("id", "x")]),
        );
        check(
            pattern,
            "/subscriptions/s/providers/Microsoft.Authorization/roleAssignments/x",
            Some(&[("scope", "/subscriptions/s"), ("id", "x")]),
        );
        check(pattern, "/x", None);
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded_to_itself(text in "\\PC{0,40}") {
            prop_assert_eq!(decode(&encode(&text), false), Some(text.clone()));
            prop_assert_eq!(decode(&encode(&text), true), Some(text));
        }

        #[test]
        fn no_path_makes_matching_panic(path in "[/%a-zA-Z0-9.]{0,60}") {
            if let Some(path) = segments(&path) {
                prop_assert!(path.iter().all(|segment| !segment.contains('/')));
                let _ = fit("/{scope*}/a/{b}", &path);
            }
        }
    }
}
