//! Calls of tools, on a demo model that was never trained to make any: the grammar has to hold it to them.

use serde_json::{Value, json};

use crate::harness::{Answer, Worker, ask};

fn tools() -> Value {
    json!([
        { "type": "function", "function": {
            "name": "get_weather",
            "description": "The weather in a city.",
            "parameters": {
                "type": "object",
                "properties": {
                    "city": { "type": "string", "maxLength": 12 },
                    "unit": { "enum": ["celsius", "fahrenheit"] },
                },
                "required": ["city", "unit"],
                "additionalProperties": false,
            },
        } },
        { "type": "function", "function": {
            "name": "add",
            "parameters": {
                "type": "object",
                "properties": { "a": { "type": "integer", "minimum": 0, "maximum": 99 } },
                "required": ["a"],
            },
        } },
    ])
}

/// Checks a call against the schemas above.
fn check_call(call: &Value) {
    assert_eq!(call["type"], "function");
    let id = call["id"].as_str().expect("an id");
    assert!(id.starts_with("call_") && id.len() == 29, "{id}");
    let arguments: Value = serde_json::from_str(call["function"]["arguments"].as_str().expect("text"))
        .expect("arguments are JSON");
    match call["function"]["name"].as_str() {
        Some("get_weather") => {
            assert!(
                arguments["city"]
                    .as_str()
                    .is_some_and(|city| city.chars().count() <= 12),
                "{call}"
            );
            assert!(
                ["celsius", "fahrenheit"].contains(&arguments["unit"].as_str().expect("a unit")),
                "{call}"
            );
        }
        Some("add") => assert!(arguments["a"].as_u64().is_some_and(|a| a < 100), "{call}"),
        other => panic!("a call of {other:?}"),
    }
}

fn calls(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let message = &answer.json()["choices"][0]["message"];
    message["tool_calls"]
        .as_array()
        .unwrap_or_else(|| panic!("no calls in {message}"))
        .clone()
}

#[test]
fn a_required_call_always_parses() {
    let worker = Worker::start(&["--context", "2048"]);
    for seed in 0..6 {
        let fields = json!({
            "tools": tools(), "tool_choice": "required", "parallel_tool_calls": false,
            "temperature": 1.5, "seed": seed,
        });
        let answer = worker.chat(ask("What is the weather in Rome?", fields));
        let calls = calls(&answer);
        assert_eq!((calls.len(), answer.finish_reason().as_str()), (1, "tool_calls"));
        calls.iter().for_each(check_call);
        assert!(
            answer.json()["choices"][0]["message"]["content"].is_null(),
            "{}",
            answer.body
        );
    }
}

#[test]
fn several_calls_may_come_at_once() {
    let worker = Worker::start(&["--context", "4096"]);
    let mut most = 0;
    for seed in 0..4 {
        let fields = json!({ "tools": tools(), "tool_choice": "required", "temperature": 2, "seed": seed });
        let calls = calls(&worker.chat(ask("Everything, please.", fields)));
        calls.iter().for_each(check_call);
        most = most.max(calls.len());
    }
    assert!((1..=16).contains(&most), "{most}");
}

#[test]
fn a_named_function_is_the_one_that_is_called() {
    let worker = Worker::start(&["--context", "2048"]);
    for name in ["add", "get_weather"] {
        let choice = json!({ "type": "function", "function": { "name": name } });
        let fields = json!({ "tools": tools(), "tool_choice": choice });
        let calls = calls(&worker.chat(ask("Do it.", fields)));
        assert_eq!(
            (calls.len(), calls[0]["function"]["name"].as_str()),
            (1, Some(name))
        );
        check_call(&calls[0]);
    }
}

#[test]
fn a_streamed_call_is_a_delta_with_all_of_it() {
    let worker = Worker::start(&["--context", "2048"]);
    let fields = json!({ "tools": tools(), "tool_choice": "required", "parallel_tool_calls": false });
    let whole = calls(&worker.chat(ask("Hello", fields.clone())));
    let mut request = ask("Hello", fields);
    request["stream"] = json!(true);
    let stream = worker.chat(request);
    let events = stream.events();
    let chunks: Vec<Value> = events[..events.len() - 1]
        .iter()
        .map(|event| serde_json::from_str(event).expect("JSON"))
        .collect();
    let deltas: Vec<&Value> = chunks
        .iter()
        .filter_map(|chunk| chunk["choices"][0]["delta"]["tool_calls"].as_array())
        .flatten()
        .collect();
    assert_eq!(deltas.len(), 1);
    assert_eq!(deltas[0]["index"], 0);
    assert_eq!(deltas[0]["function"], whole[0]["function"], "greedy, so the same");
    check_call(deltas[0]);
    let last = chunks.last().expect("a last chunk");
    assert_eq!(last["choices"][0]["finish_reason"], "tool_calls");
    assert_eq!(stream.streamed_content(), "", "a call is no text");
}

#[test]
fn tools_weigh_in_the_prompt_unless_none_may_be_chosen() {
    let worker = Worker::start(&["--context", "2048"]);
    let prompt_tokens = |fields: Value| worker.chat(ask("Hello", fields)).usage("prompt_tokens");
    let plain = prompt_tokens(json!({ "max_tokens": 1 }));
    let with_tools = prompt_tokens(json!({ "max_tokens": 1, "tools": tools() }));
    let not_chosen = prompt_tokens(json!({ "max_tokens": 1, "tools": tools(), "tool_choice": "none" }));
    assert!(with_tools > plain + 50, "{with_tools} against {plain}");
    assert_eq!(not_chosen, plain);
    let mut request = ask("Hello", json!({ "tools": tools() }));
    let weighed = worker.connect().post("/tokenize", &request).json()["count"].as_u64();
    assert_eq!(weighed, Some(with_tools));
    // A conversation with a call and its result goes on.
    request["messages"] = json!([
        { "role": "user", "content": "What is the weather in Rome?" },
        { "role": "assistant", "content": null, "tool_calls": [{ "id": "call_1", "type": "function",
            "function": { "name": "get_weather", "arguments": "{\"city\":\"Rome\",\"unit\":\"celsius\"}" } }] },
        { "role": "tool", "tool_call_id": "call_1", "content": "21 degrees" },
    ]);
    let answer = worker.chat(request);
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[test]
fn a_tool_whose_schema_is_no_grammar_is_refused_only_where_it_is_forced() {
    let worker = Worker::start(&["--context", "2048"]);
    let tools = json!([{ "type": "function", "function": { "name": "f", "parameters": {
        "type": "object", "properties": { "code": { "type": "string", "pattern": "^[A-Z]+$" } },
    } } }]);
    let chosen = |choice: &str| {
        worker.chat(ask(
            "Hi",
            json!({ "max_tokens": 4, "tools": tools, "tool_choice": choice }),
        ))
    };
    assert_eq!(chosen("auto").status, 200);
    let refused = chosen("required");
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (422, &json!("parameter_not_supported"))
    );
    assert_eq!(
        refused.json()["detail"],
        json!({
            "loc": ["body", "tools", "0", "function", "parameters", "properties", "code", "pattern"],
            "input": "^[A-Z]+$",
        })
    );
    assert!(
        refused.json()["message"]
            .to_string()
            .contains("'pattern' cannot be made a grammar")
    );
}
