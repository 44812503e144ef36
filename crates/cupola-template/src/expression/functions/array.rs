//! Arrays, and what arrays have in common with texts and objects: length, contains, first, take and the like.

use std::collections::HashSet;

use serde_json::Value;

use super::super::Fault;
use super::super::evaluate::select;
use super::super::value::{held_key, type_name};
use super::arguments::scalar;
use super::{Answer, Arguments, Function, MANY, object, pure, text};

/// As the service bounds `range`.
const RANGE_MAX: i64 = 10_000;

pub(super) const TABLE: &[Function] = &[
    pure("array", 1, 1, array),
    pure("concat", 1, MANY, concat),
    pure("contains", 2, 2, contains),
    pure("createArray", 0, MANY, |arguments| {
        Ok(arguments.values.to_vec().into())
    }),
    pure("empty", 1, 1, empty),
    pure("first", 1, 1, first),
    pure("last", 1, 1, last),
    pure("indexOf", 2, 2, index_of),
    pure("lastIndexOf", 2, 2, last_index_of),
    pure("intersection", 2, MANY, intersection),
    pure("union", 2, MANY, union),
    pure("join", 2, 2, join),
    pure("length", 1, 1, length),
    pure("range", 2, 2, range),
    pure("skip", 2, 2, skip),
    pure("take", 2, 2, take),
    pure("tryGet", 2, MANY, try_get),
    pure("indexFromEnd", 2, 2, index_from_end),
    pure("tryIndexFromEnd", 2, 2, |arguments| {
        Ok(from_end(arguments)?.cloned().unwrap_or_default())
    }),
    pure("flatten", 1, 1, flatten),
];

const TEXT_OR_ARRAY: &str = "String' or 'Array";
const CONTAINER: &str = "String', 'Array' or 'Object";

fn array(arguments: &Arguments<'_>) -> Answer {
    Ok(match arguments.value(0) {
        Value::Array(items) => items.clone().into(),
        other => vec![other.clone()].into(),
    })
}

fn concat(arguments: &Arguments<'_>) -> Answer {
    if arguments.value(0).is_array() {
        let mut joined = Vec::new();
        for position in 0..arguments.len() {
            joined.extend_from_slice(arguments.array(position)?);
        }
        return Ok(joined.into());
    }
    let mut joined = String::new();
    for position in 0..arguments.len() {
        let part = arguments.scalar(position)?;
        arguments.fits(joined.len() + part.len())?;
        joined.push_str(&part);
    }
    Ok(joined.into())
}

fn contains(arguments: &Arguments<'_>) -> Answer {
    Ok(match arguments.value(0) {
        Value::String(text) => text.contains(&arguments.scalar(1)?),
        Value::Array(items) => items.contains(arguments.value(1)),
        Value::Object(object) => held_key(object, arguments.text(1)?).is_some(),
        _ => return Err(arguments.mistyped(0, CONTAINER)),
    }
    .into())
}

fn empty(arguments: &Arguments<'_>) -> Answer {
    Ok(match arguments.value(0) {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.is_empty(),
        _ => return Err(arguments.mistyped(0, CONTAINER)),
    }
    .into())
}

/// Null for an empty array, an empty text for an empty text.
fn first(arguments: &Arguments<'_>) -> Answer {
    match arguments.value(0) {
        Value::String(whole) => Ok(text::part(whole, 0, 1).into()),
        Value::Array(items) => Ok(items.first().cloned().unwrap_or_default()),
        _ => Err(arguments.mistyped(0, TEXT_OR_ARRAY)),
    }
}

fn last(arguments: &Arguments<'_>) -> Answer {
    match arguments.value(0) {
        Value::String(whole) => Ok(text::part(whole, text::length(whole).saturating_sub(1), 1).into()),
        Value::Array(items) => Ok(items.last().cloned().unwrap_or_default()),
        _ => Err(arguments.mistyped(0, TEXT_OR_ARRAY)),
    }
}

/// In texts without regard to case, in arrays with it; -1 if it is not there.
fn index_of(arguments: &Arguments<'_>) -> Answer {
    let found = match arguments.value(0) {
        Value::String(whole) => text::find(whole, arguments.text(1)?),
        Value::Array(items) => items.iter().position(|item| item == arguments.value(1)),
        _ => return Err(arguments.mistyped(0, TEXT_OR_ARRAY)),
    };
    Ok(position(found))
}

fn last_index_of(arguments: &Arguments<'_>) -> Answer {
    let found = match arguments.value(0) {
        Value::String(whole) => text::find_last(whole, arguments.text(1)?),
        Value::Array(items) => items.iter().rposition(|item| item == arguments.value(1)),
        _ => return Err(arguments.mistyped(0, TEXT_OR_ARRAY)),
    };
    Ok(position(found))
}

fn position(found: Option<usize>) -> Value {
    found.map_or_else(|| (-1).into(), Value::from)
}

/// The distinct items of the first array that all others hold; of objects the properties that all hold with equal values.
fn intersection(arguments: &Arguments<'_>) -> Answer {
    if arguments.value(0).is_object() {
        return object::intersection(arguments);
    }
    let mut common = distinct(arguments.array(0)?);
    for position in 1..arguments.len() {
        let others: HashSet<String> = arguments.array(position)?.iter().map(identity).collect();
        common.retain(|item| others.contains(&identity(item)));
    }
    Ok(common.into())
}

