//! A whole message of a backend, as a completion in OpenAI's shape.

use super::{Reported, finish_fields};
use crate::json::Json;
use crate::openai::Broken;
use crate::openai::fields::{Fields, items};
use crate::openai::said::arguments;

/// Turns a message into a completion without `created`, which is the gateway's to say.
pub fn answer_to_chat(body: &[u8]) -> Result<Vec<u8>, Broken> {
    let broken = |error: serde_json::Error| Broken(error.to_string());
    let text = std::str::from_utf8(body).map_err(|_| Broken("it is not UTF-8".to_owned()))?;
    let message = Fields::read(text).map_err(broken)?;
    let blocks = message
        .get("content")
        .and_then(items)
        .ok_or_else(|| Broken("the message has no content".to_owned()))?;
    let (mut words, mut reasoning, mut calls) = (String::new(), String::new(), Vec::new());
    for block in blocks {
        let block = Fields::read(block.get()).map_err(broken)?;
        match block.text("type").as_deref() {
            Some("text") => words.push_str(&block.text("text").unwrap_or_default()),
            Some("thinking") => reasoning.push_str(&block.text("thinking").unwrap_or_default()),
            Some("tool_use") => calls.push(Json::Object(vec![
                ("id", Json::Text(block.text("id").unwrap_or_default())),
                ("type", Json::text("function")),
                (
                    "function",
                    Json::Object(vec![
                        ("name", Json::Text(block.text("name").unwrap_or_default())),
                        (
                            "arguments",
                            Json::Text(block.get("input").map_or("{}".into(), arguments)),
                        ),
                    ]),
                ),
            ])),
            // What Anthropic keeps for itself, such as thinking that it redacted.
            _ => {}
        }
    }
    let content = if words.is_empty() && !calls.is_empty() {
        Json::Null
    } else {
        Json::text(words)
    };
    let mut said = vec![("role", Json::text("assistant")), ("content", content)];
    if !reasoning.is_empty() {
        said.push(("reasoning_content", Json::text(reasoning)));
    }
    if !calls.is_empty() {
        said.push(("tool_calls", Json::Array(calls)));
    }
    let mut choice = vec![("index", Json::Number(0)), ("message", Json::Object(said))];
    choice.extend(finish_fields(
        message.get("stop_reason"),
        message.get("stop_sequence"),
    ));
    let mut fields = vec![
        ("id", Json::Text(message.text("id").unwrap_or_default())),
        ("object", Json::text("chat.completion")),
        ("model", Json::Text(message.text("model").unwrap_or_default())),
        ("choices", Json::Array(vec![Json::Object(choice)])),
    ];
    if let Some(usage) = message.get("usage") {
        let mut reported = Reported::default();
        reported.report(usage);
        fields.extend(reported.chat().map(|usage| ("usage", usage)));
    }
    Ok(Json::Object(fields).bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_reported_where_it_is_told() {
        let check = |usage: &str, expected: &str| {
            let body = format!(r#"{{"id":"m","content":[],"stop_reason":"end_turn","usage":{usage}}}"#);
            let chat = answer_to_chat(body.as_bytes()).expect(usage);
            let chat = String::from_utf8(chat).expect("text");
            let (_, reported) = chat.split_once(r#""finish_reason":"stop"}]"#).expect("a choice");
            assert_eq!(reported, format!("{expected}}}"), "{usage}");
        };
        for untold in [
            "{}",
            "7",
            "null",
            r#"{"input_tokens":9}"#,
            r#"{"output_tokens":9}"#,
            r#"{"input_tokens":9.5,"output_tokens":5}"#,
            r#"{"input_tokens":-9,"output_tokens":5}"#,
            r#"{"input_tokens":9,"output_tokens":10000000000000}"#,
            r#"{"input_tokens":9,"output_tokens":null}"#,
        ] {
            check(untold, "");
        }
        check(
            r#"{"input_tokens":9.0,"output_tokens":5}"#,
            r#","usage":{"prompt_tokens":9,"completion_tokens":5,"total_tokens":14}"#,
        );
        check(
            r#"{"input_tokens":1,"cache_creation_input_tokens":2,"cache_read_input_tokens":4,"output_tokens":0}"#,
            r#","usage":{"prompt_tokens":7,"completion_tokens":0,"total_tokens":7,"prompt_tokens_details":{"cached_tokens":4}}"#,
        );
    }
}
