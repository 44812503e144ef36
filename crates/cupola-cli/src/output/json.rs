//! JSON as `az` indents it, with the order of the answer kept and colour on a terminal.

use serde_json::Value;

use super::paint::{Paint, Style};

/// The text for stdout, with its last newline.
pub(crate) fn render(value: &Value, paint: Paint) -> String {
    let mut text = String::new();
    write(value, 0, paint, &mut text);
    text.push('\n');
    text
}

fn write(value: &Value, depth: usize, paint: Paint, text: &mut String) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            text.push_str("[\n");
            for (index, item) in items.iter().enumerate() {
                indent(depth + 1, text);
                write(item, depth + 1, paint, text);
                text.push_str(if index + 1 < items.len() { ",\n" } else { "\n" });
            }
            indent(depth, text);
            text.push(']');
        }
        Value::Object(fields) if !fields.is_empty() => {
            text.push_str("{\n");
            for (index, (key, field)) in fields.iter().enumerate() {
                indent(depth + 1, text);
                text.push_str(&paint.text(Style::Key, &Value::from(key.as_str()).to_string()));
                text.push_str(": ");
                write(field, depth + 1, paint, text);
                text.push_str(if index + 1 < fields.len() { ",\n" } else { "\n" });
            }
            indent(depth, text);
            text.push('}');
        }
        Value::String(_) => text.push_str(&paint.text(Style::Text, &value.to_string())),
        Value::Number(_) => text.push_str(&paint.text(Style::Number, &value.to_string())),
        Value::Bool(_) | Value::Null => text.push_str(&paint.text(Style::Busy, &value.to_string())),
        Value::Array(_) => text.push_str("[]"),
        Value::Object(_) => text.push_str("{}"),
    }
}

fn indent(depth: usize, text: &mut String) {
    for _ in 0..depth {
        text.push_str("  ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn two_spaces_and_the_order_of_the_answer() {
        let value = json!({"z": [1, true, null], "a": {"é": "x\ny"}, "e": [], "o": {}});
        insta::assert_snapshot!(render(&value, Paint::PLAIN), @r#"
        {
          "z": [
            1,
            true,
            null
          ],
          "a": {
            "é": "x\ny"
          },
          "e": [],
          "o": {}
        }
        "#);
    }

    #[test]
    fn colour_surrounds_values_only() {
        assert_eq!(
            render(&json!("x"), Paint::when(true)),
            "\u{1b}[33m\"x\"\u{1b}[0m\n"
        );
    }
}
