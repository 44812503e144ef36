//! Why a request is not answered with a completion: each refusal with its status, its body and its headers.

mod access;
mod backend;
mod limits;
mod responses;
mod usage;

use crate::bill::{RETRY_AFTER_MS, write_standing};
use crate::place::Place;
use crate::snapshot::{Condition, Deployment, Model, Site};
use cupola_core::name::printable;
use cupola_core::quota::Standing;
use cupola_edge::{Body, json};
use cupola_store::StoreError;
use cupola_wire::openai::safety::{Annotation, prompt_blocked};
use cupola_wire::openai::{
    Invalid, Surface, endpoint_not_found, envelope, extra_parameters_refused, invalid, type_by_status,
};
use cupola_wire::timegen;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode, header};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::time::Duration;

const WRONG_KEY: &str = "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key \
                         for an active subscription and use a correct regional API endpoint for your resource.";
const ERROR_CODE: HeaderName = HeaderName::from_static("x-ms-error-code");

/// An answer that says no.
#[derive(Debug)]
pub(crate) struct Refusal(Box<Answer>);

#[derive(Debug)]
struct Answer {
    status: StatusCode,
    code: Cow<'static, str>,
    body: Value,
    retry_after_s: Option<u32>,
    standing: Option<Standing>,
    allow: Option<String>,
}

impl Refusal {
    fn with_body(status: StatusCode, code: impl Into<Cow<'static, str>>, body: Value) -> Self {
        let (code, mut body) = (code.into(), body);
        type_by_status(&mut body, status.as_u16());
        Self(Box::new(Answer {
            status,
            code,
            body,
            retry_after_s: None,
            standing: None,
            allow: None,
        }))
    }

    /// In the envelope of the surface.
    fn new(surface: Surface, status: StatusCode, code: &'static str, message: &str) -> Self {
        Self::with_body(status, code, envelope(surface, code, message, None))
    }

