//! The body of a resource: what its provider gets.

use super::nested::Nested;
use crate::plan::Planned;
use crate::scope::{Frame, Round};
use crate::source::Node;
use crate::tree::{Tree, Trouble};
use serde_json::Value;
use std::sync::Arc;

/// The body of one planned resource.
#[derive(Debug)]
pub(crate) struct Body {
    /// The rounds of the loops around it, outer first.
    pub(crate) rounds: Vec<Round>,
    source: Arc<Source>,
}

/// What all rounds of a resource share.
#[derive(Debug)]
pub(crate) struct Source {
    tree: Tree,
    nested: Option<Nested>,
}

/// Properties of a resource that are the template's own and not its provider's.
const OWN: [&str; 14] = [
    "type",
    "name",
    "apiVersion",
    "condition",
    "copy",
    "dependsOn",
    "scope",
    "resources",
    "comments",
    "metadata",
    "existing",
    "asserts",
    "subscriptionId",
    "resourceGroup",
];

impl Source {
    pub(crate) fn read(node: &Node) -> Self {
        let is_own = |key: &str| OWN.iter().any(|own| own.eq_ignore_ascii_case(key));
        match Nested::read(node) {
            Some((nested, rest)) => Self {
                tree: Tree::grow_without(&rest, &is_own),
                nested: Some(nested),
            },
            None => Self {
                tree: Tree::grow_without(node, &is_own),
                nested: None,
            },
        }
    }
}

impl Body {
    pub(crate) fn new(rounds: Vec<Round>, source: Arc<Source>) -> Self {
        Self { rounds, source }
    }

    pub(crate) fn inner_template(&self) -> Option<&Node> {
        self.source.nested.as_ref().and_then(Nested::inner_template)
    }

    /// What can be said against expressions without evaluating them.
    pub(crate) fn tree(&self) -> &Tree {
        &self.source.tree
    }
}

/// Evaluates the body of a resource.
pub(crate) fn body(planned: &Planned, frame: &Frame<'_>, trouble: &mut Trouble) -> Value {
    let source = &planned.body.source;
    let mut body = source.tree.evaluate(frame, trouble);
    if let Some(nested) = &source.nested {
        nested.complete(&mut body, frame, trouble);
    }
    body
}
