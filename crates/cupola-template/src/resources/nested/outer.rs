//! Outer scope: the template of a nested deployment whose expressions see what stands around it.

use crate::expression;
use crate::scope::Frame;
use crate::source::Node;
use crate::tree::{Tree, Trouble};
use serde_json::{Map, Value};

/// The template.
#[derive(Debug)]
pub(crate) struct Template {
    tree: Tree,
}

impl Template {
    pub(crate) fn read(node: &Node) -> Self {
        Self {
            tree: Tree::grow(node),
        }
    }

    /// Its expressions evaluated; texts that look like expressions are escaped, because the result is read again.
    pub(crate) fn evaluate(&self, frame: &Frame<'_>, trouble: &mut Trouble) -> Value {
        escaped(self.tree.evaluate(frame, trouble))
    }
}

fn escaped(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(expression::escape(&text).into_owned()),
        Value::Array(items) => items.into_iter().map(escaped).collect(),
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(key, value)| (expression::escape(&key).into_owned(), escaped(value)))
                .collect::<Map<_, _>>(),
        ),
        other => other,
    }
}
