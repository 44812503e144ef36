//! What the language does with values: look-up without regard to case, weights, names of types.

use serde_json::{Map, Value};

use super::Fault;

/// A text that a function makes, in bytes.
pub(super) const TEXT_MAX: usize = 4 << 20;
/// A value as a whole: its text, and 64 bytes for each node.
const WEIGHT_MAX: usize = 8 << 20;
/// Arrays within objects within arrays.
const DEPTH_MAX: usize = 128;

/// A property by name as the service finds it: without regard to case, an exact match first.
pub fn property<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    object.get(name).or_else(|| {
        object
            .iter()
            .find(|(key, _)| same_name(key, name))
            .map(|(_, value)| value)
    })
}

/// The key under which an object already holds this name.
pub(super) fn held_key(object: &Map<String, Value>, name: &str) -> Option<String> {
    match object.contains_key(name) {
        true => Some(name.to_owned()),
        false => object.keys().find(|key| same_name(key, name)).cloned(),
    }
}

pub(super) fn same_name(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right) || (!left.is_ascii() && left.to_lowercase() == right.to_lowercase())
}

/// What the service calls the type of a value.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "Null",
        Value::Bool(_) => "Boolean",
        Value::Number(number) if number.is_f64() => "Float",
        Value::Number(_) => "Integer",
        Value::String(_) => "String",
        Value::Array(_) => "Array",
        Value::Object(_) => "Object",
    }
}

/// How much memory a value stands for, or why it is too much.
pub(super) fn weigh(value: &Value) -> Result<usize, Fault> {
    let weight = weight(value, 0)?;
    match weight > WEIGHT_MAX {
        true => Err(Fault::new(format!(
            "The result of a template language function is larger than {WEIGHT_MAX} bytes."
        ))),
        false => Ok(weight),
    }
}

fn weight(value: &Value, depth: usize) -> Result<usize, Fault> {
    const NODE: usize = 64;
    if depth > DEPTH_MAX {
        let message =
            format!("The result of a template language function nests deeper than {DEPTH_MAX} levels.");
        return Err(Fault::new(message));
    }
    let inner = match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items
            .iter()
            .map(|item| weight(item, depth + 1))
            .sum::<Result<usize, _>>()?,
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| Ok(key.len() + weight(value, depth + 1)?))
            .sum::<Result<usize, Fault>>()?,
        _ => 0,
    };
    Ok(NODE + inner)
}
