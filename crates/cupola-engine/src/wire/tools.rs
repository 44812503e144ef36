//! The tools of a chat, and what may be chosen of them.

use serde_json::Value;

use crate::problem::Problem;
use crate::tools::{Choice, Reply, Tool, Toolbox};

/// Tools of one request, as many as OpenAI takes.
const TOOLS_MAX: usize = 128;

/// Bytes of one schema, written without white space.
const SCHEMA_BYTES_MAX: usize = 128 << 10;

pub(super) fn toolbox(
    tools: Option<Vec<Value>>,
    choice: Option<Value>,
    parallel: Option<bool>,
) -> Result<Toolbox, Problem> {
    let tools = tools.unwrap_or_default();
    if tools.len() > TOOLS_MAX {
        let problem = format!(
            "tools has {} entries; at most {TOOLS_MAX} are taken.",
            tools.len()
        );
        return Err(Problem::invalid(Some("tools"), problem));
    }
    let tools: Vec<Tool> = tools
        .into_iter()
        .enumerate()
        .map(|(index, definition)| tool(index, definition))
        .collect::<Result<_, _>>()?;
    Ok(Toolbox {
        choice: chosen(choice, &tools)?,
        tools,
        parallel: parallel.unwrap_or(true),
    })
}

fn tool(index: usize, definition: Value) -> Result<Tool, Problem> {
    let kind = definition
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or("function");
    if kind != "function" {
        return Err(Problem::unsupported("tools", kind));
    }
    let invalid = |rule: &str| Problem::invalid(Some("tools"), format!("tools[{index}].function{rule}"));
    let name = definition
        .pointer("/function/name")
        .and_then(Value::as_str)
        .ok_or_else(|| invalid(" needs a name."))?
        .to_owned();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
    if !(1..=64).contains(&name.len()) || !name.chars().all(is_plain) {
        return Err(invalid(
            ".name has 1 to 64 letters, digits, dots, underscores and dashes.",
        ));
    }
    let parameters = match definition.pointer("/function/parameters") {
        None | Some(Value::Null) => None,
        Some(Value::Object(fields)) if fields.is_empty() => None,
        Some(schema @ Value::Object(_)) => Some(schema.clone()),
        Some(_) => return Err(invalid(".parameters is a JSON schema: an object.")),
    };
    if parameters
        .as_ref()
        .is_some_and(|schema| schema.to_string().len() > SCHEMA_BYTES_MAX)
    {
        return Err(invalid(&format!(
            ".parameters has more than {SCHEMA_BYTES_MAX} bytes."
        )));
    }
    Ok(Tool {
        name,
        parameters,
        definition,
    })
}

fn chosen(choice: Option<Value>, tools: &[Tool]) -> Result<Choice, Problem> {
    let choice = match choice {
        None | Some(Value::Null) if tools.is_empty() => return Ok(Choice::None),
        None | Some(Value::Null) => return Ok(Choice::Auto),
        Some(choice) => choice,
    };
    let choice = match choice.as_str() {
        Some("none") => Choice::None,
        Some("auto") if tools.is_empty() => Choice::None,
        Some("auto") => Choice::Auto,
        Some("required") => Choice::Required,
        _ => match choice.pointer("/function/name").and_then(Value::as_str) {
            Some(name) => Choice::Named(name.to_owned()),
            None => return Err(Problem::unsupported("tool_choice", choice)),
        },
    };
    match &choice {
        Choice::Required if tools.is_empty() => Err(Problem::invalid(
            Some("tool_choice"),
            "tool_choice is required and there are no tools; name them in 'tools'.",
        )),
        Choice::Named(name) if tools.iter().all(|tool| tool.name != *name) => Err(Problem::invalid(
            Some("tool_choice"),
            format!("tool_choice names the function '{name}', which is not among the tools."),
        )),
        _ => Ok(choice),
    }
}

/// `response_format`.
pub(super) fn reply(format: Option<Value>) -> Result<Reply, Problem> {
    let format = match format {
        None | Some(Value::Null) => return Ok(Reply::Text),
        Some(format) => format,
    };
    let invalid = |rule: &str| Problem::invalid(Some("response_format"), format!("response_format{rule}"));
    match format.get("type").and_then(Value::as_str) {
        Some("text") => Ok(Reply::Text),
        Some("json_object") => Ok(Reply::Object),
        Some("json_schema") => {
            let schema = format.pointer("/json_schema/schema").cloned();
            let schema = schema.ok_or_else(|| invalid(".json_schema needs a schema."))?;
            if schema.to_string().len() > SCHEMA_BYTES_MAX {
                return Err(invalid(&format!(
                    ".json_schema.schema has more than {SCHEMA_BYTES_MAX} bytes."
                )));
            }
            Ok(Reply::Schema(schema))
        }
        Some(other) => Err(Problem::unsupported("response_format", other)),
        None => Err(invalid(" needs a type: text, json_object or json_schema.")),
    }
}
