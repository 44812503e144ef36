//! The messages of a chat.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use crate::problem::Problem;
use crate::template::{Role, Turn};
use crate::tools::{PastCall, PastFunction};

#[derive(Deserialize)]
pub(super) struct MessageBody<'a> {
    #[serde(borrow)]
    role: Cow<'a, str>,
    #[serde(borrow)]
    content: Option<ContentBody<'a>>,
    tool_calls: Option<Vec<CallBody>>,
    tool_call_id: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "content must be a string or an array of parts")]
enum ContentBody<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Parts(#[serde(borrow)] Vec<PartBody<'a>>),
}

#[derive(Deserialize)]
struct PartBody<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct CallBody {
    id: Option<String>,
    function: FunctionBody,
}

#[derive(Deserialize)]
struct FunctionBody {
    name: String,
    arguments: Option<Value>,
}

pub(super) fn turns(messages: Option<Vec<MessageBody<'_>>>) -> Result<Vec<Turn>, Problem> {
    let messages = messages.filter(|messages| !messages.is_empty()).ok_or_else(|| {
        Problem::invalid(
            Some("messages"),
            "The request needs 'messages': an array with at least one message.",
        )
    })?;
    messages
        .into_iter()
        .enumerate()
        .map(|(index, message)| turn(index, message))
        .collect()
}

fn turn(index: usize, message: MessageBody<'_>) -> Result<Turn, Problem> {
    let role = match &*message.role {
        "system" | "developer" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" | "function" => Role::Tool,
        other => {
            let problem = format!(
                "The role '{other}' of messages[{index}] is not known; \
                 system, developer, user, assistant and tool are."
            );
            return Err(Problem::invalid(Some("messages"), problem));
        }
    };
    let tool_calls = past_calls(index, role, message.tool_calls)?;
    let content = match message.content {
        Some(ContentBody::Text(text)) => text.into_owned(),
        Some(ContentBody::Parts(parts)) => joined(index, parts)?,
        None if role == Role::Assistant => String::new(),
        None => {
            let problem = format!("messages[{index}] has no content.");
            return Err(Problem::invalid(Some("messages"), problem));
        }
    };
    if message.role == "tool" && message.tool_call_id.is_none() {
        let problem = format!(
            "messages[{index}] has the role tool and no tool_call_id; name the call whose result it is."
        );
        return Err(Problem::invalid(Some("messages"), problem));
    }
    Ok(Turn {
        role,
        content,
        tool_calls,
        tool_call_id: message.tool_call_id,
        name: message.name,
    })
}

fn past_calls(index: usize, role: Role, calls: Option<Vec<CallBody>>) -> Result<Vec<PastCall>, Problem> {
    let calls = calls.unwrap_or_default();
    if !calls.is_empty() && role != Role::Assistant {
        let problem = format!("messages[{index}] has tool_calls; only messages of the assistant can.");
        return Err(Problem::invalid(Some("messages"), problem));
    }
    Ok(calls.into_iter().map(past_call).collect())
}

fn past_call(call: CallBody) -> PastCall {
    let arguments = match call.function.arguments {
        // Clients keep the arguments as text, templates expect the object.
        Some(Value::String(text)) => match serde_json::from_str::<Value>(&text) {
            Ok(value @ Value::Object(_)) => value,
            _ => Value::String(text),
        },
        Some(Value::Null) | None => Value::Object(serde_json::Map::new()),
        Some(other) => other,
    };
    PastCall {
        id: call.id.unwrap_or_default(),
        kind: "function",
        function: PastFunction {
            name: call.function.name,
            arguments,
        },
    }
}

/// The text of an array of parts, one after the other.
fn joined(index: usize, parts: Vec<PartBody<'_>>) -> Result<String, Problem> {
    let mut content = String::new();
    for part in parts {
        match (&*part.kind, part.text) {
            ("text", Some(text)) => content.push_str(&text),
            ("image_url" | "audio_url" | "input_audio" | "audio_input" | "file" | "video_url", _) => {
                return Err(Problem::unsupported("messages", &*part.kind));
            }
            ("text", None) => {
                let problem = format!("A part of messages[{index}] has the type text and no text.");
                return Err(Problem::invalid(Some("messages"), problem));
            }
            (other, _) => {
                let problem = format!("The part type '{other}' of messages[{index}] is not known; text is.");
                return Err(Problem::invalid(Some("messages"), problem));
            }
        }
    }
    Ok(content)
}
