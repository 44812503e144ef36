//! Functions that take a lambda.

use serde_json::{Map, Value};

use super::super::evaluate::{Evaluation, Lambda, gather};
use super::super::value::type_name;
use super::super::{Expression, Fault, Stop};
use super::object::Builder;
use super::{Function, Run, Signature, lazy, misplaced};

pub(super) const TABLE: &[Function] = &[
    lazy("filter", 2, 2, filter),
    lazy("map", 2, 2, map),
    lazy("sort", 2, 2, sort),
    lazy("reduce", 3, 3, reduce),
    lazy("toObject", 2, 3, to_object),
    lazy("groupBy", 2, 2, group_by),
    lazy("mapValues", 2, 2, map_values),
    lazy("lambdaVariables", 1, 1, variable),
    // Its callers read a lambda as it is written: evaluated by itself it has no meaning.
    Function {
        signature: Signature {
            name: "lambda",
            minimum: 1,
            maximum: super::MANY,
        },
        run: Run::Lazy(|_, whole, _| Err(misplaced("lambda").within(whole.at()).into())),
    },
];

fn filter(
    evaluation: &mut Evaluation<'_>,
    whole: &Expression,
    arguments: &[Expression],
) -> Result<Value, Stop> {
    let items = array(evaluation, "filter", whole, &arguments[0])?;
    let lambda = evaluation.lambda("filter", &arguments[1], 1..=2)?;
    let kept = gather(items.iter().enumerate().map(|(index, item)| {
        let verdict = evaluation.apply(&lambda, &[item, &index.into()])?;
        truth("filter", &verdict)
            .map(Value::from)
            .map_err(|fault| fault.within(whole.at()).into())
    }))?;
    let chosen = items.into_iter().zip(kept).filter(|(_, kept)| *kept == true);
    Ok(chosen.map(|(item, _)| item).collect())
}

fn map(evaluation: &mut Evaluation<'_>, whole: &Expression, arguments: &[Expression]) -> Result<Value, Stop> {
    let items = array(evaluation, "map", whole, &arguments[0])?;
    let lambda = evaluation.lambda("map", &arguments[1], 1..=2)?;
    let mapped = gather(
        items
            .iter()
            .enumerate()
            .map(|(index, item)| evaluation.apply(&lambda, &[item, &index.into()])),
    );
    Ok(mapped?.into())
}

/// Merges by hand: a lambda that contradicts itself gives some order, while the library's sort may panic on it.
fn sort(
    evaluation: &mut Evaluation<'_>,
    whole: &Expression,
    arguments: &[Expression],
) -> Result<Value, Stop> {
    let mut items = array(evaluation, "sort", whole, &arguments[0])?;
    let lambda = evaluation.lambda("sort", &arguments[1], 2..=2)?;
    let mut width = 1;
    while width < items.len() {
        let mut merged = Vec::with_capacity(items.len());
        for pair in items.chunks(width * 2) {
            let (left, right) = pair.split_at(width.min(pair.len()));
            merge(evaluation, whole, &lambda, (left, right), &mut merged)?;
        }
        items = merged;
        width *= 2;
    }
    Ok(items.into())
}

fn merge(
    evaluation: &mut Evaluation<'_>,
    whole: &Expression,
    lambda: &Lambda<'_>,
    (mut left, mut right): (&[Value], &[Value]),
    merged: &mut Vec<Value>,
) -> Result<(), Stop> {
    while let ([first, left_rest @ ..], [second, right_rest @ ..]) = (left, right) {
        let verdict = evaluation.apply(lambda, &[second, first])?;
        if truth("sort", &verdict).map_err(|fault| fault.within(whole.at()))? {
            merged.push(second.clone());
            right = right_rest;
        } else {
            merged.push(first.clone());
            left = left_rest;
        }
    }
    merged.extend_from_slice(left);
    merged.extend_from_slice(right);
    Ok(())
}

fn reduce(
    evaluation: &mut Evaluation<'_>,
    whole: &Expression,
    arguments: &[Expression],
) -> Result<Value, Stop> {
    let items = array(evaluation, "reduce", whole, &arguments[0])?;
    let mut reduced = evaluation.value(&arguments[1])?;
    let lambda = evaluation.lambda("reduce", &arguments[2], 2..=3)?;
    for (index, item) in items.iter().enumerate() {
        reduced = evaluation.apply(&lambda, &[&reduced, item, &index.into()])?;
    }
    Ok(reduced)
}

