//! The expression language of ARM templates: `[concat('a', parameters('b'))]`.
//!
//! Pure: what only the surroundings know is asked of a [`Scope`]; what nobody knows yet comes back as [`Stop::Needs`],
//! and the caller evaluates again once the facts are there. Nothing that a template says panics or eats memory.

mod evaluate;
mod functions;
mod parse;
mod print;
#[cfg(test)]
mod tests;
mod value;

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

pub use evaluate::{Budget, evaluate, evaluate_text};
pub use functions::{
    Signature, format_time, functions, murmur64, name_guid, parse_time, signature, unique_string,
};
pub use parse::parse;
pub use value::{property, type_name};

/// Whether the service would evaluate this text instead of taking it as it is.
pub fn is_expression(text: &str) -> bool {
    text.len() > 1 && text.starts_with('[') && !text.starts_with("[[") && text.ends_with(']')
}

/// What text means that is no expression: `[[x]` is how a template writes `[x]`.
pub fn literal(text: &str) -> Cow<'_, str> {
    match text.starts_with("[[") && text.ends_with(']') {
        true => Cow::Borrowed(&text[1..]),
        false => Cow::Borrowed(text),
    }
}

/// How a template writes this text so that it is taken as it is: the way back from [`literal`].
pub fn escape(text: &str) -> Cow<'_, str> {
    match text.len() > 1 && text.starts_with('[') && text.ends_with(']') {
        true => Cow::Owned(format!("[{text}")),
        false => Cow::Borrowed(text),
    }
}

/// One expression or a part of one. Equality is about meaning: neither where it stood in the text counts, nor the casing
/// of functions.
#[derive(Debug, Clone)]
pub struct Expression {
    pub(crate) kind: Kind,
    at: Range<usize>,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Literal(Value),
    /// `name` as it was written, `lower` for comparing.
    Call {
        name: String,
        lower: String,
        arguments: Vec<Expression>,
    },
    /// All steps of a chain in one list, so that a long chain is not a deep one.
    Path {
        of: Box<Expression>,
        steps: Vec<Step>,
    },
}

/// `.x`, `['x']`, `[0]`; with `safe` also `.?x` and `[?0]`, which give null for what is not there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    key: Expression,
    safe: bool,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Literal(left), Kind::Literal(right)) => left == right,
            (
                Kind::Call { lower, arguments, .. },
                Kind::Call {
                    lower: other,
                    arguments: others,
                    ..
                },
            ) => lower == other && arguments == others,
            (
                Kind::Path { of, steps },
                Kind::Path {
                    of: other,
                    steps: others,
                },
            ) => of == other && steps == others,
            _ => false,
        }
    }
}

impl Expression {
    /// A piece of text, as `'it''s'` would be.
    pub fn text(text: impl Into<String>) -> Self {
        Self::made(Kind::Literal(Value::String(text.into())))
    }

    /// A whole number.
    pub fn number(number: i64) -> Self {
        Self::made(Kind::Literal(number.into()))
    }

    /// `name(arguments)`; user functions are called `ns.name`.
    pub fn call(name: impl Into<String>, arguments: Vec<Self>) -> Self {
        let name = name.into();
        Self::made(Kind::Call {
            lower: name.to_lowercase(),
            name,
            arguments,
        })
    }

    /// `self.name`, or `self['name']` where the name asks for it.
    pub fn property(self, name: impl Into<String>) -> Self {
        self.step(Self::text(name), false)
    }

    /// `self[key]`.
    pub fn index(self, key: Self) -> Self {
        self.step(key, false)
    }

    /// `self[?key]`.
    pub fn try_index(self, key: Self) -> Self {
        self.step(key, true)
    }

    /// Where it stands: bytes within the text that was parsed.
    pub fn at(&self) -> Range<usize> {
        self.at.clone()
    }

    /// Visits every call in it, outer ones first, with its name in lower case ("ns.fn" for user functions).
    pub fn calls(&self, visit: &mut dyn FnMut(&str, &[Expression])) {
        match &self.kind {
            Kind::Literal(_) => {}
            Kind::Call { lower, arguments, .. } => {
                visit(lower, arguments);
                arguments.iter().for_each(|argument| argument.calls(visit));
            }
            Kind::Path { of, steps } => {
                of.calls(visit);
                steps.iter().for_each(|step| step.key.calls(visit));
            }
        }
    }

