//! `--query`: JMESPath over JSON with the order of keys kept.
//!
//! The crate parses; evaluation is ours, because the crate's own objects sort their keys and a
//! table or a row of tsv must keep the order in which somebody asked for its fields.

mod functions;

use jmespath::Variable;
use jmespath::ast::{Ast, Comparator};
use serde_json::{Map, Number, Value};

use crate::failure::Failure;

/// What `query` finds in `data`.
pub(crate) fn search(query: &str, data: &Value) -> Result<Value, Failure> {
    let refused = |reason: String| {
        Failure::usage(format!("--query '{query}' cannot be answered: {reason}"))
            .hint("--query \"[].{Name: name, State: provisioning_state}\", or see jmespath.org")
    };
    let ast = jmespath::parse(query).map_err(|error| refused(error.to_string()))?;
    evaluate(&ast, data).map_err(refused)
}

/// Why an expression has no value.
type Evaluated = Result<Value, String>;

fn evaluate(ast: &Ast, data: &Value) -> Evaluated {
    Ok(match ast {
        Ast::Identity { .. } => data.clone(),
        Ast::Literal { value, .. } => literal(value),
        Ast::Field { name, .. } => data.get(name).cloned().unwrap_or_default(),
        Ast::Index { idx, .. } => index(data, *idx),
        Ast::Slice {
            start, stop, step, ..
        } => return slice(data, *start, *stop, *step),
        Ast::Subexpr { lhs, rhs, .. } => return evaluate(rhs, &evaluate(lhs, data)?),
        Ast::And { lhs, rhs, .. } => {
            let left = evaluate(lhs, data)?;
            if is_true(&left) {
                evaluate(rhs, data)?
            } else {
                left
            }
        }
        Ast::Or { lhs, rhs, .. } => {
            let left = evaluate(lhs, data)?;
            if is_true(&left) {
                left
            } else {
                evaluate(rhs, data)?
            }
        }
        Ast::Not { node, .. } => Value::Bool(!is_true(&evaluate(node, data)?)),
        Ast::Condition { predicate, then, .. } => {
            if is_true(&evaluate(predicate, data)?) {
                evaluate(then, data)?
            } else {
                Value::Null
            }
        }
        Ast::Comparison {
            comparator, lhs, rhs, ..
        } => compare(comparator, &evaluate(lhs, data)?, &evaluate(rhs, data)?),
        Ast::Flatten { node, .. } => match evaluate(node, data)? {
            Value::Array(items) => Value::Array(items.into_iter().flat_map(flattened).collect()),
            _ => Value::Null,
        },
        Ast::ObjectValues { node, .. } => match evaluate(node, data)? {
            Value::Object(fields) => Value::Array(fields.into_iter().map(|(_, value)| value).collect()),
            _ => Value::Null,
        },
        Ast::Projection { lhs, rhs, .. } => match evaluate(lhs, data)? {
            Value::Array(items) => {
                let mut found = Vec::with_capacity(items.len());
                for item in &items {
                    let value = evaluate(rhs, item)?;
                    if !value.is_null() {
                        found.push(value);
                    }
                }
                Value::Array(found)
            }
            _ => Value::Null,
        },
        // A multi-select of nothing is nothing, not a list of nothings.
        Ast::MultiList { .. } | Ast::MultiHash { .. } if data.is_null() => Value::Null,
        Ast::MultiList { elements, .. } => Value::Array(
            elements
                .iter()
                .map(|element| evaluate(element, data))
                .collect::<Result<_, _>>()?,
        ),
        Ast::MultiHash { elements, .. } => {
            let mut fields = Map::new();
            for element in elements {
                fields.insert(element.key.clone(), evaluate(&element.value, data)?);
            }
            Value::Object(fields)
        }
        Ast::Function { name, args, .. } => return functions::call(name, args, data),
        Ast::Expref { .. } => return Err("an expression reference (&x) only fits into a function".into()),
    })
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    }
}

fn flattened(item: Value) -> Vec<Value> {
    match item {
        Value::Array(items) => items,
        other => vec![other],
    }
}

fn literal(value: &Variable) -> Value {
    match value {
        Variable::Null | Variable::Expref(_) => Value::Null,
        Variable::String(text) => Value::String(text.clone()),
        Variable::Bool(answer) => Value::Bool(*answer),
        Variable::Number(number) => Value::Number(number.clone()),
        Variable::Array(items) => items.iter().map(|item| literal(item)).collect(),
        Variable::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(key, field)| (key.clone(), literal(field)))
                .collect(),
        ),
    }
}

fn index(data: &Value, at: i32) -> Value {
    let Value::Array(items) = data else {
        return Value::Null;
    };
    let at = if at < 0 {
        items.len() as i64 + i64::from(at)
    } else {
        i64::from(at)
    };
    usize::try_from(at)
        .ok()
        .and_then(|at| items.get(at))
        .cloned()
        .unwrap_or_default()
}

// The bounds follow Python: negative ones count from the end, and those outside are moved to the edge.
fn slice(data: &Value, start: Option<i32>, stop: Option<i32>, step: i32) -> Evaluated {
    if step == 0 {
        return Err("the step of a slice cannot be 0".into());
    }
    let Value::Array(items) = data else {
        return Ok(Value::Null);
    };
    let (length, step) = (items.len() as i64, i64::from(step));
    let (lowest, highest) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let edge = |bound: i32| {
        let bound = i64::from(bound);
        (if bound < 0 { bound + length } else { bound }).clamp(lowest, highest)
    };
    let mut at = start.map_or(if step > 0 { lowest } else { highest }, edge);
    let stop = stop.map_or(if step > 0 { highest } else { lowest }, edge);
    let mut found = Vec::new();
    while (step > 0 && at < stop) || (step < 0 && at > stop) {
        found.extend(usize::try_from(at).ok().and_then(|at| items.get(at)).cloned());
        at += step;
    }
    Ok(Value::Array(found))
}

