//! What tags may be: the bounds that the resource manager has for every type.

use cupola_core::name::printable;
use cupola_core::{Code, Problem};
use serde_json::{Map, Value};

const TAGS_MAX: usize = 50;
const NAME_CHARS_MAX: usize = 512;
const VALUE_CHARS_MAX: usize = 256;

/// Refuses tags that are too many, too long, or named with characters that no name may have.
pub(crate) fn within_bounds(tags: &Map<String, Value>) -> Result<(), Problem> {
    fits("tags", tags, TAGS_MAX, VALUE_CHARS_MAX)?;
    let bad = tags
        .keys()
        .find(|name| name.is_empty() || name.contains(|c: char| c.is_control() || "<>%&\\?/".contains(c)));
    match bad {
        Some(name) => Err(refused(
            "tags",
            format!(
                "The tag name '{}' is not valid: use none of <>%&\\?/ and no control characters.",
                printable(name)
            ),
        )),
        None => Ok(()),
    }
}

/// The same bounds in other numbers, for other objects of texts.
pub(crate) fn fits(
    path: &str,
    texts: &Map<String, Value>,
    most: usize,
    value_chars: usize,
) -> Result<(), Problem> {
    if texts.len() > most {
        return Err(refused(
            path,
            format!(
                "The field {path} has {} entries; {most} are the most there may be.",
                texts.len()
            ),
        ));
    }
    for (name, value) in texts {
        if name.chars().count() > NAME_CHARS_MAX {
            return Err(refused(
                path,
                format!("A name in {path} has more than {NAME_CHARS_MAX} characters."),
            ));
        }
        if value
            .as_str()
            .is_some_and(|value| value.chars().count() > value_chars)
        {
            return Err(refused(
                path,
                format!(
                    "The value of {path}.{} has more than {value_chars} characters.",
                    printable(name)
                ),
            ));
        }
    }
    Ok(())
}

fn refused(path: &str, why: String) -> Problem {
    Problem::new(Code::InvalidTag, why).target(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_bounds() {
        let of = |count: usize, name: &str, value: usize| {
            let tags = (0..count)
                .map(|at| (format!("{name}{at}"), "v".repeat(value).into()))
                .collect();
            within_bounds(&tags).is_ok()
        };
        assert!(of(50, "a", 256));
        assert!(!of(51, "a", 1));
        assert!(!of(1, "a", 257));
        assert!(!of(1, &"a".repeat(512), 1));
        assert!(!of(1, "a/b", 1) && !of(1, "a\u{7}", 1));
    }
}
