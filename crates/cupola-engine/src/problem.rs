//! The worker's public errors, each with its status and its body.

use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use crate::grammar::SchemaRefusal;
use crate::queue::Refused;
use crate::wire::to_json;

/// Why a request is not answered with a completion.
#[derive(Debug, PartialEq)]
pub(crate) enum Problem {
    Invalid {
        param: Option<&'static str>,
        code: Option<&'static str>,
        message: String,
    },
    /// A parameter that is defined and that this engine does not support; its body is flat.
    Unsupported {
        parameter: &'static str,
        input: Value,
    },
    /// The route exists and another kind of model answers it.
    WrongModel {
        message: &'static str,
    },
    /// The same, for a part of a parameter, with what would help.
    UnsupportedPart {
        path: Vec<String>,
        input: Value,
        reason: String,
    },
    BodyTooLarge {
        limit_bytes: usize,
    },
    NoSuchRoute,
    MethodNotAllowed {
        allowed: &'static str,
    },
    QueueFull {
        length: usize,
    },
    NotReady {
        message: &'static str,
    },
    Failed {
        message: String,
    },
}

impl From<SchemaRefusal> for Problem {
    fn from(refusal: SchemaRefusal) -> Self {
        Self::UnsupportedPart {
            path: refusal.path,
            input: refusal.input,
            reason: refusal.reason,
        }
    }
}

impl Problem {
    pub(crate) fn invalid(param: Option<&'static str>, message: impl Into<String>) -> Self {
        Self::Invalid {
            param,
            code: None,
            message: message.into(),
        }
    }

    pub(crate) fn unsupported(parameter: &'static str, input: impl Serialize) -> Self {
        Self::Unsupported {
            parameter,
            input: serde_json::to_value(input).unwrap_or_default(),
        }
    }

    pub(crate) fn context_length_exceeded(
        parameter: &'static str,
        prompt_tokens: usize,
        context_tokens: u32,
    ) -> Self {
        Self::Invalid {
            param: Some(parameter),
            code: Some("context_length_exceeded"),
            message: format!(
                "This model's context holds {context_tokens} tokens and the request takes {prompt_tokens}, which \
                 leaves no room for a completion. Shorten '{parameter}'."
            ),
        }
    }

    /// A text for an embedding model that is longer than the model reads.
    pub(crate) fn input_too_long(index: usize, tokens: usize, context_tokens: u32) -> Self {
        Self::Invalid {
            param: Some("input"),
            code: Some("context_length_exceeded"),
            message: format!(
                "input[{index}] takes {tokens} tokens and this model reads at most {context_tokens}. Shorten it, or send \
                 \"truncate\":\"END\" to have its end cut off."
            ),
        }
    }

    pub(crate) fn query_too_long(tokens: usize, context_tokens: u32) -> Self {
        Self::Invalid {
            param: Some("query"),
            code: Some("context_length_exceeded"),
            message: format!(
                "query takes {tokens} tokens and this model reads at most {context_tokens}, with some of the document \
                 where it reads both together. Shorten it."
            ),
        }
    }

    pub(crate) fn document_too_long(index: usize, tokens: usize, context_tokens: u32) -> Self {
        Self::Invalid {
            param: Some("documents"),
            code: Some("context_length_exceeded"),
            message: format!(
                "documents[{index}] takes {tokens} tokens and this model reads at most {context_tokens}. Shorten it."
            ),
        }
    }

    pub(crate) fn refused(refused: Refused, length: usize) -> Self {
        match refused {
            Refused::Full => Self::QueueFull { length },
            Refused::Closed => Self::NotReady {
                message: "The engine is shutting down.",
            },
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Invalid { .. } => StatusCode::BAD_REQUEST,
            Self::Unsupported { .. } | Self::UnsupportedPart { .. } | Self::WrongModel { .. } => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoSuchRoute => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::QueueFull { .. } | Self::NotReady { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Headers beside the content type.
    pub(crate) fn header(&self) -> Option<(http::HeaderName, &'static str)> {
        match self {
            Self::QueueFull { .. } | Self::NotReady { .. } => Some((http::header::RETRY_AFTER, "1")),
            Self::MethodNotAllowed { allowed } => Some((http::header::ALLOW, allowed)),
            _ => None,
        }
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        let (message, kind, param, code) = match self {
            Self::Unsupported { parameter, input } => {
                return unsupported_body(&[(*parameter).to_owned()], input, None);
            }
            Self::UnsupportedPart { path, input, reason } => {
                return unsupported_body(path, input, Some(reason));
            }
            Self::Invalid { param, code, message } => {
                (message.clone(), "invalid_request_error", *param, *code)
            }
            Self::WrongModel { message } => (
                (*message).to_owned(),
                "invalid_request_error",
                None,
                Some("operation_not_supported"),
            ),
            Self::BodyTooLarge { limit_bytes } => {
                let message = format!("The request body is larger than {limit_bytes} bytes.");
                (message, "invalid_request_error", None, Some("request_too_large"))
            }
            Self::NoSuchRoute => {
                let message = "The worker has GET /health, POST /tokenize and, by its model, POST /v1/chat/completions and \
                               POST /v1/completions, or POST /v1/embeddings and POST /v1/rerank.";
                (
                    message.to_owned(),
                    "invalid_request_error",
                    None,
                    Some("not_found"),
                )
            }
            Self::MethodNotAllowed { allowed } => {
                let message = format!("This route takes {allowed}.");
                (message, "invalid_request_error", None, Some("method_not_allowed"))
            }
            Self::QueueFull { length } => {
                let message =
                    format!("The engine is busy and {length} requests wait already. Try again in a second.");
                (message, "server_error", None, Some("engine_overloaded"))
            }
            Self::NotReady { message } => (
                (*message).to_owned(),
                "server_error",
                None,
                Some("engine_not_ready"),
            ),
            Self::Failed { message } => (message.clone(), "server_error", None, Some("engine_failed")),
        };
        to_json(&json!({ "error": { "message": message, "type": kind, "param": param, "code": code } }))
    }
}

fn unsupported_body(path: &[String], input: &Value, reason: Option<&str>) -> Vec<u8> {
    let place: Vec<&str> = std::iter::once("body")
        .chain(path.iter().map(String::as_str))
        .collect();
    // The first sentence is the contract's, and clients look for it.
    let mut message = "One of the parameters contain invalid values.".to_owned();
    if let Some(reason) = reason {
        message.push(' ');
        message.push_str(reason);
    }
    to_json(&json!({
        "status": 422,
        "code": "parameter_not_supported",
        "detail": { "loc": place, "input": input },
        "message": message,
    }))
}
