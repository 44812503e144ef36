//! Refusals in the directory's shape. Its clients print the message, and some look for words in it.

use crate::answer::Exchange;
use cupola_core::time::iso8601;
use cupola_core::{Code, Problem};
use serde_json::{Value, json};

/// `{"error": {"code", "message", "innerError"}}`
pub(crate) fn refusal_body(exchange: &Exchange, problem: &Problem) -> Value {
    json!({"error": {
        "code": code(problem),
        "message": message(problem),
        "innerError": {
            "date": iso8601(exchange.now),
            "request-id": exchange.request,
            "client-request-id": exchange.correlation,
        },
    }})
}

fn code(problem: &Problem) -> &'static str {
    match (problem.code, problem.http_status()) {
        (_, 401) => "InvalidAuthenticationToken",
        (_, 403) => "Authorization_RequestDenied",
        (_, 404) => "Request_ResourceNotFound",
        (_, 409) => "Request_MultipleObjectsWithSameKeyValue",
        (_, 429) => "TooManyRequests",
        (_, 503) => "serviceNotAvailable",
        (Code::InternalServerError, _) => "InternalServerError",
        _ => "Request_BadRequest",
    }
}

fn message(problem: &Problem) -> String {
    if problem.http_status() == 403 {
        return format!(
            "Insufficient privileges to complete the operation. {}",
            problem.message
        );
    }
    problem.message.clone()
}

/// Nobody and nothing has this id.
pub(super) fn not_found(id: &str) -> Problem {
    Problem::new(
        Code::ResourceNotFound,
        format!(
            "Resource '{}' does not exist or one of its queried reference-property objects are not present.",
            cupola_core::name::printable(id)
        ),
    )
}

/// The body breaks a rule.
pub(super) fn bad(message: impl Into<String>, target: &str) -> Problem {
    Problem::new(Code::InvalidRequestContent, message).target(target)
}

/// Something else has this name.
pub(super) fn taken(message: impl Into<String>, target: &str) -> Problem {
    Problem::new(Code::Conflict, message).target(target)
}
