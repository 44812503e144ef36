//! The items of a conversation, as messages in OpenAI's chat shape. What a model answered comes back in the same items.

use crate::json::Json;
use crate::openai::fields::{Fields, as_text, items};
use crate::openai::said::arguments;
use crate::openai::{Invalid, Place};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Messages that are put together: what a model says, and the functions that it calls then, are one.
#[derive(Debug, Default)]
pub(super) struct Messages<'a> {
    done: Vec<Json<'a>>,
    /// The assistant's words and calls that may go on.
    said: Option<(Option<Cow<'a, str>>, Vec<Json<'a>>)>,
}

impl<'a> Messages<'a> {
    pub(super) fn finish(mut self) -> Vec<Json<'a>> {
        self.flush();
        self.done
    }

    pub(super) fn push(&mut self, message: Json<'a>) {
        self.flush();
        self.done.push(message);
    }

    fn flush(&mut self) {
        let Some((words, calls)) = self.said.take() else {
            return;
        };
        let content = words.map_or(Json::Null, Json::Text);
        let mut message = vec![("role", Json::text("assistant")), ("content", content)];
        if !calls.is_empty() {
            message.push(("tool_calls", Json::Array(calls)));
        }
        self.done.push(Json::Object(message));
    }

    fn say(&mut self, words: Cow<'a, str>) {
        self.flush();
        self.said = Some((Some(words), Vec::new()));
    }

    fn call(&mut self, call: Json<'a>) {
        self.said.get_or_insert_default().1.push(call);
    }

    /// Adds the items of an array.
    pub(super) fn items(&mut self, given: Vec<&'a RawValue>) -> Result<(), Invalid> {
        given
            .into_iter()
            .enumerate()
            .try_for_each(|(index, item)| self.item(index, item))
    }

    fn item(&mut self, index: usize, raw: &'a RawValue) -> Result<(), Invalid> {
        let item =
            Fields::read(raw.get()).map_err(|_| refuse(index, "type", Some(raw), "must be in an object"))?;
        let kind = item.text("type");
        match kind.as_deref() {
            None | Some("message") => self.message(index, &item),
            Some("function_call") => {
                let need = |name| {
                    let rule = "is missing: a function_call needs its call_id, name and arguments";
                    item.text(name).ok_or_else(|| refuse(index, name, None, rule))
                };
                let function = vec![
                    ("name", Json::Text(need("name")?)),
                    (
                        "arguments",
                        Json::Text(item.get("arguments").map_or("{}".into(), arguments)),
                    ),
                ];
                self.call(Json::Object(vec![
                    ("id", Json::Text(need("call_id")?)),
                    ("type", Json::text("function")),
                    ("function", Json::Object(function)),
                ]));
                Ok(())
            }
            Some("function_call_output") => self.output(index, &item),
            // Only the model that reasoned reads it again.
            Some("reasoning") => Ok(()),
            Some("item_reference") => {
                let rule = "is 'item_reference', which names an item that is kept elsewhere: send the item itself, or use \
                            'previous_response_id'";
                Err(refuse(index, "type", Some(raw), rule))
            }
            Some(other) => {
                let rule = format!(
                    "is '{}', which no model here reads: messages, function_call and function_call_output are",
                    cupola_core::name::printable(other)
                );
                Err(refuse(index, "type", Some(raw), &rule))
            }
        }
    }

    fn message(&mut self, index: usize, item: &Fields<'a>) -> Result<(), Invalid> {
        let content = item.get("content").ok_or_else(|| {
            refuse(
                index,
                "content",
                None,
                "is missing: give a string or an array of parts",
            )
        })?;
        let role = match item.text("role").as_deref() {
            Some("user") => "user",
            Some("system") => "system",
            Some("developer") => "developer",
            Some("assistant") => {
                self.say(words(index, content)?);
                return Ok(());
            }
            _ => {
                let rule = "must be one of user, assistant, system and developer";
                return Err(refuse(index, "role", item.get("role"), rule));
            }
        };
        let content = match as_text(content) {
            Some(text) => Json::Text(text),
            // Chat templates read one text from everybody but the user.
            None if role != "user" => Json::Text(words(index, content)?),
            None => parts(index, content)?,
        };
        self.push(message(role, content));
        Ok(())
    }

    fn output(&mut self, index: usize, item: &Fields<'a>) -> Result<(), Invalid> {
        let id = item.text("call_id").ok_or_else(|| {
            refuse(
                index,
                "call_id",
                None,
                "is missing: it says which call this answers",
            )
        })?;
        let output = item.get("output").ok_or_else(|| {
            refuse(
                index,
                "output",
                None,
                "is missing: give a string or an array of parts",
            )
        })?;
        let text = match as_text(output) {
            Some(text) => text,
            None => words(index, output)?,
        };
        self.push(Json::Object(vec![
            ("role", Json::text("tool")),
            ("tool_call_id", Json::Text(id)),
            ("content", Json::Text(text)),
        ]));
        Ok(())
    }
}