fn to_object(
    evaluation: &mut Evaluation<'_>,
    whole: &Expression,
    arguments: &[Expression],
) -> Result<Value, Stop> {
    let items = array(evaluation, "toObject", whole, &arguments[0])?;
    let key = evaluation.lambda("toObject", &arguments[1], 1..=1)?;
    let keys = gather(items.iter().map(|item| evaluation.apply(&key, &[item])))?;
    let values = match arguments.get(2) {
        None => items,
        Some(argument) => {
            let value = evaluation.lambda("toObject", argument, 1..=1)?;
            gather(items.iter().map(|item| evaluation.apply(&value, &[item])))?
        }
    };
    let mut object = Builder::default();
    for (key, value) in keys.iter().zip(values) {
        object.set(name("toObject", whole, key)?, value);
    }
    Ok(object.done().into())
}

fn group_by(
    evaluation: &mut Evaluation<'_>,
    whole: &Expression,
    arguments: &[Expression],
) -> Result<Value, Stop> {
    let items = array(evaluation, "groupBy", whole, &arguments[0])?;
    let lambda = evaluation.lambda("groupBy", &arguments[1], 1..=1)?;
    let keys = gather(items.iter().map(|item| evaluation.apply(&lambda, &[item])))?;
    let mut groups = Builder::default();
    for (key, item) in keys.iter().zip(items) {
        let key = name("groupBy", whole, key)?;
        match groups.get_mut(key) {
            Some(Value::Array(group)) => group.push(item),
            _ => groups.set(key, vec![item].into()),
        }
    }
    Ok(groups.done().into())
}

fn map_values(
    evaluation: &mut Evaluation<'_>,
    whole: &Expression,
    arguments: &[Expression],
) -> Result<Value, Stop> {
    let object = match evaluation.value(&arguments[0])? {
        Value::Object(object) => object,
        other => return Err(mistyped("mapValues", whole, &other, "Object")),
    };
    let lambda = evaluation.lambda("mapValues", &arguments[1], 1..=1)?;
    let values = gather(object.values().map(|value| evaluation.apply(&lambda, &[value])))?;
    let mapped: Map<String, Value> = object
        .into_iter()
        .zip(values)
        .map(|((name, _), value)| (name, value))
        .collect();
    Ok(mapped.into())
}

fn variable(
    evaluation: &mut Evaluation<'_>,
    whole: &Expression,
    arguments: &[Expression],
) -> Result<Value, Stop> {
    let wanted = evaluation.value(&arguments[0])?;
    let wanted = name("lambdaVariables", whole, &wanted)?;
    evaluation.variable(wanted).cloned().ok_or_else(|| {
        let message = format!("The template lambda variable '{wanted}' is not found.");
        Fault::new(message).within(whole.at()).into()
    })
}

fn array(
    evaluation: &mut Evaluation<'_>,
    function: &str,
    whole: &Expression,
    argument: &Expression,
) -> Result<Vec<Value>, Stop> {
    match evaluation.value(argument)? {
        Value::Array(items) => Ok(items),
        other => Err(mistyped(function, whole, &other, "Array")),
    }
}

fn truth(function: &str, verdict: &Value) -> Result<bool, Fault> {
    verdict.as_bool().ok_or_else(|| {
        let found = type_name(verdict);
        Fault::new(format!(
            "Unable to evaluate template language function '{function}': its lambda has to result in a boolean and results in '{found}'."
        ))
    })
}

fn name<'v>(function: &str, whole: &Expression, key: &'v Value) -> Result<&'v str, Stop> {
    key.as_str()
        .ok_or_else(|| mistyped(function, whole, key, "String"))
}

fn mistyped(function: &str, whole: &Expression, found: &Value, wanted: &str) -> Stop {
    let found = type_name(found);
    let message = format!(
        "Unable to evaluate template language function '{function}': the type of one of the provided parameters is not valid. It is of type '{found}' and has to be '{wanted}'."
    );
    Fault::new(message).within(whole.at()).into()
}
