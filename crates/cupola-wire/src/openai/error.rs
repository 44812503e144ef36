//! Error bodies, as the clients of each surface read them.

use super::fields::{Fields, as_text, is_null, items};
use super::{Invalid, Surface};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::borrow::Cow;

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

/// Lets the `type` of an error say what its status says, where its code is somebody else's and has none.
pub fn type_by_status(body: &mut Value, status: u16) {
    let is_anthropic = body["type"] == "error";
    if body["error"]["type"] != "invalid_request_error" {
        return;
    }
    let kind = match (status, is_anthropic) {
        (413, true) => "request_too_large",
        (503, true) => "overloaded_error",
        (500.., true) => "api_error",
        (500.., false) => "server_error",
        _ => return,
    };
    body["error"]["type"] = kind.into();
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

/// What an upstream complained of.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Complaint {
    /// Its code, a number as text.
    pub code: Option<String>,
    /// The sentence for people.
    pub message: Option<String>,
    /// The parameter that it is about.
    pub param: Option<String>,
    /// Which filter it was that refused a prompt: the fields of `innererror` that say so.
    pub filtered: Option<Value>,
}

impl Complaint {
    /// Reads any of the shapes that servers use.
    pub fn read(body: &[u8]) -> Self {
        let Some(fields) = std::str::from_utf8(body)
            .ok()
            .and_then(|text| Fields::read(text).ok())
        else {
            return Self::default();
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
        // Pictures have the other spelling.
        let filtered = from.get("innererror").or_else(|| from.get("inner_error"));
        let (fault, place) = from.get("detail").map(fault).unwrap_or_default();
        Self {
            code: text("code"),
            message: fault.or_else(|| text("message")).or_else(|| text("detail")),
            param: text("param").or_else(|| text("target")).or(place),
            filtered: filtered.and_then(|inner| filtered_by(inner.get())),
        }
    }

    /// The same in the envelope of a surface, as that surface's own filter would say it.
    pub fn write(&self, surface: Surface, code: &str, message: &str) -> Value {
        let mut body = envelope(surface, code, message, self.param.as_deref());
        let knows_filters = matches!(
            surface,
            Surface::ModelInference | Surface::OpenAi | Surface::AzureOpenAi
        );
        if let Some(filtered) = self.filtered.as_ref().filter(|_| knows_filters) {
            body["error"]["innererror"] = filtered.clone();
        }
        body
    }
}

/// The sentence and the place of a validation error, as the Model Inference API has it, or the first of those of FastAPI.
fn fault(detail: &RawValue) -> (Option<String>, Option<String>) {
    let first = items(detail).and_then(|items| items.first().copied());
    let Ok(fault) = Fields::read(first.unwrap_or(detail).get()) else {
        return (None, None);
    };
    let steps = fault.get("loc").and_then(items).unwrap_or_default();
    let steps = steps
        .into_iter()
        .map(|step| as_text(step).unwrap_or(Cow::Borrowed(step.get())));
    let place: Vec<Cow<'_, str>> = steps.skip_while(|step| step == "body").collect();
    let place = (!place.is_empty()).then(|| place.join("."));
    (fault.text("msg").map(Cow::into_owned), place)
}

// The results alone: the rest of an upstream's inner error may speak of its own machines.
fn filtered_by(inner: &str) -> Option<Value> {
    let inner = Fields::read(inner).ok()?;
    let names = ["content_filter_result", "content_filter_results"];
    let result = names.into_iter().find_map(|name| inner.get(name))?;
    let result: Value = serde_json::from_str(result.get()).ok()?;
    result
        .is_object()
        .then(|| json!({"code": "ResponsibleAIPolicyViolation", "content_filter_result": result}))
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
            let found = Complaint::read(body.as_bytes());
            assert_eq!(
                (found.code.as_deref(), found.message.as_deref()),
                (code, message),
                "{body}"
            );
        };
        check(r#"{"error":{"message":"m","code":"c"}}"#, Some("c"), Some("m"));
        check(r#"{"error":{"message":"m","code":400}}"#, Some("400"), Some("m"));
        check(r#"{"detail":"d"}"#, None, Some("d"));
        check(r#"{"message":"m","detail":"d"}"#, None, Some("m"));
        check(
            r#"{"message":"m","code":"c","detail":{"loc":["body"],"msg":"why"}}"#,
            Some("c"),
            Some("why"),
        );
        check(
            r#"{"detail":[{"loc":["body","messages",0],"msg":"why"},{"msg":"x"}]}"#,
            None,
            Some("why"),
        );
        check(r#"{"object":"error","message":"m","code":null}"#, None, Some("m"));
        check("<html>", None, None);
    }

    #[test]
    fn a_fault_has_its_place() {
        let param = |body: &str| Complaint::read(body.as_bytes()).param;
        let body = r#"{"detail":[{"loc":["body","messages",0,"content"],"msg":"why"}]}"#;
        assert_eq!(param(body).as_deref(), Some("messages.0.content"));
        assert_eq!(param(r#"{"detail":{"loc":["body"],"msg":"why"}}"#), None);
    }

    #[test]
    fn types_say_what_the_status_says() {
        let check = |surface, code, status, expected: &str| {
            let mut body = envelope(surface, code, "m", None);
            type_by_status(&mut body, status);
            assert_eq!(body["error"]["type"], expected, "{code} {status}");
        };
        check(
            Surface::Anthropic,
            "context_length_exceeded",
            413,
            "request_too_large",
        );
        check(
            Surface::Anthropic,
            "content_filter_error",
            503,
            "overloaded_error",
        );
        check(
            Surface::Anthropic,
            "invalid_request",
            400,
            "invalid_request_error",
        );
        check(Surface::Anthropic, "429", 429, "rate_limit_error");
        check(Surface::OpenAi, "EndpointFailed", 503, "server_error");
        check(
            Surface::OpenAi,
            "RequestBodyTooLarge",
            413,
            "invalid_request_error",
        );
        let mut flat = envelope(Surface::Cohere, "x", "m", None);
        type_by_status(&mut flat, 503);
        assert_eq!(flat, envelope(Surface::Cohere, "x", "m", None));
    }

    #[test]
    fn what_filtered_a_prompt_is_kept_and_nothing_beside_it() {
        let check = |inner: &str, expected: &str| {
            let body = format!(r#"{{"error":{{"code":"content_filter","message":"m",{inner}}}}}"#);
            let found = Complaint::read(body.as_bytes()).filtered.unwrap_or_default();
            assert_eq!(found.to_string(), expected, "{inner}");
        };
        let kept =
            r#"{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":true}}}"#;
        check(
            r#""innererror":{"code":"X","host":"10.0.0.1","content_filter_result":{"hate":{"filtered":true}}}"#,
            kept,
        );
        check(
            r#""inner_error":{"content_filter_results":{"hate":{"filtered":true}}}"#,
            kept,
        );
        check(r#""innererror":{"code":"X"}"#, "null");
        check(r#""innererror":{"content_filter_result":"hate"}"#, "null");
        check(r#""innererror":"hate""#, "null");
        check(r#""innererror":null"#, "null");
    }

    #[test]
    fn surfaces_that_know_filters_say_which_it_was() {
        let complaint = Complaint {
            param: Some("prompt".to_owned()),
            filtered: Some(json!({"content_filter_result": {}})),
            ..Complaint::default()
        };
        let check = |surface, expected: &str| {
            assert_eq!(
                complaint.write(surface, "content_filter", "m").to_string(),
                expected
            );
        };
        check(
            Surface::ModelInference,
            r#"{"error":{"code":"content_filter","message":"m","target":"prompt","innererror":{"content_filter_result":{}}}}"#,
        );
        check(
            Surface::AzureOpenAi,
            r#"{"error":{"message":"m","type":"invalid_request_error","param":"prompt","code":"content_filter","innererror":{"content_filter_result":{}}}}"#,
        );
        check(
            Surface::Anthropic,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"m"}}"#,
        );
    }
}
