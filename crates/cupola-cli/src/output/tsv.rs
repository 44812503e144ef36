//! Tab-separated values as `az` writes them: for `read` loops in shells.

use serde_json::Value;

/// A line for each item, a tab between its values; lists count, objects are empty.
pub(crate) fn render(value: &Value) -> String {
    let rows = value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice);
    rows.iter().map(|row| line(row) + "\n").collect()
}

fn line(row: &Value) -> String {
    match row {
        Value::Object(fields) => fields.values().map(cell).collect::<Vec<_>>().join("\t"),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join("\t"),
        // `az` writes a lone boolean in small letters, and one in a row as Python does.
        Value::Bool(answer) => answer.to_string(),
        other => cell(other),
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Array(items) => items.len().to_string(),
        Value::Object(_) => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Null => "None".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(value: &Value, expected: &str) {
        assert_eq!(render(value), expected);
    }

    #[test]
    fn as_az_writes_it() {
        check(&json!("k"), "k\n");
        check(&json!(5), "5\n");
        check(&json!(true), "true\n");
        check(&json!(["a", "b"]), "a\nb\n");
        check(&json!([["a", 1], ["b", null]]), "a\t1\nb\tNone\n");
        check(&json!({"b": "x", "a": false}), "x\tFalse\n");
        check(&json!([{"b": "x", "l": [1, 2], "o": {"k": 1}}]), "x\t2\t\n");
        check(&json!([]), "");
        check(&json!([[]]), "\n");
        check(&json!([null]), "None\n");
    }
}
