//! The content of a message in Messages, as messages in OpenAI's shape: what tools answered has messages of its own there.

use crate::json::Json;
use crate::openai::fields::{Fields, as_text, items};
use crate::openai::said::arguments;
use crate::openai::{Invalid, Place};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The number of a message, for what is said about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct At(pub(super) usize);

impl At {
    pub(super) fn wrong(self, field: &'static str, value: &RawValue, rule: &str) -> Invalid {
        self.refuse(field, Some(value), rule)
    }

    pub(super) fn refuse(self, field: &'static str, value: Option<&RawValue>, rule: &str) -> Invalid {
        let place = Place {
            param: "messages",
            message: Some((self.0, field)),
        };
        Invalid::wrong(place, value, format!("messages[{}].{field} {rule}.", self.0))
    }
}

type Parts<'a> = Vec<Json<'a>>;

pub(super) fn message<'a>(role: &'static str, content: Json<'a>) -> Json<'a> {
    Json::Object(vec![("role", Json::text(role)), ("content", content)])
}

/// Text that is a string or an array of text blocks, which are paragraphs; `None` where it is neither.
pub(super) fn plain(content: &RawValue) -> Option<Cow<'_, str>> {
    if let Some(text) = as_text(content) {
        return Some(text);
    }
    let mut texts = Vec::new();
    for block in items(content)? {
        let block = Fields::read(block.get()).ok()?;
        texts.push(
            block
                .text("text")
                .filter(|_| block.text("type").as_deref() == Some("text"))?,
        );
    }
    Some(if texts.len() == 1 {
        texts.swap_remove(0)
    } else {
        Cow::Owned(texts.join("\n\n"))
    })
}

fn blocks<'a>(at: At, content: &'a RawValue) -> Result<Vec<(&'a RawValue, Fields<'a>)>, Invalid> {
    let shape = || at.wrong("content", content, "must be a string or an array of blocks");
    items(content)
        .ok_or_else(shape)?
        .into_iter()
        .map(|raw| {
            Fields::read(raw.get())
                .map(|block| (raw, block))
                .map_err(|_| shape())
        })
        .collect()
}

/// What a user says, and what tools answered: those first, because they must follow their calls.
pub(super) fn user<'a>(at: At, content: &'a RawValue, chat: &mut Vec<Json<'a>>) -> Result<(), Invalid> {
    if let Some(text) = as_text(content) {
        chat.push(message("user", Json::Text(text)));
        return Ok(());
    }
    let (mut shown, mut said) = (Vec::new(), Vec::new());
    for (raw, block) in blocks(at, content)? {
        if block.text("type").as_deref() == Some("tool_result") {
            chat.push(tool_result(at, &block, &mut shown)?);
        } else {
            part(at, raw, &block, &mut said)?;
        }
    }
    // Messages of tools have text alone; pictures that they answered stand in front of what the user says.
    shown.append(&mut said);
    match <[Json<'a>; 1]>::try_from(shown) {
        Ok([only]) => chat.push(message("user", alone(only))),
        Err(parts) if parts.is_empty() => {}
        Err(parts) => chat.push(message("user", Json::Array(parts))),
    }
    Ok(())
}

/// A single part that is text is content by itself, which every chat template reads.
fn alone(part: Json<'_>) -> Json<'_> {
    match part {
        Json::Object(mut fields) if fields.len() == 2 && fields[1].0 == "text" => fields.swap_remove(1).1,
        other => Json::Array(vec![other]),
    }
}

fn tool_result<'a>(at: At, block: &Fields<'a>, shown: &mut Parts<'a>) -> Result<Json<'a>, Invalid> {
    let id = block
        .text("tool_use_id")
        .ok_or_else(|| at.refuse("content", None, "has a tool_result without a tool_use_id"))?;
    let mut text = match block.get("content") {
        None => Cow::Borrowed(""),
        Some(content) => match as_text(content) {
            Some(text) => text,
            None => Cow::Owned(tool_result_parts(at, &id, content, shown)?),
        },
    };
    // OpenAI's shape has no place for it but the text.
    if block.get("is_error").is_some_and(|value| value.get() == "true") {
        text = Cow::Owned(format!("Error: {text}"));
    }
    Ok(Json::Object(vec![
        ("role", Json::text("tool")),
        ("tool_call_id", Json::Text(id)),
        ("content", Json::Text(text)),
    ]))
}

fn tool_result_parts<'a>(
    at: At,
    id: &str,
    content: &'a RawValue,
    shown: &mut Parts<'a>,
) -> Result<String, Invalid> {
    let (mut texts, mut pictures) = (Vec::new(), Vec::new());
    for (raw, block) in blocks(at, content)? {
        match block.text("type").as_deref() {
            Some("text") => texts.push(block.text("text").unwrap_or_default().into_owned()),
            _ => part(at, raw, &block, &mut pictures)?,
        }
    }
    if !pictures.is_empty() {
        texts.push("What else it answered is in the next message.".to_owned());
        shown.push(text_part(format!("What the tool call {id} answered:")));
        shown.append(&mut pictures);
    }
    Ok(texts.join("\n"))
}

fn text_part<'a>(text: impl Into<Cow<'a, str>>) -> Json<'a> {
    Json::Object(vec![("type", Json::text("text")), ("text", Json::text(text))])
}

