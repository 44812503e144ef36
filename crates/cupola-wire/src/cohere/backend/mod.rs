//! Chats of a server that speaks Cohere's version 2.

mod answer;
mod reader;
mod request;

pub use answer::answer_to_chat;
pub use reader::ChatReader;
pub use request::request_from_chat;

use crate::json::Json;
use crate::openai::fields::Fields;
use crate::openai::tokens;
use serde_json::value::RawValue;

/// OpenAI's word for the end of an answer.
fn finish_reason(reason: Option<&str>) -> &'static str {
    match reason {
        Some("MAX_TOKENS" | "ERROR_LIMIT") => "length",
        Some("TOOL_CALL") => "tool_calls",
        Some("ERROR_TOXIC") => "content_filter",
        _ => "stop",
    }
}

/// Usage in OpenAI's shape: what was used, or, where that is not said, what is charged. `None` where neither tells both.
fn usage(usage: &RawValue) -> Option<Json<'static>> {
    let fields = Fields::read(usage.get()).ok()?;
    let said = |name: &str| fields.get(name).and_then(counted);
    let (prompt, completion) = said("tokens").or_else(|| said("billed_units"))?;
    Some(Json::Object(vec![
        ("prompt_tokens", Json::Number(prompt)),
        ("completion_tokens", Json::Number(completion)),
        ("total_tokens", Json::Number(prompt.saturating_add(completion))),
    ]))
}

/// What went in and what came out.
fn counted(counts: &RawValue) -> Option<(u64, u64)> {
    let counts = Fields::read(counts.get()).ok()?;
    let said = |name: &str| counts.get(name).and_then(tokens);
    Some((said("input_tokens")?, said("output_tokens")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_that_make_no_sense_are_not_reported() {
        let check = |json: &str, expected: Option<(u64, u64)>| {
            let raw: &RawValue = serde_json::from_str(json).expect("JSON");
            let written = usage(raw).map(|usage| usage.bytes());
            let expected = expected.map(|(prompt, completion)| {
                let total = prompt + completion;
                format!(
                    r#"{{"prompt_tokens":{prompt},"completion_tokens":{completion},"total_tokens":{total}}}"#
                )
                .into_bytes()
            });
            assert_eq!(written, expected, "{json}");
        };
        check(
            r#"{"tokens":{"input_tokens":9.0,"output_tokens":5}}"#,
            Some((9, 5)),
        );
        check(
            r#"{"tokens":{"input_tokens":-5,"output_tokens":5},"billed_units":{"input_tokens":1,"output_tokens":2}}"#,
            Some((1, 2)),
        );
        for odd in ["-5", "-0.5", "1.5", "1e13", "1e400", "\"5\"", "null"] {
            check(
                &format!(r#"{{"tokens":{{"input_tokens":{odd},"output_tokens":5}}}}"#),
                None,
            );
            check(
                &format!(r#"{{"tokens":{{"input_tokens":5,"output_tokens":{odd}}}}}"#),
                None,
            );
        }
        check(r#"{"tokens":{"input_tokens":5}}"#, None);
    }
}
