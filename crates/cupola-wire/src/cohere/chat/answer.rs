//! A whole answer in OpenAI's shape, as Cohere's clients read it.

use super::{Object, call, call_id, finish_reason, meta, usage};
use crate::cohere::Version;
use crate::json::Json;
use crate::openai::fields::{Fields, items};
use crate::openai::said::{Answer, Fragment, Piece, answer, arguments};
use crate::openai::{Broken, Heading, Totals};
use serde_json::value::RawValue;

/// Writes the first answer of a completion. `asked` is the client's request: the older version repeats what was said.
pub fn answer_from_chat(
    body: &[u8],
    heading: &Heading<'_>,
    totals: &Totals,
    version: Version,
    asked: &[u8],
) -> Result<Vec<u8>, Broken> {
    let answer = answer(body)?;
    match version {
        Version::V1 => Ok(older(&answer, heading, totals, asked).bytes()),
        Version::V2 => Ok(newer(&answer, heading, totals).bytes()),
    }
}

fn newer<'a>(answer: &'a Answer<'a>, heading: &Heading<'a>, totals: &Totals) -> Json<'a> {
    let (mut content, mut plan, mut calls) = (Vec::new(), String::new(), Vec::new());
    let called = answer.pieces.iter().any(|piece| matches!(piece, Piece::Call(_)));
    for piece in &answer.pieces {
        let part = |name: &'static str, text: &'a str| {
            Json::Object(vec![("type", Json::text(name)), (name, Json::text(text))])
        };
        match piece {
            // What a model says before it calls is its plan.
            Piece::Text(text) | Piece::Refusal(text) if called => plan.push_str(text),
            Piece::Text(text) | Piece::Refusal(text) => content.push(part("text", text)),
            Piece::Reasoning(text) => content.push(part("thinking", text)),
            Piece::Call(made) => {
                let id = call_id(&made.id, heading.id, calls.len() as u64);
                calls.push(call(id, (&*made.name).into(), (&*made.arguments).into()));
            }
        }
    }
    let mut message = vec![("role", Json::text("assistant"))];
    if !content.is_empty() || !called {
        message.push(("content", Json::Array(content)));
    }
    if !plan.is_empty() {
        message.push(("tool_plan", Json::text(plan)));
    }
    if called {
        message.push(("tool_calls", Json::Array(calls)));
    }
    Json::Object(vec![
        ("id", Json::text(heading.id)),
        (
            "finish_reason",
            Json::text(finish_reason(&answer.finish, called, Version::V2)),
        ),
        ("message", Json::Object(message)),
        ("usage", Json::Object(usage(totals))),
    ])
}

fn older<'a>(answer: &'a Answer<'a>, heading: &Heading<'a>, totals: &Totals, asked: &'a [u8]) -> Json<'a> {
    let (mut text, mut calls) = (String::new(), Vec::new());
    for piece in &answer.pieces {
        match piece {
            Piece::Text(said) | Piece::Refusal(said) => text.push_str(said),
            Piece::Reasoning(_) => {}
            Piece::Call(made) => calls.push(older_call(made)),
        }
    }
    let reason = finish_reason(&answer.finish, !calls.is_empty(), Version::V1);
    Json::Object(older_fields(
        heading.id,
        text,
        calls,
        reason,
        totals,
        &History::read(asked),
    ))
}

/// A call as the older version has it: with parameters, and without an id.
pub(super) fn older_call<'a>(made: &'a Fragment<'_>) -> Json<'a> {
    Json::Object(vec![
        ("name", Json::text(&*made.name)),
        ("parameters", parameters(&made.arguments)),
    ])
}

/// Parameters are an object, whatever the model wrote.
pub(super) fn parameters(arguments: &str) -> Json<'_> {
    match serde_json::from_str::<&RawValue>(arguments) {
        Ok(raw) if raw.get().starts_with('{') => Json::Raw(raw),
        _ => Json::Object(Vec::new()),
    }
}

/// The fields of an answer of the older version, in a stream or not.
pub(super) fn older_fields<'a>(
    id: &'a str,
    text: String,
    calls: Vec<Json<'a>>,
    reason: &'static str,
    totals: &Totals,
    history: &History,
) -> Object<'a> {
    let mut said = history.lines.clone();
    said.push(Json::Object(vec![
        ("role", Json::text("CHATBOT")),
        ("message", Json::text(text.clone())),
    ]));
    let mut fields = vec![
        ("response_id", Json::text(id)),
        ("text", Json::text(text)),
        ("generation_id", Json::text(id)),
        ("chat_history", Json::Array(said)),
        ("finish_reason", Json::text(reason)),
    ];
    if !calls.is_empty() {
        fields.push(("tool_calls", Json::Array(calls)));
    }
    fields.push(("meta", meta(totals)));
    fields
}

