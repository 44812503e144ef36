//! Answers in a conversation, whole or as a stream.

use super::body::Pieces;
use super::chance::mixed;
use super::settings::UsageFault;
use super::text::{Words, state};
use super::{Reply, Scene};
use http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

// How deep a schema is followed to make arguments that fit it.
const SCHEMA_DEPTH_MAX: usize = 8;

/// A tool and its arguments, as JSON.
struct Tool {
    id: String,
    name: String,
    arguments: String,
}

pub(super) fn answer(scene: &Scene<'_>) -> Reply {
    let asked = messages(&scene.call.body);
    let mut words = Words::of(scene, asked);
    let tools = tools(scene, asked);
    if !tools.is_empty() {
        words.content.clear();
        words.finish_reason = "tool_calls";
    }
    let (events, mut pieces) = if scene.call.stream {
        (true, stream(scene, &words, &tools))
    } else {
        (false, whole(scene, &words, &tools))
    };
    if !events && scene.rule.break_after.is_some() {
        pieces.cut_in_half();
    }
    Reply {
        status: StatusCode::OK,
        events,
        pieces,
    }
}

fn messages(body: &[u8]) -> &[u8] {
    #[derive(Deserialize)]
    struct Request<'a> {
        #[serde(borrow)]
        messages: &'a RawValue,
    }
    serde_json::from_slice::<Request<'_>>(body).map_or(body, |request| request.messages.get().as_bytes())
}

fn whole(scene: &Scene<'_>, words: &Words, tools: &[Tool]) -> Pieces {
    let mut message = json!({ "role": "assistant", "content": words.content.concat() });
    if !words.reasoning.is_empty() {
        message["reasoning_content"] = words.reasoning.concat().into();
    }
    if !tools.is_empty() {
        message["content"] = Value::Null;
        message["tool_calls"] = tools.iter().map(|tool| called(tool, &tool.arguments)).collect();
    }
    let choices: Vec<Value> = (0..scene.call.n)
        .map(|index| {
            json!({ "index": index, "message": message, "finish_reason": words.finish_reason, "logprobs": null })
        })
        .collect();
    let usage = usage(scene, words, tools);
    let mut text = scene
        .with_usage(json!({ "choices": choices }), usage.clone())
        .to_string();
    if scene.rule.usage == Some(UsageFault::Twice) {
        text.pop();
        text.push_str(&format!(r#","usage":{usage}}}"#));
    }
    let mut pieces = Pieces::default();
    pieces.push(scene.pace.due(words.reasoning.len() + words.content.len()), text);
    pieces
}

fn stream(scene: &Scene<'_>, words: &Words, tools: &[Tool]) -> Pieces {
    let pace = &scene.pace;
    let stop = scene
        .rule
        .break_after
        .map_or(usize::MAX, |tokens| tokens as usize);
    let mut deltas: Vec<Value> = words
        .reasoning
        .iter()
        .map(|word| json!({ "reasoning_content": word }))
        .collect();
    deltas.extend(words.content.iter().map(|word| json!({ "content": word })));
    for (index, tool) in tools.iter().enumerate() {
        let mut opened = called(tool, "");
        opened["index"] = index.into();
        deltas.push(json!({ "tool_calls": [opened] }));
        let rest = json!({ "index": index, "function": { "arguments": tool.arguments } });
        deltas.push(json!({ "tool_calls": [rest] }));
    }
    let mut pieces = Pieces::default();
    pieces.push(
        pace.due(0),
        each(scene, &json!({ "role": "assistant", "content": "" }), None),
    );
    for (at, delta) in deltas.iter().enumerate().take(stop) {
        pieces.push(pace.due(at), each(scene, delta, None));
    }
    if stop <= deltas.len() {
        pieces.break_off(pace.due(stop));
        return pieces;
    }
    let mut end = each(scene, &json!({}), Some(words.finish_reason));
    let counted = json!({ "choices": [], "usage": usage(scene, words, tools) });
    let times = match scene.rule.usage {
        Some(UsageFault::None) => 0,
        Some(UsageFault::Twice) => 2,
        None => 1,
    };
    for _ in 0..times {
        end.push_str(&format!("data: {counted}\n\n"));
    }
    end.push_str("data: [DONE]\n\n");
    pieces.push(pace.due(deltas.len()), end);
    pieces
}

fn each(scene: &Scene<'_>, delta: &Value, finish_reason: Option<&str>) -> String {
    (0..scene.call.n)
        .map(|index| {
            let choice = json!({ "index": index, "delta": delta, "finish_reason": finish_reason });
            format!("data: {}\n\n", json!({ "choices": [choice] }))
        })
        .collect()
}

fn called(tool: &Tool, arguments: &str) -> Value {
    json!({ "id": tool.id, "type": "function", "function": { "name": tool.name, "arguments": arguments } })
}

/// The usage object; what was ordered stands before what was counted.
pub(super) fn usage(scene: &Scene<'_>, words: &Words, tools: &[impl Sized]) -> Value {
    let ordered = &scene.settings.usage;
    let n = scene.call.n;
    let prompt = ordered.prompt_tokens.unwrap_or(scene.call.prompt_tokens);
    // A call of a tool is taken for two tokens: its name and its arguments.
    let counted = (words.reasoning.len() + words.content.len() + 2 * tools.len()) as u64 * n;
    let completion = ordered.completion_tokens.unwrap_or(counted);
    let mut usage = json!({ "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion });
    if let Some(cached) = ordered.cached_tokens {
        usage["prompt_tokens_details"] = json!({ "cached_tokens": cached.min(prompt) });
    }
    let thought = words.reasoning.len() as u64 * n;
    if let Some(reasoning) = ordered.reasoning_tokens.or((thought > 0).then_some(thought)) {
        usage["completion_tokens_details"] = json!({ "reasoning_tokens": reasoning.min(completion) });
    }
    usage
}

fn tools(scene: &Scene<'_>, asked: &[u8]) -> Vec<Tool> {
    let mut calls: Vec<(String, Map<String, Value>)> = Vec::new();
    if let Some(name) = &scene.rule.tool {
        calls.push((name.clone(), arguments(&scene.call.body, name)));
    }
    for call in scene.rule.tool_calls.iter().flatten() {
        calls.push((call.name.clone(), call.arguments.clone()));
    }
    let state = state(scene.settings.seed, asked);
    calls
        .into_iter()
        .enumerate()
        .map(|(index, (name, arguments))| Tool {
            id: format!("call_{:016x}", mixed(state.wrapping_add(index as u64))),
            name,
            arguments: Value::Object(arguments).to_string(),
        })
        .collect()
}

// Arguments that fit the schema of the request's tool of this name.
fn arguments(body: &[u8], name: &str) -> Map<String, Value> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let tools = body["tools"].as_array().map_or(&[][..], Vec::as_slice);
    let named = tools
        .iter()
        .map(|tool| &tool["function"])
        .find(|function| function["name"] == name);
    match named.map(|function| example(&function["parameters"], SCHEMA_DEPTH_MAX)) {
        Some(Value::Object(arguments)) => arguments,
        _ => Map::new(),
    }
}

fn example(schema: &Value, depth: usize) -> Value {
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    match schema["type"].as_str() {
        _ if depth == 0 => Value::Null,
        Some("string") => "simulated".into(),
        Some("integer" | "number") => 1.into(),
        Some("boolean") => true.into(),
        Some("array") => json!([]),
        Some("object") => {
            let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
            let names = required.iter().filter_map(Value::as_str);
            names
                .map(|name| (name.to_owned(), example(&schema["properties"][name], depth - 1)))
                .collect()
        }
        _ => Value::Null,
    }
}
