//! Answers that are not streamed, and log-probabilities in both of their shapes.

use serde::Serialize;
use serde_json::{Value, json};

use super::{EventWriter, UsageBody, finish_reason, to_json};
use crate::mailbox::{FinishReason, TokenLogprob, Usage};

/// What stands for a probability of 0, whose logarithm JSON cannot write; OpenAI writes the same.
const LOGPROB_MIN: f32 = -9999.0;

/// What every answer to one request repeats.
pub(crate) struct Heading {
    pub(crate) id: String,
    /// Unix seconds.
    pub(crate) created: i64,
    pub(crate) model: String,
    /// Whether it answers a chat and not a text completion.
    pub(crate) chat: bool,
}

/// One answer to a chat.
pub(crate) struct ChatChoice {
    pub(crate) content: String,
    pub(crate) calls: Vec<CallBody>,
    pub(crate) reason: FinishReason,
    pub(crate) logprobs: Option<Vec<TokenLogprob>>,
}

/// One completion of a text.
pub(crate) struct TextChoice {
    pub(crate) text: String,
    pub(crate) reason: FinishReason,
    pub(crate) logprobs: Option<Vec<TokenLogprob>>,
}

/// A call as clients read it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct CallBody {
    pub(crate) id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    function: FunctionBody,
}

#[derive(Debug, Clone, Serialize)]
struct FunctionBody {
    name: String,
    arguments: String,
}

impl CallBody {
    pub(crate) fn new(id: String, name: String, arguments: String) -> Self {
        Self {
            id,
            kind: "function",
            function: FunctionBody { name, arguments },
        }
    }
}

#[derive(Serialize)]
struct Answer<'a, C> {
    id: &'a str,
    object: &'static str,
    created: i64,
    model: &'a str,
    choices: Vec<C>,
    usage: UsageBody,
}

impl Heading {
    pub(crate) fn chat(&self, choices: &[ChatChoice], usage: Usage) -> Vec<u8> {
        #[derive(Serialize)]
        struct Choice<'a> {
            index: usize,
            message: Message<'a>,
            finish_reason: &'static str,
            logprobs: Option<Value>,
        }
        #[derive(Serialize)]
        struct Message<'a> {
            role: &'static str,
            content: Option<&'a str>,
            #[serde(skip_serializing_if = "<[CallBody]>::is_empty")]
            tool_calls: &'a [CallBody],
        }
        let choices = choices.iter().enumerate().map(|(index, choice)| Choice {
            index,
            message: Message {
                role: "assistant",
                content: Some(choice.content.as_str())
                    .filter(|content| !content.is_empty() || choice.calls.is_empty()),
                tool_calls: &choice.calls,
            },
            finish_reason: finish_reason(choice.reason),
            logprobs: choice.logprobs.as_deref().map(chat_logprobs),
        });
        self.whole("chat.completion", choices.collect(), usage)
    }

    pub(crate) fn text(&self, choices: &[TextChoice], usage: Usage) -> Vec<u8> {
        #[derive(Serialize)]
        struct Choice<'a> {
            text: &'a str,
            index: usize,
            logprobs: Option<Value>,
            finish_reason: &'static str,
        }
        let choices = choices.iter().enumerate().map(|(index, choice)| Choice {
            text: &choice.text,
            index,
            logprobs: choice
                .logprobs
                .as_deref()
                .map(|tokens| text_logprobs(tokens, &mut 0)),
            finish_reason: finish_reason(choice.reason),
        });
        self.whole("text_completion", choices.collect(), usage)
    }

    fn whole(&self, object: &'static str, choices: Vec<impl Serialize>, usage: Usage) -> Vec<u8> {
        to_json(&Answer {
            id: &self.id,
            object,
            created: self.created,
            model: &self.model,
            choices,
            usage: UsageBody::from(usage),
        })
    }

    /// The writer of this answer's stream.
    pub(crate) fn stream(&self, include_usage: bool) -> EventWriter {
        EventWriter::new(self, include_usage)
    }
}

/// The shape of chats: one entry for each token, with its bytes.
pub(super) fn chat_logprobs(tokens: &[TokenLogprob]) -> Value {
    let entry = |piece: &[u8], logprob: f32| {
        json!({
            "token": String::from_utf8_lossy(piece),
            "logprob": logprob.max(LOGPROB_MIN),
            "bytes": piece,
        })
    };
    let content: Vec<Value> = tokens
        .iter()
        .map(|token| {
            let top: Vec<Value> = token
                .top
                .iter()
                .map(|(piece, logprob)| entry(piece, *logprob))
                .collect();
            let mut told = entry(&token.piece, token.logprob.unwrap_or_default());
            told["top_logprobs"] = Value::from(top);
            told
        })
        .collect();
    json!({ "content": content, "refusal": null })
}

/// The older shape: one list for each property. `offset` counts characters over the chunks of a stream.
pub(super) fn text_logprobs(tokens: &[TokenLogprob], offset: &mut usize) -> Value {
    let mut texts = Vec::new();
    let mut logprobs = Vec::new();
    let mut tops = Vec::new();
    let mut offsets = Vec::new();
    for token in tokens {
        let text = String::from_utf8_lossy(&token.piece).into_owned();
        offsets.push(*offset);
        *offset += text.chars().count();
        texts.push(text);
        logprobs.push(token.logprob.map(|logprob| logprob.max(LOGPROB_MIN)));
        tops.push(token.logprob.map(|_| {
            let pairs = token.top.iter().map(|(piece, logprob)| {
                let text = String::from_utf8_lossy(piece).into_owned();
                (text, Value::from(logprob.max(LOGPROB_MIN)))
            });
            Value::Object(pairs.collect())
        }));
    }
    json!({ "tokens": texts, "token_logprobs": logprobs, "top_logprobs": tops, "text_offset": offsets })
}
