//! Messages in OpenAI's shape as the turns of Messages: a system text in front, then users and assistants in turn.

use super::input;
use super::request_from_chat::cannot;
use crate::dialect::Untranslatable;
use crate::json::Json;
use crate::openai::fields::{Fields, as_text, items};
use crate::openai::said::{Piece, pieces};
use serde_json::value::RawValue;
use std::borrow::Cow;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    User,
    Assistant,
}

/// The system text, and the turns.
pub(super) fn turns<'a>(asked: &Fields<'a>) -> Result<(String, Vec<Json<'a>>), Untranslatable> {
    let given = asked
        .get("messages")
        .and_then(items)
        .ok_or_else(|| cannot("messages", "'messages' must be an array of messages."))?;
    let mut system = String::new();
    let mut turns: Vec<(Role, Vec<Json<'a>>)> = Vec::new();
    for (index, message) in given.into_iter().enumerate() {
        let refuse = |why: &str| {
            cannot(
                &format!("messages[{index}]"),
                &format!("messages[{index}] {why}."),
            )
        };
        let message = Fields::read(message.get()).map_err(|_| refuse("must be an object"))?;
        let (role, blocks) = match message.text("role").as_deref() {
            // There is one place for it, so that later ones join the first.
            Some("system" | "developer") => {
                let text = plain(&message);
                if !text.is_empty() && !system.is_empty() {
                    system.push_str("\n\n");
                }
                system.push_str(&text);
                continue;
            }
            Some("user") => (Role::User, user(&message).map_err(|why| refuse(&why))?),
            Some("assistant") => (Role::Assistant, assistant(&message)),
            Some("tool") => {
                let id = message
                    .text("tool_call_id")
                    .ok_or_else(|| refuse("needs a tool_call_id"))?;
                (Role::User, vec![tool_result(id, plain(&message))])
            }
            _ => {
                return Err(refuse(
                    "must have the role system, developer, user, assistant or tool",
                ));
            }
        };
        // The same role twice is one turn: what several tools answered belongs together.
        match turns.last_mut() {
            Some((last, turn)) if *last == role => turn.extend(blocks),
            // A turn without content is refused there, and says nothing.
            _ if blocks.is_empty() => {}
            _ => turns.push((role, blocks)),
        }
    }
    let said = turns.into_iter().map(|(role, blocks)| {
        let role = if role == Role::User { "user" } else { "assistant" };
        Json::Object(vec![("role", Json::text(role)), ("content", Json::Array(blocks))])
    });
    Ok((system, said.collect()))
}

/// The texts of content, whatever its shape.
fn plain<'a>(message: &Fields<'a>) -> Cow<'a, str> {
    let mut texts: Vec<Cow<'a, str>> = pieces(message)
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Text(text) => Some(text),
            _ => None,
        })
        .collect();
    if texts.len() == 1 {
        texts.swap_remove(0)
    } else {
        Cow::Owned(texts.concat())
    }
}

fn text_block(text: Cow<'_, str>) -> Option<Json<'_>> {
    // An empty one is refused there.
    (!text.is_empty()).then(|| Json::Object(vec![("type", Json::text("text")), ("text", Json::Text(text))]))
}

fn tool_result<'a>(id: Cow<'a, str>, text: Cow<'a, str>) -> Json<'a> {
    Json::Object(vec![
        ("type", Json::text("tool_result")),
        ("tool_use_id", Json::Text(tool_id(id))),
        ("content", Json::Text(text)),
    ])
}

/// Ids are of letters, digits, `_` and `-` there; other servers give ids like `functions.f:0`.
fn tool_id(id: Cow<'_, str>) -> Cow<'_, str> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    if id.chars().all(fits) {
        return id;
    }
    Cow::Owned(
        id.chars()
            .map(|letter| if fits(letter) { letter } else { '_' })
            .collect(),
    )
}

fn assistant<'a>(message: &Fields<'a>) -> Vec<Json<'a>> {
    let block = |piece: Piece<'a>| match piece {
        Piece::Text(text) | Piece::Refusal(text) => text_block(text),
        // Thinking is read again only with a signature, which OpenAI's shape does not carry.
        Piece::Reasoning(_) => None,
        Piece::Call(call) => Some(Json::Object(vec![
            ("type", Json::text("tool_use")),
            ("id", Json::Text(tool_id(call.id))),
            ("name", Json::Text(call.name)),
            ("input", owned_input(call.arguments)),
        ])),
    };
    pieces(message).into_iter().filter_map(block).collect()
}

fn owned_input(arguments: Cow<'_, str>) -> Json<'_> {
    match arguments {
        Cow::Borrowed(text) => input(text),
        Cow::Owned(text) => Json::Line(input(&text).bytes()),
    }
}

fn user<'a>(message: &Fields<'a>) -> Result<Vec<Json<'a>>, String> {
    let Some(content) = message.get("content") else {
        return Ok(Vec::new());
    };
    if let Some(text) = as_text(content) {
        return Ok(text_block(text).into_iter().collect());
    }
    let parts = items(content).ok_or("must have content that is a string or an array of parts")?;
    let mut blocks = Vec::with_capacity(parts.len());
    for part in parts {
        blocks.extend(block(part)?);
    }
    Ok(blocks)
}

fn block(part: &RawValue) -> Result<Option<Json<'_>>, String> {
    let part = Fields::read(part.get()).map_err(|_| "must have parts that are objects".to_owned())?;
    let inner = |name: &str| {
        part.get(name)
            .and_then(|inner| Fields::read(inner.get()).ok())
            .unwrap_or_default()
    };
    match part.text("type").as_deref() {
        Some("text") => Ok(part.text("text").and_then(text_block)),
        Some("image_url") => {
            let url = inner("image_url")
                .text("url")
                .ok_or("has an image without a url")?;
            Ok(Some(sourced("image", url)?))
        }
        Some("file") => {
            let data = inner("file")
                .text("file_data")
                .ok_or("has a file that is not in the request: give its file_data")?;
            Ok(Some(sourced("document", data)?))
        }
        kind => Err(format!(
            "has a part of type '{}', which the server behind cannot read",
            cupola_core::name::printable(kind.unwrap_or_default())
        )),
    }
}

/// A picture or a document by its address or, out of a data URL, in itself.
fn sourced<'a>(kind: &'static str, url: Cow<'a, str>) -> Result<Json<'a>, String> {
    let source = match url.strip_prefix("data:") {
        None => vec![("type", Json::text("url")), ("url", Json::Text(url))],
        Some(data) => {
            let (media, data) = data
                .split_once(";base64,")
                .ok_or("has a data URL that is not base64")?;
            vec![
                ("type", Json::text("base64")),
                ("media_type", Json::text(media.to_owned())),
                ("data", Json::text(data.to_owned())),
            ]
        }
    };
    Ok(Json::Object(vec![
        ("type", Json::text(kind)),
        ("source", Json::Object(source)),
    ]))
}
