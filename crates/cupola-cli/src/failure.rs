//! Why a command did not do what it was asked, and what to type next.

use std::fmt::Write as _;

use serde_json::Value;

use crate::output::paint::{Paint, Style};
use crate::transport::Reply;

/// The exit codes of `az`, so that scripts keep working.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Something went wrong.
    Error = 1,
    /// The command line itself is wrong.
    Usage = 2,
    /// The thing that was asked for does not exist.
    NotFound = 3,
}

/// One failure, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) code: Option<String>,
    pub(crate) message: String,
    // Boxed, because every fallible function makes room for a failure that seldom comes.
    more: Box<More>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct More {
    target: Option<String>,
    details: Vec<String>,
    inner: Vec<String>,
    tries: Vec<String>,
    request: Option<Request>,
}

// What the server calls the request that it refused.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Request {
    id: String,
    correlation: Option<String>,
    // Whether the record says more than the answer did.
    is_worth_a_look: bool,
}

impl Failure {
    /// A failure that the server has no part in.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Error,
            code: None,
            message: message.into(),
            more: Box::default(),
        }
    }

    /// The command line is wrong in a way that the parser of flags cannot see.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            ..Self::new(message)
        }
    }

    /// The thing that was asked for does not exist.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::NotFound,
            code: Some("ResourceNotFound".into()),
            ..Self::new(message)
        }
    }

    /// Reads the body of an error answer: ARM, OAuth, the data plane, or text.
    pub(crate) fn from_answer(status: u16, body: &[u8]) -> Self {
        let exit = if status == 404 {
            Exit::NotFound
        } else {
            Exit::Error
        };
        let parsed: Option<Value> = serde_json::from_slice(body).ok();
        let Some(Value::Object(answer)) = parsed else {
            return Self {
                exit,
                ..Self::new(unstructured(status, body))
            };
        };
        if let (Some(Value::String(code)), Some(Value::String(message))) =
            (answer.get("error"), answer.get("error_description"))
        {
            return Self {
                exit,
                code: Some(code.clone()),
                ..Self::new(message)
            };
        }
        let whole = Value::Object(answer);
        let error = if whole["error"].is_object() {
            &whole["error"]
        } else {
            &whole
        };
        let message = ["message", "detail", "status"]
            .iter()
            .find_map(|key| error[*key].as_str());
        let Some(message) = message else {
            return Self {
                exit,
                ..Self::new(unstructured(status, body))
            };
        };
        Self {
            exit,
            code: error["code"].as_str().map(Into::into),
            more: Box::new(More {
                target: error["target"]
                    .as_str()
                    .filter(|text| !text.is_empty())
                    .map(Into::into),
                details: details(&error["details"], 0),
                inner: inner_codes(error),
                ..More::default()
            }),
            ..Self::new(message)
        }
    }

    /// The same with the ids under which the server keeps a record of the request.
    #[must_use]
    pub(crate) fn of_request(mut self, reply: &Reply) -> Self {
        // A thing that is missing or a word that is wrong needs no record to be understood.
        let is_worth_a_look = matches!(reply.status.as_u16(), 403 | 409);
        if !is_worth_a_look && !reply.status.is_server_error() {
            return self;
        }
        let correlation = reply.header("x-ms-correlation-request-id").map(str::to_owned);
        let id = reply.header("x-ms-request-id").map(str::to_owned);
        self.more.request = id.or_else(|| correlation.clone()).map(|id| Request {
            correlation: correlation.filter(|correlation| *correlation != id),
            id,
            is_worth_a_look,
        });
        self
    }

    /// The failure of a long-running operation, from its `error` member.
    pub(crate) fn from_operation(status: &str, error: &Value) -> Self {
        if error.is_object() {
            let body = serde_json::json!({ "error": error }).to_string();
            Self {
                exit: Exit::Error,
                ..Self::from_answer(400, body.as_bytes())
            }
        } else {
            Self {
                code: Some(status.into()),
                ..Self::new(format!("The operation ended as {status}."))
            }
        }
    }

    /// The same with exit code 1, for a 404 that is not about what was asked for.
    #[must_use]
    pub(crate) fn into_error(self) -> Self {
        Self {
            exit: Exit::Error,
            ..self
        }
    }

    /// What to type next.
    #[must_use]
    pub(crate) fn hint(mut self, command: impl Into<String>) -> Self {
        self.more.tries.push(command.into());
        self
    }

    /// What to type next when the thing does not exist.
    #[must_use]
    pub(crate) fn hint_when_missing(self, command: impl Into<String>) -> Self {
        if self.exit == Exit::NotFound && !self.says_what_to_type() {
            self.hint(command)
        } else {
            self
        }
    }

    /// Whether the server gave this code, outside or inside of `UserError`.
    pub(crate) fn is_about(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code) || self.more.inner.iter().any(|inner| inner == code)
    }

    /// Whether somebody already said what to type next: this CLI, or the server in its message.
    pub(crate) fn says_what_to_type(&self) -> bool {
        !self.more.tries.is_empty() || self.message.contains("cupola ")
    }

    /// Whether a hint already names this.
    pub(crate) fn speaks_of(&self, command: &str) -> bool {
        self.more.tries.iter().any(|hint| hint.contains(command))
    }

    /// The lines for stderr, in the order in which `az` prints them, then ours.
    pub(crate) fn render(&self, paint: Paint) -> String {
        let mut text = paint.text(Style::Error, "ERROR:");
        let message = self.message.trim_end();
        match &self.code {
            Some(code) => {
                let _ = write!(text, " ({code}) {message}\nCode: {code}\nMessage: {message}\n");
            }
            None => {
                let _ = writeln!(text, " {message}");
            }
        }
        if let Some(target) = &self.more.target {
            let _ = writeln!(text, "Target: {target}");
        }
        for detail in &self.more.details {
            let _ = writeln!(text, "{detail}");
        }
        if !self.more.inner.is_empty() {
            let _ = writeln!(text, "Inner code: {}", self.more.inner.join(" > "));
        }
        for command in &self.more.tries {
            let _ = writeln!(text, "{} {command}", paint.text(Style::Title, "Try:"));
        }
        if let Some(request) = &self.more.request {
            let _ = writeln!(text, "Request id: {}", request.id);
            if let Some(correlation) = &request.correlation {
                let _ = writeln!(text, "Correlation id: {correlation}");
            }
            if request.is_worth_a_look {
                let title = paint.text(Style::Title, "Try:");
                let _ = writeln!(text, "{title} cupola explain {}", request.id);
            }
        }
        text
    }
}