/// The distinct items of all arrays; objects are merged, nested ones too, and the last value wins.
fn union(arguments: &Arguments<'_>) -> Answer {
    if arguments.value(0).is_object() {
        return object::union(arguments);
    }
    let mut all = Vec::new();
    for position in 0..arguments.len() {
        all.extend_from_slice(arguments.array(position)?);
    }
    Ok(distinct(&all).into())
}

fn distinct(items: &[Value]) -> Vec<Value> {
    let mut seen = HashSet::new();
    items
        .iter()
        .filter(|item| seen.insert(identity(item)))
        .cloned()
        .collect()
}

/// A text that is the same for equal values: JSON with sorted keys. It keeps look-ups in long arrays quick.
fn identity(value: &Value) -> String {
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    sorted.to_string()
}

fn join(arguments: &Arguments<'_>) -> Answer {
    let delimiter = arguments.text(1)?;
    let mut joined = String::new();
    for (position, item) in arguments.array(0)?.iter().enumerate() {
        let part = scalar(item).ok_or_else(|| {
            let found = type_name(item);
            arguments.fault(format!(
                "item {position} of the array is of type '{found}' and has to be a string, integer or boolean"
            ))
        })?;
        let delimiter = if position > 0 { delimiter } else { "" };
        arguments.fits(joined.len() + delimiter.len() + part.len())?;
        joined.push_str(delimiter);
        joined.push_str(&part);
    }
    Ok(joined.into())
}

fn length(arguments: &Arguments<'_>) -> Answer {
    Ok(match arguments.value(0) {
        Value::String(whole) => text::length(whole),
        Value::Array(items) => items.len(),
        Value::Object(object) => object.len(),
        _ => return Err(arguments.mistyped(0, CONTAINER)),
    }
    .into())
}

fn range(arguments: &Arguments<'_>) -> Answer {
    let (start, count) = (arguments.integer(0)?, arguments.integer(1)?);
    if !(0..=RANGE_MAX).contains(&count) {
        return Err(arguments.fault(format!(
            "the count must be between 0 and {RANGE_MAX} and is {count}"
        )));
    }
    let end = start.checked_add(count).filter(|end| i32::try_from(*end).is_ok());
    let end = end.ok_or_else(|| arguments.fault("the sum of start index and count does not fit 32 bits"))?;
    Ok((start..end).collect::<Vec<i64>>().into())
}

fn skip(arguments: &Arguments<'_>) -> Answer {
    let count = count(arguments)?;
    match arguments.value(0) {
        Value::String(whole) => Ok(text::part(whole, count, usize::MAX).into()),
        Value::Array(items) => Ok(items.iter().skip(count).cloned().collect()),
        _ => Err(arguments.mistyped(0, TEXT_OR_ARRAY)),
    }
}

fn take(arguments: &Arguments<'_>) -> Answer {
    let count = count(arguments)?;
    match arguments.value(0) {
        Value::String(whole) => Ok(text::part(whole, 0, count).into()),
        Value::Array(items) => Ok(items.iter().take(count).cloned().collect()),
        _ => Err(arguments.mistyped(0, TEXT_OR_ARRAY)),
    }
}

/// A negative number of items is none.
fn count(arguments: &Arguments<'_>) -> Result<usize, Fault> {
    let count = arguments.integer(1)?.max(0);
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// What the keys lead to, one after the other; null where one leads nowhere.
fn try_get(arguments: &Arguments<'_>) -> Answer {
    let mut found = arguments.value(0);
    for position in 1..arguments.len() {
        let key = arguments.value(position);
        if !(key.is_string() || key.is_i64()) {
            return Err(arguments.mistyped(position, "String' or 'Integer"));
        }
        match select(found, key) {
            Ok(part) => found = part,
            Err(_) => return Ok(Value::Null),
        }
    }
    Ok(found.clone())
}

fn index_from_end(arguments: &Arguments<'_>) -> Answer {
    let index = arguments.integer(1)?;
    let message =
        || format!("The language expression property array index '{index}' from the end is out of bounds.");
    from_end(arguments)?.cloned().ok_or_else(|| Fault::new(message()))
}

/// The last item is number 1.
fn from_end<'a>(arguments: &Arguments<'a>) -> Result<Option<&'a Value>, Fault> {
    let (items, index) = (arguments.array(0)?, arguments.integer(1)?);
    let index = usize::try_from(index).ok().filter(|index| *index > 0);
    Ok(index.and_then(|index| items.get(items.len().checked_sub(index)?)))
}

fn flatten(arguments: &Arguments<'_>) -> Answer {
    let mut flat = Vec::new();
    for (position, item) in arguments.array(0)?.iter().enumerate() {
        let Value::Array(inner) = item else {
            let found = type_name(item);
            return Err(arguments.fault(format!(
                "item {position} is of type '{found}' and has to be an array"
            )));
        };
        flat.extend_from_slice(inner);
    }
    Ok(flat.into())
}
