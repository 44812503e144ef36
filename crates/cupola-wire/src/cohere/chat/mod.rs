//! Chats, as Cohere's clients ask for them. What it has besides, such as citations, is left out of answers.

mod answer;
mod lines;
mod request;
mod request_v1;
mod writer;

pub use answer::answer_from_chat;
pub use lines::LinesWriter;
pub use writer::EventsWriter;

use super::Version;
use crate::json::Json;
use crate::openai::fields::{Fields, as_text, items};
use crate::openai::head::wrong;
use crate::openai::said::{Finish, Reason};
use crate::openai::{Invalid, Totals};
use serde_json::value::RawValue;
use std::borrow::Cow;

type Object<'a> = Vec<(&'static str, Json<'a>)>;

/// Turns a request of `/v1/chat` or `/v2/chat` into a chat request in OpenAI's shape.
pub fn request_to_chat(body: &[u8], version: Version) -> Result<Vec<u8>, Invalid> {
    match version {
        Version::V1 => request_v1::request_to_chat(body),
        Version::V2 => request::request_to_chat(body),
    }
}

// What both versions say in the same words, and OpenAI in these.
const SAME: [(&str, &str); 9] = [
    ("stream", "stream"),
    ("max_tokens", "max_tokens"),
    ("temperature", "temperature"),
    ("p", "top_p"),
    ("k", "top_k"),
    ("seed", "seed"),
    ("stop_sequences", "stop"),
    ("frequency_penalty", "frequency_penalty"),
    ("presence_penalty", "presence_penalty"),
];

/// Says the parameters of the sampling.
fn sampling<'a>(asked: &Fields<'a>, chat: &mut Object<'a>) {
    for (theirs, ours) in SAME {
        // Nothing to stop at, and nothing to choose from: leaving them away says that, too.
        let says_nothing = |value: &&RawValue| match theirs {
            "stop_sequences" => value.get() == "[]",
            "k" => value.get() == "0",
            _ => false,
        };
        let value = asked.get(theirs).filter(|value| !says_nothing(value));
        chat.extend(value.map(|value| (ours, Json::Raw(value))));
    }
}

/// Says the shape that the answer shall have. The versions name the schema differently, and clients mix them up.
fn response_format<'a>(asked: &Fields<'a>, chat: &mut Object<'a>) -> Result<(), Invalid> {
    let Some(format) = asked.get("response_format") else {
        return Ok(());
    };
    let fields = Fields::read(format.get())
        .map_err(|_| wrong("response_format", format, "must be an object with a type"))?;
    let said = match fields.text("type").as_deref() {
        Some("text") => return Ok(()),
        Some("json_object") => match fields.get("json_schema").or_else(|| fields.get("schema")) {
            None => vec![("type", Json::text("json_object"))],
            Some(schema) => {
                let named = vec![("name", Json::text("answer")), ("schema", Json::Raw(schema))];
                vec![
                    ("type", Json::text("json_schema")),
                    ("json_schema", Json::Object(named)),
                ]
            }
        },
        _ => {
            return Err(wrong(
                "response_format",
                format,
                "must have a type: text or json_object",
            ));
        }
    };
    chat.push(("response_format", Json::Object(said)));
    Ok(())
}

/// The documents that the answer shall be grounded in, as text for the model.
fn documents(asked: &Fields<'_>) -> Result<Option<String>, Invalid> {
    let Some(documents) = asked.get("documents").filter(|documents| documents.get() != "[]") else {
        return Ok(None);
    };
    let given = items(documents).ok_or_else(|| wrong("documents", documents, "must be an array"))?;
    let mut text = String::from("Answer by these documents:");
    for (number, document) in given.into_iter().enumerate() {
        text.push_str(&format!("\n\nDocument {}\n", number + 1));
        text.push_str(&document_text(document));
    }
    Ok(Some(text))
}

/// A document as a model reads it: a text, or the fields of its data by name.
fn document_text(document: &RawValue) -> Cow<'_, str> {
    if let Some(text) = as_text(document) {
        return text;
    }
    let Ok(mut fields) = Fields::read(document.get()) else {
        return Cow::Borrowed(document.get());
    };
    if let Some(data) = fields.get("data") {
        if let Some(text) = as_text(data) {
            return text;
        }
        if let Ok(data) = Fields::read(data.get()) {
            fields = data;
        }
    }
    let line = |(name, value): &(_, &'_ RawValue)| {
        let name: &crate::openai::fields::Name<'_> = name;
        let value = as_text(value).unwrap_or(Cow::Borrowed(value.get()));
        format!("{}: {value}", name.0)
    };
    fields.0.iter().map(line).collect::<Vec<_>>().join("\n").into()
}

fn message<'a>(role: &'static str, content: Json<'a>) -> Object<'a> {
    vec![("role", Json::text(role)), ("content", content)]
}

/// A call of a function.
fn call<'a>(id: impl Into<Cow<'a, str>>, name: Cow<'a, str>, arguments: Cow<'a, str>) -> Json<'a> {
    Json::Object(vec![
        ("id", Json::text(id)),
        ("type", Json::text("function")),
        (
            "function",
            Json::Object(vec![
                ("name", Json::Text(name)),
                ("arguments", Json::Text(arguments)),
            ]),
        ),
    ])
}

/// Cohere's word for the end of an answer.
fn finish_reason(finish: &Finish, called: bool, version: Version) -> &'static str {
    match (finish.reason, version) {
        (Reason::Length, _) => "MAX_TOKENS",
        (Reason::ContentFilter, Version::V1) => "ERROR_TOXIC",
        (Reason::ContentFilter, Version::V2) => "ERROR",
        // Some servers stop after a call as they do after words; the older version has no word for it.
        (Reason::Stop | Reason::ToolCalls, Version::V2) if called => "TOOL_CALL",
        _ if finish.sequence.is_some() => "STOP_SEQUENCE",
        _ => "COMPLETE",
    }
}

/// What was used, twice: as it is charged, and as it was.
fn usage(totals: &Totals) -> Object<'static> {
    let tokens = || {
        Json::Object(vec![
            ("input_tokens", Json::Number(totals.prompt)),
            ("output_tokens", Json::Number(totals.completion)),
        ])
    };
    vec![("billed_units", tokens()), ("tokens", tokens())]
}

/// The same as the older version has it, beside its own number.
fn meta(totals: &Totals) -> Json<'static> {
    let version = vec![("version", Json::text(Version::V1.number()))];
    let mut fields = vec![("api_version", Json::Object(version))];
    fields.extend(usage(totals));
    Json::Object(fields)
}

/// For servers that give their calls no id.
fn call_id<'a>(id: &'a str, of: &str, at: u64) -> Cow<'a, str> {
    match id {
        "" => format!("call_{of}_{at}").into(),
        id => id.into(),
    }
}