    /// The value, if it is written out: a text or a number.
    pub fn as_literal(&self) -> Option<&Value> {
        match &self.kind {
            Kind::Literal(value) => Some(value),
            _ => None,
        }
    }

    /// What can be said against it without evaluating: functions that nobody knows, and wrong numbers of arguments.
    /// `knows` answers for user functions, by lower-case name.
    pub fn check(&self, knows: &dyn Fn(&str) -> bool) -> Vec<Fault> {
        let mut faults = Vec::new();
        self.check_into(knows, &mut faults);
        faults
    }

    fn check_into(&self, knows: &dyn Fn(&str) -> bool, faults: &mut Vec<Fault>) {
        match &self.kind {
            Kind::Literal(_) => {}
            Kind::Call {
                name,
                lower,
                arguments,
            } => {
                let fault = match signature(lower) {
                    Some(signature) => signature.refuses(arguments.len()),
                    None if knows(lower) => None,
                    None => Some(functions::unknown(name)),
                };
                faults.extend(fault.map(|fault| fault.within(self.at())));
                arguments
                    .iter()
                    .for_each(|argument| argument.check_into(knows, faults));
            }
            Kind::Path { of, steps } => {
                of.check_into(knows, faults);
                steps.iter().for_each(|step| step.key.check_into(knows, faults));
            }
        }
    }

    fn made(kind: Kind) -> Self {
        Self { kind, at: 0..0 }
    }

    fn step(self, key: Self, safe: bool) -> Self {
        let step = Step { key, safe };
        match self.kind {
            Kind::Path { of, mut steps } => {
                steps.push(step);
                Self {
                    kind: Kind::Path { of, steps },
                    at: self.at,
                }
            }
            _ => Self {
                at: self.at.clone(),
                kind: Kind::Path {
                    of: Box::new(self),
                    steps: vec![step],
                },
            },
        }
    }
}

/// What is wrong, and where: bytes within the text of the expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    pub message: String,
    pub at: Range<usize>,
}

impl Fault {
    /// A fault of the whole; evaluation says where once it knows.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            at: 0..0,
        }
    }

    /// The same fault at a place.
    pub fn within(self, at: Range<usize>) -> Self {
        Self { at, ..self }
    }
}

/// Why there is no value.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// There never will be one.
    Fault(Fault),
    /// Runtime facts are not there yet; evaluation is tried again with them.
    Needs(Vec<Need>),
}

impl Stop {
    /// A fault that a [`Scope`] reports; evaluation adds where the call stands.
    pub fn fault(message: impl Into<String>) -> Self {
        Self::Fault(Fault::new(message))
    }

    /// One fact that is not there yet.
    pub fn need(need: Need) -> Self {
        Self::Needs(vec![need])
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// A fact that only exists once something else is deployed.
#[derive(Debug, Clone, PartialEq)]
pub enum Need {
    /// The state of a resource: its properties, or with `full` all of it.
    Reference {
        id: String,
        api_version: Option<String>,
        full: bool,
    },
    /// The answer of a `list*` action, such as `listKeys`.
    List {
        function: String,
        id: String,
        api_version: Option<String>,
        body: Option<Value>,
    },
}

/// What only the surroundings know: parameters, variables, copyIndex, resourceGroup, subscription, deployment, environment,
/// tenant, managementGroup, reference, list*, newGuid, utcNow, and user functions as `ns.name`.
pub trait Scope {
    /// `name` is in lower case and the number of arguments fits the signature. None: not a function of the surroundings,
    /// or not one that may be called here.
    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, Stop>>;

    /// Where the template is deployed: what `resourceId` fills in.
    fn place(&self) -> Place<'_>;

    /// What all evaluations of a template share, if the caller bounds them together.
    fn budget(&self) -> Option<&Budget> {
        None
    }
}

/// Where a template is deployed. A deployment at a wider scope has no group, or no subscription.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place<'a> {
    pub subscription: Option<&'a str>,
    pub group: Option<&'a str>,
    pub tenant: &'a str,
    pub management_group: Option<&'a str>,
}
