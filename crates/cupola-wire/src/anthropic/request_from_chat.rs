//! A chat request in OpenAI's shape, as a backend that speaks Messages gets it.

use super::turns;
use crate::dialect::Untranslatable;
use crate::json::Json;
use crate::openai::fields::{Fields, as_text, items};
use serde_json::value::RawValue;

// Messages needs a bound, and OpenAI's requests need none. So much every model of Anthropic's may say.
const MAX_TOKENS_DEFAULT: u64 = 4096;

/// Turns a chat request into one for Messages, for the backend's own name of the model.
pub fn request_from_chat(body: &[u8], model: &str) -> Result<Vec<u8>, Untranslatable> {
    let asked = std::str::from_utf8(body)
        .ok()
        .and_then(|text| Fields::read(text).ok())
        .ok_or_else(|| cannot("messages", "The request is not a JSON object."))?;
    sayable(&asked)?;
    let (system, messages) = turns::turns(&asked)?;
    let max_tokens = asked
        .get("max_completion_tokens")
        .or_else(|| asked.get("max_tokens"));
    let mut said = vec![
        ("model", Json::text(model)),
        (
            "max_tokens",
            max_tokens.map_or(Json::Number(MAX_TOKENS_DEFAULT), Json::Raw),
        ),
        ("messages", Json::Array(messages)),
    ];
    if !system.is_empty() {
        said.push(("system", Json::text(system)));
    }
    for name in ["temperature", "top_p", "top_k", "stream"] {
        said.extend(asked.get(name).map(|value| (name, Json::Raw(value))));
    }
    if let Some(stop) = asked.get("stop") {
        let sequences = match as_text(stop) {
            Some(text) => Json::Array(vec![Json::Text(text)]),
            None => Json::Raw(stop),
        };
        said.push(("stop_sequences", sequences));
    }
    if let Some(user) = asked.get("safety_identifier").or_else(|| asked.get("user")) {
        said.push(("metadata", Json::Object(vec![("user_id", Json::Raw(user))])));
    }
    tools(&asked, &mut said)?;
    let output = output(&asked)?;
    if !output.is_empty() {
        said.push(("output_config", Json::Object(output)));
    }
    Ok(Json::Object(said).bytes())
}

pub(super) fn cannot(param: &str, message: &str) -> Untranslatable {
    Untranslatable {
        param: param.to_owned(),
        message: message.to_owned(),
    }
}

/// Refuses what would come out as another answer than was asked for. What only advises, such as `seed`, is left away.
fn sayable(asked: &Fields<'_>) -> Result<(), Untranslatable> {
    let number = |name: &str| asked.get(name).and_then(|value| value.get().parse::<f64>().ok());
    let refuse = |param: &str, why: &str| {
        Err(cannot(
            param,
            &format!("The model is behind a server that has no '{param}'; {why}."),
        ))
    };
    if number("n").is_some_and(|n| n > 1.0) {
        return refuse("n", "ask for one answer at a time");
    }
    if asked
        .get("logprobs")
        .is_some_and(|value| !matches!(value.get(), "false" | "0"))
    {
        return refuse("logprobs", "leave it away");
    }
    if number("top_logprobs").is_some_and(|count| count > 0.0) {
        return refuse("top_logprobs", "leave it away");
    }
    if asked
        .get("logit_bias")
        .is_some_and(|bias| !Fields::read(bias.get()).is_ok_and(|bias| bias.0.is_empty()))
    {
        return refuse("logit_bias", "leave it away");
    }
    for penalty in ["frequency_penalty", "presence_penalty"] {
        if number(penalty).is_some_and(|number| number != 0.0) {
            return refuse(penalty, "leave it away or set it to 0");
        }
    }
    if number("temperature").is_some_and(|number| number > 1.0) {
        return Err(cannot(
            "temperature",
            "The model is behind a server whose 'temperature' goes from 0 to 1.",
        ));
    }
    for name in ["functions", "function_call"] {
        if asked.get(name).is_some_and(|value| value.get() != "[]") {
            return refuse(name, "use 'tools' and 'tool_choice'");
        }
    }
    for name in ["audio", "web_search_options"] {
        if asked.get(name).is_some() {
            return refuse(name, "leave it away");
        }
    }
    let modalities = asked.get("modalities").and_then(items).unwrap_or_default();
    if modalities
        .iter()
        .any(|kind| as_text(kind).as_deref() != Some("text"))
    {
        return Err(cannot(
            "modalities",
            "The model is behind a server that answers with text alone.",
        ));
    }
    Ok(())
}

