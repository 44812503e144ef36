//! The standard functions of JMESPath.

use std::cmp::Ordering;

use jmespath::ast::Ast;
use serde_json::{Map, Number, Value};

use super::{Evaluated, equal, evaluate, float};

/// Calls a function with arguments that are not evaluated yet.
pub(super) fn call(name: &str, args: &[Ast], data: &Value) -> Evaluated {
    let call = Call { name, args, data };
    match name {
        "abs" => call.of_number(f64::abs),
        "ceil" => call.of_number(f64::ceil),
        "floor" => call.of_number(f64::floor),
        "avg" => {
            let numbers = call.exactly(1)?.numbers(0)?;
            let count = numbers.len() as f64;
            if numbers.is_empty() {
                Ok(Value::Null)
            } else {
                Ok(number(numbers.iter().sum::<f64>() / count))
            }
        }
        "sum" => Ok(number(call.exactly(1)?.numbers(0)?.iter().sum())),
        "contains" => contains(&call.exactly(2)?),
        "starts_with" => Ok(call.exactly(2)?.text(0)?.starts_with(&call.text(1)?).into()),
        "ends_with" => Ok(call.exactly(2)?.text(0)?.ends_with(&call.text(1)?).into()),
        "join" => {
            let glue = call.exactly(2)?.text(0)?;
            let texts = call.texts(1)?;
            Ok(texts.join(&glue).into())
        }
        "keys" => Ok(call
            .exactly(1)?
            .object(0)?
            .into_iter()
            .map(|(key, _)| Value::from(key))
            .collect()),
        "values" => Ok(call
            .exactly(1)?
            .object(0)?
            .into_iter()
            .map(|(_, value)| value)
            .collect()),
        "length" => match call.exactly(1)?.value(0)? {
            Value::String(text) => Ok(text.chars().count().into()),
            Value::Array(items) => Ok(items.len().into()),
            Value::Object(fields) => Ok(fields.len().into()),
            other => Err(call.takes("a string, an array or an object", &other)),
        },
        "map" => call
            .exactly(2)?
            .array(1)?
            .iter()
            .map(|item| evaluate(call.expression(0)?, item))
            .collect(),
        "max" => extreme(&call.exactly(1)?, Ordering::is_gt),
        "min" => extreme(&call.exactly(1)?, Ordering::is_lt),
        "max_by" => extreme_by(&call.exactly(2)?, Ordering::is_gt),
        "min_by" => extreme_by(&call.exactly(2)?, Ordering::is_lt),
        "sort" => {
            let items = call.exactly(1)?.array(0)?;
            let keys = call.keys(items.clone())?;
            Ok(sorted(items, keys))
        }
        "sort_by" => {
            let items = call.exactly(2)?.array(0)?;
            let keys = call.keys_by(&items)?;
            Ok(sorted(items, keys))
        }
        "merge" => {
            let mut merged = Map::new();
            for at in 0..call.at_least(1)?.args.len() {
                merged.extend(call.object(at)?);
            }
            Ok(Value::Object(merged))
        }
        "not_null" => {
            for at in 0..call.at_least(1)?.args.len() {
                let value = call.value(at)?;
                if !value.is_null() {
                    return Ok(value);
                }
            }
            Ok(Value::Null)
        }
        "reverse" => match call.exactly(1)?.value(0)? {
            Value::String(text) => Ok(text.chars().rev().collect::<String>().into()),
            Value::Array(items) => Ok(items.into_iter().rev().collect()),
            other => Err(call.takes("a string or an array", &other)),
        },
        "to_array" => match call.exactly(1)?.value(0)? {
            Value::Array(items) => Ok(Value::Array(items)),
            other => Ok(Value::Array(vec![other])),
        },
        "to_string" => match call.exactly(1)?.value(0)? {
            Value::String(text) => Ok(text.into()),
            other => Ok(other.to_string().into()),
        },
        "to_number" => match call.exactly(1)?.value(0)? {
            Value::Number(number) => Ok(Value::Number(number)),
            // Only text that JSON would call a number is one.
            Value::String(text) => {
                Ok(serde_json::from_str::<Number>(&text).map_or(Value::Null, Value::Number))
            }
            _ => Ok(Value::Null),
        },
        "type" => Ok(kind(&call.exactly(1)?.value(0)?).into()),
        _ => Err(format!("there is no function {name}()")),
    }
}

