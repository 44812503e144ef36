//! YAML, with the order of the answer kept.

use serde_json::Value;

use crate::failure::Failure;

/// The text for stdout, with its last newline.
pub(crate) fn render(value: &Value) -> Result<String, Failure> {
    let mut text = serde_saphyr::to_string(value)
        .map_err(|error| Failure::new(format!("The answer cannot be written as YAML: {error}")))?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(value: &Value) {
        let text = render(value).expect("renders");
        let back: Value = serde_saphyr::from_str(&text).expect("parses");
        assert_eq!(&back, value, "{text}");
    }

    #[test]
    fn text_that_looks_like_something_else_survives() {
        for text in [
            "true",
            "null",
            "~",
            "1",
            "1e3",
            "0x10",
            "no",
            "a: b",
            "- a",
            "#x",
            "",
            " x ",
            "x\ny\n",
            "é",
            "'",
            "\"",
            "@a",
            "{",
            "2026-01-05",
        ] {
            check(&json!({"k": text}));
            check(&json!([text]));
        }
        check(&json!({"n": 1, "f": 0.5, "t": true, "z": null, "l": [], "o": {}}));
    }

    #[test]
    fn order_is_kept() {
        insta::assert_snapshot!(render(&json!({"name": "hello", "auth_mode": "Key", "tags": {}, "list": [{"b": 1, "a": "2"}]})).expect("renders"), @r#"
        name: hello
        auth_mode: Key
        tags: {}
        list:
        - b: 1
          a: "2"
        "#);
    }
}
