//! The items of a response's output.

use crate::json::Json;
use serde::de::IgnoredAny;

/// What an item of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Refusal,
    Reasoning,
}

impl Kind {
    /// How the id of its item begins.
    fn prefix(self) -> &'static str {
        match self {
            Kind::Text | Kind::Refusal => "msg",
            Kind::Reasoning => "rs",
        }
    }

    /// The middle of its events' names.
    pub(super) fn events(self) -> (&'static str, &'static str) {
        match self {
            Kind::Text => ("response.output_text.delta", "response.output_text.done"),
            Kind::Refusal => ("response.refusal.delta", "response.refusal.done"),
            Kind::Reasoning => ("response.reasoning_text.delta", "response.reasoning_text.done"),
        }
    }

    /// The field that has the text, in a part and in the event that ends it.
    pub(super) fn field(self) -> &'static str {
        if self == Kind::Refusal { "refusal" } else { "text" }
    }

    pub(super) fn id(self, request: &str, index: u64) -> String {
        format!("{}_{request}_{index}", self.prefix())
    }

    pub(super) fn part(self, text: &str) -> Json<'_> {
        let name = match self {
            Kind::Text => "output_text",
            Kind::Refusal => "refusal",
            Kind::Reasoning => "reasoning_text",
        };
        let mut part = vec![("type", Json::text(name)), (self.field(), Json::text(text))];
        if self == Kind::Text {
            part.push(("annotations", Json::Array(Vec::new())));
        }
        Json::Object(part)
    }

    pub(super) fn item<'a>(self, id: &'a str, status: &'static str, parts: Vec<Json<'a>>) -> Json<'a> {
        let id = ("id", Json::text(id));
        let content = ("content", Json::Array(parts));
        let status = ("status", Json::text(status));
        Json::Object(match self {
            Kind::Text | Kind::Refusal => vec![
                ("type", Json::text("message")),
                id,
                status,
                ("role", Json::text("assistant")),
                content,
            ],
            Kind::Reasoning => vec![
                ("type", Json::text("reasoning")),
                id,
                ("summary", Json::Array(Vec::new())),
                content,
                status,
            ],
        })
    }
}

/// A call of a function.
#[derive(Debug, Clone, Copy)]
pub(super) struct FunctionCall<'a> {
    pub(super) id: &'a str,
    pub(super) call_id: &'a str,
    pub(super) name: &'a str,
    pub(super) arguments: &'a str,
}

impl<'a> FunctionCall<'a> {
    pub(super) fn item(self, status: &'static str) -> Json<'a> {
        Json::Object(vec![
            ("type", Json::text("function_call")),
            ("id", Json::text(self.id)),
            ("call_id", Json::text(self.call_id)),
            ("name", Json::text(self.name)),
            ("arguments", Json::text(self.arguments)),
            ("status", Json::text(status)),
        ])
    }

    /// A call was cut where the answer was and its arguments are no JSON yet.
    pub(super) fn status(self, incomplete: bool) -> &'static str {
        if incomplete && serde_json::from_str::<IgnoredAny>(self.arguments).is_err() {
            "incomplete"
        } else {
            "completed"
        }
    }
}

pub(super) fn function_call_id(request: &str, index: u64) -> String {
    format!("fc_{request}_{index}")
}

/// The id by which a client answers a call; a few servers give none.
pub(super) fn call_id(given: &str, request: &str, index: u64) -> String {
    if given.is_empty() {
        format!("call_{request}_{index}")
    } else {
        given.to_owned()
    }
}