/// A block as a part of content in OpenAI's shape.
fn part<'a>(at: At, raw: &'a RawValue, block: &Fields<'a>, parts: &mut Parts<'a>) -> Result<(), Invalid> {
    let kind = block.text("type");
    let source = || {
        block
            .get("source")
            .and_then(|source| Fields::read(source.get()).ok())
            .unwrap_or_default()
    };
    match kind.as_deref() {
        Some("text") => {
            let text = block
                .text("text")
                .ok_or_else(|| at.wrong("content", raw, "has a text block without text"))?;
            parts.push(text_part(text));
        }
        Some("image") => {
            let url = image(&source()).ok_or_else(|| {
                at.refuse(
                    "content",
                    None,
                    "has an image whose source is neither base64 with a media_type nor a url",
                )
            })?;
            let url = Json::Object(vec![("url", Json::Text(url))]);
            parts.push(Json::Object(vec![
                ("type", Json::text("image_url")),
                ("image_url", url),
            ]));
        }
        Some("document") => document(at, block, &source(), parts)?,
        Some("search_result") => {
            let mut text = block.text("title").unwrap_or_default().into_owned();
            for inner in block.get("content").and_then(items).unwrap_or_default() {
                if let Some(more) = Fields::read(inner.get())
                    .ok()
                    .and_then(|inner| inner.text("text"))
                {
                    text.push('\n');
                    text.push_str(&more);
                }
            }
            parts.push(text_part(text));
        }
        // Whatever a model thought is nothing that a user says again.
        Some("thinking" | "redacted_thinking") => {}
        _ => {
            let kind = kind.unwrap_or_default();
            let rule = format!(
                "has a block of type '{}', which this model cannot read",
                cupola_core::name::printable(&kind)
            );
            return Err(at.wrong("content", raw, &rule));
        }
    }
    Ok(())
}

fn image<'a>(source: &Fields<'a>) -> Option<Cow<'a, str>> {
    match source.text("type").as_deref() {
        Some("url") => source.text("url"),
        Some("base64") => {
            let (media, data) = (source.text("media_type")?, source.text("data")?);
            Some(Cow::Owned(format!("data:{media};base64,{data}")))
        }
        _ => None,
    }
}

fn document<'a>(
    at: At,
    block: &Fields<'a>,
    source: &Fields<'a>,
    parts: &mut Parts<'a>,
) -> Result<(), Invalid> {
    match source.text("type").as_deref() {
        Some("text") => parts.push(text_part(source.text("data").unwrap_or_default())),
        Some("content") => {
            let content = source
                .get("content")
                .ok_or_else(|| at.refuse("content", None, "has a document without content"))?;
            if let Some(text) = as_text(content) {
                parts.push(text_part(text));
                return Ok(());
            }
            for (raw, inner) in blocks(at, content)? {
                // A document is made of texts and pictures, not of documents.
                if !matches!(inner.text("type").as_deref(), Some("text" | "image")) {
                    return Err(at.wrong(
                        "content",
                        raw,
                        "has a document that holds more than text and images",
                    ));
                }
                part(at, raw, &inner, parts)?;
            }
        }
        Some("base64") => {
            let url = image(source)
                .ok_or_else(|| at.refuse("content", None, "has a document without a media_type or data"))?;
            let name = block.text("title").unwrap_or(Cow::Borrowed("document.pdf"));
            let file = Json::Object(vec![
                ("filename", Json::Text(name)),
                ("file_data", Json::Text(url)),
            ]);
            parts.push(Json::Object(vec![("type", Json::text("file")), ("file", file)]));
        }
        _ => {
            let rule = "has a document that lies elsewhere: put it into the request, as text or base64";
            return Err(at.refuse("content", None, rule));
        }
    }
    Ok(())
}

/// What the model said before, and which tools it called.
pub(super) fn assistant<'a>(at: At, content: &'a RawValue, chat: &mut Vec<Json<'a>>) -> Result<(), Invalid> {
    if let Some(text) = as_text(content) {
        chat.push(message("assistant", Json::Text(text)));
        return Ok(());
    }
    let (mut words, mut calls) = (String::new(), Vec::new());
    for (raw, block) in blocks(at, content)? {
        match block.text("type").as_deref() {
            Some("text") => words.push_str(&block.text("text").unwrap_or_default()),
            // Only who signed it can read it again.
            Some("thinking" | "redacted_thinking") => {}
            Some("tool_use") => calls.push(tool_use(at, &block)?),
            kind => {
                let kind = cupola_core::name::printable(kind.unwrap_or_default());
                let rule = format!("has a block of type '{kind}', which this model cannot read");
                return Err(at.wrong("content", raw, &rule));
            }
        }
    }
    let content = if words.is_empty() && !calls.is_empty() {
        Json::Null
    } else {
        Json::text(words)
    };
    let mut fields = vec![("role", Json::text("assistant")), ("content", content)];
    if !calls.is_empty() {
        fields.push(("tool_calls", Json::Array(calls)));
    }
    chat.push(Json::Object(fields));
    Ok(())
}

fn tool_use<'a>(at: At, block: &Fields<'a>) -> Result<Json<'a>, Invalid> {
    let (Some(id), Some(name)) = (block.text("id"), block.text("name")) else {
        return Err(at.refuse("content", None, "has a tool_use without an id or a name"));
    };
    let arguments = block.get("input").map_or(Cow::Borrowed("{}"), arguments);
    let function = vec![("name", Json::Text(name)), ("arguments", Json::Text(arguments))];
    Ok(Json::Object(vec![
        ("id", Json::Text(id)),
        ("type", Json::text("function")),
        ("function", Json::Object(function)),
    ]))
}
