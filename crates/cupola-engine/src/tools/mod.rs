//! Tools: how a model is told of them, held to calling them, and understood when it does.

mod dialect;
mod fallback;
mod forced;
mod parse;
mod scan;

use serde::Serialize;
use serde_json::Value;

pub(crate) use dialect::Dialect;
pub(crate) use fallback::spelled_out;
pub(crate) use forced::{Reply, reply_grammar};
pub(crate) use parse::{CallParser, Part};

/// Calls in one answer: a model at a loss calls without end.
pub(crate) const CALLS_MAX: u32 = 16;

/// Special tokens that are shown as text, because they mark where a call begins.
pub(crate) const MARKERS: [&str; 7] = [
    "<tool_call>",
    "</tool_call>",
    "<|python_tag|>",
    "[TOOL_CALLS]",
    "[ARGS]",
    "[CALL_ID]",
    "[TOOL_CONTENT]",
];

/// A function that the model may call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tool {
    pub(crate) name: String,
    /// The JSON schema of its arguments; `None` is any object.
    pub(crate) parameters: Option<Value>,
    /// As the client wrote it, which is what templates expect.
    pub(crate) definition: Value,
}

/// What the model is to do with its tools.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Choice {
    #[default]
    None,
    Auto,
    Required,
    Named(String),
}

/// The tools of a request.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Toolbox {
    pub(crate) tools: Vec<Tool>,
    pub(crate) choice: Choice,
    /// Whether one answer may have several calls.
    pub(crate) parallel: bool,
}

impl Toolbox {
    /// Whether the answer may have calls.
    pub(crate) fn is_open(&self) -> bool {
        self.choice != Choice::None
    }
}

/// A call that the model made earlier in the conversation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct PastCall {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) function: PastFunction,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct PastFunction {
    pub(crate) name: String,
    /// An object, where what the client sent is one: templates write it as JSON themselves.
    pub(crate) arguments: Value,
}
