//! Facts: what the executor of a plan has learnt so far about resources, for `reference()` and `list*()`.

use crate::expression::Need;
use cupola_core::name::fold;
use serde_json::Value;
use std::collections::HashMap;

/// Answers to needs. Ids and versions are compared without case. Keys are among them, so they cannot be printed.
#[derive(Clone, Default)]
pub struct Facts {
    resources: HashMap<String, Value>,
    answers: HashMap<String, Value>,
}

impl Facts {
    /// Nothing learnt yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A resource as its provider shows it: the whole envelope with `properties`. It answers every `reference()` to
    /// the id, of any version, short or full.
    pub fn learn_resource(&mut self, id: &str, envelope: Value) {
        self.resources.insert(fold(id), envelope);
    }

    /// The answer to one need: what `reference()` or `list*()` returns, exactly.
    pub fn learn(&mut self, need: &Need, answer: Value) {
        self.answers.insert(key(need), answer);
    }

    /// Whether the need is answered.
    pub fn knows(&self, need: &Need) -> bool {
        self.answer(need).is_some()
    }

    pub(crate) fn answer(&self, need: &Need) -> Option<Value> {
        if let Some(answer) = self.answers.get(&key(need)) {
            return Some(answer.clone());
        }
        let Need::Reference { id, full, .. } = need else {
            return None;
        };
        let envelope = self.resources.get(&fold(id))?;
        if *full {
            return Some(envelope.clone());
        }
        Some(
            envelope
                .get("properties")
                .cloned()
                .unwrap_or_else(|| Value::Object(serde_json::Map::new())),
        )
    }
}

fn key(need: &Need) -> String {
    match need {
        Need::Reference {
            id,
            api_version,
            full,
        } => fold(&format!("r|{id}|{api_version:?}|{full}")),
        // The body of a list call is data: its case counts.
        Need::List {
            function,
            id,
            api_version,
            body,
        } => format!("{}|{body:?}", fold(&format!("l|{function}|{id}|{api_version:?}"))),
    }
}
