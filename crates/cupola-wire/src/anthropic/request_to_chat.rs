//! A request of Messages, as a chat request in OpenAI's shape.

use super::blocks::{self, At};
use crate::json::Json;
use crate::openai::fields::{Fields, as_text, items};
use crate::openai::{Invalid, Place};
use serde_json::value::RawValue;

// Clients ask for as much as their largest model could say; what the deployment allows, the gateway knows.
const TOKENS_MAX: u64 = u32::MAX as u64;

/// Turns a request to create a message into a chat request.
pub fn request_to_chat(body: &[u8]) -> Result<Vec<u8>, Invalid> {
    translated(body, Needs::Bound)
}

/// What a request must have besides its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// `max_tokens`
    Bound,
    /// Nothing: the prompt alone is asked about.
    PromptAlone,
}

pub(super) fn translated(body: &[u8], needs: Needs) -> Result<Vec<u8>, Invalid> {
    let text = std::str::from_utf8(body).map_err(|error| {
        Invalid::Malformed(format!(
            "the body is not UTF-8 from byte {} on",
            error.valid_up_to()
        ))
    })?;
    let asked = Fields::read(text).map_err(|error| Invalid::Malformed(error.to_string()))?;
    let model = asked
        .get("model")
        .ok_or_else(|| missing("model", "the name of a deployment"))?;
    let model = as_text(model).ok_or_else(|| wrong("model", model, "must be a string"))?;
    let mut chat = vec![("model", Json::Text(model)), ("messages", messages(&asked)?)];
    match asked.get("max_tokens") {
        Some(value) => chat.push(("max_tokens", Json::Number(max_tokens(value)?))),
        None if needs == Needs::Bound => {
            return Err(missing(
                "max_tokens",
                "how many tokens the answer may have at most",
            ));
        }
        None => {}
    }
    for (name, theirs) in [
        ("stream", "stream"),
        ("temperature", "temperature"),
        ("top_p", "top_p"),
        ("top_k", "top_k"),
        ("stop", "stop_sequences"),
    ] {
        chat.extend(asked.get(theirs).map(|value| (name, Json::Raw(value))));
    }
    if let Some(metadata) = asked.get("metadata") {
        let metadata =
            Fields::read(metadata.get()).map_err(|_| wrong("metadata", metadata, "must be an object"))?;
        chat.extend(metadata.get("user_id").map(|user| ("user", Json::Raw(user))));
    }
    tools(&asked, &mut chat)?;
    thinking(&asked, &mut chat)?;
    nothing_that_runs_elsewhere(&asked)?;
    Ok(Json::Object(chat).bytes())
}

fn max_tokens(value: &RawValue) -> Result<u64, Invalid> {
    let digits = value.get();
    match digits.parse::<u64>() {
        Ok(0) => Err(wrong("max_tokens", value, "must be at least 1")),
        Ok(tokens) => Ok(tokens.min(TOKENS_MAX)),
        // More than any integer holds is still only more than there is.
        Err(_) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Ok(TOKENS_MAX),
        Err(_) => Err(wrong("max_tokens", value, "must be a whole number, at least 1")),
    }
}

fn messages<'a>(asked: &Fields<'a>) -> Result<Json<'a>, Invalid> {
    let given = asked
        .get("messages")
        .ok_or_else(|| missing("messages", "an array with at least one message"))?;
    let given = items(given).ok_or_else(|| wrong("messages", given, "must be an array of messages"))?;
    if given.is_empty() {
        return Err(missing("messages", "an array with at least one message"));
    }
    let mut chat = Vec::with_capacity(given.len() + 1);
    if let Some(system) = asked.get("system") {
        let text = blocks::plain(system)
            .ok_or_else(|| wrong("system", system, "must be a string or an array of text blocks"))?;
        if !text.is_empty() {
            chat.push(blocks::message("system", Json::Text(text)));
        }
    }
    for (index, message) in given.into_iter().enumerate() {
        let at = At(index);
        let message =
            Fields::read(message.get()).map_err(|_| at.wrong("role", message, "must be in an object"))?;
        let content = message
            .get("content")
            .ok_or_else(|| at.refuse("content", None, "is missing: give a string or an array of blocks"))?;
        match message.text("role").as_deref() {
            Some("user") => blocks::user(at, content, &mut chat)?,
            Some("assistant") => blocks::assistant(at, content, &mut chat)?,
            // Anthropic has it in a field of its own; samples of Azure put it here.
            Some("system") => {
                let text = blocks::plain(content).ok_or_else(|| {
                    at.wrong("content", content, "must be a string or an array of text blocks")
                })?;
                chat.push(blocks::message("system", Json::Text(text)));
            }
            _ => {
                return Err(at.refuse(
                    "role",
                    message.get("role"),
                    "must be one of user, assistant and system",
                ));
            }
        }
    }
    Ok(Json::Array(chat))
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
    let Some(choice) = asked.get("tool_choice").filter(|_| any) else {
        return Ok(());
    };
    let fields = Fields::read(choice.get())
        .map_err(|_| wrong("tool_choice", choice, "must be an object with a type"))?;
    chat.push((
        "tool_choice",
        match fields.text("type").as_deref() {
            Some("auto") => Json::text("auto"),
            Some("any") => Json::text("required"),
            Some("none") => Json::text("none"),
            Some("tool") => {
                let name = fields
                    .text("name")
                    .ok_or_else(|| wrong("tool_choice", choice, "must have the name of the tool"))?;
                Json::Object(vec![
                    ("type", Json::text("function")),
                    ("function", Json::Object(vec![("name", Json::Text(name))])),
                ])
            }
            _ => {
                return Err(wrong(
                    "tool_choice",
                    choice,
                    "must have a type: auto, any, tool or none",
                ));
            }
        },
    ));
    if fields
        .get("disable_parallel_tool_use")
        .is_some_and(|value| value.get() == "true")
    {
        chat.push(("parallel_tool_calls", Json::Truth(false)));
    }
    Ok(())
}

