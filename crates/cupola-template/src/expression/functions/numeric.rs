//! Whole numbers of 64 bits. What does not fit is a fault.

use serde_json::{Number, Value};

use super::super::Fault;
use super::{Answer, Arguments, Function, MANY, pure};

pub(super) const TABLE: &[Function] = &[
    pure("add", 2, 2, |arguments| calculate(arguments, i64::checked_add)),
    pure("sub", 2, 2, |arguments| calculate(arguments, i64::checked_sub)),
    pure("mul", 2, 2, |arguments| calculate(arguments, i64::checked_mul)),
    pure("div", 2, 2, |arguments| divide(arguments, i64::checked_div)),
    pure("mod", 2, 2, |arguments| divide(arguments, i64::checked_rem)),
    pure("min", 1, MANY, |arguments| {
        pick(arguments, |numbers| numbers.iter().min().copied())
    }),
    pure("max", 1, MANY, |arguments| {
        pick(arguments, |numbers| numbers.iter().max().copied())
    }),
    pure("int", 1, 1, int),
    pure("float", 1, 1, float),
];

fn calculate(arguments: &Arguments<'_>, operation: fn(i64, i64) -> Option<i64>) -> Answer {
    let (left, right) = (arguments.integer(0)?, arguments.integer(1)?);
    operation(left, right)
        .map(Value::from)
        .ok_or_else(|| arguments.fault("the result does not fit 64 bits"))
}

fn divide(arguments: &Arguments<'_>, operation: fn(i64, i64) -> Option<i64>) -> Answer {
    match arguments.integer(1)? {
        0 => Err(arguments.fault("the divisor is zero")),
        _ => calculate(arguments, operation),
    }
}

/// From one array or from the arguments themselves.
fn pick(arguments: &Arguments<'_>, choose: fn(&[i64]) -> Option<i64>) -> Answer {
    let numbers: Vec<i64> = match arguments.value(0) {
        Value::Array(items) if arguments.len() == 1 => {
            let numbers = items
                .iter()
                .map(|item| item.as_i64().ok_or_else(|| mixed(arguments)));
            numbers.collect::<Result<_, Fault>>()?
        }
        _ => (0..arguments.len())
            .map(|position| arguments.integer(position))
            .collect::<Result<_, Fault>>()?,
    };
    choose(&numbers)
        .map(Value::from)
        .ok_or_else(|| arguments.fault("the array is empty"))
}

fn mixed(arguments: &Arguments<'_>) -> Fault {
    arguments.fault("all items of the array have to be integers")
}

fn int(arguments: &Arguments<'_>) -> Answer {
    let value = arguments.value(0);
    let number = match value {
        Value::Number(number) if number.is_f64() => number.as_f64().and_then(whole),
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => return Err(arguments.mistyped(0, "Integer' or 'String")),
    };
    let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    number
        .map(Value::from)
        .ok_or_else(|| arguments.fault(format!("'{shown}' is not an integer of 64 bits")))
}

/// Rounds half to even, as .NET converts.
fn whole(number: f64) -> Option<i64> {
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    let rounded = number.round_ties_even();
    (-BOUND..BOUND).contains(&rounded).then_some(rounded as i64)
}

fn float(arguments: &Arguments<'_>) -> Answer {
    let number = match arguments.value(0) {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => return Err(arguments.mistyped(0, "Integer' or 'String")),
    };
    let number = number.and_then(Number::from_f64).map(Value::Number);
    number.ok_or_else(|| arguments.fault(format!("{} is not a number", arguments.value(0))))
}
