//! What a message, or a delta of one, says; whichever of the names that servers have for it is used.

use super::chunk::Choice;
use super::fields::{Fields, as_text, items};
use super::{Broken, Chunk};
use crate::json::write_line;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A piece of what a model says.
#[derive(Debug)]
pub(crate) enum Piece<'a> {
    Reasoning(Cow<'a, str>),
    Text(Cow<'a, str>),
    Refusal(Cow<'a, str>),
    Call(Fragment<'a>),
}

/// A tool call, or a fragment of one.
#[derive(Debug, Default)]
pub(crate) struct Fragment<'a> {
    /// Which call of the message; some servers do not say it.
    pub(crate) index: Option<u32>,
    pub(crate) id: Cow<'a, str>,
    pub(crate) name: Cow<'a, str>,
    pub(crate) arguments: Cow<'a, str>,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Reason {
    #[default]
    Stop,
    Length,
    ToolCalls,
    ContentFilter,
}

/// How an answer ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Finish {
    pub(crate) reason: Reason,
    /// The stop sequence that was met, where the server says which.
    pub(crate) sequence: Option<String>,
}

/// The first choice of a whole answer.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) pieces: Vec<Piece<'a>>,
    pub(crate) finish: Finish,
}

impl Finish {
    fn read(reason: &RawValue, field: impl Fn(&str) -> Option<String>) -> Self {
        let reason = match as_text(reason).as_deref() {
            Some("length") => Reason::Length,
            Some("tool_calls" | "function_call") => Reason::ToolCalls,
            Some("content_filter") => Reason::ContentFilter,
            _ => Reason::Stop,
        };
        // vLLM calls it `stop_reason`, SGLang `matched_stop`; a number there is a token of the model's own.
        let sequence = field("stop_reason").or_else(|| field("matched_stop"));
        Self {
            reason,
            sequence: sequence.filter(|_| reason == Reason::Stop),
        }
    }

    /// How the first answer ended, where this chunk says it.
    pub(crate) fn of(choice: &Choice<'_>) -> Option<Self> {
        let field = |wanted: &str| {
            let found = choice.rest.iter().find(|(name, _)| name.0 == wanted);
            found.and_then(|(_, value)| as_text(value)).map(Cow::into_owned)
        };
        choice.finish_reason.map(|reason| Self::read(reason, field))
    }
}

/// The first choice of a chunk. Surfaces that know one answer only ask for one.
pub(crate) fn first<'c, 'a>(chunk: &'c Chunk<'a>) -> impl Iterator<Item = &'c Choice<'a>> {
    chunk.choices.iter().filter(|choice| choice.index == 0)
}

/// What a message or a delta says: its reasoning first, then its text, then its calls.
pub(crate) fn pieces<'a>(said: &Fields<'a>) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    // Some servers write the same under both names.
    let reasoning = said.text("reasoning_content").or_else(|| said.text("reasoning"));
    if let Some(reasoning) = reasoning.filter(|text| !text.is_empty()) {
        pieces.push(Piece::Reasoning(reasoning));
    }
    if let Some(content) = said.get("content") {
        match as_text(content) {
            Some(text) if text.is_empty() => {}
            Some(text) => pieces.push(Piece::Text(text)),
            None => parts(content, &mut pieces),
        }
    }
    if let Some(refusal) = said.text("refusal").filter(|text| !text.is_empty()) {
        pieces.push(Piece::Refusal(refusal));
    }
    for call in said.get("tool_calls").and_then(items).unwrap_or_default() {
        if let Ok(call) = Fields::read(call.get()) {
            pieces.push(Piece::Call(fragment(&call)));
        }
    }
    pieces
}

/// Content in parts: text, thinking that is text or holds text, refusals.
fn parts<'a>(content: &'a RawValue, pieces: &mut Vec<Piece<'a>>) {
    for part in items(content).unwrap_or_default() {
        let Ok(part) = Fields::read(part.get()) else {
            continue;
        };
        match part.text("type").as_deref() {
            Some("text" | "output_text") => pieces.extend(part.text("text").map(Piece::Text)),
            Some("refusal") => pieces.extend(part.text("refusal").map(Piece::Refusal)),
            Some("thinking") => {
                pieces.extend(part.text("thinking").map(Piece::Reasoning));
                for inner in part.get("thinking").and_then(items).unwrap_or_default() {
                    let text = Fields::read(inner.get())
                        .ok()
                        .and_then(|inner| inner.text("text"));
                    pieces.extend(text.map(Piece::Reasoning));
                }
            }
            _ => {}
        }
    }
}

