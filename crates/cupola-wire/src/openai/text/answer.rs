//! A whole answer.

use super::super::completion::{written, written_of};
use super::super::{Broken, Completion, Heading, Whole};
use super::OBJECT;

/// Reads an answer and writes it under the heading. `prompt_tokens` stands in where the backend reports no usage.
pub fn text_completion(body: &[u8], heading: &Heading<'_>, prompt_tokens: u64) -> Result<Completion, Broken> {
    written(body, heading, OBJECT, prompt_tokens)
}

/// The same of one that was read.
pub fn text_completion_of(
    answer: &Whole<'_>,
    heading: &Heading<'_>,
    prompt_tokens: u64,
) -> Result<Completion, Broken> {
    written_of(answer, heading, OBJECT, prompt_tokens)
}

#[cfg(test)]
mod tests {
    use super::super::super::Surface;
    use super::*;

    #[test]
    fn answers_get_our_heading() {
        let heading = Heading {
            surface: Surface::ModelInference,
            id: "0123456789abcdef0123456789abcdef",
            created: 5,
            model: "m",
        };
        let check = |usage: &str, expected: &str, estimated: bool| {
            let choices = r#""choices":[{"index":0,"text":"12345","finish_reason":"stop","logprobs":null}]"#;
            let body = format!(r#"{{"id":"u","object":"x",{choices}{usage}}}"#);
            let answer = text_completion(body.as_bytes(), &heading, 10).expect("an answer");
            assert_eq!(
                String::from_utf8(answer.body).expect("text"),
                format!(
                    r#"{{"id":"cmpl-0123456789abcdef0123456789abc","object":"text_completion","created":5,"model":"m",{choices},"usage":{expected}}}"#
                )
            );
            assert_eq!(answer.estimated, estimated);
        };
        let usage = r#"{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}"#;
        check(&format!(r#","usage":{usage}"#), usage, false);
        check(
            "",
            r#"{"prompt_tokens":10,"completion_tokens":2,"total_tokens":12}"#,
            true,
        );
        assert!(text_completion(b"{}", &heading, 1).is_err());
    }
}
