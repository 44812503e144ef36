//! The reader.

use crate::read;
use crate::source::{DEPTH_MAX, Node};
use proptest::prelude::*;
use serde_json::{Value, json};

fn check(text: &str, expected: Value) {
    match read(text) {
        Ok(node) => assert_eq!(node.to_value(), expected, "{text}"),
        Err(complaint) => panic!("{text}: {complaint}"),
    }
}

fn check_fault(text: &str, expected: &str) {
    match read(text) {
        Ok(node) => panic!("{text}: read as {}", node.to_value()),
        Err(complaint) => assert_eq!(complaint.message, expected, "{text}"),
    }
}

#[test]
fn json_is_read() {
    check("null", json!(null));
    check(
        r#"{"a": [1, -2.5, 1e3, true, false, null, "x"]}"#,
        json!({"a": [1, -2.5, 1e3, true, false, null, "x"]}),
    );
    check(r#"["\u0041\n\t\\\"\/\ud83d\ude00"]"#, json!(["A\n\t\\\"/😀"]));
    check(r#""\ud83d""#, json!("\u{fffd}"));
    check("{}", json!({}));
    check("[]", json!([]));
    check("18446744073709551615", json!(18446744073709551615u64));
}

#[test]
fn what_the_command_line_sends_is_read() {
    check(
        "{\"properties\": {mode: 'x'}}".replace('\'', "\"").as_str(),
        json!({"properties": {"mode": "x"}}),
    );
    check(
        "{template:{$schema:\"s\"}}",
        json!({"template": {"$schema": "s"}}),
    );
    check(
        "// one\n{ /* two\n lines */ \"a\" /**/ : // three\n 1 } // end",
        json!({"a": 1}),
    );
    check("{\"a\": \"line\nline\ttab\"}", json!({"a": "line\nline\ttab"}));
    check(
        "\u{feff}{\"a\": \"http://x /* no comment */\"}",
        json!({"a": "http://x /* no comment */"}),
    );
    check("\"a\r\nb\"", json!("a\r\nb"));
}

#[test]
fn the_later_of_two_values_wins() {
    check(r#"{"a": 1, "b": 2, "a": 3}"#, json!({"a": 3, "b": 2}));
    let many: Vec<String> = (0..40).map(|at| format!("\"k{}\": {at}", at % 20)).collect();
    let node = read(&format!("{{{}}}", many.join(","))).expect("readable");
    assert_eq!(node.members().len(), 20);
    assert_eq!(node.get("k3").map(Node::to_value), Some(json!(23)));
}

#[test]
fn faults_say_where() {
    check_fault("", "Line 1, column 1: The text ends where a value should stand.");
    check_fault(
        "{\"a\": 1,\n}",
        "Line 2, column 1: A ',' stands behind the last property; remove it.",
    );
    check_fault(
        "[1,\n 2,]",
        "Line 2, column 4: A ',' stands behind the last item; remove it.",
    );
    check_fault(
        "{\"a\" 1}",
        "Line 1, column 6: A ':' is missing behind the property name 'a'.",
    );
    check_fault(
        "{\"a\": 1 \"b\": 2}",
        "Line 1, column 9: A ',' or '}' is missing behind a property.",
    );
    check_fault(
        "[1 2]",
        "Line 1, column 4: A ',' or ']' is missing behind an item.",
    );
    check_fault(
        "[\n\"ü\", nope]",
        "Line 2, column 6: 'nope' is not a value of JSON; put text between double quotes.",
    );
    check_fault("'a'", "Line 1, column 1: A value cannot begin with '''.");
    check_fault("\"a", "Line 1, column 1: The string that begins here never ends.");
    check_fault(
        "/* a",
        "Line 1, column 1: The comment that begins here never ends.",
    );
    check_fault(
        "\"\\x\"",
        "Line 1, column 3: A '\\' in a string is not followed by an escape of JSON.",
    );
    check_fault(
        "\"\\u12g4\"",
        "Line 1, column 4: '\\u' needs four hexadecimal digits.",
    );
    check_fault("01", "Line 1, column 1: '01' is not a number of JSON.");
    check_fault(
        "{} {}",
        "Line 1, column 4: Nothing may follow the value; remove what stands behind it.",
    );
    check_fault(
        "/ 1",
        "Line 1, column 1: A '/' stands alone; comments begin with '//' or '/*'.",
    );
}

#[test]
fn depth_is_bounded() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read(&deep(DEPTH_MAX)).is_ok());
    let message = read(&deep(DEPTH_MAX + 1)).expect_err("too deep").message;
    assert!(message.contains("more than 128 deep"), "{message}");
    assert!(read(&"[".repeat(1_000_000)).is_err());
}

#[test]
fn nodes_know_where_they_stand() {
    let node =
        read("{\"properties\": {\n  \"mode\": \"x\", template: {\n \"a\": [1,\n 2]}}}").expect("readable");
    let template = node.at(&["properties", "TEMPLATE"]).expect("there");
    assert_eq!((template.span.line, template.span.column), (2, 26));
    let item = &template.get("a").expect("there").items()[1];
    assert_eq!((item.span.line, item.span.column), (4, 2));
    // From the beginning of the template: its own first line counts from its own first column.
    assert_eq!(item.span.within(template.span), Some((3, 2)));
    assert_eq!(template.span.within(template.span), Some((1, 1)));
    assert_eq!(Node::from_value(&json!(1)).span.within(template.span), None);
}

/// Any JSON, with keys and texts that need escapes.
pub(super) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~\n\té😀/*\"\\\\]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("[a-zA-Z_$][a-zA-Z0-9_]{0,8}|[ -~é]{0,6}", inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Prints a value with all the noise that the reader forgives; `noise` says which.
fn noisy(value: &Value, noise: &mut dyn Iterator<Item = u8>, to: &mut String) {
    let mut space = |to: &mut String| match noise.next().unwrap_or(0) % 6 {
        0 => to.push_str(" // a comment with \" and }\n"),
        1 => to.push_str("/* a\n comment */"),
        2 => to.push_str("\n\t "),
        _ => {}
    };
    space(to);
    match value {
        Value::Array(items) => {
            to.push('[');
            for (at, item) in items.iter().enumerate() {
                to.push_str(if at > 0 { "," } else { "" });
                noisy(item, noise, to);
            }
            to.push(']');
        }
        Value::Object(members) => {
            to.push('{');
            for (at, (key, value)) in members.iter().enumerate() {
                to.push_str(if at > 0 { "," } else { "" });
                let plain = key
                    .chars()
                    .all(|letter| letter.is_ascii_alphanumeric() || "_$".contains(letter));
                if plain && !key.is_empty() && noise.next().unwrap_or(0).is_multiple_of(2) {
                    to.push_str(key);
                } else {
                    to.push_str(&Value::from(key.as_str()).to_string());
                }
                to.push(':');
                noisy(value, noise, to);
            }
            to.push('}');
        }
        // Newlines and tabs inside strings arrive raw.
        Value::String(text) => {
            to.push_str(&Value::from(text.as_str()).to_string().replace("\\t", "\t"));
        }
        other => to.push_str(&other.to_string()),
    }
}

proptest! {
    #[test]
    fn noise_is_forgiven(value in any_json(), noise in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut text = String::new();
        noisy(&value, &mut noise.into_iter(), &mut text);
        // A backslash before a 't' that is not an escape of a tab makes the text ambiguous for the printer above.
        prop_assume!(!value.to_string().contains("\\\\t"));
        let node = read(&text).map_err(|complaint| TestCaseError::fail(format!("{complaint}\n{text}")))?;
        prop_assert_eq!(node.to_value(), value);
    }

    #[test]
    fn the_reader_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn the_reader_never_panics_near_json(text in "[\\[\\]{}:,\"\\\\/*a-z0-9 \n\\-.uédD8]{0,80}") {
        if let Ok(node) = read(&text) {
            prop_assert_eq!(crate::Node::from_value(&node.to_value()).to_value(), node.to_value());
        }
    }
}
