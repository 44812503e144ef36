//! A whole answer, read in one go for what its choices say. Most of an answer stands deep in it, and would be gone through once
//! for each level of [`Fields`].

use super::fields::{Fields, Name, is_null};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// An answer: its choices, where it has any, and its other fields.
#[derive(Debug, Default)]
pub(super) struct Answer<'a> {
    pub(super) choices: Vec<Choice<'a>>,
    /// All names, in their order; the values of all but choices.
    pub(super) fields: Vec<(Name<'a>, Option<&'a RawValue>)>,
}

/// A choice: where several fields have a name, the last one counts.
#[derive(Debug, Default)]
pub(super) struct Choice<'a> {
    pub(super) index: Option<&'a RawValue>,
    pub(super) message: Option<Fields<'a>>,
    pub(super) text: Option<&'a RawValue>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Answer<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Answer<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an answer with choices")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut answer = Answer::default();
                while let Some(name) = map.next_key::<Name<'de>>()? {
                    let value = match &*name.0 {
                        "choices" => {
                            answer.choices = map.next_value::<Option<_>>()?.unwrap_or_default();
                            None
                        }
                        _ => Some(map.next_value()?),
                    };
                    answer.fields.push((name, value));
                }
                Ok(answer)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Choice<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Choice<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a choice")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut choice = Choice::default();
                while let Some(Name(name)) = map.next_key()? {
                    match &*name {
                        "index" => choice.index = there(map.next_value()?),
                        "message" => choice.message = map.next_value()?,
                        "text" => choice.text = there(map.next_value()?),
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(choice)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

fn there(value: &RawValue) -> Option<&RawValue> {
    Some(value).filter(|value| !is_null(value))
}