    fn retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after_s = Some(seconds.max(1));
        self
    }

    /// Where the limits stand, for a request that passed them.
    pub(crate) fn standing(mut self, standing: Standing) -> Self {
        self.0.standing = Some(standing);
        self
    }

    /// The code, as clients read it.
    pub(crate) fn code(&self) -> &str {
        &self.0.code
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Anthropic's clients read the id of the request in the body too, where it is an error of theirs.
    pub(crate) fn of_request(mut self, id: &str) -> Self {
        if self.0.body["type"] == "error" {
            self.0.body["request_id"] = id.into();
        }
        self
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let answer = *self.0;
        let mut response = json(answer.status, &answer.body);
        let headers = response.headers_mut();
        if let Ok(code) = HeaderValue::from_str(&answer.code) {
            headers.insert(ERROR_CODE, code);
        }
        if let Some(seconds) = answer.retry_after_s {
            // One client reads the seconds and another the milliseconds: they say the same.
            headers.insert(header::RETRY_AFTER, seconds.into());
            headers.insert(RETRY_AFTER_MS, (u64::from(seconds) * 1000).into());
        }
        if let Some(standing) = &answer.standing {
            write_standing(headers, standing);
        }
        if let Some(allow) = answer.allow.and_then(|allow| HeaderValue::from_str(&allow).ok()) {
            headers.insert(header::ALLOW, allow);
        }
        response
    }

    /// Nobody is where the request went.
    pub(crate) fn no_such_site(surface: Surface, place: &Place) -> Self {
        match place {
            Place::Endpoint(_) if matches!(surface, Surface::Anthropic | Surface::Cohere) => {
                let message = "Resource not found: no serverless endpoint has this name.";
                Self::new(surface, StatusCode::NOT_FOUND, "404", message)
            }
            Place::Endpoint(_) => Self::with_body(StatusCode::NOT_FOUND, "NotFound", endpoint_not_found()),
            Place::Account(_) => {
                let message = "Resource not found: no account has this name. 'az cognitiveservices account list' lists them.";
                Self::new(surface, StatusCode::NOT_FOUND, "404", message)
            }
            Place::Key => Self::new(surface, StatusCode::UNAUTHORIZED, "401", WRONG_KEY),
        }
    }

    /// The path is none of the surface.
    pub(crate) fn no_route(surface: Surface) -> Self {
        let (code, message) = match surface {
            Surface::ModelInference => ("NotFound", "Not found: there is no such route."),
            _ => ("404", "Resource not found: there is no such route."),
        };
        Self::new(surface, StatusCode::NOT_FOUND, code, message)
    }

    pub(crate) fn no_model_name(surface: Surface) -> Self {
        let message = "No model specified in request. Please provide a model name in the request body or as a \
                       x-ms-model-mesh-model-name header.";
        Self::detailed(surface, StatusCode::BAD_REQUEST, "no_model_name", message)
    }

    pub(crate) fn unknown_model(surface: Surface, name: &str) -> Self {
        let message = format!("Unknown model: {}", printable(name));
        Self::detailed(surface, StatusCode::NOT_FOUND, "unknown_model", &message)
    }

    /// The service repeats these sentences in `details`, as text.
    fn detailed(surface: Surface, status: StatusCode, code: &'static str, message: &str) -> Self {
        let mut refusal = Self::new(surface, status, code, message);
        if matches!(
            surface,
            Surface::ModelInference | Surface::OpenAi | Surface::AzureOpenAi
        ) {
            refusal.0.body["error"]["details"] = message.into();
        }
        refusal
    }

    pub(crate) fn no_such_deployment(surface: Surface) -> Self {
        let message = "The API deployment for this resource does not exist. If you created the deployment within the last \
                       5 minutes, please wait a moment and try again.";
        Self::new(surface, StatusCode::NOT_FOUND, "DeploymentNotFound", message)
    }

    pub(crate) fn no_such_route(surface: Surface, model: &Model) -> Self {
        let message = format!(
            "Not found: the route is not supported by the deployed model. {} is served for {}.",
            model.name,
            model.task.as_str()
        );
        Self::new(surface, StatusCode::NOT_FOUND, "NotFound", &message)
    }

    pub(crate) fn wrong_method(surface: Surface, method: &Method, allowed: &[Method]) -> Self {
        let allowed: Vec<&str> = allowed.iter().map(Method::as_str).collect();
        let message = format!(
            "The method {} is not allowed on this route; use {}.",
            printable(method.as_str()),
            allowed.join(" or ")
        );
        let mut refusal = Self::new(
            surface,
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            &message,
        );
        refusal.0.allow = Some(allowed.join(", "));
        refusal
    }

    pub(crate) fn bad_api_version(version: &str) -> Self {
        let message = format!(
            "The api-version '{}' is not valid: use a date such as 2024-05-01-preview, or leave it away.",
            printable(version)
        );
        Self::new(
            Surface::ModelInference,
            StatusCode::BAD_REQUEST,
            "InvalidApiVersionParameter",
            &message,
        )
    }

    /// Why a deployment does not answer, if it does not.
    pub(crate) fn not_serving(surface: Surface, site: &Site, deployment: &Deployment) -> Option<Self> {
        let name = &deployment.name;
        let what = if site.is_account() {
            "deployment"
        } else {
            "endpoint"
        };
        Some(match deployment.condition {
            Condition::Online => return None,
            Condition::Suspended => {
                let message = format!(
                    "The endpoint '{name}' is unhealthy: its marketplace subscription was deleted. \
                     Subscribe to the model's offer again and the endpoint answers again."
                );
                Self::new(surface, StatusCode::FORBIDDEN, "EndpointUnhealthy", &message)
            }
            Condition::Disabled => {
                let message = format!(
                    "The {what} '{name}' does not answer: its subscription '{}' is disabled. Enable the subscription and \
                     it answers again.",
                    site.subscription
                );
                Self::new(
                    surface,
                    StatusCode::FORBIDDEN,
                    "ReadOnlyDisabledSubscription",
                    &message,
                )
            }
            Condition::Creating => {
                let message = format!("The {what} '{name}' is being made ready. Try again in a second.");
                Self::new(
                    surface,
                    StatusCode::SERVICE_UNAVAILABLE,
                    "EndpointNotReady",
                    &message,
                )
                .retry_after(1)
            }
            Condition::Failed => {
                let message =
                    format!("The {what} '{name}' could not be created; delete it and create it again.");
                Self::new(
                    surface,
                    StatusCode::SERVICE_UNAVAILABLE,
                    "EndpointFailed",
                    &message,
                )
                .retry_after(60)
            }
        })
    }

    pub(crate) fn not_bound(surface: Surface, why: &str) -> Self {
        Self::new(surface, StatusCode::SERVICE_UNAVAILABLE, "ModelNotReady", why).retry_after(5)
    }

    pub(crate) fn body_too_large(surface: Surface, bytes_max: usize) -> Self {
        let message = format!("The request body is larger than the {bytes_max} bytes that this route takes.");
        Self::new(
            surface,
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestBodyTooLarge",
            &message,
        )
    }

    pub(crate) fn body_broke_off(surface: Surface) -> Self {
        let message = "The request body ended before it was complete.";
        Self::new(surface, StatusCode::BAD_REQUEST, "invalid_request", message)
    }

    pub(crate) fn body_too_slow(surface: Surface, time_max: Duration) -> Self {
        let message = format!(
            "The request body did not arrive within {} seconds.",
            time_max.as_secs()
        );
        Self::new(surface, StatusCode::REQUEST_TIMEOUT, "RequestTimeout", &message)
    }

    pub(crate) fn invalid(surface: Surface, why: &Invalid) -> Self {
        let (status, code, body) = invalid(surface, why);
        Self::with_body(
            StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
            code,
            body,
        )
    }

    /// The header's value is none of the three.
    pub(crate) fn extra_parameters_option(sentence: &str) -> Self {
        Self::with_body(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            detail_and_error(sentence),
        )
    }

    pub(crate) fn extra_parameters(names: &[Cow<'_, str>]) -> Self {
        let sentence = extra_parameters_refused(names);
        Self::with_body(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            detail_and_error(&sentence),
        )
    }

    /// A body in an encoding that this route does not take.
    pub(crate) fn encoding(surface: Surface, taken: &str) -> Self {
        let message =
            format!("The Content-Encoding of the request is not taken on this route; send the body {taken}.");
        Self::new(
            surface,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UnsupportedMediaType",
            &message,
        )
    }

    pub(crate) fn busy(surface: Surface, message: &str) -> Self {
        Self::new(
            surface,
            StatusCode::SERVICE_UNAVAILABLE,
            "BackendUnavailable",
            message,
        )
        .retry_after(1)
    }

    /// What cannot be forecast, as the clients of that API print it.
    pub(crate) fn forecast(why: &timegen::Invalid) -> Self {
        let status = StatusCode::from_u16(why.status).unwrap_or(StatusCode::BAD_REQUEST);
        let body = serde_json::from_slice(&why.write()).unwrap_or(Value::Null);
        Self::with_body(status, "invalid_request", body)
    }

    /// The prompt may not go on. Clients tell this refusal by its code, so that it has the same body on every surface whose
    /// errors have one.
    pub(crate) fn prompt_filtered(surface: Surface, annotation: &Annotation<'_>) -> Self {
        let body = prompt_blocked(annotation);
        let code = "content_filter";
        let body = match surface {
            Surface::ModelInference | Surface::OpenAi | Surface::AzureOpenAi => body,
            Surface::Anthropic | Surface::Cohere | Surface::TimeGen => {
                let message = body["error"]["message"].as_str().unwrap_or_default();
                envelope(surface, code, message, Some("prompt"))
            }
        };
        Self::with_body(StatusCode::BAD_REQUEST, code, body)
    }

    /// An analyzer of the policy did not look at a text, and the policy does not let that pass.
    pub(crate) fn unscreened(surface: Surface) -> Self {
        let message = "The contents could not be filtered: an external analyzer of the content policy did not look at them, \
                       and the policy lets nothing pass unseen. Try again in a moment.";
        Self::new(
            surface,
            StatusCode::SERVICE_UNAVAILABLE,
            "content_filter_error",
            message,
        )
        .retry_after(2)
    }

    pub(crate) fn ledger_behind(surface: Surface) -> Self {
        let message =
            "Usage cannot be recorded at the moment, so no new request is begun. Try again shortly.";
        Self::new(
            surface,
            StatusCode::SERVICE_UNAVAILABLE,
            "LedgerUnavailable",
            message,
        )
        .retry_after(1)
    }

    pub(crate) fn not_recorded(surface: Surface, error: &StoreError) -> Self {
        tracing::error!(error = %error, "usage could not be recorded; the answer is withheld");
        let cause = match error {
            StoreError::Full | StoreError::Busy => error.to_string(),
            _ => "try again shortly, and look into the server's log".to_owned(),
        };
        let message =
            format!("The usage of this request could not be recorded, so its answer is withheld: {cause}.");
        Self::new(
            surface,
            StatusCode::SERVICE_UNAVAILABLE,
            "LedgerUnavailable",
            &message,
        )
        .retry_after(5)
    }
}

/// One body for two readers: LiteLLM parses `detail`, Azure's client shows `error`.
fn detail_and_error(sentence: &str) -> Value {
    json!({ "detail": sentence, "error": { "code": "invalid_request", "message": sentence } })
}