fn unstructured(status: u16, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    let reason = http::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("?");
    if text.is_empty() || text.starts_with('<') || text.len() > 2000 {
        format!("The server answered {status} {reason} without saying why.")
    } else {
        format!("The server answered {status} {reason}: {text}")
    }
}

fn details(details: &Value, depth: usize) -> Vec<String> {
    let Some(list) = details.as_array() else {
        return Vec::new();
    };
    let indent = "    ".repeat(depth);
    let mut lines = Vec::new();
    for detail in list {
        let code = detail["code"].as_str().unwrap_or("Detail");
        let message = detail["message"].as_str().unwrap_or_default();
        lines.push(format!("{indent}Exception Details: ({code}) {message}"));
        if let Some(target) = detail["target"].as_str().filter(|text| !text.is_empty()) {
            lines.push(format!("{indent}    Target: {target}"));
        }
        // A server that nests without end must not make us recurse without end.
        if depth < 8 {
            lines.extend(self::details(&detail["details"], depth + 1));
        }
    }
    lines
}

// The machine-readable reason of a `UserError` sits in additionalInfo, as a chain of codes.
fn inner_codes(error: &Value) -> Vec<String> {
    let infos = error["additionalInfo"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let Some(info) = infos.iter().find(|info| info["type"] == "InnerError") else {
        return Vec::new();
    };
    let mut codes = Vec::new();
    let mut at = &info["info"]["value"];
    while let Some(code) = at["code"].as_str() {
        codes.push(code.to_owned());
        at = &at["innerError"];
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    fn shown(status: u16, body: &str) -> String {
        Failure::from_answer(status, body.as_bytes()).render(Paint::PLAIN)
    }

    #[test]
    fn an_arm_error_is_printed_as_az_prints_it() {
        let body = r#"{"error":{"code":"ResourceNotFound","message":"The Resource 'x' was not found.","target":"x"}}"#;
        assert_snapshot!(shown(404, body), @r"
        ERROR: (ResourceNotFound) The Resource 'x' was not found.
        Code: ResourceNotFound
        Message: The Resource 'x' was not found.
        Target: x
        ");
        assert_eq!(Failure::from_answer(404, body.as_bytes()).exit, Exit::NotFound);
    }

    #[test]
    fn a_user_error_shows_its_inner_codes_and_details() {
        let body = r#"{"error":{"code":"UserError","message":"No.","details":[{"code":"A","message":"a","details":[{"code":"B","message":"b"}]}],
            "additionalInfo":[{"type":"Time","info":{"value":"now"}},
            {"type":"InnerError","info":{"value":{"code":"BadArgument","innerError":{"code":"NotInRegion","innerError":null}}}}]}}"#;
        assert_snapshot!(shown(400, body), @r"
        ERROR: (UserError) No.
        Code: UserError
        Message: No.
        Exception Details: (A) a
            Exception Details: (B) b
        Inner code: BadArgument > NotInRegion
        ");
        assert!(Failure::from_answer(400, body.as_bytes()).is_about("NotInRegion"));
    }

    #[test]
    fn other_shapes_still_say_something() {
        let oauth =
            r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret."}"#;
        assert_snapshot!(shown(401, oauth), @r"
        ERROR: (invalid_client) AADSTS7000215: Invalid client secret.
        Code: invalid_client
        Message: AADSTS7000215: Invalid client secret.
        ");
        assert_snapshot!(shown(404, r#"{"status":"Serverless endpoint not found"}"#), @"ERROR: Serverless endpoint not found");
        assert_snapshot!(shown(502, "<html>nope</html>"), @"ERROR: The server answered 502 Bad Gateway without saying why.");
        assert_snapshot!(shown(500, "disk on fire"), @"ERROR: The server answered 500 Internal Server Error: disk on fire");
        assert_snapshot!(shown(400, r#"{"detail":"Extra parameters ['n']"}"#), @"ERROR: Extra parameters ['n']");
    }

    #[test]
    fn a_hint_for_missing_things_stays_away_from_other_failures() {
        let missing = Failure::not_found("gone").hint_when_missing("cupola group list");
        assert_snapshot!(missing.render(Paint::PLAIN), @r"
        ERROR: (ResourceNotFound) gone
        Code: ResourceNotFound
        Message: gone
        Try: cupola group list
        ");
        assert_snapshot!(Failure::new("no").hint_when_missing("x").render(Paint::PLAIN), @"ERROR: no");
    }
}
