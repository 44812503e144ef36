//! Reading arguments: each reader says which parameter is wrong and what it had to be.

use serde_json::{Map, Value};

use super::super::Fault;
use super::super::value::{TEXT_MAX, type_name};

/// The values that a function was called with.
pub(in super::super) struct Arguments<'a> {
    pub(in super::super) function: &'a str,
    pub(in super::super) values: &'a [Value],
}

impl<'a> Arguments<'a> {
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn get(&self, position: usize) -> Option<&'a Value> {
        self.values.get(position)
    }

    /// The value at a position that the signature promises.
    pub(super) fn value(&self, position: usize) -> &'a Value {
        self.values.get(position).unwrap_or(&Value::Null)
    }

    pub(super) fn text(&self, position: usize) -> Result<&'a str, Fault> {
        self.value(position)
            .as_str()
            .ok_or_else(|| self.mistyped(position, "String"))
    }

    pub(super) fn integer(&self, position: usize) -> Result<i64, Fault> {
        self.value(position)
            .as_i64()
            .ok_or_else(|| self.mistyped(position, "Integer"))
    }

    pub(super) fn boolean(&self, position: usize) -> Result<bool, Fault> {
        self.value(position)
            .as_bool()
            .ok_or_else(|| self.mistyped(position, "Boolean"))
    }

    pub(super) fn array(&self, position: usize) -> Result<&'a Vec<Value>, Fault> {
        self.value(position)
            .as_array()
            .ok_or_else(|| self.mistyped(position, "Array"))
    }

    pub(super) fn object(&self, position: usize) -> Result<&'a Map<String, Value>, Fault> {
        self.value(position)
            .as_object()
            .ok_or_else(|| self.mistyped(position, "Object"))
    }

    /// A text, number or boolean as the text that joins others.
    pub(super) fn scalar(&self, position: usize) -> Result<String, Fault> {
        scalar(self.value(position)).ok_or_else(|| self.mistyped(position, "String', 'Integer' or 'Boolean"))
    }

    /// The service's sentence, and the parameter that it is about.
    pub(super) fn mistyped(&self, position: usize, wanted: &str) -> Fault {
        let (function, number, found) = (self.function, position + 1, type_name(self.value(position)));
        Fault::new(format!(
            "Unable to evaluate template language function '{function}': the type of one of the provided parameters is not valid. Parameter {number} is of type '{found}' and has to be '{wanted}'."
        ))
    }

    pub(super) fn fault(&self, reason: impl AsRef<str>) -> Fault {
        let (function, reason) = (self.function, reason.as_ref());
        Fault::new(format!(
            "Unable to evaluate template language function '{function}': {reason}."
        ))
    }

    /// Refuses a text before it is made.
    pub(super) fn fits(&self, bytes: usize) -> Result<(), Fault> {
        match bytes > TEXT_MAX {
            true => Err(self.fault(format!("the result is longer than the limit of {TEXT_MAX} bytes"))),
            false => Ok(()),
        }
    }
}

/// How values that are no structures become text: as .NET writes them, so booleans are capitalized.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("True".to_owned()),
        Value::Bool(false) => Some("False".to_owned()),
        _ => None,
    }
}
