//! Comma-separated values (RFC 4180), with a line of names: for spreadsheets.

use cupola_core::csv::line;
use serde_json::{Map, Value};

/// A line of names and a line for each item; the names are those of the fields, in the order in which they first turn up.
/// Lists and objects stand as JSON. What has no fields is one column, `value`.
pub(crate) fn render(value: &Value) -> String {
    let rows = value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice);
    let rows: Vec<Map<String, Value>> = rows.iter().map(fields).collect();
    let mut names: Vec<&String> = Vec::new();
    for name in rows.iter().flat_map(Map::keys) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return String::new();
    }
    let mut text = line(&names);
    for row in &rows {
        text.push_str(&line(
            names
                .iter()
                .map(|name| row.get(*name).map(cell).unwrap_or_default()),
        ));
    }
    text
}

fn fields(row: &Value) -> Map<String, Value> {
    match row {
        Value::Object(fields) => fields.clone(),
        other => [("value".to_owned(), other.clone())].into_iter().collect(),
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
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
    fn a_line_of_names_and_a_line_for_each_item() {
        check(
            &json!([{"a": 1, "b": "x,\"y\""}, {"a": null, "c": true}]),
            "a,b,c\r\n1,\"x,\"\"y\"\"\",\r\n,,true\r\n",
        );
        check(&json!({"a": "=1+1", "b": "-0.5"}), "a,b\r\n\"'=1+1\",-0.5\r\n");
        check(&json!(["x", 2]), "value\r\nx\r\n2\r\n");
        check(&json!([{"tags": {"a": 1}}]), "tags\r\n\"{\"\"a\"\":1}\"\r\n");
        check(&json!([]), "");
    }
}
