//! Evaluating: arguments first, except where a function decides which of them it needs.

use std::cell::Cell;
use std::ops::RangeInclusive;

use serde_json::Value;

use super::functions::{self, Arguments, Run};
use super::value::{property, same_name, type_name, weigh};
use super::{Expression, Fault, Kind, Need, Scope, Step, Stop, is_expression, literal, parse};

/// Parts evaluated for one expression: nested lambdas multiply.
const STEPS_MAX: u32 = 1_000_000;
/// Bytes of all values that one expression makes on its way: time, in other words.
const TRAFFIC_MAX: usize = 256 << 20;
/// Parts within parts across all expressions that stand in each other's values: each costs kilobytes of stack.
const NESTING_MAX: u32 = 200;
/// Facts asked for at once; further ones are found when evaluation is tried again.
const NEEDS_MAX: usize = 800;

/// What many evaluations may use up together: one for a template, so that its loops and variables do not multiply what
/// one expression may cost.
#[derive(Debug)]
pub struct Budget {
    steps: Cell<u32>,
    traffic: Cell<usize>,
    nesting: Cell<u32>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            steps: Cell::new(5 * STEPS_MAX),
            traffic: Cell::new(8 * TRAFFIC_MAX),
            nesting: Cell::new(0),
        }
    }
}

impl Budget {
    /// One step into a part; [`Budget::leave`] is the way out.
    fn enter(&self) -> Result<(), Fault> {
        let left = self.steps.get().checked_sub(1).ok_or_else(Self::spent)?;
        self.steps.set(left);
        if self.nesting.get() >= NESTING_MAX {
            let message = format!(
                "The template's expressions stand more than {NESTING_MAX} levels deep in each other."
            );
            return Err(Fault::new(message));
        }
        self.nesting.set(self.nesting.get() + 1);
        Ok(())
    }

    fn leave(&self) {
        self.nesting.set(self.nesting.get() - 1);
    }

    fn charge(&self, bytes: usize) -> Result<(), Fault> {
        let left = self.traffic.get().checked_sub(bytes).ok_or_else(Self::spent)?;
        self.traffic.set(left);
        Ok(())
    }

    fn spent() -> Fault {
        Fault::new(
            "The template's expressions need too many steps to evaluate; make its loops smaller or split it.",
        )
    }
}

/// The value of an expression, or why there is none (yet).
pub fn evaluate(expression: &Expression, scope: &dyn Scope) -> Result<Value, Stop> {
    Evaluation {
        scope,
        bindings: Vec::new(),
        steps: 0,
        traffic: 0,
    }
    .value(expression)
}

/// The value of a text as it stands in a template: an expression's value, or the text.
pub fn evaluate_text(text: &str, scope: &dyn Scope) -> Result<Value, Stop> {
    match is_expression(text) {
        true => evaluate(&parse(text)?, scope),
        false => Ok(Value::String(literal(text).into_owned())),
    }
}

/// One run over one expression.
pub(super) struct Evaluation<'s> {
    scope: &'s dyn Scope,
    /// Variables of the lambdas around the current part, innermost last.
    bindings: Vec<(String, Value)>,
    steps: u32,
    traffic: usize,
}

/// `lambda('x', body)` as an argument.
pub(super) struct Lambda<'e> {
    names: Vec<&'e str>,
    body: &'e Expression,
}

