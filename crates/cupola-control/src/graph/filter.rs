//! The `$filter` of the directory: `name eq 'v'`, `startswith(name,'v')`, `names/any(x:x eq 'v')`, joined by `and`.

use cupola_core::name::printable;
use cupola_core::{Code, Problem};
use serde_json::Value;

const CONDITIONS_MAX: usize = 10;

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    Is(String, String),
    StartsWith(String, String),
    Any(String, String),
}

/// Reads a filter; an empty one wants everything.
pub(super) fn read(text: &str) -> Result<Vec<Condition>, Problem> {
    let mut rest = text.trim();
    let mut conditions = Vec::new();
    while !rest.is_empty() {
        let (condition, after) = condition(rest).ok_or_else(|| unsupported(text))?;
        conditions.push(condition);
        rest = after.trim_start();
        if rest.is_empty() {
            break;
        }
        rest = word(rest, "and").ok_or_else(|| unsupported(text))?;
        if rest.trim().is_empty() || conditions.len() == CONDITIONS_MAX {
            return Err(unsupported(text));
        }
    }
    Ok(conditions)
}

/// Does an object, as it is shown, fit all conditions?
pub(super) fn fits(conditions: &[Condition], object: &Value) -> bool {
    let text = |name: &str| object.get(field(object, name)?)?.as_str();
    conditions.iter().all(|condition| match condition {
        Condition::Is(name, wanted) => match object.get(field(object, name).unwrap_or_default()) {
            Some(Value::Bool(truth)) => wanted.eq_ignore_ascii_case(&truth.to_string()),
            _ => text(name).is_some_and(|found| found.to_lowercase() == wanted.to_lowercase()),
        },
        Condition::StartsWith(name, wanted) => {
            text(name).is_some_and(|found| found.to_lowercase().starts_with(&wanted.to_lowercase()))
        }
        Condition::Any(name, wanted) => field(object, name)
            .and_then(|name| object.get(name)?.as_array())
            .is_some_and(|items| {
                items.iter().any(|item| {
                    item.as_str()
                        .is_some_and(|item| item.eq_ignore_ascii_case(wanted))
                })
            }),
    })
}

/// The value that an object must have under this name, where a condition says so.
pub(super) fn wanted<'a>(conditions: &'a [Condition], name: &str) -> Option<&'a str> {
    conditions.iter().find_map(|condition| match condition {
        Condition::Is(known, value) | Condition::Any(known, value) if known.eq_ignore_ascii_case(name) => {
            Some(value.as_str())
        }
        _ => None,
    })
}

fn field<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object
        .as_object()?
        .keys()
        .find(|known| known.eq_ignore_ascii_case(name))
        .map(String::as_str)
}

fn condition(text: &str) -> Option<(Condition, &str)> {
    if let Some(rest) = word(text, "startswith") {
        let rest = rest.trim_start().strip_prefix('(')?;
        let (name, rest) = name(rest)?;
        let (value, rest) = value(rest.trim_start().strip_prefix(',')?)?;
        let rest = rest.trim_start().strip_prefix(')')?;
        return Some((Condition::StartsWith(name, value), rest));
    }
    let (name, rest) = name(text)?;
    if let Some(rest) = rest.strip_prefix("/any(") {
        let (variable, rest) = self::name(rest)?;
        let (again, rest) = self::name(rest.trim_start().strip_prefix(':')?)?;
        if variable != again {
            return None;
        }
        let (value, rest) = value(word(rest.trim_start(), "eq")?)?;
        let rest = rest.trim_start().strip_prefix(')')?;
        return Some((Condition::Any(name, value), rest));
    }
    let (value, rest) = value(word(rest.trim_start(), "eq")?)?;
    Some((Condition::Is(name, value), rest))
}

// A word that ends where it ends.
fn word<'a>(text: &'a str, wanted: &str) -> Option<&'a str> {
    let head = text.get(..wanted.len())?;
    let rest = text.get(wanted.len()..)?;
    let ends = !rest.starts_with(|c: char| c.is_alphanumeric());
    (head.eq_ignore_ascii_case(wanted) && ends).then_some(rest)
}

fn name(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start();
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    (end > 0).then(|| (text[..end].to_owned(), &text[end..]))
}

// Quoted text, a quote inside written twice; or `true` and `false`.
fn value(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start();
    let Some(mut rest) = text.strip_prefix('\'') else {
        return ["true", "false"]
            .iter()
            .find_map(|truth| word(text, truth).map(|rest| ((*truth).to_owned(), rest)));
    };
    let mut value = String::new();
    loop {
        let (head, tail) = rest.split_once('\'')?;
        value.push_str(head);
        match tail.strip_prefix('\'') {
            Some(tail) => {
                value.push('\'');
                rest = tail;
            }
            None => return Some((value, tail)),
        }
    }
}

fn unsupported(text: &str) -> Problem {
    Problem::new(
        Code::InvalidRequestContent,
        format!(
            "The $filter '{}' is not supported: use name eq 'value', startswith(name,'value') or \
             names/any(x:x eq 'value'), joined by and.",
            printable(text)
        ),
    )
    .target("$filter")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn check(filter: &str, expected: bool) {
        let object = json!({
            "displayName": "It's Ann", "appId": "A", "accountEnabled": true, "servicePrincipalNames": ["A", "api://x"],
        });
        let fits = read(filter).map(|conditions| fits(&conditions, &object));
        assert_eq!(fits.ok(), Some(expected), "{filter}");
    }

    #[test]
    fn the_filters_of_real_clients_are_understood() {
        check("", true);
        check("displayName eq 'it''s ann'", true);
        check("appId eq 'b'", false);
        check("startswith(displayName,'It''s')", true);
        check("startswith(displayName, 'Bob') and appId eq 'a'", false);
        check("servicePrincipalNames/any(c:c eq 'API://x')", true);
        check("identifierUris/any(s:s eq 'x')", false);
        check(
            "accountEnabled eq true and servicePrincipalNames/any(c: c eq 'a')",
            true,
        );
        for odd in [
            "displayName",
            "a eq b",
            "a eq 'x' or b eq 'y'",
            "a eq 'x",
            "a/any(x:y eq 'z')",
            "a eq 'x' and ",
        ] {
            assert!(read(odd).is_err(), "{odd}");
        }
    }

    proptest! {
        #[test]
        fn no_filter_makes_reading_panic(text in "\\PC{0,60}") {
            let _ = read(&text);
        }

        #[test]
        fn any_value_can_be_quoted(value in "\\PC{0,20}") {
            let filter = format!("displayName eq '{}'", value.replace('\'', "''"));
            prop_assert_eq!(read(&filter).ok(), Some(vec![Condition::Is("displayName".into(), value)]));
        }
    }
}