#[derive(Clone, Copy)]
struct Call<'a> {
    name: &'a str,
    args: &'a [Ast],
    data: &'a Value,
}

impl<'a> Call<'a> {
    fn exactly(self, count: usize) -> Result<Self, String> {
        if self.args.len() == count {
            Ok(self)
        } else {
            Err(self.arity("", count))
        }
    }

    fn at_least(self, count: usize) -> Result<Self, String> {
        if self.args.len() >= count {
            Ok(self)
        } else {
            Err(self.arity("at least ", count))
        }
    }

    fn arity(self, rule: &str, count: usize) -> String {
        let plural = if count == 1 { "" } else { "s" };
        format!(
            "{}() takes {rule}{count} argument{plural}, not {}",
            self.name,
            self.args.len()
        )
    }

    fn takes(self, wanted: &str, found: &Value) -> String {
        format!("{}() takes {wanted} here, not {}", self.name, kind(found))
    }

    fn value(self, at: usize) -> Evaluated {
        match &self.args[at] {
            Ast::Expref { .. } => Err(format!(
                "{}() takes a value here, not an expression (&x)",
                self.name
            )),
            other => evaluate(other, self.data),
        }
    }

    fn expression(self, at: usize) -> Result<&'a Ast, String> {
        match &self.args[at] {
            Ast::Expref { ast, .. } => Ok(ast),
            _ => Err(format!("{}() takes an expression here, such as &name", self.name)),
        }
    }

    fn text(self, at: usize) -> Result<String, String> {
        match self.value(at)? {
            Value::String(text) => Ok(text),
            other => Err(self.takes("a string", &other)),
        }
    }

    fn array(self, at: usize) -> Result<Vec<Value>, String> {
        match self.value(at)? {
            Value::Array(items) => Ok(items),
            other => Err(self.takes("an array", &other)),
        }
    }

    fn object(self, at: usize) -> Result<Map<String, Value>, String> {
        match self.value(at)? {
            Value::Object(fields) => Ok(fields),
            other => Err(self.takes("an object", &other)),
        }
    }

    fn numbers(self, at: usize) -> Result<Vec<f64>, String> {
        let items = self.array(at)?;
        items
            .iter()
            .map(|item| item.as_f64().ok_or_else(|| self.takes("numbers", item)))
            .collect()
    }

    fn texts(self, at: usize) -> Result<Vec<String>, String> {
        let items = self.array(at)?;
        items
            .iter()
            .map(|item| {
                item.as_str()
                    .map(Into::into)
                    .ok_or_else(|| self.takes("strings", item))
            })
            .collect()
    }

    fn of_number(self, act: impl Fn(f64) -> f64) -> Evaluated {
        match self.exactly(1)?.value(0)? {
            Value::Number(given) => Ok(number(act(float(&given)))),
            other => Err(self.takes("a number", &other)),
        }
    }

    /// What to sort by: all numbers or all strings.
    fn keys(self, keys: Vec<Value>) -> Result<Vec<Value>, String> {
        let first = keys.first().map(kind);
        for key in &keys {
            if !matches!(key, Value::Number(_) | Value::String(_)) || Some(kind(key)) != first {
                return Err(self.takes("only numbers or only strings", key));
            }
        }
        Ok(keys)
    }

    fn keys_by(self, items: &[Value]) -> Result<Vec<Value>, String> {
        let expression = self.expression(1)?;
        self.keys(
            items
                .iter()
                .map(|item| evaluate(expression, item))
                .collect::<Result<_, _>>()?,
        )
    }
}

fn contains(call: &Call<'_>) -> Evaluated {
    match (call.value(0)?, call.value(1)?) {
        (Value::Array(items), wanted) => Ok(items.iter().any(|item| equal(item, &wanted)).into()),
        (Value::String(text), Value::String(wanted)) => Ok(text.contains(&wanted).into()),
        (Value::String(_), _) => Ok(false.into()),
        (other, _) => Err(call.takes("an array or a string", &other)),
    }
}

