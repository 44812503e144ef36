//! Answers that have to be JSON.

use serde_json::{Value, json};

use crate::harness::{Worker, ask};

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "name": { "type": "string", "minLength": 1, "maxLength": 20 },
            "kind": { "enum": ["model", "endpoint", "node"] },
            "ports": { "type": "array", "items": { "type": "integer", "minimum": 1, "maximum": 65535 }, "minItems": 1, "maxItems": 3 },
            "owner": { "anyOf": [{ "$ref": "#/$defs/person" }, { "type": "null" }] },
        },
        "required": ["name", "kind", "ports", "owner"],
        "additionalProperties": false,
        "$defs": { "person": { "type": "object", "properties": { "age": { "type": "number", "minimum": 0, "maximum": 150 } }, "required": ["age"] } },
    })
}

fn schema_format() -> Value {
    json!({ "type": "json_schema", "json_schema": { "name": "thing", "strict": true, "schema": schema() } })
}

#[test]
fn a_schema_is_kept_at_every_temperature() {
    let worker = Worker::start(&["--context", "2048"]);
    let validator = jsonschema::validator_for(&schema()).expect("a schema");
    for (seed, temperature) in [(1, 0.0), (2, 0.7), (3, 1.0), (4, 2.0), (5, 2.0)] {
        let fields = json!({ "response_format": schema_format(), "temperature": temperature, "seed": seed });
        let answer = worker.chat(ask("Describe it.", fields));
        assert_eq!(
            (answer.status, answer.finish_reason().as_str()),
            (200, "stop"),
            "{}",
            answer.body
        );
        let value: Value = serde_json::from_str(&answer.content()).expect("JSON");
        assert!(validator.is_valid(&value), "{value}");
    }
}

#[test]
fn any_object_is_an_object() {
    let worker = Worker::start(&["--context", "4096"]);
    let fields = json!({ "response_format": { "type": "json_object" }, "max_tokens": 600, "temperature": 1 });
    let mut whole = 0;
    for seed in 0..12 {
        let mut request = ask("JSON, please.", fields.clone());
        request["seed"] = json!(seed);
        let answer = worker.chat(request);
        assert!(answer.content().starts_with('{'), "{}", answer.body);
        if answer.finish_reason() == "stop" {
            let value: Value = serde_json::from_str(&answer.content()).expect("JSON");
            assert!(value.is_object());
            whole += 1;
        }
        if whole == 2 {
            break;
        }
    }
    assert!(whole > 0, "not one of them came to its end");
}

#[test]
fn slots_keep_their_own_formats_side_by_side() {
    let worker = Worker::start(&["--context", "2048", "--slots", "4"]);
    let validator = jsonschema::validator_for(&schema()).expect("a schema");
    std::thread::scope(|scope| {
        for seed in 0..8 {
            let (worker, validator) = (&worker, &validator);
            scope.spawn(move || {
                let constrained = seed % 2 == 0;
                let format = if constrained { schema_format() } else { json!({ "type": "text" }) };
                let fields = json!({ "response_format": format, "temperature": 1, "seed": seed, "stream": constrained });
                let answer = worker.chat(ask("Describe it.", fields));
                if constrained {
                    let value: Value = serde_json::from_str(&answer.streamed_content()).expect("JSON");
                    assert!(validator.is_valid(&value), "{value}");
                } else {
                    assert!(!answer.content().is_empty());
                }
            });
        }
    });
}

#[test]
fn stop_strings_and_several_answers_go_with_a_format() {
    let worker = Worker::start(&["--context", "2048"]);
    let fields = json!({ "response_format": schema_format(), "n": 3, "temperature": 1, "seed": 7 });
    let answer = worker.chat(ask("Describe it.", fields)).json();
    let choices = answer["choices"].as_array().expect("choices");
    assert_eq!(choices.len(), 3);
    for (index, choice) in choices.iter().enumerate() {
        assert_eq!(choice["index"], index);
        let content = choice["message"]["content"].as_str().expect("text");
        assert!(serde_json::from_str::<Value>(content).is_ok(), "{content}");
    }
    let fields = json!({ "response_format": schema_format(), "stop": "\"kind\"" });
    let stopped = worker.chat(ask("Describe it.", fields));
    assert_eq!(stopped.finish_reason(), "stop");
    assert!(
        stopped.content().starts_with('{') && !stopped.content().contains("kind"),
        "{}",
        stopped.body
    );
}

#[test]
fn a_schema_that_is_no_grammar_is_told_where() {
    let worker = Worker::start(&[]);
    let refused = |schema: Value| {
        let format = json!({ "type": "json_schema", "json_schema": { "name": "x", "schema": schema } });
        let answer = worker.chat(ask("Hi", json!({ "response_format": format })));
        assert_eq!(answer.status, 422, "{}", answer.body);
        answer.json()
    };
    let refusal =
        refused(json!({ "type": "object", "properties": { "a": { "not": { "type": "string" } } } }));
    assert_eq!(refusal["code"], "parameter_not_supported");
    assert_eq!(
        refusal["detail"]["loc"],
        json!([
            "body",
            "response_format",
            "json_schema",
            "schema",
            "properties",
            "a",
            "not"
        ])
    );
    let message = refusal["message"].as_str().expect("a message");
    assert!(
        message.starts_with("One of the parameters contain invalid values. 'not'"),
        "{message}"
    );
    let refusal = refused(json!({ "$ref": "#" }));
    assert!(
        refusal["message"].to_string().contains("contains itself"),
        "{refusal}"
    );
}
