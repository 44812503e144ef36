//! The functions, a file for each family. Each family has a table; what a function needs besides values is in its [`Run`].

mod arguments;
mod array;
mod cidr;
mod date;
mod encoding;
mod format;
mod json;
mod lambda;
mod logical;
mod numeric;
mod object;
mod resource;
mod surroundings;
mod text;
mod unique;

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value;

pub(super) use arguments::Arguments;
pub use date::{format_time, parse_time};
pub use unique::{murmur64, name_guid, unique_string};

use super::evaluate::Evaluation;
use super::{Expression, Fault, Place, Stop};

/// A function's name in its canonical casing, and how many arguments it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    pub name: &'static str,
    pub minimum: usize,
    /// `usize::MAX` where there is no bound.
    pub maximum: usize,
}

impl Signature {
    /// Why this number of arguments is wrong, if it is.
    pub(super) fn refuses(&self, count: usize) -> Option<Fault> {
        if (self.minimum..=self.maximum).contains(&count) {
            return None;
        }
        let wanted = match (self.minimum, self.maximum) {
            (least, usize::MAX) => format!("at least {least}"),
            (least, most) if least == most => least.to_string(),
            (least, most) => format!("{least} to {most}"),
        };
        let name = self.name;
        Some(Fault::new(format!(
            "Unable to evaluate template language function '{name}': function requires {wanted} argument(s) while {count} were provided."
        )))
    }
}

/// Every function there is, those of the surroundings too. `list*` stands for all names that begin so.
pub fn functions() -> &'static [Signature] {
    static SIGNATURES: LazyLock<Vec<Signature>> =
        LazyLock::new(|| families().map(|known| known.signature).collect());
    &SIGNATURES
}

/// The signature behind a name in lower case.
pub fn signature(lower: &str) -> Option<&'static Signature> {
    find(lower).map(|function| &function.signature)
}

pub(super) struct Function {
    pub(super) signature: Signature,
    pub(super) run: Run,
}

/// How a function comes to its value.
pub(super) enum Run {
    /// From the values of its arguments.
    Pure(fn(&Arguments<'_>) -> Answer),
    /// From those and from where the template is deployed.
    Placed(fn(&Arguments<'_>, &Place<'_>) -> Answer),
    /// It decides itself which of its arguments are evaluated, and how often.
    Lazy(fn(&mut Evaluation<'_>, &Expression, &[Expression]) -> Result<Value, Stop>),
    /// The scope knows.
    Surroundings,
}

/// A value, or a fault that does not know yet where it stands.
pub(super) type Answer = Result<Value, Fault>;

pub(super) const fn pure(
    name: &'static str,
    minimum: usize,
    maximum: usize,
    run: fn(&Arguments<'_>) -> Answer,
) -> Function {
    Function {
        signature: Signature {
            name,
            minimum,
            maximum,
        },
        run: Run::Pure(run),
    }
}

pub(super) const fn lazy(
    name: &'static str,
    minimum: usize,
    maximum: usize,
    run: fn(&mut Evaluation<'_>, &Expression, &[Expression]) -> Result<Value, Stop>,
) -> Function {
    Function {
        signature: Signature {
            name,
            minimum,
            maximum,
        },
        run: Run::Lazy(run),
    }
}

/// No upper bound on the number of arguments but the length of the expression.
pub(super) const MANY: usize = usize::MAX;

pub(super) fn find(lower: &str) -> Option<&'static Function> {
    static BY_NAME: LazyLock<HashMap<String, &'static Function>> = LazyLock::new(|| {
        families()
            .map(|known| (known.signature.name.to_lowercase(), known))
            .collect()
    });
    match BY_NAME.get(lower) {
        Some(function) => Some(function),
        None if lower.starts_with("list") && !lower.contains('.') => BY_NAME.get("list*").copied(),
        None => None,
    }
}

pub(super) fn unknown(name: &str) -> Fault {
    Fault::new(format!("The template function '{name}' is not valid."))
}

pub(super) fn misplaced(name: &str) -> Fault {
    Fault::new(format!(
        "The template function '{name}' is not expected at this location."
    ))
}

fn families() -> impl Iterator<Item = &'static Function> {
    let families: [&'static [Function]; 11] = [
        array::TABLE,
        cidr::TABLE,
        date::TABLE,
        encoding::TABLE,
        lambda::TABLE,
        logical::TABLE,
        numeric::TABLE,
        object::TABLE,
        resource::TABLE,
        surroundings::TABLE,
        text::TABLE,
    ];
    families.into_iter().flatten()
}
