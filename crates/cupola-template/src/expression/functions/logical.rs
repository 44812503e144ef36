//! Logic, comparison, and the functions that evaluate only what they need.

use std::cmp::Ordering;

use serde_json::Value;

use super::super::evaluate::Evaluation;
use super::super::{Expression, Fault, Stop};
use super::{Answer, Arguments, Function, MANY, lazy, pure};

pub(super) const TABLE: &[Function] = &[
    lazy("if", 3, 3, if_),
    lazy("and", 2, MANY, and),
    lazy("or", 2, MANY, or),
    lazy("coalesce", 1, MANY, coalesce),
    pure("not", 1, 1, |arguments| Ok((!arguments.boolean(0)?).into())),
    pure("true", 0, 0, |_| Ok(true.into())),
    pure("false", 0, 0, |_| Ok(false.into())),
    pure("null", 0, 0, |_| Ok(Value::Null)),
    pure("bool", 1, 1, bool_),
    pure("equals", 2, 2, |arguments| {
        Ok((arguments.value(0) == arguments.value(1)).into())
    }),
    pure("less", 2, 2, |arguments| Ok(compare(arguments)?.is_lt().into())),
    pure("lessOrEquals", 2, 2, |arguments| {
        Ok(compare(arguments)?.is_le().into())
    }),
    pure("greater", 2, 2, |arguments| {
        Ok(compare(arguments)?.is_gt().into())
    }),
    pure("greaterOrEquals", 2, 2, |arguments| {
        Ok(compare(arguments)?.is_ge().into())
    }),
    pure("fail", 1, 1, |arguments| Err(Fault::new(arguments.text(0)?))),
];

fn if_(evaluation: &mut Evaluation<'_>, whole: &Expression, arguments: &[Expression]) -> Result<Value, Stop> {
    let chosen = match condition(evaluation, "if", whole, &arguments[0])? {
        true => &arguments[1],
        false => &arguments[2],
    };
    evaluation.value(chosen)
}

fn and(evaluation: &mut Evaluation<'_>, whole: &Expression, arguments: &[Expression]) -> Result<Value, Stop> {
    for argument in arguments {
        if !condition(evaluation, "and", whole, argument)? {
            return Ok(false.into());
        }
    }
    Ok(true.into())
}

fn or(evaluation: &mut Evaluation<'_>, whole: &Expression, arguments: &[Expression]) -> Result<Value, Stop> {
    for argument in arguments {
        if condition(evaluation, "or", whole, argument)? {
            return Ok(true.into());
        }
    }
    Ok(false.into())
}

fn coalesce(
    evaluation: &mut Evaluation<'_>,
    _: &Expression,
    arguments: &[Expression],
) -> Result<Value, Stop> {
    for argument in arguments {
        let value = evaluation.value(argument)?;
        if !value.is_null() {
            return Ok(value);
        }
    }
    Ok(Value::Null)
}

fn condition(
    evaluation: &mut Evaluation<'_>,
    function: &str,
    whole: &Expression,
    argument: &Expression,
) -> Result<bool, Stop> {
    let values = [evaluation.value(argument)?];
    let read = Arguments {
        function,
        values: &values,
    }
    .boolean(0);
    Ok(read.map_err(|fault| fault.within(whole.at()))?)
}

fn bool_(arguments: &Arguments<'_>) -> Answer {
    match arguments.value(0) {
        Value::Bool(value) => Ok((*value).into()),
        Value::Number(number) if !number.is_f64() => Ok((number.as_i64() != Some(0)).into()),
        Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Ok(true.into()),
        Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Ok(false.into()),
        Value::String(text) => Err(arguments.fault(format!("'{text}' is neither 'true' nor 'false'"))),
        _ => Err(arguments.mistyped(0, "Boolean', 'String' or 'Integer")),
    }
}

/// Numbers by value, texts by code point.
fn compare(arguments: &Arguments<'_>) -> Result<Ordering, Fault> {
    match (arguments.value(0), arguments.value(1)) {
        (Value::String(left), Value::String(right)) => Ok(left.cmp(right)),
        (Value::Number(left), Value::Number(right)) => {
            let exact = left
                .as_i64()
                .zip(right.as_i64())
                .map(|(left, right)| left.cmp(&right));
            let close = || {
                left.as_f64()
                    .zip(right.as_f64())
                    .and_then(|(left, right)| left.partial_cmp(&right))
            };
            exact
                .or_else(close)
                .ok_or_else(|| arguments.fault("the two numbers cannot be compared"))
        }
        (Value::String(_), _) => Err(arguments.mistyped(1, "String")),
        (Value::Number(_), _) => Err(arguments.mistyped(1, "Integer")),
        _ => Err(arguments.mistyped(0, "Integer' or 'String")),
    }
}
