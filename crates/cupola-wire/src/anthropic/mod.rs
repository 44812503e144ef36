//! Anthropic's Messages, both ways: as a surface that clients call, and as what a backend speaks. Both meet in OpenAI's
//! shape; what clients and backend both speak is not turned at all.

mod answer_from_chat;
mod answer_to_chat;
mod blocks;
mod count_tokens;
mod reader;
mod request_from_chat;
mod request_to_chat;
mod turns;
mod writer;

pub use answer_from_chat::answer_from_chat;
pub use answer_to_chat::answer_to_chat;
pub use count_tokens::{count_tokens, count_tokens_request_to_chat};
pub use reader::MessagesReader;
pub use request_from_chat::request_from_chat;
pub use request_to_chat::request_to_chat;
pub use writer::MessagesWriter;

use crate::json::Json;
use crate::openai::fields::{Fields, as_text};
use crate::openai::said::{Finish, Reason};
use crate::openai::{Totals, tokens};
use serde_json::value::RawValue;

// What Anthropic's own pages call it when a model's arguments are not JSON.
const INVALID_JSON: &str = "INVALID_JSON";

/// The input of a tool out of arguments: an object, whatever the model wrote.
fn input(arguments: &str) -> Json<'_> {
    if arguments.trim().is_empty() {
        return Json::Object(Vec::new());
    }
    match serde_json::from_str::<&RawValue>(arguments) {
        Ok(raw) if raw.get().starts_with('{') => Json::Raw(raw),
        _ => Json::Object(vec![(INVALID_JSON, Json::text(arguments))]),
    }
}

/// `stop_reason` and `stop_sequence`.
fn stop_fields(finish: &Finish, called: bool) -> [(&'static str, Json<'_>); 2] {
    let reason = match (finish.reason, &finish.sequence) {
        (Reason::Length, _) => "max_tokens",
        (Reason::ContentFilter, _) => "refusal",
        // Some servers stop after a call as they do after words.
        (Reason::Stop | Reason::ToolCalls, _) if called => "tool_use",
        (_, Some(_)) => "stop_sequence",
        _ => "end_turn",
    };
    let sequence = match &finish.sequence {
        Some(sequence) if reason == "stop_sequence" => Json::text(sequence.as_str()),
        _ => Json::Null,
    };
    [("stop_reason", Json::text(reason)), ("stop_sequence", sequence)]
}

/// OpenAI's word for a stop reason.
fn finish_reason(stop_reason: Option<&str>) -> &'static str {
    match stop_reason {
        Some("max_tokens" | "model_context_window_exceeded") => "length",
        Some("tool_use") => "tool_calls",
        Some("refusal") => "content_filter",
        _ => "stop",
    }
}

/// Usage as clients of Messages read it: what came from a cache is counted beside the input.
fn usage(totals: &Totals) -> Json<'static> {
    let cached = totals.cached.min(totals.prompt);
    let mut fields = vec![("input_tokens", Json::Number(totals.prompt - cached))];
    if cached > 0 {
        fields.push(("cache_creation_input_tokens", Json::Number(0)));
        fields.push(("cache_read_input_tokens", Json::Number(cached)));
    }
    fields.push(("output_tokens", Json::Number(totals.completion)));
    Json::Object(fields)
}

/// Usage as a backend reports it, in pieces: later ones replace what they name. What no piece names is not known, which is
/// not the same as none.
#[derive(Debug, Default)]
struct Reported {
    input: Option<u64>,
    created: Option<u64>,
    read: Option<u64>,
    output: Option<u64>,
}

impl Reported {
    fn report(&mut self, usage: &RawValue) {
        self.report_input(usage);
        let usage = Fields::read(usage.get()).unwrap_or_default();
        self.output = usage.get("output_tokens").and_then(tokens).or(self.output);
    }

    /// What stands before an answer says of the output only how it begins.
    fn report_input(&mut self, usage: &RawValue) {
        let usage = Fields::read(usage.get()).unwrap_or_default();
        let said = |name: &str, known: Option<u64>| usage.get(name).and_then(tokens).or(known);
        self.input = said("input_tokens", self.input);
        self.created = said("cache_creation_input_tokens", self.created);
        self.read = said("cache_read_input_tokens", self.read);
    }

    /// The same in OpenAI's shape, where both input and output were told.
    fn chat(&self) -> Option<Json<'static>> {
        let (input, output) = (self.input?, self.output?);
        let read = self.read.unwrap_or(0);
        let prompt = input + self.created.unwrap_or(0) + read;
        let mut fields = vec![
            ("prompt_tokens", Json::Number(prompt)),
            ("completion_tokens", Json::Number(output)),
            ("total_tokens", Json::Number(prompt + output)),
        ];
        if read > 0 {
            let cached = vec![("cached_tokens", Json::Number(read))];
            fields.push(("prompt_tokens_details", Json::Object(cached)));
        }
        Some(Json::Object(fields))
    }
}

/// The fields of a choice that say how it ended.
fn finish_fields<'a>(
    stop_reason: Option<&'a RawValue>,
    sequence: Option<&'a RawValue>,
) -> Vec<(&'static str, Json<'a>)> {
    let reason = stop_reason.and_then(as_text);
    let mut fields = vec![("finish_reason", Json::text(finish_reason(reason.as_deref())))];
    if let Some(sequence) = sequence.and_then(as_text) {
        // As vLLM names it.
        fields.push(("stop_reason", Json::Text(sequence)));
    }
    fields
}
