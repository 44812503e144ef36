//! Expressions of JSON templates, as they are written into one.

use serde_json::{Map, Value};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Arm {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Call(String, Vec<Arm>),
    /// `base.key` or `base[key]`
    Access(Box<Arm>, Box<Arm>),
    Array(Vec<Arm>),
    Object(Vec<Entry>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    Property(Arm, Arm),
    /// A property that is a loop; it only stands where JSON stands, never inside an expression.
    Copy {
        name: String,
        count: Arm,
        input: Arm,
    },
}

pub(crate) fn call(name: &str, arguments: impl IntoIterator<Item = Arm>) -> Arm {
    Arm::Call(name.to_owned(), arguments.into_iter().collect())
}

pub(crate) fn text(value: impl Into<String>) -> Arm {
    Arm::Text(value.into())
}

impl Arm {
    pub(crate) fn get(self, key: &str) -> Arm {
        Arm::Access(Box::new(self), Box::new(text(key)))
    }

    pub(crate) fn at(self, key: Arm) -> Arm {
        Arm::Access(Box::new(self), Box::new(key))
    }

    pub(crate) fn from_json(value: &Value) -> Arm {
        match value {
            Value::Null => Arm::Null,
            Value::Bool(value) => Arm::Bool(*value),
            Value::Number(number) => match number.as_i64() {
                Some(value) => Arm::Int(value),
                None => Arm::Float(number.as_f64().unwrap_or_default()),
            },
            Value::String(value) => Arm::Text(value.clone()),
            Value::Array(items) => Arm::Array(items.iter().map(Arm::from_json).collect()),
            Value::Object(map) => Arm::Object(
                map.iter()
                    .map(|(key, value)| Entry::Property(text(key.as_str()), Arm::from_json(value)))
                    .collect(),
            ),
        }
    }

    /// How many nodes it has.
    pub(crate) fn size(&self) -> usize {
        match self {
            Arm::Call(_, parts) | Arm::Array(parts) => 1 + parts.iter().map(Arm::size).sum::<usize>(),
            Arm::Access(base, key) => 1 + base.size() + key.size(),
            Arm::Object(entries) => {
                1 + entries
                    .iter()
                    .map(|entry| match entry {
                        Entry::Property(key, value) => key.size() + value.size(),
                        Entry::Copy { count, input, .. } => 1 + count.size() + input.size(),
                    })
                    .sum::<usize>()
            }
            _ => 1,
        }
    }

    /// As a value of the template: JSON where it can be, an expression in brackets where it must.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Arm::Null => Value::Null,
            Arm::Bool(value) => Value::Bool(*value),
            Arm::Int(value) => Value::from(*value),
            Arm::Float(value) => Value::from(*value),
            Arm::Text(value) => Value::String(literal(value)),
            Arm::Call(..) | Arm::Access(..) => Value::String(format!("[{}]", self.to_expression())),
            Arm::Array(items) => Value::Array(items.iter().map(Arm::to_json).collect()),
            Arm::Object(entries) => Value::Object(object(entries)),
        }
    }

    pub(crate) fn to_expression(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Arm::Null => out.push_str("null()"),
            Arm::Bool(value) => out.push_str(if *value { "true()" } else { "false()" }),
            Arm::Int(value) => out.push_str(&value.to_string()),
            // The expression language has no fractions, but JSON in a string has.
            Arm::Float(value) => write_call("json", &[text(value.to_string())], out),
            Arm::Text(value) => {
                out.push('\'');
                out.push_str(&value.replace('\'', "''"));
                out.push('\'');
            }
            Arm::Call(name, arguments) => write_call(name, arguments, out),
            Arm::Access(base, key) => {
                base.write(out);
                match &**key {
                    Arm::Text(name) if is_identifier(name) => {
                        out.push('.');
                        out.push_str(name);
                    }
                    key => {
                        out.push('[');
                        key.write(out);
                        out.push(']');
                    }
                }
            }
            Arm::Array(items) => write_call("createArray", items, out),
            Arm::Object(entries) => {
                let mut arguments = Vec::new();
                for entry in entries {
                    if let Entry::Property(key, value) = entry {
                        arguments.extend([key.clone(), value.clone()]);
                    }
                }
                write_call("createObject", &arguments, out);
            }
        }
    }
}

fn write_call(name: &str, arguments: &[Arm], out: &mut String) {
    out.push_str(name);
    out.push('(');
    for (index, argument) in arguments.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        argument.write(out);
    }
    out.push(')');
}

fn object(entries: &[Entry]) -> Map<String, Value> {
    let mut map = Map::new();
    let mut copies = Vec::new();
    for entry in entries {
        match entry {
            Entry::Property(key, value) => {
                let key = match key {
                    Arm::Text(key) => literal(key),
                    key => format!("[{}]", key.to_expression()),
                };
                map.insert(key, value.to_json());
            }
            Entry::Copy { name, count, input } => copies.push(copy(name, count, input)),
        }
    }
    if !copies.is_empty() {
        let mut with_copies = Map::new();
        with_copies.insert("copy".into(), Value::Array(copies));
        with_copies.append(&mut map);
        return with_copies;
    }
    map
}

pub(crate) fn copy(name: &str, count: &Arm, input: &Arm) -> Value {
    serde_json::json!({ "name": name, "count": count.to_json(), "input": input.to_json() })
}

// What looks like an expression and is none gets a second bracket.
fn literal(value: &str) -> String {
    if value.starts_with('[') && value.ends_with(']') {
        format!("[{value}")
    } else {
        value.to_owned()
    }
}

fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|next| next.is_ascii_alphanumeric() || next == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arm: Arm, expected: &str) {
        assert_eq!(arm.to_json().to_string(), expected);
    }

    #[test]
    fn values_are_json_where_they_can_be() {
        check(Arm::Null, "null");
        check(text("[a]"), r#""[[a]""#);
        check(text("[a"), r#""[a""#);
        check(
            call("concat", [text("it's"), Arm::Bool(true), Arm::Null]),
            r#""[concat('it''s', true(), null())]""#,
        );
        check(
            call("parameters", [text("a")])
                .get("b")
                .get("c-d")
                .at(Arm::Int(0)),
            r#""[parameters('a').b['c-d'][0]]""#,
        );
        let object = Arm::Object(vec![Entry::Property(text("a"), call("f", []))]);
        check(object.clone(), r#"{"a":"[f()]"}"#);
        check(
            call("g", [object, Arm::Array(vec![Arm::Int(1)])]),
            r#""[g(createObject('a', f()), createArray(1))]""#,
        );
    }
}
