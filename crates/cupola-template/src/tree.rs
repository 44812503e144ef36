//! A part of a template with its expressions parsed, ready to be evaluated once for each round of a loop.

use crate::copy::{self, Copy};
use crate::expression::type_name;
use crate::expression::{self, Expression, Need, Stop};
use crate::scope::{Context, Frame};
use crate::source::{Node, Shape, Span};
use serde_json::{Map, Value};

/// A part of a template.
#[derive(Debug)]
pub(crate) struct Tree {
    /// Where it stands.
    pub(crate) span: Span,
    twig: Twig,
}

#[derive(Debug)]
enum Twig {
    /// Nothing below is an expression.
    Literal(Value),
    Expression(Box<Expression>, String),
    /// The expression cannot be parsed.
    Broken(Span, String),
    List(Vec<Tree>),
    Object(Vec<Branch>),
}

#[derive(Debug)]
enum Branch {
    Plain(String, Tree),
    /// The name of the property is an expression itself.
    Named(Tree, Tree),
    /// Properties that a `copy` makes.
    Copied(Copy),
}

/// How many facts are asked for at once; further ones are asked for when these are there.
const NEEDS_MAX: usize = 2_000;

/// What came of an evaluation beside its value.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    /// What is wrong, and where.
    pub(crate) faults: Vec<(Span, String)>,
    /// What must be learnt first.
    pub(crate) needs: Vec<Need>,
    /// Something is wrong that has been complained about already, in a parameter or a variable.
    pub(crate) echoed: bool,
}

impl Trouble {
    /// Whether the value counts.
    pub(crate) fn none(&self) -> bool {
        self.faults.is_empty() && self.needs.is_empty() && !self.echoed
    }

    /// Whether something is wrong, rather than not known yet.
    pub(crate) fn wrong(&self) -> bool {
        !self.faults.is_empty() || self.echoed
    }

    pub(crate) fn fault(&mut self, span: Span, message: impl Into<String>) {
        self.faults.push((span, message.into()));
    }

    /// Takes in the trouble of a part.
    pub(crate) fn join(&mut self, mut part: Self) {
        self.faults.append(&mut part.faults);
        self.need(part.needs);
        self.echoed |= part.echoed;
    }

    fn need(&mut self, needs: Vec<Need>) {
        for need in needs {
            if self.needs.len() < NEEDS_MAX && !self.needs.contains(&need) {
                self.needs.push(need);
            }
        }
    }

    /// Takes in why an expression with this text stopped.
    pub(crate) fn stop(&mut self, span: Span, text: &str, stop: Stop, frame: &Frame<'_>) {
        match stop {
            Stop::Needs(needs) => self.need(needs),
            Stop::Fault(_) if frame.take_echo() => self.echoed = true,
            Stop::Fault(fault) => self.fault(span.part(text, fault.at), fault.message),
        }
    }
}

impl Tree {
    /// Parses the expressions of a part. Faults wait until the part is evaluated.
    pub(crate) fn grow(node: &Node) -> Self {
        Self::grow_without(node, &|_| false)
    }

    /// The same, without the properties at its top whose names are told.
    pub(crate) fn grow_without(node: &Node, left_out: &dyn Fn(&str) -> bool) -> Self {
        let twig = match &node.shape {
            Shape::Text(text) if expression::is_expression(text) => match expression::parse(text) {
                Ok(parsed) => Twig::Expression(Box::new(parsed), text.clone()),
                Err(fault) => Twig::Broken(node.span.part(text, fault.at), fault.message),
            },
            Shape::Text(text) => Twig::Literal(Value::from(expression::literal(text))),
            Shape::List(items) => {
                let items: Vec<Self> = items.iter().map(Self::grow).collect();
                fold_list(items)
            }
            Shape::Object(members) => {
                let branches: Vec<Branch> = members
                    .iter()
                    .filter(|member| !left_out(&member.key))
                    .flat_map(|member| Self::branch(&member.key, member.key_span, &member.node))
                    .collect();
                fold_object(branches)
            }
            _ => Twig::Literal(node.to_value()),
        };
        Self {
            span: node.span,
            twig,
        }
    }

    fn branch(key: &str, key_span: Span, node: &Node) -> Vec<Branch> {
        if key.eq_ignore_ascii_case("copy") && copy::is_property_copy(node) {
            return node
                .items()
                .iter()
                .map(|item| Branch::Copied(Copy::grow(item)))
                .collect();
        }
        let tree = Self::grow(node);
        if expression::is_expression(key) {
            let name = Node {
                span: key_span,
                shape: Shape::Text(key.to_owned()),
            };
            return vec![Branch::Named(Self::grow(&name), tree)];
        }
        vec![Branch::Plain(expression::literal(key).into(), tree)]
    }

    /// The value, with `null` in the places of trouble.
    pub(crate) fn evaluate(&self, frame: &Frame<'_>, trouble: &mut Trouble) -> Value {
        if !frame.run.spend() {
            // Told once: everything after it stays unevaluated.
            if trouble.faults.is_empty() {
                trouble.fault(self.span, crate::scope::TOO_MUCH);
            }
            return Value::Null;
        }
        match &self.twig {
            Twig::Literal(value) => value.clone(),
            Twig::Broken(span, message) => {
                trouble.fault(*span, message.clone());
                Value::Null
            }
            Twig::Expression(parsed, text) => match frame.evaluate(parsed) {
                Ok(value) => value,
                Err(Stop::Needs(_)) if frame.preview => Value::from(parsed.to_string()),
                Err(stop) => {
                    trouble.stop(self.span, text, stop, frame);
                    Value::Null
                }
            },
            Twig::List(items) => items.iter().map(|item| item.evaluate(frame, trouble)).collect(),
            Twig::Object(branches) => {
                let mut made = Map::new();
                for branch in branches {
                    branch.evaluate(frame, &mut made, trouble);
                }
                Value::Object(made)
            }
        }
    }

