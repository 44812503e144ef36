//! `what-if`: what a template would change, drawn for people.

use std::fmt::Write as _;

use clap::Args;
use serde_json::{Value, json};

use super::template::{Ready, Source};
use super::{Place, url};
use crate::arm::Arm;
use crate::failure::Failure;
use crate::output::Answer;
use crate::output::paint::{Paint, Style};
use crate::session::Session;

/// The flags of `what-if`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola deployment group what-if -g cupola --template-file main.bicep\n  \
    cupola deployment group what-if -g cupola -f main.bicep --no-pretty-print --query 'changes[].changeType' -o tsv")]
pub struct WhatIf<P: Args> {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    place: P,
    /// Print the answer as JSON instead of drawing it.
    #[arg(long)]
    no_pretty_print: bool,
}

impl<P: Place> WhatIf<P> {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let ready = self.source.read(session, &self.place)?;
        let arm = session.connect()?;
        let scope = self.place.spot().scope(session, &arm)?;
        let found = ask(session, &arm, &scope, &ready).await?;
        Ok(answer(session, &found, self.no_pretty_print))
    }
}

/// The changes, drawn; asked for a format or a part, they are an answer like any other.
pub(super) fn answer(session: &Session, found: &Value, no_pretty_print: bool) -> Answer {
    if no_pretty_print || session.globals.output.is_some() || session.globals.query.is_some() {
        return Answer::value(json!({
            "changes": found["properties"]["changes"],
            "error": found["error"],
            "status": found["status"],
        }));
    }
    Answer::Text(drawn(found, session.stdout_paint()))
}

/// Asks the server.
pub(super) async fn ask(session: &Session, arm: &Arm, scope: &str, ready: &Ready) -> Result<Value, Failure> {
    let progress = session.progress("Looking at what would change");
    let url = url(arm, scope, &ready.name, "/whatIf");
    let begun = arm.begin_text(http::Method::POST, &url, ready.body(&[])).await?;
    let found = arm.finish(begun, &progress).await?.unwrap_or_default();
    match found["status"].as_str() {
        Some("Failed") => Err(Failure::from_operation("Failed", &found["error"])),
        _ => Ok(found),
    }
}

/// One line a resource, its changed properties below it.
pub(super) fn drawn(found: &Value, paint: Paint) -> String {
    let changes = found["properties"]["changes"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut text = String::new();
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for change in changes {
        let kind = change["changeType"].as_str().unwrap_or("Unsupported");
        match counts.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => counts.push((kind, 1)),
        }
        let (sign, style) = sign(kind);
        let id = short(change["resourceId"].as_str().unwrap_or_default());
        let _ = writeln!(text, "{}", paint.text(style, &format!("{sign} {id}")));
        for delta in change["delta"].as_array().into_iter().flatten() {
            property(&mut text, delta, 1, paint);
        }
    }
    if changes.is_empty() {
        return "Nothing would change.\n".to_owned();
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(kind, count)| format!("{count} to {}", verb(kind)))
        .collect();
    let _ = writeln!(text, "\n{}", counts.join(", "));
    text
}

// Deep values are drawn to this depth; whoever needs more asks for JSON.
const DEPTH_MAX: usize = 12;

fn property(text: &mut String, delta: &Value, depth: usize, paint: Paint) {
    let kind = delta["propertyChangeType"].as_str().unwrap_or_default();
    let (sign, style) = match kind {
        "Create" => ('+', Style::Good),
        "Delete" => ('-', Style::Bad),
        "Modify" | "Array" => ('~', Style::Warning),
        _ => ('=', Style::Dim),
    };
    let path = delta["path"].as_str().unwrap_or_default();
    let change = match kind {
        "Create" => format!(": {}", delta["after"]),
        "Delete" => format!(": {}", delta["before"]),
        "Modify" if delta["children"].as_array().is_none_or(Vec::is_empty) => {
            format!(": {} => {}", delta["before"], delta["after"])
        }
        _ => String::new(),
    };
    let line = format!("{}{sign} {path}{change}", "  ".repeat(depth));
    let _ = writeln!(text, "{}", paint.text(style, &line));
    if depth < DEPTH_MAX {
        for child in delta["children"].as_array().into_iter().flatten() {
            property(text, child, depth + 1, paint);
        }
    }
}

fn sign(kind: &str) -> (char, Style) {
    match kind {
        "Create" => ('+', Style::Good),
        "Delete" => ('-', Style::Bad),
        "Modify" => ('~', Style::Warning),
        "Deploy" => ('!', Style::Busy),
        "NoChange" => ('=', Style::Dim),
        "Ignore" => ('*', Style::Dim),
        _ => ('x', Style::Dim),
    }
}

fn verb(kind: &str) -> &'static str {
    match kind {
        "Create" => "create",
        "Delete" => "delete",
        "Modify" => "modify",
        "Deploy" => "deploy",
        "NoChange" => "leave as it is",
        "Ignore" => "ignore",
        _ => "look at by hand",
    }
}

// Everything is in one group, or nearly: the part behind it is what people read.
fn short(id: &str) -> &str {
    id.split_once("/providers/").map_or(id, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_drawn() {
        let found = json!({"status": "Succeeded", "properties": {"changes": [
            {"resourceId": "/subscriptions/s/resourceGroups/g/providers/N/w/a", "changeType": "Create"},
            {"resourceId": "/subscriptions/s/resourceGroups/g/providers/N/w/b", "changeType": "Modify", "delta": [
                {"path": "tags.team", "propertyChangeType": "Modify", "before": "red", "after": "blue"},
                {"path": "properties", "propertyChangeType": "Modify", "children": [
                    {"path": "x", "propertyChangeType": "Create", "after": [1]}]}]},
            {"resourceId": "/subscriptions/s/resourceGroups/g", "changeType": "NoChange"},
            {"resourceId": "/subscriptions/s/resourceGroups/g/providers/N/w/c", "changeType": "NoChange"}]}});
        insta::assert_snapshot!(drawn(&found, Paint::PLAIN), @r#"
        + N/w/a
        ~ N/w/b
          ~ tags.team: "red" => "blue"
          ~ properties
            + x: [1]
        = /subscriptions/s/resourceGroups/g
        = N/w/c

        1 to create, 1 to modify, 2 to leave as it is
        "#);
        assert_eq!(drawn(&json!({}), Paint::PLAIN), "Nothing would change.\n");
    }
}
