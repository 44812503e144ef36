use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::grammar::Grammar;
use crate::grammar::machine::{Machine, Ways};

/// A grammar of the values that are valid under the schema.
fn compile_schema(schema: &Value) -> Result<Grammar, SchemaRefusal> {
    let mut builder = Builder::default();
    let json = Json::new(&mut builder);
    let root = add_schema(&mut builder, &json, schema)?;
    builder.finish(root).map_err(|error| refused_whole(schema, error))
}

fn machine(schema: &Value) -> Machine {
    let grammar = compile_schema(schema).unwrap_or_else(|refusal| panic!("{refusal:?} of {schema}"));
    Machine::new(std::sync::Arc::new(grammar))
}

fn allows(schema: &Value, text: &str) -> bool {
    let mut machine = machine(schema);
    let mut ways = machine.start();
    let mut after = Ways::default();
    for byte in text.bytes() {
        if !machine.advance(&ways, byte, &mut after) {
            return false;
        }
        std::mem::swap(&mut ways, &mut after);
    }
    ways.is_complete()
}

fn check(schema: Value, good: &[&str], bad: &[&str]) {
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for text in good {
        assert!(allows(&schema, text), "{text} under {schema}");
        let value = serde_json::from_str(text).expect("JSON");
        assert!(validator.is_valid(&value), "{text} is not valid under {schema}");
    }
    for text in bad {
        assert!(!allows(&schema, text), "{text} under {schema}");
    }
}

fn check_refusal(schema: Value, path: &[&str], reason: &str) {
    let refusal = compile_schema(&schema).expect_err("it should be refused");
    assert_eq!(refusal.path, path, "{refusal:?}");
    assert!(refusal.reason.contains(reason), "{refusal:?}");
}

#[test]
fn any_value_is_json() {
    check(
        json!({}),
        &[
            r#"{"a": [1, -2.5e3, true, null, "\u00e9\n"]}"#,
            "[]",
            "\"é🦀\"",
            "{\n  \"a\":1\n}",
        ],
        &[
            "{",
            "01",
            "\"\n\"",
            "\"\\ud800\"",
            "{\"a\":}",
            "[1,]",
            "nul",
            "1 ",
        ],
    );
}

