//! The events of that server, as chunks in OpenAI's shape.

use super::{finish_reason, usage};
use crate::dialect::Reader;
use crate::json::Json;
use crate::openai::fields::Fields;

/// Reads the events of one answer.
#[derive(Debug, Default)]
pub struct ChatReader {
    /// How many calls were begun.
    calls: u64,
    done: bool,
}

type Each<'e> = &'e mut dyn FnMut(&[u8]);

impl Reader for ChatReader {
    fn event(&mut self, payload: &[u8], each: Each<'_>) {
        if self.done {
            return;
        }
        if payload == b"[DONE]" {
            return self.stop(each);
        }
        let read = std::str::from_utf8(payload)
            .ok()
            .and_then(|text| Fields::read(text).ok());
        let Some(event) = read else {
            return self.fail("an event is not a JSON object", each);
        };
        let delta = inside(&event, "delta").unwrap_or_default();
        let message = inside(&delta, "message").unwrap_or_default();
        match event.text("type").as_deref() {
            Some("message-start") => {
                let first = vec![("role", Json::text("assistant")), ("content", Json::text(""))];
                chunk(Some(first), None, each);
            }
            Some("content-start" | "content-delta") => {
                let content = inside(&message, "content").unwrap_or_default();
                say("content", &content, "text", each);
                say("reasoning_content", &content, "thinking", each);
            }
            Some("tool-plan-delta") => say("content", &message, "tool_plan", each),
            Some("tool-call-start") => {
                self.calls += 1;
                self.call(&inside(&message, "tool_calls").unwrap_or_default(), true, each);
            }
            Some("tool-call-delta") if self.calls > 0 => {
                self.call(&inside(&message, "tool_calls").unwrap_or_default(), false, each);
            }
            Some("message-end") => self.end(&delta, each),
            // The ends of parts, citations, and whatever will be added.
            Some(_) => {}
            // An error has no type.
            None => {
                let message = event
                    .text("message")
                    .unwrap_or_else(|| "an event has no type".into());
                self.fail(&message, each);
            }
        }
    }
}

impl ChatReader {
    fn call(&self, call: &Fields<'_>, begins: bool, each: Each<'_>) {
        let function = inside(call, "function").unwrap_or_default();
        let mut said = Vec::new();
        if begins {
            said.push(("name", Json::Text(function.text("name").unwrap_or_default())));
        }
        said.push((
            "arguments",
            Json::Text(function.text("arguments").unwrap_or_default()),
        ));
        let mut one = vec![("index", Json::Number(self.calls - 1))];
        if begins {
            one.push(("id", Json::Text(call.text("id").unwrap_or_default())));
            one.push(("type", Json::text("function")));
        }
        one.push(("function", Json::Object(said)));
        chunk(
            Some(vec![("tool_calls", Json::Array(vec![Json::Object(one)]))]),
            None,
            each,
        );
    }

    fn end(&mut self, delta: &Fields<'_>, each: Each<'_>) {
        if let Some(message) = delta.text("error") {
            return self.fail(&message, each);
        }
        let reason = delta.text("finish_reason");
        if matches!(reason.as_deref(), Some("ERROR" | "TIMEOUT")) {
            return self.fail("the answer broke off", each);
        }
        chunk(None, Some(finish_reason(reason.as_deref())), each);
        if let Some(usage) = delta.get("usage").and_then(usage) {
            let fields = vec![("choices", Json::Array(Vec::new())), ("usage", usage)];
            each(&Json::Object(fields).bytes());
        }
        // Not every server says `[DONE]`.
        self.stop(each);
    }

    fn stop(&mut self, each: Each<'_>) {
        self.done = true;
        each(b"[DONE]");
    }

    fn fail(&mut self, message: &str, each: Each<'_>) {
        self.done = true;
        let error = Json::Object(vec![("message", Json::text(message))]);
        each(&Json::Object(vec![("error", error)]).bytes());
    }
}

fn inside<'a>(fields: &Fields<'a>, name: &str) -> Option<Fields<'a>> {
    Fields::read(fields.get(name)?.get()).ok()
}