fn extreme(call: &Call<'_>, better: fn(Ordering) -> bool) -> Evaluated {
    let items = call.array(0)?;
    let keys = call.keys(items.clone())?;
    Ok(pick(items, &keys, better))
}

fn extreme_by(call: &Call<'_>, better: fn(Ordering) -> bool) -> Evaluated {
    let items = call.array(0)?;
    let keys = call.keys_by(&items)?;
    Ok(pick(items, &keys, better))
}

fn pick(items: Vec<Value>, keys: &[Value], better: fn(Ordering) -> bool) -> Value {
    let best = (0..keys.len()).reduce(|best, at| {
        if better(order(&keys[at], &keys[best])) {
            at
        } else {
            best
        }
    });
    best.and_then(|at| items.into_iter().nth(at)).unwrap_or_default()
}

fn sorted(items: Vec<Value>, keys: Vec<Value>) -> Value {
    let mut pairs: Vec<(Value, Value)> = keys.into_iter().zip(items).collect();
    pairs.sort_by(|(left, _), (right, _)| order(left, right));
    pairs.into_iter().map(|(_, item)| item).collect()
}

fn order(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => float(left).total_cmp(&float(right)),
        (Value::String(left), Value::String(right)) => left.cmp(right),
        _ => Ordering::Equal,
    }
}

// Whole results stay whole numbers, so that a sum of tokens does not read 12.0.
fn number(value: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT {
        Value::from(value as i64)
    } else {
        Value::from(value)
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::super::evaluate;
    use serde_json::{Value, json};

    #[track_caller]
    fn check(query: &str, expected: &Value) {
        let data = json!({"n": [3, 1, 2], "s": ["b", "a"], "o": {"b": 1, "a": 2}, "t": "héllo",
            "p": [{"k": "x", "v": 2}, {"k": "y", "v": 1}, {"k": "z", "v": 1}]});
        let ast = jmespath::parse(query).expect("parses");
        let found = evaluate(&ast, &data).expect("has a value");
        assert_eq!(found.to_string(), expected.to_string(), "{query}");
    }

    #[test]
    fn every_standard_function() {
        check("abs(`-1`)", &json!(1));
        check("avg(n)", &json!(2));
        check("avg(`[]`)", &json!(null));
        check("ceil(`1.2`)", &json!(2));
        check("floor(`1.8`)", &json!(1));
        check("sum(n)", &json!(6));
        check("contains(n, `3`)", &json!(true));
        check("contains(t, 'llo')", &json!(true));
        check("contains(s, 'c')", &json!(false));
        check("starts_with(t, 'hé')", &json!(true));
        check("ends_with(t, 'x')", &json!(false));
        check("join(', ', s)", &json!("b, a"));
        check("keys(o)", &json!(["b", "a"]));
        check("values(o)", &json!([1, 2]));
        check("length(t)", &json!(5));
        check("length(o)", &json!(2));
        check("map(&v, p)", &json!([2, 1, 1]));
        check("map(&nope, p)", &json!([null, null, null]));
        check("max(n)", &json!(3));
        check("min(s)", &json!("a"));
        check("max(`[]`)", &json!(null));
        check("max_by(p, &v).k", &json!("x"));
        check("min_by(p, &v).k", &json!("y"));
        check("merge(o, `{\"c\": 3}`)", &json!({"b": 1, "a": 2, "c": 3}));
        check("not_null(nope, t)", &json!("héllo"));
        check("reverse(n)", &json!([2, 1, 3]));
        check("reverse(t)", &json!("olléh"));
        check("sort(n)", &json!([1, 2, 3]));
        check("sort(s)", &json!(["a", "b"]));
        check("sort_by(p, &v)[].k", &json!(["y", "z", "x"]));
        check("to_array(t)", &json!(["héllo"]));
        check("to_array(n)", &json!([3, 1, 2]));
        check("to_string(n)", &json!("[3,1,2]"));
        check("to_string(t)", &json!("héllo"));
        check("to_number('1.5')", &json!(1.5));
        check("to_number('x')", &json!(null));
        check("type(nope)", &json!("null"));
        check("type(o)", &json!("object"));
        check("type(`true`)", &json!("boolean"));
    }
}