#[test]
fn objects_have_their_properties_in_order() {
    let schema = json!({
        "type": "object",
        "properties": { "a": { "type": "integer" }, "b": { "type": "string" }, "c": { "type": "boolean" } },
        "required": ["b"],
    });
    check(
        schema,
        &[
            r#"{"b":""}"#,
            r#"{"a": 1, "b": "x", "c": true}"#,
            r#"{"b":"x","c":false}"#,
            r#"{"a":1,"b":"x"}"#,
        ],
        &[
            "{}",
            r#"{"a":1}"#,
            r#"{"b":"x",}"#,
            r#"{"b":"x","a":1}"#,
            r#"{"b":1}"#,
            r#"{,"b":"x"}"#,
            r#"{"b":"x","d":1}"#,
        ],
    );
    check(
        json!({ "type": "object", "properties": { "a": {}, "b": {} } }),
        &["{}", r#"{"a":1}"#, r#"{"b":1}"#, r#"{"a":1,"b":2}"#],
        &[r#"{"a":1"b":2}"#],
    );
    check(
        json!({ "additionalProperties": { "type": "integer" }, "minProperties": 1 }),
        &[r#"{"x":1,"y": 2}"#],
        &["{}", r#"{"x":"y"}"#],
    );
    check(
        json!({ "type": "object", "required": ["q"] }),
        &[r#"{"q":[1]}"#],
        &["{}"],
    );
}

#[test]
fn arrays_have_their_length() {
    check(
        json!({ "type": "array", "items": { "type": "integer" }, "minItems": 2, "maxItems": 3 }),
        &["[1,2]", "[1, 2, 3]"],
        &["[]", "[1]", "[1,2,3,4]", "[1,\"a\"]"],
    );
    check(
        json!({ "prefixItems": [{ "type": "string" }, { "type": "integer" }], "items": false }),
        &["[\"a\",1]"],
        &["[\"a\"]", "[\"a\",1,2]", "[1,1]"],
    );
    check(json!({ "type": "array", "maxItems": 0 }), &["[]"], &["[1]"]);
}

#[test]
fn strings_have_their_length_and_format() {
    check(
        json!({ "type": "string", "minLength": 2, "maxLength": 3 }),
        &["\"é🦀\"", "\"\\n\\u0041x\""],
        &["\"a\"", "\"abcd\""],
    );
    check(
        json!({ "type": "string", "format": "date-time" }),
        &["\"2024-02-28T23:59:59Z\"", "\"1999-12-31T00:00:00.123+02:00\""],
        &[
            "\"2024-13-01T00:00:00Z\"",
            "\"2024-02-30T00:00:00Z\"",
            "\"today\"",
        ],
    );
    check(
        json!({ "type": "string", "format": "uuid" }),
        &["\"6ba7b810-9dad-11d1-80b4-00c04fd430c8\""],
        &["\"6ba7b810\""],
    );
}

#[test]
fn numbers_keep_their_bounds() {
    check(
        json!({ "type": "integer", "minimum": -12, "maximum": 105 }),
        &["-12", "-1", "0", "7", "99", "105"],
        &["-13", "106", "200", "1.5", "05"],
    );
    check(
        json!({ "type": "number", "minimum": 0, "maximum": 1 }),
        &["0", "0.25", "1", "1.0"],
        &["-0.1", "1.1", "2", "1e5"],
    );
    check(
        json!({ "type": "number", "exclusiveMinimum": 0 }),
        &["0.01", "3", "12345.5"],
        &["0", "0.0", "-1"],
    );
    check(
        json!({ "type": "number", "minimum": -2.5 }),
        &["-2", "-1.5", "7"],
        &["-3", "-2.7"],
    );
}

#[test]
fn alternatives_and_references() {
    check(
        json!({ "enum": ["a", 1, null, { "x": [1] }] }),
        &["\"a\"", "1", "null", "{\"x\":[1]}"],
        &["2", "\"b\""],
    );
    check(
        json!({ "anyOf": [{ "type": "integer" }, { "type": "null" }], "description": "maybe" }),
        &["1", "null"],
        &["true"],
    );
    check(json!({ "type": ["string", "null"] }), &["\"a\"", "null"], &["1"]);
    check(
        json!({ "$defs": { "n": { "type": "object", "properties": { "next": { "anyOf": [{ "$ref": "#/$defs/n" }, { "type": "null" }] } }, "required": ["next"] } }, "$ref": "#/$defs/n" }),
        &[r#"{"next":{"next":null}}"#],
        &["{}", r#"{"next":1}"#],
    );
    check(
        json!({ "allOf": [{ "const": "x" }], "title": "X" }),
        &["\"x\""],
        &["\"y\""],
    );
}

#[test]
fn a_refusal_says_where() {
    check_refusal(
        json!({ "properties": { "a": { "type": "string", "pattern": "^x" } } }),
        &["properties", "a", "pattern"],
        "'pattern' cannot be made a grammar",
    );
    check_refusal(json!({ "not": {} }), &["not"], "'not'");
    check_refusal(
        json!({ "items": { "$ref": "#/$defs/x" } }),
        &["items", "$ref"],
        "names nothing",
    );
    check_refusal(
        json!({ "$defs": { "x": { "multipleOf": 5 } }, "items": { "$ref": "#/$defs/x" } }),
        &["$defs", "x", "multipleOf"],
        "'multipleOf'",
    );
    check_refusal(json!({ "type": "banana" }), &["type"], "'type' names");
    check_refusal(
        json!({ "type": "integer", "minimum": 2, "maximum": 1 }),
        &[],
        "No number",
    );
    check_refusal(json!({ "$ref": "#" }), &[], "contains itself");
    check_refusal(
        json!({ "anyOf": [{ "$ref": "#" }, { "type": "null" }] }),
        &[],
        "contains itself",
    );
    check_refusal(json!({ "uniqueItems": true }), &["uniqueItems"], "'uniqueItems'");
    check_refusal(json!(7), &[], "A schema is an object");
}

#[test]
fn depth_and_size_have_bounds() {
    let mut deep = json!({});
    for _ in 0..60 {
        deep = json!({ "items": deep });
    }
    let refusal = compile_schema(&deep).expect_err("too deep");
    assert!(refusal.reason.contains("nest at most"), "{refusal:?}");
    let many: Vec<String> = (0..1001).map(|index| format!("value {index}")).collect();
    check_refusal(json!({ "enum": many }), &["enum"], "1 to 1000");
    let wide: Value = (0..300)
        .map(|index| (format!("p{index}"), json!({ "enum": ["x".repeat(1000)] })))
        .collect();
    let refusal = compile_schema(&json!({ "properties": wide })).expect_err("too large");
    assert!(refusal.reason.contains("symbols"), "{refusal:?}");
}

/// Schemas of every kind that this module takes.
fn schemas() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({ "type": "boolean" })),
        Just(json!({ "type": ["string", "null"] })),
        Just(json!({ "enum": ["red", 5, null] })),
        (0u32..3, 0u32..4).prop_map(|(least, more)| json!({ "type": "string", "minLength": least, "maxLength": least + more })),
        (-500i64..500, 0i64..2000).prop_map(|(least, more)| json!({ "type": "integer", "minimum": least, "maximum": least + more })),
        (-90i64..90, 1i64..200).prop_map(|(least, more)| {
            json!({ "type": "number", "exclusiveMinimum": least as f64 / 4.0, "exclusiveMaximum": least as f64 / 4.0 + more as f64 })
        }),
        Just(json!({ "type": "string", "format": "date" })),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), 0u32..3, 0u32..3)
                .prop_map(|(items, least, more)| json!({ "type": "array", "items": items, "minItems": least, "maxItems": least + more })),
            (prop::collection::vec(inner.clone(), 1..4), any::<u8>()).prop_map(|(schemas, required)| {
                let names: Vec<String> = (0..schemas.len()).map(|index| format!("k{index}")).collect();
                let wanted: Vec<&String> = names.iter().enumerate().filter(|(index, _)| required >> index & 1 == 1).map(|(_, name)| name).collect();
                let properties: Value = names.iter().cloned().zip(schemas).collect();
                json!({ "type": "object", "properties": properties, "required": wanted, "additionalProperties": false })
            }),
            prop::collection::vec(inner, 1..3).prop_map(|schemas| json!({ "anyOf": schemas })),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any text that the grammar lets through is valid under the schema that it was made of.
    #[test]
    fn what_the_grammar_lets_through_is_valid(schema in schemas(), choices in prop::collection::vec(any::<u16>(), 800)) {
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        let mut machine = machine(&schema);
        let mut ways = machine.start();
        let mut after = Ways::default();
        let mut text = Vec::new();
        for choice in choices {
            if ways.is_closed() {
                break;
            }
            let possible: Vec<u8> = (0..=255u8).filter(|byte| machine.advance(&ways, *byte, &mut after)).collect();
            prop_assert!(!possible.is_empty());
            let byte = possible[usize::from(choice) % possible.len()];
            machine.advance(&ways, byte, &mut after);
            std::mem::swap(&mut ways, &mut after);
            text.push(byte);
        }
        if ways.is_complete() {
            let text = String::from_utf8(text).expect("text");
            let value: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"));
            prop_assert!(validator.is_valid(&value), "{text} under {schema}");
        }
    }
}