fn tools<'a>(asked: &Fields<'a>, said: &mut Vec<(&'static str, Json<'a>)>) -> Result<(), Untranslatable> {
    let given = asked.get("tools").and_then(items).unwrap_or_default();
    if given.is_empty() {
        return Ok(());
    }
    let tools = given.into_iter().map(tool).collect::<Result<Vec<_>, _>>()?;
    said.push(("tools", Json::Array(tools)));
    let alone = asked
        .get("parallel_tool_calls")
        .is_some_and(|value| value.get() == "false");
    let mut choice = match asked.get("tool_choice") {
        None if alone => vec![("type", Json::text("auto"))],
        None => return Ok(()),
        Some(value) => tool_choice(value)?,
    };
    // Where no tool is called, none is called beside another.
    if alone && asked.text("tool_choice").is_none_or(|choice| choice != "none") {
        choice.push(("disable_parallel_tool_use", Json::Truth(true)));
    }
    said.push(("tool_choice", Json::Object(choice)));
    Ok(())
}

fn function(value: &RawValue) -> Option<Fields<'_>> {
    let fields = Fields::read(value.get()).ok()?;
    let function = fields.get("function")?;
    Fields::read(function.get()).ok()
}

fn tool(value: &RawValue) -> Result<Json<'_>, Untranslatable> {
    let refuse = || {
        cannot(
            "tools",
            "The model is behind a server that calls functions alone: give each tool the type 'function' and a name.",
        )
    };
    let function = function(value).ok_or_else(refuse)?;
    let mut tool = vec![("name", Json::Text(function.text("name").ok_or_else(refuse)?))];
    tool.extend(
        function
            .get("description")
            .map(|text| ("description", Json::Raw(text))),
    );
    let schema = match function.get("parameters") {
        Some(schema) if schema.get() != "{}" => Json::Raw(schema),
        // A function without parameters still has a schema here.
        _ => Json::Object(vec![
            ("type", Json::text("object")),
            ("properties", Json::Object(Vec::new())),
        ]),
    };
    tool.push(("input_schema", schema));
    if function
        .get("strict")
        .is_some_and(|strict| strict.get() == "true")
    {
        tool.push(("strict", Json::Truth(true)));
    }
    Ok(Json::Object(tool))
}

fn tool_choice(value: &RawValue) -> Result<Vec<(&'static str, Json<'_>)>, Untranslatable> {
    let kind = match as_text(value).as_deref() {
        Some("auto") => "auto",
        Some("none") => "none",
        Some("required") => "any",
        _ => {
            let name = function(value).and_then(|function| function.text("name")).ok_or_else(|| {
                cannot("tool_choice", "'tool_choice' must be auto, none, required, or a function with its name: the server behind knows no other.")
            })?;
            return Ok(vec![("type", Json::text("tool")), ("name", Json::Text(name))]);
        }
    };
    Ok(vec![("type", Json::text(kind))])
}

/// The shape of the answer, and how hard to think about it.
fn output<'a>(asked: &Fields<'a>) -> Result<Vec<(&'static str, Json<'a>)>, Untranslatable> {
    let mut output = Vec::new();
    match asked.text("reasoning_effort").as_deref() {
        Some("minimal" | "low") => output.push(("effort", Json::text("low"))),
        Some("medium") => output.push(("effort", Json::text("medium"))),
        Some("high") => output.push(("effort", Json::text("high"))),
        Some("xhigh") => output.push(("effort", Json::text("xhigh"))),
        _ => {}
    }
    let Some(format) = asked.get("response_format") else {
        return Ok(output);
    };
    let fields = Fields::read(format.get()).unwrap_or_default();
    match fields.text("type").or_else(|| as_text(format)).as_deref() {
        Some("text") => {}
        Some("json_schema") => {
            let schema = fields
                .get("json_schema")
                .and_then(|named| Fields::read(named.get()).ok())
                .and_then(|named| named.get("schema"))
                .ok_or_else(|| {
                    cannot(
                        "response_format",
                        "'response_format' must have a json_schema with its schema.",
                    )
                })?;
            let format = vec![("type", Json::text("json_schema")), ("schema", Json::Raw(schema))];
            output.push(("format", Json::Object(format)));
        }
        _ => {
            return Err(cannot(
                "response_format",
                "The model is behind a server that answers with JSON only by a schema: use the type 'json_schema'.",
            ));
        }
    }
    Ok(output)
}