    /// The items of an array, each with its place where the template writes the array out.
    pub(crate) fn evaluate_items(&self, frame: &Frame<'_>, trouble: &mut Trouble) -> Vec<(Span, Value)> {
        if let Twig::List(items) = &self.twig {
            return items
                .iter()
                .map(|item| (item.span, item.evaluate(frame, trouble)))
                .collect();
        }
        match self.evaluate(frame, trouble) {
            Value::Array(items) => items.into_iter().map(|item| (self.span, item)).collect(),
            other => vec![(self.span, other)],
        }
    }

    /// The literal names that calls of a function in it have as their first argument.
    pub(crate) fn names_asked(&self, function: &str, visit: &mut dyn FnMut(&str)) {
        match &self.twig {
            Twig::Literal(_) | Twig::Broken(..) => {}
            Twig::Expression(parsed, _) => parsed.calls(&mut |name, arguments| {
                let named = arguments
                    .first()
                    .and_then(Expression::as_literal)
                    .and_then(Value::as_str);
                if let Some(named) = named.filter(|_| name == function) {
                    visit(named);
                }
            }),
            Twig::List(items) => items.iter().for_each(|item| item.names_asked(function, visit)),
            Twig::Object(branches) => branches.iter().for_each(|branch| match branch {
                Branch::Plain(_, tree) => tree.names_asked(function, visit),
                Branch::Named(name, tree) => {
                    name.names_asked(function, visit);
                    tree.names_asked(function, visit);
                }
                Branch::Copied(copied) => copied.names_asked(function, visit),
            }),
        }
    }

    /// What can be said against the expressions without evaluating them, in branches that are not taken too.
    pub(crate) fn check(&self, context: &Context, found: &mut Vec<(Span, String)>) {
        match &self.twig {
            Twig::Literal(_) => {}
            Twig::Broken(span, message) => found.push((*span, message.clone())),
            Twig::Expression(parsed, text) => {
                let knows = |name: &str| context.functions.knows(name);
                found.extend(
                    parsed
                        .check(&knows)
                        .into_iter()
                        .map(|fault| (self.span.part(text, fault.at), fault.message)),
                );
                parsed.calls(&mut |name, arguments| {
                    let named = arguments
                        .first()
                        .and_then(Expression::as_literal)
                        .and_then(Value::as_str);
                    if let Some(message) = named.and_then(|named| context.undeclared(name, named)) {
                        let at = arguments.first().map(Expression::at).unwrap_or_default();
                        found.push((self.span.part(text, at), message));
                    }
                });
            }
            Twig::List(items) => items.iter().for_each(|item| item.check(context, found)),
            Twig::Object(branches) => branches.iter().for_each(|branch| match branch {
                Branch::Plain(_, tree) => tree.check(context, found),
                Branch::Named(name, tree) => {
                    name.check(context, found);
                    tree.check(context, found);
                }
                Branch::Copied(copied) => copied.check(context, found),
            }),
        }
    }

    /// The value that stands here as it is, where nothing in it is an expression.
    pub(crate) fn literal(&self) -> Option<&Value> {
        match &self.twig {
            Twig::Literal(value) => Some(value),
            _ => None,
        }
    }
}

impl Branch {
    fn evaluate(&self, frame: &Frame<'_>, made: &mut Map<String, Value>, trouble: &mut Trouble) {
        match self {
            Self::Plain(key, tree) => {
                made.insert(key.clone(), tree.evaluate(frame, trouble));
            }
            Self::Named(name, tree) => {
                let key = name.evaluate(frame, trouble);
                let value = tree.evaluate(frame, trouble);
                match key {
                    Value::String(key) => {
                        made.insert(key, value);
                    }
                    // The trouble with the name is told already.
                    Value::Null if !trouble.none() => {}
                    other => trouble.fault(
                        name.span,
                        format!(
                            "The name of a property must be a string; the expression gives the type '{}'.",
                            type_name(&other)
                        ),
                    ),
                }
            }
            Self::Copied(copied) => {
                if let Some((name, items)) = copied.evaluate(frame, trouble) {
                    made.insert(name, items);
                }
            }
        }
    }
}

// Parts without expressions become one value, so that each round of a loop clones instead of walking.
fn fold_list(items: Vec<Tree>) -> Twig {
    if items.iter().all(|item| item.literal().is_some()) {
        return Twig::Literal(items.into_iter().filter_map(Tree::into_literal).collect());
    }
    Twig::List(items)
}

fn fold_object(branches: Vec<Branch>) -> Twig {
    let plain = |branch: &Branch| matches!(branch, Branch::Plain(_, tree) if tree.literal().is_some());
    if !branches.iter().all(plain) {
        return Twig::Object(branches);
    }
    let members = branches.into_iter().filter_map(|branch| match branch {
        Branch::Plain(key, tree) => tree.into_literal().map(|value| (key, value)),
        Branch::Named(..) | Branch::Copied(_) => None,
    });
    Twig::Literal(Value::Object(members.collect()))
}

impl Tree {
    fn into_literal(self) -> Option<Value> {
        match self.twig {
            Twig::Literal(value) => Some(value),
            _ => None,
        }
    }
}
