//! What a client says of an item. An expression is compiled here, so that no request finds out that it cannot be.

use super::super::{steps, wrong};
use crate::json::Document;
use cupola_core::Problem;
use cupola_wire::arm::cognitive::RaiBlocklistItemProperties;
use regex::RegexBuilder;

const PATTERN: &str = "properties.pattern";

pub(super) fn read(body: &Document) -> Result<RaiBlocklistItemProperties, Problem> {
    let pattern = body.required(PATTERN, "the words, or the expression, to be found")?;
    if pattern.len() > RaiBlocklistItemProperties::PATTERN_BYTES_MAX {
        return Err(wrong(
            PATTERN,
            format!(
                "The pattern has {} bytes; {} are the most there may be.",
                pattern.len(),
                RaiBlocklistItemProperties::PATTERN_BYTES_MAX
            ),
        ));
    }
    let is_regex = body.truth("properties.isRegex")?.unwrap_or(false);
    if is_regex {
        compile(pattern)?;
    } else if pattern.trim().is_empty() {
        return Err(wrong(
            PATTERN,
            "The pattern is nothing but spaces, which every text has.",
        ));
    }
    Ok(RaiBlocklistItemProperties {
        pattern: pattern.to_owned(),
        is_regex,
        rest: steps::rest(body, &["pattern", "isRegex", "provisioningState"])?,
    })
}

fn compile(pattern: &str) -> Result<(), Problem> {
    if let Err(error) = regex_syntax::Parser::new().parse(pattern) {
        let (why, span) = match &error {
            regex_syntax::Error::Parse(error) => (error.kind().to_string(), Some(error.span())),
            regex_syntax::Error::Translate(error) => (error.kind().to_string(), Some(error.span())),
            _ => (error.to_string(), None),
        };
        let place = span.map_or_else(String::new, |span| {
            format!(" at line {} column {}", span.start.line, span.start.column)
        });
        return Err(wrong(
            PATTERN,
            format!(
                "The pattern is no regular expression{place}: {why}. Look-around and back-references are not taken."
            ),
        ));
    }
    let compiled = RegexBuilder::new(pattern)
        .case_insensitive(true)
        .size_limit(RaiBlocklistItemProperties::REGEX_BYTES_MAX)
        .build();
    match compiled {
        Ok(compiled) if compiled.is_match("") => Err(wrong(
            PATTERN,
            "The pattern finds nothing at all, and so everything: write one that does not match empty text.",
        )),
        Ok(_) => Ok(()),
        Err(_) => Err(wrong(
            PATTERN,
            format!(
                "The pattern is larger than {} bytes once it is compiled: use fewer or smaller repetitions.",
                RaiBlocklistItemProperties::REGEX_BYTES_MAX
            ),
        )),
    }
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
    fn expressions_compile_within_their_bounds() {
        check("project [ahornblatt", false, None);
        check(r"\b\d{3}-\d{2}\b", true, None);
        check("project [ahornblatt", true, Some("at line 1 column 9"));
        check("a(?=b)", true, Some("Look-around"));
        check(r"(a)\1", true, Some("column 4"));
        check(r"\w{1000}", true, Some("larger than 262144 bytes"));
        check("a*", true, Some("empty text"));
        check("", true, Some("required"));
        check("  ", false, Some("spaces"));
        check(&"a".repeat(1025), false, Some("1024"));
    }

    proptest! {
        #[test]
        fn no_pattern_makes_reading_panic(pattern in "\\PC{1,60}") {
            let _ = compile(&pattern);
        }
    }
}
