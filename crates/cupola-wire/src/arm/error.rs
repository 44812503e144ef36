//! Errors, as ARM and its Machine Learning front end write them.

use cupola_core::{Code, Problem};
use serde::Serialize;
use serde_json::{Value, json};

/// `{"error": ...}`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// One error.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorDetail {
    /// What clients branch on.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// The field or resource at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// More errors.
    pub details: Vec<ErrorDetail>,
    /// The machine-readable reason of a `UserError`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub additional_info: Vec<Value>,
}

/// Where and when an error happened, for `additionalInfo`.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The correlation id of the request.
    pub correlation: &'a str,
    /// The id of the request.
    pub request: &'a str,
    /// The region of the server.
    pub region: &'a str,
    /// ISO 8601.
    pub time: &'a str,
}

impl ErrorBody {
    /// The outward shape of a problem.
    pub fn new(problem: &Problem, circumstances: Circumstances<'_>) -> Self {
        Self {
            error: detail(problem, Some(circumstances)),
        }
    }
}

/// The error object alone, as an operation's status carries it.
pub fn error_object(problem: &Problem) -> Value {
    serde_json::to_value(detail(problem, None)).unwrap_or_default()
}

fn detail(problem: &Problem, circumstances: Option<Circumstances<'_>>) -> ErrorDetail {
    let additional_info = match circumstances {
        Some(at) if problem.code == Code::UserError => additional_info(problem, at),
        _ => Vec::new(),
    };
    ErrorDetail {
        code: problem.code.as_str().to_owned(),
        message: problem.message.clone(),
        target: problem.target.clone(),
        details: problem
            .details
            .iter()
            .map(|problem| detail(problem, None))
            .collect(),
        additional_info,
    }
}

fn additional_info(problem: &Problem, at: Circumstances<'_>) -> Vec<Value> {
    // Outermost first, so the chain is built from its end.
    let inner = problem.inner.iter().rev().fold(
        Value::Null,
        |inner, code| json!({"code": code, "innerError": inner}),
    );
    let info = |kind: &str, value: Value| json!({"type": kind, "info": {"value": value}});
    let mut all = vec![
        info("ComponentName", "managementfrontend".into()),
        info(
            "Correlation",
            json!({"operation": at.correlation.replace('-', ""), "request": at.request.replace('-', "")}),
        ),
        info("Environment", at.region.into()),
        info("Location", at.region.into()),
        info("Time", at.time.into()),
    ];
    if !inner.is_null() {
        all.push(info("InnerError", inner));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_error_carries_its_reason_as_a_chain() {
        let problem = Problem::user("no", &["BadArgument", "ServerlessModelNotAvailableInRegion"]);
        let at = Circumstances {
            correlation: "a-b",
            request: "c-d",
            region: "eastus2",
            time: "t",
        };
        let body = serde_json::to_value(ErrorBody::new(&problem, at)).expect("json");
        assert_eq!(body["error"]["details"], json!([]));
        assert_eq!(
            body["error"]["additionalInfo"][5],
            json!({"type": "InnerError", "info": {"value": {"code": "BadArgument",
                "innerError": {"code": "ServerlessModelNotAvailableInRegion", "innerError": null}}}})
        );
        assert_eq!(
            body["error"]["additionalInfo"][1]["info"]["value"],
            json!({"operation": "ab", "request": "cd"})
        );
    }

    #[test]
    fn other_errors_are_plain() {
        let problem = Problem::new(Code::ResourceNotFound, "gone").target("x");
        let at = Circumstances {
            correlation: "",
            request: "",
            region: "",
            time: "",
        };
        assert_eq!(
            serde_json::to_string(&ErrorBody::new(&problem, at)).expect("json"),
            r#"{"error":{"code":"ResourceNotFound","message":"gone","target":"x","details":[]}}"#
        );
        assert_eq!(error_object(&problem)["code"], "ResourceNotFound");
    }
}
