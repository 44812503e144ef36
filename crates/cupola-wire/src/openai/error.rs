//! Error bodies, as the clients of each surface read them.

use super::fields::{Fields, as_text, is_null};
use super::{Invalid, Surface};
use serde_json::{Value, json};

/// An error in the envelope of the surface. `code` is always text.
pub fn envelope(surface: Surface, code: &str, message: &str, param: Option<&str>) -> Value {
    match surface {
        Surface::ModelInference => {
            let mut error = json!({ "code": code, "message": message });
            if let Some(param) = param {
                error["target"] = param.into();
            }
            json!({ "error": error })
        }
        Surface::OpenAi | Surface::AzureOpenAi => {
            json!({ "error": { "message": message, "type": kind(code), "param": param, "code": code } })
        }
        Surface::Anthropic => {
            json!({ "type": "error", "error": { "type": anthropic_kind(code), "message": message } })
        }
        Surface::Cohere | Surface::TimeGen => json!({ "message": message, "code": code, "param": param }),
    }
}

// OpenAI's `type` groups its codes; clients show it and few branch on it.
fn kind(code: &str) -> &'static str {
    match code {
        "Unauthorized" => "authentication_error",
        "429" => "rate_limit_error",
        "EndpointUnhealthy" => "permission_error",
        "InternalServerError"
        | "ServiceUnavailable"
        | "BackendFailed"
        | "BackendUnavailable"
        | "BackendTimeout"
        | "ModelNotReady"
        | "EndpointNotReady"
        | "LedgerUnavailable" => "server_error",
        _ => "invalid_request_error",
    }
}

// Anthropic's clients choose their exception by the status; its `type` says the same.
fn anthropic_kind(code: &str) -> &'static str {
    match code {
        "Unauthorized" | "401" => "authentication_error",
        "429" => "rate_limit_error",
        "EndpointUnhealthy" | "ReadOnlyDisabledSubscription" | "PermissionDenied" => "permission_error",
        "NotFound" | "404" | "DeploymentNotFound" | "unknown_model" => "not_found_error",
        "RequestBodyTooLarge" => "request_too_large",
        "ModelNotReady" | "EndpointNotReady" | "BackendUnavailable" => "overloaded_error",
        "BackendFailed" | "BackendTimeout" | "LedgerUnavailable" | "InternalServerError" => "api_error",
        _ => "invalid_request_error",
    }
}

/// The 404 of a serverless host or path that nobody serves.
pub fn endpoint_not_found() -> Value {
    json!({ "status": "Serverless endpoint not found" })
}

/// The flat 422 of a parameter that cannot be honoured.
pub fn parameter_not_supported(location: &Value, input: Value, why: &str) -> Value {
    json!({
        "status": 422,
        "code": "parameter_not_supported",
        "detail": { "loc": location, "input": input, "msg": why },
        "message": "One of the parameters contain invalid values.",
    })
}

/// A body that is no chat request: the status, the code and the JSON.
pub fn invalid(surface: Surface, invalid: &Invalid) -> (u16, &'static str, Value) {
    match (invalid, surface) {
        (Invalid::Malformed(why), _) => {
            let message = format!("The request body could not be read: {why}.");
            (
                400,
                "invalid_request",
                envelope(surface, "invalid_request", &message, None),
            )
        }
        (Invalid::Missing { param, message }, _) => (
            400,
            "invalid_request",
            envelope(surface, "invalid_request", message, Some(param)),
        ),
        (
            Invalid::Value {
                place,
                input,
                message,
            },
            Surface::ModelInference,
        ) => {
            let location = match place.message {
                None => json!(["body", place.param]),
                Some((index, field)) => json!(["body", place.param, index, field]),
            };
            let input = serde_json::from_str(input).unwrap_or(Value::Null);
            (
                422,
                "parameter_not_supported",
                parameter_not_supported(&location, input, message),
            )
        }
        (Invalid::Value { place, message, .. }, _) => {
            let param = match place.message {
                None => place.param.to_owned(),
                Some((index, field)) => format!("{}[{index}].{field}", place.param),
            };
            (
                400,
                "invalid_value",
                envelope(surface, "invalid_value", message, Some(&param)),
            )
        }
    }
}

/// What an upstream complained of, out of any of the shapes that servers use: code, message, param.
pub fn upstream_complaint(body: &[u8]) -> (Option<String>, Option<String>, Option<String>) {
    let Some(fields) = std::str::from_utf8(body)
        .ok()
        .and_then(|text| Fields::read(text).ok())
    else {
        return (None, None, None);
    };
    let inner = fields
        .0
        .iter()
        .find(|(name, _)| name.0 == "error")
        .and_then(|(_, error)| Fields::read(error.get()).ok());
    let from = inner.as_ref().unwrap_or(&fields);
    let text = |wanted: &str| {
        let (_, value) = from
            .0
            .iter()
            .find(|(name, value)| name.0 == wanted && !is_null(value))?;
        Some(as_text(value).map_or_else(|| value.get().to_owned(), |text| text.into_owned()))
    };
    (
        text("code"),
        text("message").or_else(|| text("detail")),
        text("param").or_else(|| text("target")),
    )
}

#[cfg(test)]
mod tests {
    use super::super::Place;
    use super::*;

    #[test]
    fn a_value_out_of_range_is_a_flat_422_or_a_400() {
        let wrong = Invalid::Value {
            place: Place {
                param: "temperature",
                message: None,
            },
            input: "3".to_owned(),
            message: "why.".to_owned(),
        };
        let (status, _, body) = invalid(Surface::ModelInference, &wrong);
        assert_eq!(
            (
                status,
                body["detail"]["loc"][1].as_str(),
                body["detail"]["input"].as_i64()
            ),
            (422, Some("temperature"), Some(3))
        );
        let (status, _, body) = invalid(Surface::OpenAi, &wrong);
        assert_eq!(
            (
                status,
                body["error"]["param"].as_str(),
                body["error"]["type"].as_str()
            ),
            (400, Some("temperature"), Some("invalid_request_error"))
        );
    }

    #[test]
    fn complaints_are_found_in_any_envelope() {
        let check = |body: &str, code: Option<&str>, message: Option<&str>| {
            let found = upstream_complaint(body.as_bytes());
            assert_eq!(
                (found.0.as_deref(), found.1.as_deref()),
                (code, message),
                "{body}"
            );
        };
        check(r#"{"error":{"message":"m","code":"c"}}"#, Some("c"), Some("m"));
        check(r#"{"error":{"message":"m","code":400}}"#, Some("400"), Some("m"));
        check(r#"{"detail":"d"}"#, None, Some("d"));
        check(r#"{"object":"error","message":"m","code":null}"#, None, Some("m"));
        check("<html>", None, None);
    }
}
