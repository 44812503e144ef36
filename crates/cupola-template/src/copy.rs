//! Loops: the `copy` of resources, properties, variables and outputs.

use crate::scope::{Context, Frame, Round};
use crate::source::{Node, Span};
use crate::tree::{Tree, Trouble};
use serde_json::Value;

/// How many rounds one loop may have, as the service has it.
pub(crate) const COUNT_MAX: usize = 800;

/// A loop that makes an array.
#[derive(Debug)]
pub(crate) struct Copy {
    span: Span,
    name: Option<String>,
    count: Option<Tree>,
    input: Option<Tree>,
}

/// Whether a property called `copy` makes properties: it holds an array of loops.
pub(crate) fn is_property_copy(node: &Node) -> bool {
    !node.items().is_empty()
        && node
            .items()
            .iter()
            .all(|item| item.property("count").is_some() && item.property("input").is_some())
}

impl Copy {
    /// Parses `{"name", "count", "input"}`.
    pub(crate) fn grow(node: &Node) -> Self {
        Self {
            span: node.span,
            name: node.property("name").and_then(Node::text).map(str::to_owned),
            count: node.property("count").map(Tree::grow),
            input: node.property("input").map(Tree::grow),
        }
    }

    /// The name of the property or variable that the loop makes.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub(crate) fn check(&self, context: &Context, found: &mut Vec<(Span, String)>) {
        for tree in [&self.count, &self.input].into_iter().flatten() {
            tree.check(context, found);
        }
    }

    pub(crate) fn names_asked(&self, function: &str, visit: &mut dyn FnMut(&str)) {
        for tree in [&self.count, &self.input].into_iter().flatten() {
            tree.names_asked(function, visit);
        }
    }

    /// The name and its array.
    pub(crate) fn evaluate(&self, frame: &Frame<'_>, trouble: &mut Trouble) -> Option<(String, Value)> {
        let Some(name) = self.name.clone().filter(|name| !name.is_empty()) else {
            trouble.fault(self.span, "The name of a copy cannot be null or empty.");
            return None;
        };
        let items = self.items(&name, frame, trouble)?;
        Some((name, items))
    }

    /// The array alone, for an output, whose loop has no name.
    pub(crate) fn items(&self, name: &str, frame: &Frame<'_>, trouble: &mut Trouble) -> Option<Value> {
        let count = count(self.count.as_ref(), self.span, frame, trouble)?;
        let Some(input) = &self.input else {
            trouble.fault(
                self.span,
                format!("The copy '{name}' has no 'input'; say there what each item is."),
            );
            return None;
        };
        let mut items = Vec::with_capacity(count);
        for index in 0..count {
            let rounds = frame.rounds_with(Round {
                name: name.to_owned(),
                index,
                of_resource: false,
            });
            items.push(input.evaluate(&frame.looping(&rounds), trouble));
            // One fault of a loop is enough; the other rounds would say the same.
            if trouble.wrong() {
                break;
            }
        }
        Some(Value::Array(items))
    }
}

/// How many rounds a loop has.
pub(crate) fn count(
    count: Option<&Tree>,
    span: Span,
    frame: &Frame<'_>,
    trouble: &mut Trouble,
) -> Option<usize> {
    let Some(tree) = count else {
        trouble.fault(span, "A copy has no 'count'; say there how many rounds it has.");
        return None;
    };
    let mut own = Trouble::default();
    let value = tree.evaluate(frame, &mut own);
    if !own.none() {
        trouble.join(own);
        return None;
    }
    let found = value
        .as_i64()
        .or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    match found.map(usize::try_from) {
        Some(Ok(count)) if count <= COUNT_MAX => Some(count),
        Some(Ok(_) | Err(_)) => {
            trouble.fault(
                tree.span,
                format!("The copy count '{value}' is not valid; it must be between 0 and {COUNT_MAX}."),
            );
            None
        }
        None => {
            trouble.fault(
                tree.span,
                format!("The copy count must be an integer; it is {value}."),
            );
            None
        }
    }
}
