//! What a client says of an item. An expression is read here, so that the refusal says where it is wrong; whether a list
//! can be used as a whole is decided by what will use it (`usable`).

use super::super::{steps, wrong};
use crate::json::Document;
use cupola_core::Problem;
use cupola_wire::arm::cognitive::RaiBlocklistItemProperties;

pub(super) const PATTERN: &str = "properties.pattern";

pub(super) fn read(body: &Document) -> Result<RaiBlocklistItemProperties, Problem> {
    let pattern = body.required(PATTERN, "the words, or the expression, to be found")?;
    let is_regex = body.truth("properties.isRegex")?.unwrap_or(false);
    if is_regex {
        check_syntax(pattern)?;
    }
    Ok(RaiBlocklistItemProperties {
        pattern: pattern.to_owned(),
        is_regex,
        rest: steps::rest(body, &["pattern", "isRegex", "provisioningState"])?,
    })
}

fn check_syntax(pattern: &str) -> Result<(), Problem> {
    let Err(error) = regex_syntax::Parser::new().parse(pattern) else {
        return Ok(());
    };
    let (why, span) = match &error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), Some(error.span())),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), Some(error.span())),
        _ => (error.to_string(), None),
    };
    let place = span.map_or_else(String::new, |span| {
        format!(" at line {} column {}", span.start.line, span.start.column)
    });
    Err(wrong(
        PATTERN,
        format!(
            "The pattern is no regular expression{place}: {why}. Look-around and back-references are not taken."
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn check(pattern: &str, is_regex: bool, expected: Option<&str>) {
        let body = Document::of(json!({"properties": {"pattern": pattern, "isRegex": is_regex}}));
        match (read(&body), expected) {
            (Ok(item), None) => assert_eq!((item.pattern.as_str(), item.is_regex), (pattern, is_regex)),
            (Err(problem), Some(part)) => assert!(problem.message.contains(part), "{}", problem.message),
            (found, expected) => panic!("{pattern}: {found:?}, not {expected:?}"),
        }
    }

    #[test]
    fn what_is_no_expression_is_refused_with_its_place() {
        check("project [ahornblatt", false, None);
        check(r"\b\d{3}-\d{2}\b", true, None);
        check("project [ahornblatt", true, Some("at line 1 column 9"));
        check("a(?=b)", true, Some("Look-around"));
        check(r"(a)\1", true, Some("column 4"));
        check("", true, Some("required"));
    }

    proptest! {
        #[test]
        fn no_pattern_makes_reading_panic(pattern in "\\PC{1,60}") {
            let _ = check_syntax(&pattern);
        }
    }
}