pub(super) fn message<'a>(role: &'static str, content: Json<'a>) -> Json<'a> {
    Json::Object(vec![("role", Json::text(role)), ("content", content)])
}

/// The text of a message that has text alone.
fn words(index: usize, content: &RawValue) -> Result<Cow<'_, str>, Invalid> {
    if let Some(text) = as_text(content) {
        return Ok(text);
    }
    let mut texts = Vec::new();
    for part in fields(index, content)? {
        let text = match part.text("type").as_deref() {
            Some("input_text" | "output_text" | "text") => part.text("text"),
            Some("refusal") => part.text("refusal"),
            _ => None,
        };
        texts.push(text.ok_or_else(|| refuse(index, "content", None, "may have parts of text alone here"))?);
    }
    Ok(if texts.len() == 1 {
        texts.swap_remove(0)
    } else {
        Cow::Owned(texts.concat())
    })
}

fn fields(index: usize, content: &RawValue) -> Result<Vec<Fields<'_>>, Invalid> {
    let shape = || {
        refuse(
            index,
            "content",
            Some(content),
            "must be a string or an array of parts",
        )
    };
    let parts = items(content).ok_or_else(shape)?;
    parts
        .into_iter()
        .map(|part| Fields::read(part.get()).map_err(|_| shape()))
        .collect()
}

fn parts(index: usize, content: &RawValue) -> Result<Json<'_>, Invalid> {
    let parts = fields(index, content)?;
    Ok(Json::Array(
        parts
            .iter()
            .map(|found| part(index, found))
            .collect::<Result<_, _>>()?,
    ))
}

fn part<'a>(index: usize, part: &Fields<'a>) -> Result<Json<'a>, Invalid> {
    let wrong = |rule: &str| refuse(index, "content", None, rule);
    let object =
        |kind: &'static str, value: Json<'a>| Json::Object(vec![("type", Json::text(kind)), (kind, value)]);
    match part.text("type").as_deref() {
        Some("input_text" | "output_text" | "text") => {
            let text = part
                .text("text")
                .ok_or_else(|| wrong("has a part of text without text"))?;
            Ok(object("text", Json::Text(text)))
        }
        Some("input_image") => {
            let elsewhere =
                "has an image that is not in the request: give its image_url, which may be a data URL";
            let url = part.text("image_url").ok_or_else(|| wrong(elsewhere))?;
            let mut image = vec![("url", Json::Text(url))];
            image.extend(part.get("detail").map(|detail| ("detail", Json::Raw(detail))));
            Ok(object("image_url", Json::Object(image)))
        }
        Some("input_file") => {
            let elsewhere = "has a file that is not in the request: give its file_data";
            let data = part.text("file_data").ok_or_else(|| wrong(elsewhere))?;
            let name = part.text("filename").unwrap_or("file".into());
            Ok(object(
                "file",
                Json::Object(vec![
                    ("filename", Json::Text(name)),
                    ("file_data", Json::Text(data)),
                ]),
            ))
        }
        Some("input_audio") => {
            let audio = part
                .get("input_audio")
                .ok_or_else(|| wrong("has audio without input_audio"))?;
            Ok(object("input_audio", Json::Raw(audio)))
        }
        kind => {
            let kind = cupola_core::name::printable(kind.unwrap_or_default());
            Err(wrong(&format!(
                "has a part of type '{kind}', which no model here reads"
            )))
        }
    }
}

fn refuse(index: usize, field: &'static str, value: Option<&RawValue>, rule: &str) -> Invalid {
    let place = Place {
        param: "input",
        message: Some((index, field)),
    };
    Invalid::wrong(place, value, format!("input[{index}].{field} {rule}."))
}
