//! What a request in OpenAI's shape says to the model: for who screens it.

use super::fields::{Fields, Name, as_text, elements};
use super::unescape::unescaped;
use super::voices::voices;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

// Of more messages than this, one is read after the other.
const MESSAGES_MAX: usize = 1024;

/// Gives every text of a request: whether nobody in the conversation wrote it (a tool's answer, a document), and the text.
/// Texts are borrowed where they have no escapes. What cannot be read says nothing; its form refused it before.
pub fn prompt_texts(body: &[u8], mut each: impl FnMut(bool, &str)) {
    let Ok(text) = std::str::from_utf8(body) else {
        return;
    };
    // A conversation is read in one go; whatever is none, with more patience.
    if let Ok(conversation) = serde_json::from_str::<Conversation<'_>>(text) {
        for (name, value) in &conversation.0 {
            match value {
                Value::Messages(messages) => {
                    for message in messages {
                        message_texts(message, &mut each);
                    }
                }
                Value::Other(value) => field_texts(name, value, &mut each),
            }
        }
    } else if let Ok(fields) = Fields::read(text) {
        for (name, value) in &fields.0 {
            field_texts(name, value, &mut each);
        }
    }
}

fn field_texts(name: &Name<'_>, value: &RawValue, each: &mut impl FnMut(bool, &str)) {
    match &*name.0 {
        "messages" => {
            elements(value, |message| {
                if let Ok(message) = Fields::read(message.get()) {
                    message_texts(&message, each);
                }
                true
            });
        }
        // Negative prompts say what a picture shall not show, and are looked at none the less.
        "prompt" | "negative_prompt" | "suffix" => one_or_many(value, &mut |text| each(false, text)),
        "documents" => {
            elements(value, |document| {
                match as_text(document) {
                    Some(text) => each(true, &text),
                    None => each(true, &unescaped(document.get())),
                }
                true
            });
        }
        _ => {}
    }
}

fn message_texts(message: &Fields<'_>, each: &mut impl FnMut(bool, &str)) {
    let role = message.text("role").unwrap_or_default();
    let is_document = matches!(&*role, "tool" | "function");
    voices(message, &mut |voice, text| {
        if voice.is_json() {
            each(is_document, &unescaped(text));
        } else {
            each(is_document, text);
        }
    });
}

/// The fields of a request whose messages are objects.
struct Conversation<'a>(Vec<(Name<'a>, Value<'a>)>);

enum Value<'a> {
    Messages(Vec<Fields<'a>>),
    Other(&'a RawValue),
}

struct Messages<'a>(Vec<Fields<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Conversation<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Conversation<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a request")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(name) = map.next_key::<Name<'de>>()? {
                    let value = match &*name.0 {
                        "messages" => Value::Messages(map.next_value::<Messages<'de>>()?.0),
                        _ => Value::Other(map.next_value()?),
                    };
                    fields.push((name, value));
                }
                Ok(Conversation(fields))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Messages<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Messages<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("messages")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut messages = Vec::new();
                while let Some(message) = items.next_element()? {
                    if messages.len() == MESSAGES_MAX {
                        return Err(A::Error::custom("too many to be read in one go"));
                    }
                    messages.push(message);
                }
                Ok(Messages(messages))
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}

/// A text, or the texts of an array; token numbers are none.
fn one_or_many(value: &RawValue, each: &mut impl FnMut(&str)) {
    if let Some(text) = as_text(value) {
        return each(&text);
    }
    if value.get().starts_with('[') {
        elements(value, |item| {
            if let Some(text) = as_text(item) {
                each(&text);
            }
            true
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: &[(bool, &str)]) {
        let mut found = Vec::new();
        prompt_texts(body.as_bytes(), |is_document, text| {
            found.push((is_document, text.to_owned()))
        });
        let found: Vec<_> = found
            .iter()
            .map(|(is_document, text)| (*is_document, text.as_str()))
            .collect();
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn all_that_is_said_to_the_model_is_found() {
        check(
            r#"{"messages":[{"role":"system","content":"a"},{"role":"user","content":[{"type":"text","text":"b\n"},{"type":"image_url","image_url":{"url":"u"}},{"type":"text","text":"c"}]},
                {"role":"assistant","content":null,"tool_calls":[{"function":{"name":"f","arguments":"d"}}]},{"role":"tool","content":"e"}],
                "documents":["f",{"text":"g"}],"model":"m"}"#,
            &[
                (false, "a"),
                (false, "b\n"),
                (false, "c"),
                (false, "d"),
                (true, "e"),
                (true, "f"),
                (true, r#"{"text":"g"}"#),
            ],
        );
        check(r#"{"prompt":"a","suffix":"b"}"#, &[(false, "a"), (false, "b")]);
        check(r#"{"prompt":["a","b"]}"#, &[(false, "a"), (false, "b")]);
        check(r#"{"prompt":[1,2]}"#, &[]);
        check("[]", &[]);
    }

    #[test]
    fn what_is_no_conversation_is_read_none_the_less() {
        check(r#"{"messages":5,"prompt":"a"}"#, &[(false, "a")]);
        check(
            r#"{"messages":[1e999,"x",{"content":"a"},[]],"prompt":"b"}"#,
            &[(false, "a"), (false, "b")],
        );
        let many = vec![r#"{"content":"a"}"#; MESSAGES_MAX + 1].join(",");
        check(
            &format!(r#"{{"prompt":"b","messages":[{many}]}}"#),
            &[vec![(false, "b")], vec![(false, "a"); MESSAGES_MAX + 1]].concat(),
        );
    }
}
