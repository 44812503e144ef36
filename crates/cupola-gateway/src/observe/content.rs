//! Texts of a request and its answer, as the conventions have them. Only where the operator said so.

use serde_json::{Value, json};

/// So much of an answer is kept.
pub(super) const BYTES_MAX: usize = 64 << 10;
// One attribute of a span is not longer than this.
const TEXT_CHARS_MAX: usize = 16 << 10;

/// `gen_ai.input.messages` of a request in OpenAI's shape; `None` where it has no texts for a model to read.
pub(super) fn input(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let messages: Vec<Value> = match (&body["messages"], &body["prompt"]) {
        (Value::Array(messages), _) => messages
            .iter()
            .map(|message| {
                let mut text = String::new();
                gather(&message["content"], &mut text);
                one(message["role"].as_str().unwrap_or("user"), text)
            })
            .collect(),
        (_, Value::String(prompt)) => vec![one("user", prompt.clone())],
        _ => return None,
    };
    Some(Value::Array(messages).to_string())
}

/// `gen_ai.output.messages` of what went out, whole or streamed, in the shape of any surface.
pub(super) fn output(sent: &[u8], finish_reason: Option<&str>) -> Option<String> {
    let sent = String::from_utf8_lossy(sent);
    let mut text = String::new();
    match serde_json::from_str::<Value>(&sent) {
        Ok(whole) => says(&whole, &mut text),
        Err(_) => {
            let events = sent
                .lines()
                .map(|line| line.strip_prefix("data:").unwrap_or(line));
            for event in events.filter_map(|event| serde_json::from_str::<Value>(event).ok()) {
                says(&event, &mut text);
            }
        }
    }
    if text.is_empty() {
        return None;
    }
    let mut message = one("assistant", text);
    if let Some(reason) = finish_reason {
        message["finish_reason"] = reason.into();
    }
    Some(json!([message]).to_string())
}

fn one(role: &str, text: String) -> Value {
    let text: String = text.chars().take(TEXT_CHARS_MAX).collect();
    json!({ "role": role, "parts": [{ "type": "text", "content": text }] })
}

/// What an answer, or an event of one, says. Events that repeat at the end what was said before say nothing.
fn says(answer: &Value, text: &mut String) {
    let kind = answer["type"].as_str().or_else(|| answer["event_type"].as_str());
    match kind {
        Some("response.output_text.delta") => text.extend(answer["delta"].as_str()),
        Some(kind) if kind.starts_with("response.") => {}
        Some("stream-end") => {}
        _ => {
            for choice in answer["choices"].as_array().into_iter().flatten() {
                gather(&choice["delta"]["content"], text);
                gather(&choice["message"]["content"], text);
                gather(&choice["text"], text);
            }
            for item in answer["output"].as_array().into_iter().flatten() {
                gather(&item["content"], text);
            }
            for place in [
                &answer["content"],
                &answer["message"]["content"],
                &answer["delta"]["message"]["content"],
                &answer["delta"]["text"],
                &answer["text"],
            ] {
                gather(place, text);
            }
        }
    }
}

/// The text of content: one text, or parts of it.
fn gather(content: &Value, text: &mut String) {
    match content {
        Value::String(one) => text.push_str(one),
        Value::Array(parts) => parts.iter().for_each(|part| gather(&part["text"], text)),
        Value::Object(part) => text.extend(part.get("text").and_then(Value::as_str)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_are_messages_with_parts() {
        let check = |body: &str, expected: Option<&str>| {
            assert_eq!(input(body.as_bytes()).as_deref(), expected, "{body}");
        };
        check(
            r#"{"messages":[{"role":"system","content":"a"},{"role":"user","content":[{"type":"text","text":"b"},{"type":"image_url"}]}]}"#,
            Some(
                r#"[{"role":"system","parts":[{"type":"text","content":"a"}]},{"role":"user","parts":[{"type":"text","content":"b"}]}]"#,
            ),
        );
        check(
            r#"{"prompt":"once"}"#,
            Some(r#"[{"role":"user","parts":[{"type":"text","content":"once"}]}]"#),
        );
        check(r#"{"input":["a"]}"#, None);
        check("{", None);
    }

    #[test]
    fn answers_of_every_surface_are_read_once() {
        let check = |sent: &str, expected: Option<&str>| {
            let found = output(sent.as_bytes(), Some("stop"));
            let expected = expected.map(|text| {
                format!(r#"[{{"role":"assistant","parts":[{{"type":"text","content":"{text}"}}],"finish_reason":"stop"}}]"#)
            });
            assert_eq!(found, expected, "{sent}");
        };
        check(r#"{"choices":[{"message":{"content":"Hi"}}]}"#, Some("Hi"));
        check(
            "data: {\"choices\":[{\"delta\":{\"content\":\"H\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"i\"}}]}\n\ndata: [DONE]\n\n",
            Some("Hi"),
        );
        check(
            r#"{"type":"message","content":[{"type":"text","text":"Hi"}]}"#,
            Some("Hi"),
        );
        check(
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n",
            Some("Hi"),
        );
        check(
            "data: {\"type\":\"content-delta\",\"delta\":{\"message\":{\"content\":{\"text\":\"Hi\"}}}}\n\n",
            Some("Hi"),
        );
        check(
            "{\"event_type\":\"text-generation\",\"text\":\"Hi\"}\n{\"event_type\":\"stream-end\",\"text\":\"Hi\"}\n",
            Some("Hi"),
        );
        check(
            "data: {\"type\":\"response.output_text.delta\",\"delta\":\"Hi\"}\n\ndata: {\"type\":\"response.output_text.done\",\"text\":\"Hi\"}\n\n",
            Some("Hi"),
        );
        check(
            r#"{"object":"response","output":[{"content":[{"type":"output_text","text":"Hi"}]}]}"#,
            Some("Hi"),
        );
        check(r#"{"data":[{"embedding":[1]}]}"#, None);
        check(r#"{"error":{"message":"no"}}"#, None);
    }
}