/// What was said before an answer.
#[derive(Debug, Default)]
pub(super) struct History {
    lines: Vec<Json<'static>>,
}

impl History {
    /// Out of a request that was read before; what is no history is none.
    pub(super) fn read(asked: &[u8]) -> Self {
        let fields = std::str::from_utf8(asked)
            .ok()
            .and_then(|text| Fields::read(text).ok())
            .unwrap_or_default();
        let history = fields.get("chat_history").and_then(items).unwrap_or_default();
        let mut lines: Vec<_> = history
            .into_iter()
            .map(|line| Json::Line(arguments(line).into_owned().into()))
            .collect();
        if let Some(message) = fields.text("message").filter(|message| !message.is_empty()) {
            lines.push(Json::Object(vec![
                ("role", Json::text("USER")),
                ("message", Json::text(message.into_owned())),
            ]));
        }
        Self { lines }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openai::Surface;

    fn check(message: &str, finish: &str, version: Version, asked: &str, expected: &str) {
        let body = format!(r#"{{"choices":[{{"index":0,"message":{message},"finish_reason":"{finish}"}}]}}"#);
        let heading = Heading {
            surface: Surface::Cohere,
            id: "c1",
            created: 5,
            model: "m",
        };
        let totals = Totals {
            prompt: 9,
            completion: 5,
            ..Totals::default()
        };
        let written =
            answer_from_chat(body.as_bytes(), &heading, &totals, version, asked.as_bytes()).expect(message);
        assert_eq!(String::from_utf8(written).expect("text"), expected);
    }

    const TOKENS: &str = r#""billed_units":{"input_tokens":9,"output_tokens":5},"tokens":{"input_tokens":9,"output_tokens":5}"#;

    #[test]
    fn the_newer_version_has_parts() {
        check(
            r#"{"role":"assistant","content":"Hello there"}"#,
            "stop",
            Version::V2,
            "",
            &format!(
                r#"{{"id":"c1","finish_reason":"COMPLETE","message":{{"role":"assistant","content":[{{"type":"text","text":"Hello there"}}]}},"usage":{{{TOKENS}}}}}"#
            ),
        );
        check(
            r#"{"content":"I look.","reasoning_content":"hm","tool_calls":[{"id":"","function":{"name":"f","arguments":"{}"}}]}"#,
            "tool_calls",
            Version::V2,
            "",
            &format!(
                r#"{{"id":"c1","finish_reason":"TOOL_CALL","message":{{"role":"assistant","content":[{{"type":"thinking","thinking":"hm"}}],"tool_plan":"I look.","tool_calls":[{{"id":"call_c1_0","type":"function","function":{{"name":"f","arguments":"{{}}"}}}}]}},"usage":{{{TOKENS}}}}}"#
            ),
        );
        check(
            r#"{"content":null}"#,
            "length",
            Version::V2,
            "",
            &format!(
                r#"{{"id":"c1","finish_reason":"MAX_TOKENS","message":{{"role":"assistant","content":[]}},"usage":{{{TOKENS}}}}}"#
            ),
        );
    }

    #[test]
    fn the_older_version_repeats_what_was_said() {
        check(
            r#"{"content":"Hello","tool_calls":[{"id":"x","function":{"name":"f","arguments":"{\"a\":1}"}}]}"#,
            "stop",
            Version::V1,
            r#"{"message":"hi\n","chat_history":[{"role":"USER", "message":"a"}]}"#,
            &format!(
                r#"{{"response_id":"c1","text":"Hello","generation_id":"c1","chat_history":[{{"role":"USER","message":"a"}},{{"role":"USER","message":"hi\n"}},{{"role":"CHATBOT","message":"Hello"}}],"finish_reason":"COMPLETE","tool_calls":[{{"name":"f","parameters":{{"a":1}}}}],"meta":{{"api_version":{{"version":"1"}},{TOKENS}}}}}"#
            ),
        );
        check(
            r#"{"content":"x"}"#,
            "content_filter",
            Version::V1,
            "",
            &format!(
                r#"{{"response_id":"c1","text":"x","generation_id":"c1","chat_history":[{{"role":"CHATBOT","message":"x"}}],"finish_reason":"ERROR_TOXIC","meta":{{"api_version":{{"version":"1"}},{TOKENS}}}}}"#
            ),
        );
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        let heading = Heading {
            surface: Surface::Cohere,
            id: "c1",
            created: 5,
            model: "m",
        };
        assert!(answer_from_chat(b"{}", &heading, &Totals::default(), Version::V2, b"").is_err());
    }
}
