//! The values that must not be seen: whatever is written or shown about a run goes through here first.
//!
//! A refusal may repeat what it refuses, so it is not enough to leave secure parameters out of what is shown.

use cupola_template::{Node, Plan};
use serde_json::Value;

// Shorter texts than this stand in other words by chance; they are hidden only where they are the whole value.
const PART_CHARS_MIN: usize = 4;
const HIDDEN: &str = "*******";

/// Values of secure parameters, longest first, so that a part never uncovers the rest of a whole.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    /// The values that came with this deployment for parameters of secure types.
    pub(crate) fn of(plan: &Plan, supplied: &Value) -> Self {
        let mut found = Vec::new();
        for parameter in plan.parameters.iter().filter(|parameter| parameter.kind.secure()) {
            let given = supplied.as_object().into_iter().flatten();
            let given = given.filter(|(name, _)| name.eq_ignore_ascii_case(&parameter.name));
            for (_, value) in given {
                texts(value.get("value").unwrap_or(&Value::Null), &mut found);
            }
        }
        Self::from_texts(found)
    }

    /// The same and the default values that the template has for such parameters.
    pub(crate) fn with_defaults(self, template: &Node) -> Self {
        let mut found = self.0;
        let declared = template
            .property("parameters")
            .map(Node::members)
            .unwrap_or_default();
        for member in declared {
            let secure = member
                .node
                .property("type")
                .and_then(Node::text)
                .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("secure"));
            if let (true, Some(default)) = (secure, member.node.property("defaultValue")) {
                texts(&default.to_value(), &mut found);
            }
        }
        Self::from_texts(found)
    }

    fn from_texts(mut found: Vec<String>) -> Self {
        found.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        found.dedup();
        Self(found)
    }

    /// Adds what a resource answered with, such as its keys.
    pub(crate) fn add(&mut self, value: &Value) {
        let mut found = std::mem::take(&mut self.0);
        texts(value, &mut found);
        *self = Self::from_texts(found);
    }

    /// The same value with every secret hidden.
    pub(crate) fn hide(&self, mut value: Value) -> Value {
        if !self.0.is_empty() {
            self.hide_in(&mut value);
        }
        value
    }

    fn hide_in(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.hide_text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide_in(item)),
            Value::Object(members) => members.values_mut().for_each(|member| self.hide_in(member)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn hide_text(&self, text: &mut String) {
        for secret in &self.0 {
            if text == secret {
                HIDDEN.clone_into(text);
            } else if secret.chars().count() >= PART_CHARS_MIN && text.contains(secret.as_str()) {
                *text = text.replace(secret.as_str(), HIDDEN);
            }
        }
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        // An expression is not a secret; what it evaluates to may be, and is not known here.
        Value::String(text) if !text.is_empty() && !text.starts_with('[') => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => members.values().for_each(|member| texts(member, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(secrets: &[&str], value: Value, expected: Value) {
        let secrets = Secrets::from_texts(secrets.iter().map(|text| (*text).to_owned()).collect());
        assert_eq!(secrets.hide(value), expected);
    }

    #[test]
    fn secrets_are_hidden_wherever_they_stand() {
        check(
            &["hunter2"],
            json!({"a": ["the hunter2!"]}),
            json!({"a": ["the *******!"]}),
        );
        check(
            &["abc", "x"],
            json!(["abc", "abcd", "x", 1]),
            json!(["*******", "abcd", "*******", 1]),
        );
        check(&["pass", "password"], json!("a password"), json!("a *******"));
        check(&[], json!("a"), json!("a"));
    }
}
