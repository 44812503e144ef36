//! What a response repeats of its request: clients read the format and the tools out of the answer.

use super::response_id;
use crate::json::{Json, write_line};
use crate::openai::fields::Fields;
use crate::openai::{Heading, Totals};
use serde_json::value::RawValue;

/// The fields of a response that its request decides.
#[derive(Debug, Clone)]
pub struct Echo {
    /// Up to `error`.
    before: Vec<(&'static str, Json<'static>)>,
    /// From `instructions` on.
    after: Vec<(&'static str, Json<'static>)>,
    store: bool,
}

/// How a response stands.
pub(super) struct Standing<'a> {
    pub(super) status: &'static str,
    pub(super) output: Vec<Json<'a>>,
    /// The code and the message.
    pub(super) error: Option<(&'static str, &'a str)>,
    pub(super) incomplete: Option<&'static str>,
    pub(super) totals: Option<&'a Totals>,
}

impl Echo {
    /// Out of the body of a request that was turned into a chat request.
    pub fn read(body: &[u8]) -> Self {
        let asked = std::str::from_utf8(body)
            .ok()
            .and_then(|text| Fields::read(text).ok())
            .unwrap_or_default();
        let or =
            |name: &'static str, otherwise: Json<'static>| (name, asked.get(name).map_or(otherwise, line));
        let number = || Json::Line(b"1.0".to_vec());
        Self {
            before: vec![
                ("text", text(asked.get("text"))),
                or("parallel_tool_calls", Json::Truth(true)),
                or("tool_choice", Json::text("auto")),
                or("tools", Json::Array(Vec::new())),
                or("temperature", number()),
                or("top_p", number()),
            ],
            after: vec![
                or("instructions", Json::Null),
                or("metadata", Json::Object(Vec::new())),
                or("max_output_tokens", Json::Null),
                or("previous_response_id", Json::Null),
                or(
                    "reasoning",
                    Json::Object(vec![("effort", Json::Null), ("summary", Json::Null)]),
                ),
                or("truncation", Json::text("disabled")),
                or("user", Json::Null),
            ],
            store: asked.get("store").is_none_or(|store| store.get() != "false"),
        }
    }

    /// Does the client want the response kept? It does unless it says otherwise.
    pub fn store(&self) -> bool {
        self.store
    }

    /// Says whether the response is kept.
    pub fn with_store(mut self, kept: bool) -> Self {
        self.store = kept;
        self
    }

    pub(super) fn forget(&mut self) {
        self.store = false;
    }

    pub(super) fn response<'a>(&self, heading: &Heading<'a>, standing: Standing<'a>) -> Json<'a> {
        let error = standing.error.map_or(Json::Null, |(code, message)| {
            Json::Object(vec![("code", Json::text(code)), ("message", Json::text(message))])
        });
        let incomplete = standing.incomplete.map_or(Json::Null, |reason| {
            Json::Object(vec![("reason", Json::text(reason))])
        });
        let mut fields = vec![
            ("id", Json::text(response_id(heading.id))),
            ("object", Json::text("response")),
            // A clock before 1970 is no clock.
            (
                "created_at",
                Json::Number(u64::try_from(heading.created).unwrap_or_default()),
            ),
            ("status", Json::text(standing.status)),
            ("model", Json::text(heading.model)),
            ("output", Json::Array(standing.output)),
        ];
        fields.extend(self.before.iter().cloned());
        fields.push(("error", error));
        fields.push(("incomplete_details", incomplete));
        fields.extend(self.after.iter().cloned());
        fields.push(("store", Json::Truth(self.store)));
        fields.push(("usage", standing.totals.map_or(Json::Null, super::usage)));
        Json::Object(fields)
    }
}

fn line(value: &RawValue) -> Json<'static> {
    let mut line = Vec::with_capacity(value.get().len());
    write_line(&mut line, value.get());
    Json::Line(line)
}

/// `text` always has a format in the answer.
fn text(asked: Option<&RawValue>) -> Json<'static> {
    let fields = asked
        .and_then(|text| Fields::read(text.get()).ok())
        .unwrap_or_default();
    let plain = Json::Object(vec![("type", Json::text("text"))]);
    let mut text = vec![("format", fields.get("format").map_or(plain, line))];
    text.extend(
        fields
            .get("verbosity")
            .map(|verbosity| ("verbosity", line(verbosity))),
    );
    Json::Object(text)
}