/// Says a text, where there is one.
fn say(ours: &'static str, fields: &Fields<'_>, theirs: &str, each: Each<'_>) {
    if let Some(text) = fields.text(theirs).filter(|text| !text.is_empty()) {
        chunk(Some(vec![(ours, Json::Text(text))]), None, each);
    }
}

fn chunk(delta: Option<Vec<(&'static str, Json<'_>)>>, finish: Option<&'static str>, each: Each<'_>) {
    let choice = vec![
        ("index", Json::Number(0)),
        ("delta", Json::Object(delta.unwrap_or_default())),
        ("finish_reason", finish.map_or(Json::Null, Json::text)),
    ];
    each(&Json::Object(vec![("choices", Json::Array(vec![Json::Object(choice)]))]).bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(events: &[&str], expected: &[&str]) {
        let (mut reader, mut chunks) = (ChatReader::default(), Vec::new());
        for event in events {
            reader.event(event.as_bytes(), &mut |chunk| {
                let chunk = String::from_utf8(chunk.to_vec()).expect("text");
                let delta = chunk.strip_prefix(r#"{"choices":[{"index":0,"delta":"#);
                chunks.push(
                    delta
                        .and_then(|delta| delta.strip_suffix("}]}"))
                        .map_or(chunk.clone(), str::to_owned),
                );
            });
        }
        assert_eq!(chunks, expected);
    }

    const START: &str =
        r#"{"type":"message-start","id":"c1","delta":{"message":{"role":"assistant","content":[]}}}"#;
    const FIRST: &str = r#"{"role":"assistant","content":""},"finish_reason":null"#;

    #[test]
    fn words_become_chunks() {
        check(
            &[
                START,
                r#"{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"thinking","thinking":"hm"}}}}"#,
                r#"{"type":"content-delta","index":1,"delta":{"message":{"content":{"text":"Hel\n"}}}}"#,
                r#"{"type":"content-end","index":1}"#,
                r#"{"type":"citation-start","delta":{}}"#,
                r#"{"type":"message-end","delta":{"finish_reason":"MAX_TOKENS","usage":{"billed_units":{"input_tokens":9,"output_tokens":5}}}}"#,
                "[DONE]",
            ],
            &[
                FIRST,
                r#"{"reasoning_content":"hm"},"finish_reason":null"#,
                r#"{"content":"Hel\n"},"finish_reason":null"#,
                r#"{},"finish_reason":"length""#,
                r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":5,"total_tokens":14}}"#,
                "[DONE]",
            ],
        );
    }

    #[test]
    fn calls_become_fragments() {
        check(
            &[
                START,
                r#"{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"I look."}}}"#,
                r#"{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"a","type":"function","function":{"name":"f","arguments":""}}}}}"#,
                r#"{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{}"}}}}}"#,
                r#"{"type":"tool-call-end","index":0}"#,
                r#"{"type":"message-end","delta":{"finish_reason":"TOOL_CALL"}}"#,
            ],
            &[
                FIRST,
                r#"{"content":"I look."},"finish_reason":null"#,
                r#"{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]},"finish_reason":null"#,
                r#"{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]},"finish_reason":null"#,
                r#"{},"finish_reason":"tool_calls""#,
                "[DONE]",
            ],
        );
    }

    #[test]
    fn failures_are_told() {
        check(
            &["{", START],
            &[r#"{"error":{"message":"an event is not a JSON object"}}"#],
        );
        check(
            &[r#"{"message":"no \"luck\""}"#],
            &[r#"{"error":{"message":"no \"luck\""}}"#],
        );
        check(
            &[
                START,
                r#"{"type":"message-end","delta":{"finish_reason":"ERROR"}}"#,
            ],
            &[FIRST, r#"{"error":{"message":"the answer broke off"}}"#],
        );
        check(
            &[r#"{"type":"message-end","delta":{"error":"x","finish_reason":"ERROR"}}"#],
            &[r#"{"error":{"message":"x"}}"#],
        );
    }
}