fn compare(comparator: &Comparator, left: &Value, right: &Value) -> Value {
    match comparator {
        Comparator::Equal => return Value::Bool(equal(left, right)),
        Comparator::NotEqual => return Value::Bool(!equal(left, right)),
        _ => {}
    }
    // Order is only defined between numbers; text is allowed as az allows it, for dates.
    let order = match (left, right) {
        (Value::Number(left), Value::Number(right)) => float(left).partial_cmp(&float(right)),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    };
    let Some(order) = order else { return Value::Null };
    Value::Bool(match comparator {
        Comparator::LessThan => order.is_lt(),
        Comparator::LessThanEqual => order.is_le(),
        Comparator::GreaterThan => order.is_gt(),
        _ => order.is_ge(),
    })
}

// 1 and 1.0 are one number in JMESPath and two in serde_json.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || float(left) == float(right),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, left)| right.get(key).is_some_and(|right| equal(left, right)))
        }
        _ => left == right,
    }
}

fn float(number: &Number) -> f64 {
    number.as_f64().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(query: &str, data: &Value, expected: &Value) {
        let found = evaluate(&jmespath::parse(query).expect("parses"), data).expect("has a value");
        // Text compares the order of keys as well.
        assert_eq!(found.to_string(), expected.to_string(), "{query}");
    }

    #[test]
    fn keys_keep_the_order_of_the_query() {
        let data = json!([{"name": "a", "location": "eastus2", "n": 1}]);
        check(
            "[].{Z: name, A: location}",
            &data,
            &json!([{"Z": "a", "A": "eastus2"}]),
        );
        check("[0].[n, name]", &data, &json!([1, "a"]));
        check("[0]", &data, &json!({"name": "a", "location": "eastus2", "n": 1}));
        check("keys([0])", &data, &json!(["name", "location", "n"]));
    }

    #[test]
    fn what_people_ask_of_resources() {
        let data = json!([
            {"name": "a", "type": "T/x", "tags": {"team": "blue"}, "list": [1, [2, 3]], "size": 3},
            {"name": "b", "type": "T/y", "tags": null, "list": [], "size": 1.5},
            {"name": "ab", "type": "T/x", "size": 2},
        ]);
        check("[?type=='T/x'].name", &data, &json!(["a", "ab"]));
        check("[?tags.team=='blue'] | [0].name", &data, &json!("a"));
        check("[?contains(name, 'b')].name", &data, &json!(["b", "ab"]));
        check(
            "[?starts_with(name, 'a') && size > `2`].name",
            &data,
            &json!(["a"]),
        );
        check("[?!tags].name", &data, &json!(["b", "ab"]));
        check(
            "[?size <= `2` || name == 'a'].name",
            &data,
            &json!(["a", "b", "ab"]),
        );
        check("[].list[]", &data, &json!([1, [2, 3]]));
        check("[].list[][]", &data, &json!([1, 2, 3]));
        check("[-1].name", &data, &json!("ab"));
        check("[9].name", &data, &json!(null));
        check("[::-1].name", &data, &json!(["ab", "b", "a"]));
        check("[1:].name", &data, &json!(["b", "ab"]));
        check("[:-2].name", &data, &json!(["a"]));
        check("[::2].name", &data, &json!(["a", "ab"]));
        check("[5:1:-1].name", &data, &json!(["ab"]));
        check("length(@)", &data, &json!(3));
        check("sort_by(@, &size)[].name", &data, &json!(["b", "ab", "a"]));
        check("max_by(@, &size).name", &data, &json!("a"));
        check("[].size | sum(@)", &data, &json!(6.5));
        check("[*].tags.team", &data, &json!(["blue"]));
        check("[0].tags.*", &data, &json!(["blue"]));
        check("[0].nope.*", &data, &json!(null));
        check("[0].nope.{a: b}", &data, &json!(null));
        check("[0].\"name\"", &data, &json!("a"));
        check("[?size == `1.5`].name", &data, &json!(["b"]));
        check("[?size == `3.0`].name", &data, &json!(["a"]));
        check("[?name > 'a'].name", &data, &json!(["b", "ab"]));
        check("name || 'none'", &json!({}), &json!("none"));
    }

    #[test]
    fn a_query_that_cannot_be_answered_says_why() {
        let shown = |query: &str| {
            let failure = search(query, &json!({"a": "x"})).expect_err("fails");
            failure.message.lines().next().unwrap_or_default().to_owned()
        };
        insta::assert_snapshot!(shown("nope(@)"), @"--query 'nope(@)' cannot be answered: there is no function nope()");
        insta::assert_snapshot!(shown("abs(a)"), @"--query 'abs(a)' cannot be answered: abs() takes a number here, not string");
        insta::assert_snapshot!(shown("abs()"), @"--query 'abs()' cannot be answered: abs() takes 1 argument, not 0");
        insta::assert_snapshot!(shown("a[::0]"), @"--query 'a[::0]' cannot be answered: the step of a slice cannot be 0");
        assert!(
            shown("[].{").starts_with("--query '[].{' cannot be answered: "),
            "{}",
            shown("[].{")
        );
    }
}
