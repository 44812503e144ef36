//! Deterministic answers, plainly labelled, and faults to order: so that applications can be tested against a model that is
//! slow, refuses, breaks off or talks nonsense, without one. The same seed gives the same bytes at the same times.

mod body;
mod chance;
mod chat;
mod completions;
mod pace;
mod picture;
mod rerank;
mod script;
mod settings;
mod text;
mod vectors;

pub(crate) use body::Simulated;
pub(crate) use chance::{hashed, mixed};
pub use settings::{Distribution, Filter, Rule, SimulatorSettings, ToolCall, Usage, UsageFault};

use crate::Call;
use crate::answer::{Answer, AnswerBody};
use crate::error::BackendError;
use body::Pieces;
use chance::Chance;
use cupola_core::Operation;
use cupola_wire::Dialect;
use http::StatusCode;
use pace::Pace;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Answers without a model.
#[derive(Debug, Default)]
pub struct Simulator {
    settings: SimulatorSettings,
    /// How many requests came.
    asked: Arc<AtomicU64>,
}

/// What one request gets, before it is sent.
struct Reply {
    status: StatusCode,
    events: bool,
    pieces: Pieces,
}

/// What the answers of every operation are made from.
struct Scene<'a> {
    settings: &'a SimulatorSettings,
    call: &'a Call<'a>,
    rule: &'a Rule,
    pace: Pace,
}

impl Simulator {
    /// With these settings.
    pub fn new(settings: SimulatorSettings) -> Self {
        Self {
            settings,
            asked: Arc::default(),
        }
    }

    /// Goes on counting requests where another one with the same settings stands, because a binding outlives what is made
    /// from it.
    pub fn continuing(self, before: &Self) -> Self {
        if before.settings != self.settings {
            return self;
        }
        Self {
            asked: Arc::clone(&before.asked),
            ..self
        }
    }

    pub(crate) async fn infer(&self, call: &Call<'_>) -> Result<Answer, BackendError> {
        let number = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        let mut chance = Chance::new(self.settings.seed, number);
        let (rule, reply) = match script::rule(&self.settings, call, number, &mut chance) {
            Ok(rule) => {
                let pace = Pace::new(&self.settings, &rule, &mut chance);
                let reply = Scene {
                    settings: &self.settings,
                    call,
                    rule: &rule,
                    pace,
                }
                .reply();
                (rule, reply)
            }
            Err(why) => (
                Rule::default(),
                refusal(StatusCode::BAD_REQUEST, "invalid_simulation", &why, None),
            ),
        };
        Ok(Answer {
            status: reply.status,
            events: reply.events,
            dialect: Dialect::OpenAi,
            retry_after_s: rule.retry_after,
            body: AnswerBody::simulated(Simulated::new(reply.pieces)),
        })
    }
}

impl Scene<'_> {
    fn reply(&self) -> Reply {
        let mut reply = self.answer();
        if self.rule.garbage {
            reply.pieces.garble();
        }
        if self.rule.truncated {
            reply.pieces.cut_in_half();
        }
        reply
    }

    fn answer(&self) -> Reply {
        if let Some(status) = self
            .rule
            .status
            .and_then(|status| StatusCode::from_u16(status).ok())
        {
            let message = self
                .rule
                .message
                .as_deref()
                .unwrap_or("This refusal was asked for by the settings of the simulator.");
            let code = self.rule.code.as_deref().unwrap_or(default_code(status));
            return self.due(refusal(status, code, message, None));
        }
        if self.rule.content_filter == Some(Filter::Prompt) {
            let inner = json!({
                "code": "ResponsibleAIPolicyViolation",
                "content_filter_result": { "violence": { "filtered": true, "severity": "high" } },
            });
            let message = "The response was filtered: the simulator was told that the prompt breaks the content management policy.";
            return self.due(refusal(
                StatusCode::BAD_REQUEST,
                "content_filter",
                message,
                Some(inner),
            ));
        }
        let answered = match self.call.operation {
            Operation::Chat => return chat::answer(self),
            Operation::Completions => return completions::answer(self),
            Operation::Embeddings | Operation::ImageEmbeddings => vectors::answer(self),
            Operation::Rerank => rerank::answer(self),
            Operation::Images => picture::answer(self),
            Operation::Forecast => Err("The simulator makes no forecasts.".to_owned()),
        };
        match answered {
            Ok(body) => self.whole(&body),
            Err(why) => self.due(refusal(
                StatusCode::BAD_REQUEST,
                "invalid_request_error",
                &why,
                None,
            )),
        }
    }

    /// An answer in one piece.
    fn whole(&self, body: &Value) -> Reply {
        let mut pieces = Pieces::default();
        pieces.push(self.pace.due(0), body.to_string());
        Reply {
            status: StatusCode::OK,
            events: false,
            pieces,
        }
    }

    // A refusal takes its time as well.
    fn due(&self, mut reply: Reply) -> Reply {
        reply.pieces.delay(self.pace.due(0));
        reply
    }

    /// The usage object of operations that only read.
    fn usage_of_prompt(&self) -> Value {
        let prompt = self
            .settings
            .usage
            .prompt_tokens
            .unwrap_or(self.call.prompt_tokens);
        json!({ "prompt_tokens": prompt, "total_tokens": prompt })
    }

    /// Puts the usage into a body, if it is to be there.
    fn with_usage(&self, mut body: Value, usage: Value) -> Value {
        if self.rule.usage != Some(UsageFault::None) {
            body["usage"] = usage;
        }
        body
    }
}

fn refusal(status: StatusCode, code: &str, message: &str, inner: Option<Value>) -> Reply {
    let mut error = json!({ "message": message, "type": "simulated", "param": null, "code": code });
    if let Some(inner) = inner {
        error["param"] = "prompt".into();
        error["status"] = status.as_u16().into();
        error["innererror"] = inner;
    }
    let mut pieces = Pieces::default();
    pieces.push(std::time::Duration::ZERO, json!({ "error": error }).to_string());
    Reply {
        status,
        events: false,
        pieces,
    }
}

fn default_code(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 | 422 => "invalid_request_error",
        401 | 403 => "permission_denied",
        404 => "not_found",
        429 => "rate_limit_exceeded",
        503 => "service_unavailable",
        _ => "simulated_failure",
    }
}

#[cfg(test)]
mod tests;