impl Evaluation<'_> {
    pub(super) fn value(&mut self, expression: &Expression) -> Result<Value, Stop> {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            let message = format!("The language expression needs more than {STEPS_MAX} steps to evaluate.");
            return Err(Fault::new(message).within(expression.at()).into());
        }
        let budget = self.scope.budget();
        if let Some(budget) = budget {
            budget.enter().map_err(|fault| fault.within(expression.at()))?;
        }
        let value = self.part(expression);
        if let Some(budget) = budget {
            budget.leave();
        }
        value
    }

    fn part(&mut self, expression: &Expression) -> Result<Value, Stop> {
        match &expression.kind {
            Kind::Literal(value) => Ok(value.clone()),
            Kind::Call {
                name,
                lower,
                arguments,
            } => {
                let value = self.call(expression, name, lower, arguments)?;
                self.charge(&value)
                    .map_err(|fault| fault.within(expression.at()))?;
                Ok(value)
            }
            Kind::Path { of, steps } => self.path(of, steps),
        }
    }

    /// The values of some parts. Facts that several of them need are asked for together.
    pub(super) fn values<'e>(
        &mut self,
        expressions: impl IntoIterator<Item = &'e Expression>,
    ) -> Result<Vec<Value>, Stop> {
        gather(expressions.into_iter().map(|expression| self.value(expression)))
    }

    pub(super) fn lambda<'e>(
        &self,
        function: &str,
        argument: &'e Expression,
        variables: RangeInclusive<usize>,
    ) -> Result<Lambda<'e>, Stop> {
        let refuse = |reason: String| {
            let message = format!("Unable to evaluate template language function '{function}': {reason}.");
            Stop::Fault(Fault::new(message).within(argument.at()))
        };
        let Kind::Call { lower, arguments, .. } = &argument.kind else {
            return Err(refuse("the last argument must be a call of 'lambda'".into()));
        };
        let ("lambda", Some((body, names))) = (lower.as_str(), arguments.split_last()) else {
            return Err(refuse(
                "a lambda must be written in place, as lambda('name', expression)".into(),
            ));
        };
        let names: Vec<&str> = names
            .iter()
            .filter_map(|name| name.as_literal()?.as_str())
            .collect();
        if names.len() + 1 != arguments.len() {
            return Err(refuse(
                "the names of lambda variables must be literal strings".into(),
            ));
        }
        if !variables.contains(&names.len()) {
            let (least, most) = (variables.start(), variables.end());
            return Err(refuse(format!(
                "its lambda takes {least} to {most} variables and names {}",
                names.len()
            )));
        }
        Ok(Lambda { names, body })
    }

    pub(super) fn apply(&mut self, lambda: &Lambda<'_>, values: &[&Value]) -> Result<Value, Stop> {
        let outer = self.bindings.len();
        let bound = lambda
            .names
            .iter()
            .zip(values)
            .map(|(name, value)| ((*name).to_owned(), (*value).clone()));
        self.bindings.extend(bound);
        let value = self.value(lambda.body);
        self.bindings.truncate(outer);
        value
    }

    /// The value of a lambda variable, innermost first.
    pub(super) fn variable(&self, name: &str) -> Option<&Value> {
        self.bindings
            .iter()
            .rev()
            .find(|(bound, _)| same_name(bound, name))
            .map(|(_, value)| value)
    }

    fn call(
        &mut self,
        whole: &Expression,
        name: &str,
        lower: &str,
        arguments: &[Expression],
    ) -> Result<Value, Stop> {
        let here = |stop: Stop| match stop {
            Stop::Fault(fault) => Stop::Fault(fault.within(whole.at())),
            needs => needs,
        };
        let function = functions::find(lower);
        if let Some(fault) = function.and_then(|function| function.signature.refuses(arguments.len())) {
            return Err(here(fault.into()));
        }
        if let Some(Run::Lazy(run)) = function.map(|function| &function.run) {
            return run(self, whole, arguments);
        }
        let values = self.values(arguments)?;
        match function.map(|function| (&function.run, function.signature.name)) {
            Some((Run::Pure(run), name)) => run(&Arguments {
                function: name,
                values: &values,
            })
            .map_err(|fault| here(fault.into())),
            Some((Run::Placed(run), name)) => {
                let arguments = Arguments {
                    function: name,
                    values: &values,
                };
                run(&arguments, &self.scope.place()).map_err(|fault| here(fault.into()))
            }
            known => match self.scope.call(lower, &values) {
                // A fault within a variable or a user function stands in another text: here it is the call that fails.
                Some(result) => result.map_err(here),
                None if known.is_some() => Err(here(functions::misplaced(name).into())),
                None => Err(here(functions::unknown(name).into())),
            },
        }
    }

    fn path(&mut self, of: &Expression, steps: &[Step]) -> Result<Value, Stop> {
        let mut value = self.value(of)?;
        for step in steps {
            let key = self.value(&step.key)?;
            match select(&value, &key) {
                Ok(part) => value = part.clone(),
                Err(_) if step.safe => return Ok(Value::Null),
                Err(fault) => return Err(fault.within(step.key.at()).into()),
            }
        }
        Ok(value)
    }

    fn charge(&mut self, value: &Value) -> Result<(), Fault> {
        let weight = weigh(value)?;
        self.traffic += weight;
        if let Some(budget) = self.scope.budget() {
            budget.charge(weight)?;
        }
        match self.traffic > TRAFFIC_MAX {
            true => Err(Fault::new(format!(
                "The language expression moves more than {TRAFFIC_MAX} bytes to evaluate."
            ))),
            false => Ok(()),
        }
    }
}

/// The part of a value that an accessor means.
pub(super) fn select<'v>(value: &'v Value, key: &Value) -> Result<&'v Value, Fault> {
    match (value, key) {
        (Value::Object(object), Value::String(name)) => {
            property(object, name).ok_or_else(|| absent(object, name))
        }
        (Value::Array(items), Value::Number(index)) => {
            let found = index
                .as_u64()
                .and_then(|index| items.get(usize::try_from(index).ok()?));
            let message =
                || format!("The language expression property array index '{index}' is out of bounds.");
            found.ok_or_else(|| Fault::new(message()))
        }
        (Value::Array(_), key) => {
            let key = shown(key);
            Err(Fault::new(format!(
                "The language expression property '{key}' can't be evaluated, property name must be an integer index of an array."
            )))
        }
        (other, key) => {
            let (key, found) = (shown(key), type_name(other));
            Err(Fault::new(format!(
                "The language expression property '{key}' can't be evaluated on a value of type '{found}'."
            )))
        }
    }
}

fn absent(object: &serde_json::Map<String, Value>, name: &str) -> Fault {
    const SHOWN_MAX: usize = 50;
    let available = object
        .keys()
        .take(SHOWN_MAX)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    Fault::new(format!(
        "The language expression property '{name}' doesn't exist, available properties are '{available}'."
    ))
}

fn shown(key: &Value) -> String {
    key.as_str().map_or_else(|| key.to_string(), str::to_owned)
}

/// All values, or the first fault, or all that is needed: a fault is final, so it comes before what is only not there yet.
pub(super) fn gather(results: impl Iterator<Item = Result<Value, Stop>>) -> Result<Vec<Value>, Stop> {
    let mut values = Vec::new();
    let mut needs: Vec<Need> = Vec::new();
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(Stop::Fault(fault)) => return Err(Stop::Fault(fault)),
            Err(Stop::Needs(more)) => {
                for need in more {
                    if needs.len() < NEEDS_MAX && !needs.contains(&need) {
                        needs.push(need);
                    }
                }
            }
        }
    }
    match needs.is_empty() {
        true => Ok(values),
        false => Err(Stop::Needs(needs)),
    }
}
