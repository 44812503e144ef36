//! Objects. Names of properties are compared without regard to case; the casing that came first is kept.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::super::value::{property, type_name};
use super::{Answer, Arguments, Function, MANY, pure};

pub(super) const TABLE: &[Function] = &[
    pure("createObject", 0, MANY, create),
    pure("items", 1, 1, items),
    pure("objectKeys", 1, 1, |arguments| {
        Ok(arguments.object(0)?.keys().cloned().collect())
    }),
    pure("shallowMerge", 1, 1, shallow_merge),
];

/// An object under construction. Its index finds names quickly, so that many properties stay cheap.
#[derive(Default)]
pub(super) struct Builder {
    object: Map<String, Value>,
    /// From the name in lower case to the name as the object holds it.
    names: HashMap<String, String>,
}

impl Builder {
    pub(super) fn set(&mut self, name: &str, value: Value) {
        let held = self
            .names
            .entry(name.to_lowercase())
            .or_insert_with(|| name.to_owned());
        self.object.insert(held.clone(), value);
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.object.get_mut(self.names.get(&name.to_lowercase())?)
    }

    pub(super) fn done(self) -> Map<String, Value> {
        self.object
    }
}

impl From<Map<String, Value>> for Builder {
    fn from(object: Map<String, Value>) -> Self {
        let names = object
            .keys()
            .map(|name| (name.to_lowercase(), name.clone()))
            .collect();
        Self { object, names }
    }
}

fn create(arguments: &Arguments<'_>) -> Answer {
    if !arguments.len().is_multiple_of(2) {
        return Err(arguments.fault("it takes names and values in turn, and the last name has no value"));
    }
    let mut object = Builder::default();
    for position in (0..arguments.len()).step_by(2) {
        object.set(arguments.text(position)?, arguments.value(position + 1).clone());
    }
    Ok(object.done().into())
}

/// Pairs of key and value in the alphabetical order of the keys.
fn items(arguments: &Arguments<'_>) -> Answer {
    let mut pairs: Vec<(&String, &Value)> = arguments.object(0)?.iter().collect();
    pairs.sort_by_cached_key(|(key, _)| (key.to_lowercase(), (*key).clone()));
    Ok(pairs
        .into_iter()
        .map(|(key, value)| json!({"key": key, "value": value}))
        .collect())
}

fn shallow_merge(arguments: &Arguments<'_>) -> Answer {
    let mut merged = Builder::default();
    for (position, item) in arguments.array(0)?.iter().enumerate() {
        let Value::Object(object) = item else {
            let found = type_name(item);
            return Err(arguments.fault(format!(
                "item {position} is of type '{found}' and has to be an object"
            )));
        };
        object
            .iter()
            .for_each(|(name, value)| merged.set(name, value.clone()));
    }
    Ok(merged.done().into())
}

pub(super) fn union(arguments: &Arguments<'_>) -> Answer {
    let mut merged = arguments.object(0)?.clone();
    for position in 1..arguments.len() {
        merged = merge(merged, arguments.object(position)?);
    }
    Ok(merged.into())
}

fn merge(under: Map<String, Value>, over: &Map<String, Value>) -> Map<String, Value> {
    let mut merged = Builder::from(under);
    for (name, value) in over {
        match (merged.get_mut(name), value) {
            (Some(Value::Object(held)), Value::Object(new)) => *held = merge(std::mem::take(held), new),
            _ => merged.set(name, value.clone()),
        }
    }
    merged.done()
}

pub(super) fn intersection(arguments: &Arguments<'_>) -> Answer {
    let mut common = arguments.object(0)?.clone();
    for position in 1..arguments.len() {
        let other = arguments.object(position)?;
        common.retain(|name, value| property(other, name) == Some(value));
    }
    Ok(common.into())
}
