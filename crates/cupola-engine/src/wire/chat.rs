//! A chat request.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use super::messages::{MessageBody, turns};
use super::sampling::{Sampling, SamplingBody};
use super::tools::{reply, toolbox};
use super::{StreamOptions, choices, parse};
use crate::problem::Problem;
use crate::template::Conversation;
use crate::tools::Reply;

/// The most alternatives to each token that are told.
const TOP_LOGPROBS_MAX: i64 = 20;

/// A chat request, checked.
#[derive(Debug, PartialEq)]
pub(crate) struct Chat {
    pub(crate) conversation: Conversation,
    pub(crate) reply: Reply,
    pub(crate) stream: bool,
    pub(crate) include_usage: bool,
    pub(crate) sampling: Sampling,
    /// How many alternatives to each token are told with its log-probability; `None` is not even that.
    pub(crate) logprobs: Option<u8>,
    /// How many answers are wanted.
    pub(crate) choices: u32,
}

impl Chat {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Problem> {
        let sampling: SamplingBody<'_> = parse(body)?;
        let body: ChatBody<'_> = parse(body)?;
        if let Some(modalities) = body
            .modalities
            .as_deref()
            .filter(|modalities| *modalities != ["text"])
        {
            return Err(Problem::unsupported("modalities", modalities));
        }
        Ok(Self {
            conversation: Conversation {
                turns: turns(body.messages)?,
                toolbox: toolbox(body.tools, body.tool_choice, body.parallel_tool_calls)?,
            },
            reply: reply(body.response_format)?,
            stream: body.stream.unwrap_or(false),
            include_usage: body
                .stream_options
                .and_then(|options| options.include_usage)
                .unwrap_or(false),
            sampling: sampling.checked(1)?,
            logprobs: logprobs(body.logprobs, body.top_logprobs)?,
            choices: choices(body.n)?,
        })
    }
}

/// What a `/tokenize` request wants weighed.
#[derive(Debug, PartialEq)]
pub(crate) enum Tokenize {
    Conversation(Conversation),
    Text(String),
}

pub(crate) fn parse_tokenize(body: &[u8]) -> Result<Tokenize, Problem> {
    #[derive(Deserialize)]
    struct TokenizeBody<'a> {
        #[serde(borrow)]
        messages: Option<Vec<MessageBody<'a>>>,
        content: Option<String>,
        tools: Option<Vec<Value>>,
        tool_choice: Option<Value>,
    }
    let body: TokenizeBody<'_> = parse(body)?;
    match (body.content, &body.messages) {
        (Some(content), None) => Ok(Tokenize::Text(content)),
        (Some(_), Some(_)) => Err(Problem::invalid(
            Some("content"),
            "The request has both 'messages' and 'content'; send one of them.",
        )),
        (None, _) => Ok(Tokenize::Conversation(Conversation {
            turns: turns(body.messages)?,
            toolbox: toolbox(body.tools, body.tool_choice, None)?,
        })),
    }
}

/// Absent and `null` are the same everywhere; keys that are not here are ignored, as OpenAI does.
#[derive(Deserialize)]
struct ChatBody<'a> {
    #[serde(borrow)]
    messages: Option<Vec<MessageBody<'a>>>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    n: Option<i64>,
    logprobs: Option<bool>,
    top_logprobs: Option<i64>,
    modalities: Option<Vec<Cow<'a, str>>>,
    response_format: Option<Value>,
    tools: Option<Vec<Value>>,
    tool_choice: Option<Value>,
    parallel_tool_calls: Option<bool>,
}

fn logprobs(wanted: Option<bool>, top: Option<i64>) -> Result<Option<u8>, Problem> {
    let top = top.unwrap_or(0);
    if !(0..=TOP_LOGPROBS_MAX).contains(&top) {
        return Err(Problem::unsupported("top_logprobs", top));
    }
    match wanted.unwrap_or(false) {
        true => Ok(Some(top as u8)),
        false if top == 0 => Ok(None),
        false => Err(Problem::invalid(
            Some("top_logprobs"),
            "top_logprobs needs \"logprobs\": true beside it.",
        )),
    }
}

#[cfg(test)]
mod tests;
