//! A whole answer of that server, in OpenAI's shape.

use super::{finish_reason, usage};
use crate::json::Json;
use crate::openai::Broken;
use crate::openai::fields::{Fields, as_text, items};
use crate::openai::said::arguments;

/// Turns an answer into a completion without `created`, which is the gateway's to say.
pub fn answer_to_chat(body: &[u8]) -> Result<Vec<u8>, Broken> {
    let broken = |error: serde_json::Error| Broken(error.to_string());
    let text = std::str::from_utf8(body).map_err(|_| Broken("it is not UTF-8".to_owned()))?;
    let answer = Fields::read(text).map_err(broken)?;
    let message = answer
        .get("message")
        .ok_or_else(|| Broken("it has no message".to_owned()))?;
    let message = Fields::read(message.get()).map_err(broken)?;
    let (mut words, mut reasoning, mut calls) = (String::new(), String::new(), Vec::new());
    if let Some(content) = message.get("content") {
        if let Some(text) = as_text(content) {
            words.push_str(&text);
        }
        for part in items(content).unwrap_or_default() {
            let part = Fields::read(part.get()).map_err(broken)?;
            words.push_str(&part.text("text").unwrap_or_default());
            reasoning.push_str(&part.text("thinking").unwrap_or_default());
        }
    }
    for call in message.get("tool_calls").and_then(items).unwrap_or_default() {
        let call = Fields::read(call.get()).map_err(broken)?;
        let function = call
            .get("function")
            .ok_or_else(|| Broken("a call has no function".to_owned()))?;
        let function = Fields::read(function.get()).map_err(broken)?;
        let said = vec![
            ("name", Json::Text(function.text("name").unwrap_or_default())),
            (
                "arguments",
                Json::Text(function.get("arguments").map_or("{}".into(), arguments)),
            ),
        ];
        calls.push(Json::Object(vec![
            ("id", Json::Text(call.text("id").unwrap_or_default())),
            ("type", Json::text("function")),
            ("function", Json::Object(said)),
        ]));
    }
    // What it planned is what it said before it called.
    words.push_str(&message.text("tool_plan").unwrap_or_default());
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
    let choice = vec![
        ("index", Json::Number(0)),
        ("message", Json::Object(said)),
        (
            "finish_reason",
            Json::text(finish_reason(answer.text("finish_reason").as_deref())),
        ),
    ];
    let mut fields = vec![
        ("id", Json::Text(answer.text("id").unwrap_or_default())),
        ("object", Json::text("chat.completion")),
        ("choices", Json::Array(vec![Json::Object(choice)])),
    ];
    fields.extend(answer.get("usage").and_then(usage).map(|usage| ("usage", usage)));
    Ok(Json::Object(fields).bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: &str) {
        let chat = answer_to_chat(body.as_bytes()).expect(body);
        assert_eq!(String::from_utf8(chat).expect("text"), expected, "{body}");
    }

    #[test]
    fn answers_are_turned_back() {
        check(
            r#"{"id":"c1","finish_reason":"COMPLETE","message":{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"Hello "},{"type":"text","text":"there"}]},"usage":{"billed_units":{"input_tokens":1,"output_tokens":5},"tokens":{"input_tokens":9.0,"output_tokens":5}}}"#,
            r#"{"id":"c1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hello there","reasoning_content":"hm"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":5,"total_tokens":14}}"#,
        );
        check(
            r#"{"id":"c1","finish_reason":"TOOL_CALL","message":{"role":"assistant","tool_plan":"I look.","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]}}"#,
            r#"{"id":"c1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"I look.","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#,
        );
        for body in ["", "{}", r#"{"message":7}"#, r#"{"message":{"tool_calls":[{}]}}"#] {
            assert!(answer_to_chat(body.as_bytes()).is_err(), "{body}");
        }
    }
}
