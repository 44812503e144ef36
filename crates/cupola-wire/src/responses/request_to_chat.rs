//! A request for a response, as a chat request in OpenAI's shape.

use super::input::{Messages, message};
use crate::json::Json;
use crate::openai::fields::{Fields, as_text, items};
use crate::openai::{Invalid, Place};
use serde_json::value::RawValue;

/// Turns a request for a response into a chat request. `previous` is the conversation that `previous_response_id` names, as
/// [`context`](super::context) made it; instructions are of one request alone.
pub fn request_to_chat(body: &[u8], previous: Option<&[u8]>) -> Result<Vec<u8>, Invalid> {
    let asked = fields(body)?;
    nothing_that_is_kept_elsewhere(&asked, previous)?;
    let model = asked
        .get("model")
        .ok_or_else(|| missing("model", "the name of a deployment"))?;
    let model = as_text(model).ok_or_else(|| wrong("model", model, "must be a string"))?;
    let mut messages = Vec::new();
    if let Some(instructions) = asked.get("instructions") {
        let text =
            as_text(instructions).ok_or_else(|| wrong("instructions", instructions, "must be a string"))?;
        messages.push(message("system", Json::Text(text)));
    }
    messages.append(&mut conversation(&asked, previous)?);
    let mut chat = vec![("model", Json::Text(model)), ("messages", Json::Array(messages))];
    for (name, theirs) in [
        ("max_tokens", "max_output_tokens"),
        ("stream", "stream"),
        ("temperature", "temperature"),
        ("top_p", "top_p"),
        ("user", "user"),
    ] {
        chat.extend(asked.get(theirs).map(|value| (name, Json::Raw(value))));
    }
    tools(&asked, &mut chat)?;
    if let Some(text) = asked.get("text") {
        let text = Fields::read(text.get()).map_err(|_| wrong("text", text, "must be an object"))?;
        if let Some(format) = text.get("format") {
            chat.extend(response_format(format)?.map(|format| ("response_format", format)));
        }
        chat.extend(
            text.get("verbosity")
                .map(|verbosity| ("verbosity", Json::Raw(verbosity))),
        );
    }
    if let Some(reasoning) = asked.get("reasoning") {
        let fields =
            Fields::read(reasoning.get()).map_err(|_| wrong("reasoning", reasoning, "must be an object"))?;
        chat.extend(
            fields
                .get("effort")
                .map(|effort| ("reasoning_effort", Json::Raw(effort))),
        );
    }
    Ok(Json::Object(chat).bytes())
}

pub(super) fn fields(body: &[u8]) -> Result<Fields<'_>, Invalid> {
    let text = std::str::from_utf8(body).map_err(|error| {
        Invalid::Malformed(format!(
            "the body is not UTF-8 from byte {} on",
            error.valid_up_to()
        ))
    })?;
    Fields::read(text).map_err(|error| Invalid::Malformed(error.to_string()))
}

/// What was said so far, and what is said now.
fn conversation<'a>(asked: &Fields<'a>, previous: Option<&'a [u8]>) -> Result<Vec<Json<'a>>, Invalid> {
    let mut messages = Messages::default();
    if let Some(previous) = previous {
        let kept: Vec<&RawValue> = serde_json::from_slice(previous).map_err(|error| {
            Invalid::Malformed(format!("the conversation before it could not be read: {error}"))
        })?;
        for message in kept {
            messages.push(Json::Raw(message));
        }
    }
    hear(asked, &mut messages)?;
    let messages = messages.finish();
    if messages.is_empty() {
        return Err(missing(
            "input",
            "a string, or an array with at least one item that says something",
        ));
    }
    Ok(messages)
}

/// Adds what a request says.
pub(super) fn hear<'a>(asked: &Fields<'a>, messages: &mut Messages<'a>) -> Result<(), Invalid> {
    let input = asked
        .get("input")
        .ok_or_else(|| missing("input", "a string, or an array of items"))?;
    if let Some(text) = as_text(input) {
        messages.push(message("user", Json::Text(text)));
        return Ok(());
    }
    let given = items(input).ok_or_else(|| wrong("input", input, "must be a string or an array of items"))?;
    messages.items(given)
}

fn nothing_that_is_kept_elsewhere(asked: &Fields<'_>, previous: Option<&[u8]>) -> Result<(), Invalid> {
    if let (Some(id), None) = (asked.get("previous_response_id"), previous) {
        let rule = "names a response that is not kept here; send the whole conversation as 'input'";
        return Err(wrong("previous_response_id", id, rule));
    }
    for (name, rule) in [
        (
            "conversation",
            "is not kept here; use 'previous_response_id', or send it whole as 'input'",
        ),
        (
            "prompt",
            "is a template that is kept elsewhere; write its text into 'instructions' and 'input'",
        ),
    ] {
        if let Some(value) = asked.get(name) {
            return Err(wrong(name, value, rule));
        }
    }
    match asked.get("background") {
        Some(value) if value.get() != "false" => Err(wrong(
            "background",
            value,
            "must be false: wait for the answer, or stream it",
        )),
        _ => Ok(()),
    }
}

