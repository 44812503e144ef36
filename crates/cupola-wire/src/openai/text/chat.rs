//! A text that goes on, asked of a backend that only chats: the prompt is what the user says, the answer is the text. What
//! a chat cannot do is refused, not forgotten.

use super::super::Broken;
use super::super::fields::{Fields, as_text, elements, is_null, write_field};
use crate::dialect::Untranslatable;
use serde_json::value::RawValue;

// What the older API stops after, where the client says nothing; a chat would go on to its end.
const MAX_TOKENS_DEFAULT: &[u8] = b",\"max_tokens\":16";

/// The request, in OpenAI's shape, as a chat in OpenAI's shape.
pub fn text_request_to_chat(body: &[u8]) -> Result<Vec<u8>, Untranslatable> {
    let refuse = |param: &str, why: &str| Untranslatable {
        param: param.to_owned(),
        message: format!("The model's server only chats, so {why}."),
    };
    let fields = std::str::from_utf8(body)
        .ok()
        .and_then(|text| Fields::read(text).ok())
        .ok_or_else(|| refuse("prompt", "the request must be a JSON object"))?;
    let (mut messages, mut others) = (None, Vec::new());
    let mut has_max_tokens = false;
    for (name, value) in fields.0.iter().filter(|(_, value)| !is_null(value)) {
        match (&*name.0, value.get()) {
            ("prompt", text) => {
                messages = Some(
                    message(value, text).ok_or_else(|| refuse("prompt", "'prompt' must be one string"))?,
                )
            }
            ("echo", "false") | ("best_of", "1") | ("suffix", "\"\"") => {}
            ("echo", _) => return Err(refuse("echo", "'echo' cannot be true")),
            ("best_of", _) => return Err(refuse("best_of", "'best_of' cannot be more than 1; use 'n'")),
            ("suffix", _) => return Err(refuse("suffix", "there can be no 'suffix'")),
            ("logprobs", _) => return Err(refuse("logprobs", "there are no 'logprobs'")),
            (known, _) => {
                has_max_tokens |= known == "max_tokens";
                others.push(b',');
                write_field(&mut others, name, value);
            }
        }
    }
    let mut out = messages.ok_or_else(|| refuse("prompt", "'prompt' must be one string"))?;
    out.extend_from_slice(&others);
    if !has_max_tokens {
        out.extend_from_slice(MAX_TOKENS_DEFAULT);
    }
    out.push(b'}');
    Ok(out)
}

/// The opening of the request with its one message.
fn message(prompt: &RawValue, text: &str) -> Option<Vec<u8>> {
    let mut only = (text.starts_with('"')).then_some(text);
    if only.is_none() {
        // An array of one string is one prompt, too.
        let mut count = 0;
        elements(prompt, |item| {
            count += 1;
            only = (count == 1 && as_text(item).is_some()).then(|| item.get());
            count == 1
        });
    }
    let only = only?;
    Some(format!(r#"{{"messages":[{{"role":"user","content":{only}}}]"#).into_bytes())
}

/// A chat's answer, in OpenAI's shape, as that of a text.
pub fn text_answer_from_chat(body: &[u8]) -> Result<Vec<u8>, Broken> {
    let broken = |error: serde_json::Error| Broken(error.to_string());
    let text = std::str::from_utf8(body).map_err(|_| Broken("it is not UTF-8".to_owned()))?;
    let fields = Fields::read(text).map_err(broken)?;
    let get = |fields: &Fields<'_>, wanted: &str| {
        let found = fields
            .0
            .iter()
            .find(|(name, value)| name.0 == wanted && !is_null(value));
        found.map(|(_, value)| value.get().to_owned())
    };
    let choices = fields.0.iter().find(|(name, _)| name.0 == "choices");
    let mut out = b"{\"choices\":[".to_vec();
    let mut first = true;
    let mut read = |choice: &RawValue| {
        let choice = Fields::read(choice.get()).ok()?;
        let message = get(&choice, "message")?;
        let message = Fields::read(&message).ok()?;
        let text = get(&message, "content").filter(|text| text.starts_with('"'));
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        let written = format!(
            r#"{{"index":{},"text":{},"logprobs":null,"finish_reason":{}}}"#,
            get(&choice, "index").unwrap_or_else(|| "0".to_owned()),
            text.unwrap_or_else(|| "\"\"".to_owned()),
            get(&choice, "finish_reason").unwrap_or_else(|| "\"stop\"".to_owned()),
        );
        out.extend_from_slice(written.as_bytes());
        Some(())
    };
    let whole = choices.is_some_and(|(_, choices)| elements(choices, |choice| read(choice).is_some()));
    if !whole {
        return Err(Broken("it has no choices with messages".to_owned()));
    }
    out.push(b']');
    if let Some(usage) = get(&fields, "usage") {
        out.extend_from_slice(b",\"usage\":");
        out.extend_from_slice(usage.as_bytes());
    }
    out.push(b'}');
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_prompt_becomes_one_message() {
        let check = |body: &str, expected: &str| {
            let chat =
                text_request_to_chat(body.as_bytes()).map(|chat| String::from_utf8(chat).expect("text"));
            assert_eq!(chat.as_deref(), Ok(expected), "{body}");
        };
        check(
            r#"{"model":"m","prompt":"a\n","stop":["x"],"echo":false,"suffix":null,"max_tokens":7}"#,
            r#"{"messages":[{"role":"user","content":"a\n"}],"model":"m","stop":["x"],"max_tokens":7}"#,
        );
        check(
            r#"{"prompt":["a"],"stream":true}"#,
            r#"{"messages":[{"role":"user","content":"a"}],"stream":true,"max_tokens":16}"#,
        );
    }

    #[test]
    fn what_a_chat_cannot_do_is_refused() {
        for (fields, param) in [
            (r#""prompt":["a","b"]"#, "prompt"),
            (r#""prompt":[1]"#, "prompt"),
            (r#""prompt":[]"#, "prompt"),
            (r#""n":1"#, "prompt"),
            (r#""prompt":"a","echo":true"#, "echo"),
            (r#""prompt":"a","best_of":2"#, "best_of"),
            (r#""prompt":"a","suffix":"z""#, "suffix"),
            (r#""prompt":"a","logprobs":0"#, "logprobs"),
        ] {
            let refused = text_request_to_chat(format!("{{{fields}}}").as_bytes()).expect_err(fields);
            assert_eq!(refused.param, param, "{refused}");
        }
        assert!(text_request_to_chat(b"[]").is_err());
    }

    #[test]
    fn a_chats_answer_becomes_a_text() {
        let check = |body: &str, expected: Option<&str>| {
            let text =
                text_answer_from_chat(body.as_bytes()).map(|text| String::from_utf8(text).expect("text"));
            assert_eq!(text.ok().as_deref(), expected, "{body}");
        };
        check(
            r#"{"id":"u","choices":[{"index":0,"message":{"role":"assistant","content":"a\u5929"},"finish_reason":"length"},{"index":1,"message":{"content":null}}],"usage":{"prompt_tokens":1}}"#,
            Some(
                r#"{"choices":[{"index":0,"text":"a\u5929","logprobs":null,"finish_reason":"length"},{"index":1,"text":"","logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}"#,
            ),
        );
        check("{}", None);
        check("[]", None);
        check(r#"{"choices":[{}]}"#, None);
        check(r#"{"choices":{}}"#, None);
    }
}
