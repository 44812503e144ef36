//! Chats of a server that speaks Cohere's version 2.

mod answer;
mod reader;
mod request;

pub use answer::answer_to_chat;
pub use reader::ChatReader;
pub use request::request_from_chat;

use crate::json::Json;
use crate::openai::fields::Fields;
use serde_json::value::RawValue;

/// OpenAI's word for the end of an answer.
fn finish_reason(reason: Option<&str>) -> &'static str {
    match reason {
        Some("MAX_TOKENS" | "ERROR_LIMIT") => "length",
        Some("TOOL_CALL") => "tool_calls",
        Some("ERROR_TOXIC") => "content_filter",
        _ => "stop",
    }
}

/// Usage in OpenAI's shape: what was used, or, where that is not said, what is charged.
fn usage(usage: &RawValue) -> Option<Json<'static>> {
    let fields = Fields::read(usage.get()).ok()?;
    let counted = fields.get("tokens").or_else(|| fields.get("billed_units"))?;
    let counted = Fields::read(counted.get()).ok()?;
    // They are written as numbers with a fraction, at times.
    let number = |name: &str| {
        let value = counted.get(name)?.get().parse::<f64>().ok()?;
        Some(value.max(0.0) as u64)
    };
    let (prompt, completion) = (number("input_tokens")?, number("output_tokens").unwrap_or(0));
    Some(Json::Object(vec![
        ("prompt_tokens", Json::Number(prompt)),
        ("completion_tokens", Json::Number(completion)),
        ("total_tokens", Json::Number(prompt.saturating_add(completion))),
    ]))
}