fn tools<'a>(asked: &Fields<'a>, chat: &mut Vec<(&'static str, Json<'a>)>) -> Result<(), Invalid> {
    let mut any = false;
    if let Some(tools) = asked.get("tools") {
        let given = items(tools).ok_or_else(|| wrong("tools", tools, "must be an array of tools"))?;
        let said = given.into_iter().map(tool).collect::<Result<Vec<_>, _>>()?;
        any = !said.is_empty();
        if any {
            chat.push(("tools", Json::Array(said)));
        }
    }
    if let Some(choice) = asked.get("tool_choice") {
        let choice = tool_choice(choice)?;
        // Some servers refuse a choice where there is nothing to choose.
        chat.extend(any.then_some(("tool_choice", choice)));
    }
    if any {
        let parallel = asked.get("parallel_tool_calls");
        chat.extend(parallel.map(|value| ("parallel_tool_calls", Json::Raw(value))));
    }
    Ok(())
}

fn tool(tool: &RawValue) -> Result<Json<'_>, Invalid> {
    let fields = Fields::read(tool.get()).map_err(|_| wrong("tools", tool, "must be an array of objects"))?;
    match fields.text("type").as_deref() {
        Some("function") => {}
        Some("custom") => {
            return Err(wrong(
                "tools",
                tool,
                "may not have 'custom' tools; use a function with one string",
            ));
        }
        kind => {
            let rule = format!(
                "has '{}', which runs at its vendor's and not here; give a function of your own instead",
                cupola_core::name::printable(kind.unwrap_or_default())
            );
            return Err(wrong("tools", tool, &rule));
        }
    }
    let name = fields
        .text("name")
        .ok_or_else(|| wrong("tools", tool, "must have a name for each function"))?;
    let mut function = vec![("name", Json::Text(name))];
    for name in ["description", "parameters", "strict"] {
        function.extend(fields.get(name).map(|value| (name, Json::Raw(value))));
    }
    Ok(Json::Object(vec![
        ("type", Json::text("function")),
        ("function", Json::Object(function)),
    ]))
}

fn tool_choice(choice: &RawValue) -> Result<Json<'_>, Invalid> {
    if let Some(word) = as_text(choice).filter(|word| matches!(&**word, "auto" | "none" | "required")) {
        return Ok(Json::Text(word));
    }
    let fields = Fields::read(choice.get()).unwrap_or_default();
    match (fields.text("type").as_deref(), fields.text("name")) {
        (Some("function"), Some(name)) => Ok(Json::Object(vec![
            ("type", Json::text("function")),
            ("function", Json::Object(vec![("name", Json::Text(name))])),
        ])),
        _ => Err(wrong(
            "tool_choice",
            choice,
            "must be auto, none, required, or a function with its name",
        )),
    }
}

fn response_format(format: &RawValue) -> Result<Option<Json<'_>>, Invalid> {
    let fields = Fields::read(format.get()).unwrap_or_default();
    match fields.text("type").as_deref() {
        Some("text") => Ok(None),
        Some("json_object") => Ok(Some(Json::Object(vec![("type", Json::text("json_object"))]))),
        Some("json_schema") => {
            let need = || {
                wrong(
                    "text",
                    format,
                    "must have a format whose json_schema has a name and a schema",
                )
            };
            let mut schema = vec![("name", Json::Text(fields.text("name").ok_or_else(need)?))];
            schema.push(("schema", Json::Raw(fields.get("schema").ok_or_else(need)?)));
            for name in ["description", "strict"] {
                schema.extend(fields.get(name).map(|value| (name, Json::Raw(value))));
            }
            Ok(Some(Json::Object(vec![
                ("type", Json::text("json_schema")),
                ("json_schema", Json::Object(schema)),
            ])))
        }
        _ => Err(wrong(
            "text",
            format,
            "must have a format of type text, json_object or json_schema",
        )),
    }
}

fn missing(param: &'static str, what: &str) -> Invalid {
    Invalid::Missing {
        param,
        message: format!("The request needs '{param}': {what}."),
    }
}

pub(super) fn wrong(param: &'static str, value: &RawValue, rule: &str) -> Invalid {
    Invalid::wrong(
        Place { param, message: None },
        Some(value),
        format!("'{param}' {rule}."),
    )
}