fn tool(tool: &RawValue) -> Result<Json<'_>, Invalid> {
    let fields = Fields::read(tool.get()).map_err(|_| wrong("tools", tool, "must be an array of objects"))?;
    match fields.text("type").as_deref() {
        None | Some("custom") => {}
        Some(kind) => {
            return Err(wrong(
                "tools",
                tool,
                &format!(
                    "must be tools with a name and an input_schema: '{}' is one of Anthropic's own, which only its \
                     models know",
                    cupola_core::name::printable(kind)
                ),
            ));
        }
    }
    let name = fields
        .text("name")
        .ok_or_else(|| wrong("tools", tool, "must be tools with a name each"))?;
    let mut function = vec![("name", Json::Text(name))];
    function.extend(
        fields
            .get("description")
            .map(|text| ("description", Json::Raw(text))),
    );
    function.extend(
        fields
            .get("input_schema")
            .map(|schema| ("parameters", Json::Raw(schema))),
    );
    function.extend(fields.get("strict").map(|strict| ("strict", Json::Raw(strict))));
    Ok(Json::Object(vec![
        ("type", Json::text("function")),
        ("function", Json::Object(function)),
    ]))
}

/// How hard to think, and the shape of the answer.
fn thinking<'a>(asked: &Fields<'a>, chat: &mut Vec<(&'static str, Json<'a>)>) -> Result<(), Invalid> {
    let object = |name: &'static str| match asked.get(name) {
        None => Ok(Fields::default()),
        Some(value) => Fields::read(value.get()).map_err(|_| wrong(name, value, "must be an object")),
    };
    let (output, thinking) = (object("output_config")?, object("thinking")?);
    let effort = match output.text("effort").as_deref() {
        Some("low") => Some("low"),
        Some("medium") => Some("medium"),
        // Most servers know no more than high.
        Some("high" | "xhigh" | "max") => Some("high"),
        _ => None,
    };
    let budget = thinking
        .get("budget_tokens")
        .filter(|_| thinking.text("type").as_deref() == Some("enabled"))
        .and_then(|budget| budget.get().parse::<u64>().ok())
        // Where others that translate draw the lines.
        .map(|tokens| match tokens {
            0..=2048 => "low",
            2049..=8192 => "medium",
            _ => "high",
        });
    chat.extend(
        effort
            .or(budget)
            .map(|effort| ("reasoning_effort", Json::text(effort))),
    );
    if let Some(format) = output.get("format").or_else(|| asked.get("output_format")) {
        let fields = Fields::read(format.get()).unwrap_or_default();
        let schema = fields
            .get("schema")
            .filter(|_| fields.text("type").as_deref() == Some("json_schema"))
            .ok_or_else(|| {
                wrong(
                    "output_config",
                    format,
                    "must have a format of type json_schema with a schema",
                )
            })?;
        let named = vec![
            ("name", Json::text("answer")),
            ("schema", Json::Raw(schema)),
            ("strict", Json::Truth(true)),
        ];
        chat.push((
            "response_format",
            Json::Object(vec![
                ("type", Json::text("json_schema")),
                ("json_schema", Json::Object(named)),
            ]),
        ));
    }
    Ok(())
}

fn nothing_that_runs_elsewhere(asked: &Fields<'_>) -> Result<(), Invalid> {
    for name in ["mcp_servers", "container"] {
        if let Some(value) = asked.get(name).filter(|value| value.get() != "[]") {
            return Err(wrong(
                name,
                value,
                "is for what runs at Anthropic's; leave it away and give tools of your own",
            ));
        }
    }
    Ok(())
}

fn missing(param: &'static str, what: &str) -> Invalid {
    Invalid::Missing {
        param,
        message: format!("The request needs '{param}': {what}."),
    }
}

fn wrong(param: &'static str, value: &RawValue, rule: &str) -> Invalid {
    Invalid::wrong(
        Place { param, message: None },
        Some(value),
        format!("'{param}' {rule}."),
    )
}
