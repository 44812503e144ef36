//! Variables: evaluated when first asked for, in any order, never in a circle.

use crate::copy::{self, Copy};
use crate::scope::{Flaw, Frame, Phase, Slot, not_found};
use crate::source::{Node, Span};
use crate::tree::{Tree, Trouble};
use crate::walk::walk;
use cupola_core::name::fold;
use serde_json::Value;
use std::collections::HashMap;

/// The variables of a template.
#[derive(Default)]
pub(crate) struct Variables {
    all: Vec<Variable>,
    by_name: HashMap<String, usize>,
}

struct Variable {
    name: String,
    span: Span,
    source: Source,
    slot: Slot,
}

enum Source {
    Tree(Tree),
    Copy(Copy),
}

impl Variables {
    /// Reads the section; a `copy` in it makes variables.
    pub(crate) fn declare(template: &Node) -> Self {
        let mut variables = Self::default();
        let members = template
            .property("variables")
            .map(Node::members)
            .unwrap_or_default();
        for member in members {
            if member.key.eq_ignore_ascii_case("copy") && copy::is_property_copy(&member.node) {
                for item in member.node.items() {
                    let copied = Copy::grow(item);
                    let name = copied.name().unwrap_or_default().to_owned();
                    variables.add(name, item.span, Source::Copy(copied));
                }
                continue;
            }
            variables.add(
                member.key.clone(),
                member.node.span,
                Source::Tree(Tree::grow(&member.node)),
            );
        }
        variables
    }

    fn add(&mut self, name: String, span: Span, source: Source) {
        self.by_name.insert(fold(&name), self.all.len());
        self.all.push(Variable {
            name,
            span,
            source,
            slot: Slot::default(),
        });
    }

    pub(crate) fn declares(&self, name: &str) -> bool {
        self.by_name.contains_key(&fold(name))
    }

    /// The value of a variable.
    pub(crate) fn value(&self, name: &str, frame: &Frame<'_>) -> Result<Value, crate::expression::Stop> {
        let variable = self
            .by_name
            .get(&fold(name))
            .and_then(|at| self.all.get(*at))
            .ok_or_else(|| not_found("variable", name))?;
        variable.slot.value(
            frame.run,
            || variable.circle(&[&variable.name, &variable.name]),
            || variable.make(&Frame::new(frame.context, frame.run, Phase::Plan)),
        )
    }

    /// Evaluates all, and tells what is wrong: name, place, sentence.
    pub(crate) fn judge(&self, frame: &Frame<'_>) -> Vec<(String, Flaw)> {
        // In the order of what they ask for, so that a long chain of them is no deep recursion.
        let edges: Vec<Vec<usize>> = self.all.iter().map(|variable| self.asked_by(variable)).collect();
        let walk = walk(&edges);
        for circle in &walk.circles {
            let names: Vec<&str> = circle
                .iter()
                .chain(circle.first())
                .map(|at| self.all[*at].name.as_str())
                .collect();
            if let Some(first) = circle.first().map(|at| &self.all[*at]) {
                first.slot.fail((first.span, first.circle(&names)));
            }
        }
        for at in walk.order {
            // Another one may have failed on the way to this one; each tells its own flaws.
            let _ = self.value(&self.all[at].name, frame);
            frame.take_echo();
        }
        let flaws = |variable: &Variable| {
            let name = variable.name.clone();
            variable
                .slot
                .take_flaws()
                .into_iter()
                .map(move |flaw| (name.clone(), flaw))
        };
        self.all.iter().flat_map(flaws).collect()
    }

    fn asked_by(&self, variable: &Variable) -> Vec<usize> {
        let mut asked = Vec::new();
        let mut visit = |name: &str| asked.extend(self.by_name.get(&fold(name)).copied());
        match &variable.source {
            Source::Tree(tree) => tree.names_asked("variables", &mut visit),
            Source::Copy(copied) => copied.names_asked("variables", &mut visit),
        }
        asked
    }
}

impl Variable {
    fn circle(&self, names: &[&str]) -> String {
        format!(
            "The template variable '{}' is built from itself: {}. Please see https://aka.ms/arm-syntax-variables for \
             usage details.",
            self.name,
            names.join(" -> ")
        )
    }

    fn make(&self, frame: &Frame<'_>) -> Result<Value, Vec<Flaw>> {
        let mut trouble = Trouble::default();
        let value = match &self.source {
            Source::Tree(tree) => tree.evaluate(frame, &mut trouble),
            Source::Copy(copied) => copied
                .evaluate(frame, &mut trouble)
                .map_or(Value::Null, |(_, items)| items),
        };
        if trouble.none() {
            return Ok(value);
        }
        if !trouble.needs.is_empty() {
            trouble.fault(
                self.span,
                "A variable cannot be built from the state of a resource.",
            );
        }
        Err(trouble.faults)
    }
}
