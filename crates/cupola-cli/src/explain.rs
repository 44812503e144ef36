//! `cupola explain`: who asked for what, what became of it, and what would change that.

use std::fmt::Write as _;

use clap::Args;
use serde_json::Value;

use crate::arm::version;
use crate::failure::Failure;
use crate::output::Answer;
use crate::output::paint::{Paint, Style, state};
use crate::output::table::{Column, cell};
use crate::session::Session;
use crate::transport::segment;
use crate::verbs::columns;

/// The flags of `cupola explain`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  \
    cupola explain 0e5f3c1c-6a5e-4a3e-9a57-6d4f9f6f4c11\n  \
    cupola explain ID -o json --query '[].properties.wouldAllow'")]
pub struct Explain {
    /// Request id, correlation id, operation id, or id of an event in the activity log.
    #[arg(value_name = "ID")]
    id: String,
}

const COLUMNS: &[Column] = columns! {
    "Time" => "/properties/timestamp",
    "Outcome" => "/properties/outcome",
    "Action" => "/properties/action",
    "Caller" => "/properties/callerName",
    "Scope" => "/properties/scope",
};

impl Explain {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        // The id of an event, as it stands in its own `id`, is understood too.
        let id = self
            .id
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        let url = arm.url(
            &format!("/providers/Cupola.Audit/events/{}", segment(id)),
            version::CUPOLA,
        );
        let found = arm.list(&url).await;
        let found = found
            .map_err(|failure| failure.hint_when_missing("cupola activity list --offset 1d -o table"))?;
        if session.globals.output.is_some() || session.globals.query.is_some() {
            return Ok(Answer::with_columns(found.into(), COLUMNS));
        }
        Ok(Answer::Text(drawn(&found, session.stdout_paint())))
    }
}

fn drawn(events: &[Value], paint: Paint) -> String {
    let mut text = String::new();
    for (index, event) in events.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        one(&mut text, &event["properties"], paint);
    }
    text
}

fn one(text: &mut String, event: &Value, paint: Paint) {
    let outcome = cell(&event["outcome"]);
    let style = state(&outcome).unwrap_or(match outcome.as_str() {
        "Succeeded" | "Accepted" => Style::Good,
        _ => Style::Bad,
    });
    let status = match event["status"].as_u64() {
        Some(status) if status > 0 => format!(" ({status})"),
        _ => String::new(),
    };
    let _ = writeln!(text, "{}{status}", paint.text(style, &outcome));
    let who = match (cell(&event["callerName"]), cell(&event["caller"])) {
        (name, caller) if name.is_empty() => caller,
        (name, caller) if caller.is_empty() || name == caller => name,
        (name, caller) => format!("{name} ({caller})"),
    };
    let facts = [
        ("Who", who),
        ("What", cell(&event["action"])),
        ("Where", cell(&event["scope"])),
        ("When", cell(&event["timestamp"])),
        ("From", cell(&event["clientIpAddress"])),
        ("Request", cell(&event["requestId"])),
    ];
    for (title, fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
        let _ = writeln!(
            text,
            "  {} {fact}",
            paint.text(Style::Dim, &format!("{title:<8}"))
        );
    }
    for sentence in texts(&event["explanation"]) {
        let _ = writeln!(text, "  {} {sentence}", paint.text(Style::Dim, "Why     "));
    }
    let roles = texts(&event["wouldAllow"]);
    if !roles.is_empty() {
        let _ = writeln!(
            text,
            "  {} {}",
            paint.text(Style::Dim, "Allow   "),
            roles.join(", ")
        );
    }
    for command in texts(&event["commands"]) {
        let _ = writeln!(text, "{} {command}", paint.text(Style::Title, "Try:"));
    }
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_refusal_is_drawn() {
        let event = json!({"properties": {"outcome": "AuthorizationFailed", "status": 403, "callerName": "ci", "caller": "APP",
            "action": "N/w/write", "scope": "/subscriptions/s", "timestamp": "2026-11-21T10:00:00Z", "clientIpAddress": "", "requestId": "R",
            "explanation": ["'ci' asked for it.", "They held nothing."], "wouldAllow": ["Contributor", "Owner"],
            "commands": ["cupola role assignment create"]}});
        insta::assert_snapshot!(drawn(&[event], Paint::PLAIN), @r"
        AuthorizationFailed (403)
          Who      ci (APP)
          What     N/w/write
          Where    /subscriptions/s
          When     2026-11-21T10:00:00Z
          Request  R
          Why      'ci' asked for it.
          Why      They held nothing.
          Allow    Contributor, Owner
        Try: cupola role assignment create
        ");
    }
}