fn fragment<'a>(call: &Fields<'a>) -> Fragment<'a> {
    let function = call
        .get("function")
        .and_then(|function| Fields::read(function.get()).ok())
        .unwrap_or_default();
    Fragment {
        index: call.get("index").and_then(|index| index.get().parse().ok()),
        id: call.text("id").unwrap_or_default(),
        name: function.text("name").unwrap_or_default(),
        arguments: function.get("arguments").map(arguments).unwrap_or_default(),
    }
}

/// Arguments are JSON in a string; some clients and servers leave the string away.
pub(crate) fn arguments(value: &RawValue) -> Cow<'_, str> {
    as_text(value).unwrap_or_else(|| {
        let mut line = Vec::new();
        write_line(&mut line, value.get());
        Cow::Owned(String::from_utf8(line).unwrap_or_default())
    })
}

/// Reads a whole answer in OpenAI's shape.
pub(crate) fn answer(body: &[u8]) -> Result<Answer<'_>, Broken> {
    let broken = |error: serde_json::Error| Broken(error.to_string());
    let text = std::str::from_utf8(body).map_err(|_| Broken("it is not UTF-8".to_owned()))?;
    let fields = Fields::read(text).map_err(broken)?;
    let choices = fields
        .get("choices")
        .and_then(items)
        .ok_or_else(|| Broken("it has no choices".to_owned()))?;
    let first = choices
        .first()
        .ok_or_else(|| Broken("it has no choice".to_owned()))?;
    let choice = Fields::read(first.get()).map_err(broken)?;
    let message = choice
        .get("message")
        .ok_or_else(|| Broken("its choice has no message".to_owned()))?;
    let message = Fields::read(message.get()).map_err(broken)?;
    Ok(Answer {
        pieces: pieces(&message),
        finish: choice
            .get("finish_reason")
            .map(|reason| Finish::read(reason, |name| choice.text(name).map(Cow::into_owned)))
            .unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, expected: &str) {
        let body =
            format!(r#"{{"choices":[{{"message":{message},"finish_reason":"stop","matched_stop":7}}]}}"#);
        let answer = answer(body.as_bytes()).expect(message);
        assert_eq!(answer.finish, Finish::default());
        let said: Vec<String> = answer
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Reasoning(text) => format!("hm {text}"),
                Piece::Text(text) => text.to_string(),
                Piece::Refusal(text) => format!("no {text}"),
                Piece::Call(call) => format!("{:?} {} {}{}", call.index, call.id, call.name, call.arguments),
            })
            .collect();
        assert_eq!(said.join(" | "), expected, "{message}");
    }

    #[test]
    fn messages_say_the_same_under_every_name() {
        check(
            r#"{"content":"a","reasoning_content":"b","reasoning":"b"}"#,
            "hm b | a",
        );
        check(r#"{"content":null,"reasoning":"b","refusal":"c"}"#, "hm b | no c");
        check(
            r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"t"}]},{"type":"text","text":"x"},7]}"#,
            "hm t | x",
        );
        check(
            r#"{"content":"","tool_calls":[{"id":"1","function":{"name":"f","arguments":"{}"}},{"index":4,"id":"2","function":{"name":"g","arguments":{"a":1}}}]}"#,
            "None 1 f{} | Some(4) 2 g{\"a\":1}",
        );
        check("{}", "");
    }

    #[test]
    fn what_has_no_message_is_broken() {
        for body in [
            "",
            "[]",
            "{}",
            r#"{"choices":[]}"#,
            r#"{"choices":[{}]}"#,
            r#"{"choices":[7]}"#,
        ] {
            assert!(answer(body.as_bytes()).is_err(), "{body}");
        }
        assert!(answer(b"\xff").is_err());
    }
}
