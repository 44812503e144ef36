//! The JSON that the worker speaks: OpenAI's chat and text completions, as far as this engine goes.

mod answer;
mod chat;
mod completion;
mod events;
mod messages;
mod sampling;
mod tools;

use serde::{Deserialize, Serialize};

use crate::mailbox::{FinishReason, Usage};
use crate::problem::Problem;

pub(crate) use answer::{CallBody, ChatChoice, Heading, TextChoice};
pub(crate) use chat::{Chat, Tokenize, parse_tokenize};
pub(crate) use completion::{Completion, Prompt};
pub(crate) use events::EventWriter;
pub(crate) use sampling::Sampling;

/// Completions of one request. Each takes a slot or waits for one.
const CHOICES_MAX: u32 = 16;

/// JSON of something that has only string keys and cannot fail to be written.
pub(crate) fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|error| Problem::invalid(None, format!("The request body is not valid: {error}.")))
}

/// `n`: how many completions are asked for.
fn choices(n: Option<i64>) -> Result<u32, Problem> {
    let n = n.unwrap_or(1);
    u32::try_from(n)
        .ok()
        .filter(|n| (1..=CHOICES_MAX).contains(n))
        .ok_or_else(|| Problem::unsupported("n", n))
}

#[derive(Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

fn finish_reason(reason: FinishReason) -> &'static str {
    match reason {
        FinishReason::Stop => "stop",
        FinishReason::Length => "length",
        FinishReason::ToolCalls => "tool_calls",
    }
}

#[derive(Serialize)]
struct UsageBody {
    prompt_tokens: u32,
    completion_tokens: u32,
    total_tokens: u32,
    prompt_tokens_details: PromptTokensDetails,
}

#[derive(Serialize)]
struct PromptTokensDetails {
    cached_tokens: u32,
}

impl From<Usage> for UsageBody {
    fn from(usage: Usage) -> Self {
        Self {
            prompt_tokens: usage.prompt_tokens,
            completion_tokens: usage.completion_tokens,
            total_tokens: usage.prompt_tokens + usage.completion_tokens,
            prompt_tokens_details: PromptTokensDetails {
                cached_tokens: usage.cached_tokens,
            },
        }
    }
}
