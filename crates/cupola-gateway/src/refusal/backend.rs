//! What the model's server could not do or did not want to.

use super::Refusal;
use cupola_backend::{BackendError, Kind};
use cupola_wire::openai::{Complaint, Surface, envelope, parameter_not_supported};
use http::StatusCode;
use serde_json::{Value, json};

impl Refusal {
    pub(crate) fn backend(surface: Surface, error: &BackendError) -> Self {
        let (status, code) = match error.kind {
            Kind::Untranslatable => {
                return Self::not_said(surface, error.param.as_deref(), &error.message);
            }
            Kind::Busy => (StatusCode::SERVICE_UNAVAILABLE, "BackendUnavailable"),
            Kind::NotReady => (StatusCode::SERVICE_UNAVAILABLE, "ModelNotReady"),
            Kind::Unreachable => (StatusCode::SERVICE_UNAVAILABLE, "BackendUnavailable"),
            Kind::Forbidden | Kind::Broke => (StatusCode::BAD_GATEWAY, "BackendFailed"),
            Kind::TimedOut => (StatusCode::GATEWAY_TIMEOUT, "BackendTimeout"),
        };
        let refusal = Self::new(surface, status, code, &error.message);
        match error.retry_after_s {
            Some(seconds) => refusal.retry_after(seconds),
            None => refusal,
        }
    }

    /// The model's backend speaks a language that has no word for what is asked.
    fn not_said(surface: Surface, param: Option<&str>, message: &str) -> Self {
        const CODE: &str = "parameter_not_supported";
        let body = match surface {
            Surface::ModelInference => {
                let location = param.map_or_else(|| json!(["body"]), |param| json!(["body", param]));
                parameter_not_supported(&location, Value::Null, message)
            }
            _ => envelope(surface, CODE, message, param),
        };
        Self::with_body(StatusCode::UNPROCESSABLE_ENTITY, CODE, body)
    }

    pub(crate) fn backend_failed(surface: Surface, message: &str) -> Self {
        Self::new(surface, StatusCode::BAD_GATEWAY, "BackendFailed", message)
    }

    /// What a backend itself refused.
    pub(crate) fn by_backend(
        surface: Surface,
        status: StatusCode,
        retry_after_s: Option<u32>,
        body: &[u8],
    ) -> Self {
        let mut complaint = Complaint::read(body);
        let (code, message) = (complaint.code.take(), complaint.message.take());
        match status.as_u16() {
            422 => {
                let code = code.unwrap_or_else(|| "parameter_not_supported".to_owned());
                let message = message.unwrap_or_else(|| "The model cannot take this request.".to_owned());
                match serde_json::from_slice(body) {
                    // A flat 422 is what the clients of the Model Inference API read, so it goes through as it is.
                    Ok(body @ Value::Object(_)) if surface == Surface::ModelInference => {
                        Self::with_body(status, code, body)
                    }
                    _ => {
                        let body = complaint.write(surface, &code, &message);
                        Self::with_body(status, code, body)
                    }
                }
            }
            429 => Self::new(
                surface,
                status,
                "429",
                "The model's server is over its own rate limit. Try again later.",
            )
            .retry_after(retry_after_s.unwrap_or(5)),
            503 => {
                let message = message
                    .unwrap_or_else(|| "The model's server is busy. Try again in a moment.".to_owned());
                Self::new(surface, status, "BackendUnavailable", &message)
                    .retry_after(retry_after_s.unwrap_or(2))
            }
            // Its 401 is about our key, and its 404 about our binding: neither is the client's to mend.
            401 | 403 | 404 | 405 => {
                let message = format!(
                    "The model's upstream refused the platform's own request with status {}; \
                     the operator has to look at the model's binding.",
                    status.as_u16()
                );
                Self::new(surface, StatusCode::BAD_GATEWAY, "BackendFailed", &message)
            }
            408 | 504 => Self::new(
                surface,
                StatusCode::GATEWAY_TIMEOUT,
                "BackendTimeout",
                "The model's server took too long.",
            ),
            400..500 => {
                let message = message.unwrap_or_else(|| "The model's server refused the request.".to_owned());
                let code = code.unwrap_or_else(|| "invalid_request".to_owned());
                let body = complaint.write(surface, &code, &message);
                Self::with_body(status, code, body)
            }
            _ => Self::backend_failed(surface, "The model's server failed to answer. Try again."),
        }
    }
}
