//! JSON that is put together from borrowed parts, so that what is only moved is not parsed.

use crate::openai::fields::{Name, write_text};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

/// A value. It is as deep as the code that builds it; what came from outside stands in `Raw`.
#[derive(Debug, Clone)]
pub(crate) enum Json<'a> {
    Null,
    Truth(bool),
    Number(u64),
    Text(Cow<'a, str>),
    /// As it came, in one line.
    Raw(&'a RawValue),
    /// Written already.
    Line(Vec<u8>),
    Array(Vec<Json<'a>>),
    Object(Vec<(&'static str, Json<'a>)>),
}

impl<'a> Json<'a> {
    pub(crate) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Truth(truth) => out.extend_from_slice(if *truth { b"true" } else { b"false" }),
            Self::Number(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Self::Text(text) => write_text(out, text),
            Self::Raw(raw) => write_line(out, raw.get()),
            Self::Line(line) => out.extend_from_slice(line),
            Self::Array(items) => {
                out.push(b'[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
            Self::Object(fields) => {
                out.push(b'{');
                for (at, (name, value)) in fields.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    write_text(out, name);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
        }
    }
}

/// JSON in one line, without the spaces that people write between values: an event of a stream has one line, and a model
/// reads every space.
pub(crate) fn write_line(out: &mut Vec<u8>, json: &str) {
    let (mut inside, mut escaped) = (false, false);
    out.extend(json.bytes().filter(|byte| {
        let kept = inside || !matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = inside,
            b'"' => inside = !inside,
            _ => {}
        }
        kept
    }));
}

/// Do all who read it read the same? They differ where an object has two values of one name, and over texts and numbers
/// that JSON can write and nobody can hold.
pub fn is_plain(json: &[u8]) -> bool {
    struct Once;
    impl<'de> DeserializeSeed<'de> for Once {
        type Value = ();
        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
            deserializer.deserialize_any(self)
        }
    }
    impl<'de> Visitor<'de> for Once {
        type Value = ();
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("JSON without a name that stands twice in an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            let mut names = HashSet::new();
            while let Some(Name(name)) = map.next_key()? {
                if !names.insert(name) {
                    return Err(A::Error::custom("a name stands twice"));
                }
                map.next_value_seed(Once)?;
            }
            Ok(())
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
            while items.next_element_seed(Once)?.is_some() {}
            Ok(())
        }
        fn visit_bool<E>(self, _: bool) -> Result<(), E> {
            Ok(())
        }
        fn visit_i64<E>(self, _: i64) -> Result<(), E> {
            Ok(())
        }
        fn visit_u64<E>(self, _: u64) -> Result<(), E> {
            Ok(())
        }
        fn visit_f64<E>(self, _: f64) -> Result<(), E> {
            Ok(())
        }
        fn visit_str<E>(self, _: &str) -> Result<(), E> {
            Ok(())
        }
        fn visit_unit<E>(self) -> Result<(), E> {
            Ok(())
        }
    }
    let mut json = serde_json::Deserializer::from_slice(json);
    Once.deserialize(&mut json).is_ok()
}

/// Writes a server-sent event with a name.
pub(crate) fn write_event(out: &mut Vec<u8>, name: &str, data: &Json<'_>) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\ndata: ");
    data.write(out);
    out.extend_from_slice(b"\n\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_in_one_line() {
        let raw: &RawValue =
            serde_json::from_str("{\"a\": [1,\r\n 2], \"b\":\"x \\\\\\\" \\ny\"}").expect("JSON");
        let value = Json::Object(vec![
            ("n", Json::Null),
            ("t", Json::Truth(true)),
            ("u", Json::Number(7)),
            ("s", Json::text("天\"\n")),
            ("a", Json::Array(vec![Json::Raw(raw), Json::Truth(false)])),
            ("o", Json::Object(Vec::new())),
        ]);
        assert_eq!(
            String::from_utf8(value.bytes()).expect("text"),
            r#"{"n":null,"t":true,"u":7,"s":"天\"\n","a":[{"a":[1,2],"b":"x \\\" \ny"},false],"o":{}}"#
        );
    }

    #[test]
    fn what_readers_differ_over_is_not_plain() {
        for (json, expected) in [
            (
                r#"{"a":[{"b":1},{"b":1.5e3,"c":[true,null,"x",-1]}],"b":{}}"#,
                true,
            ),
            (r#"{"a":1,"a":1}"#, false),
            (r#"[[{"b":{"a":1,"\u0061":2}}]]"#, false),
            (r#"{"a":"\ud800"}"#, false),
            (r#"{"a":1e999}"#, false),
            ("{", false),
        ] {
            assert_eq!(is_plain(json.as_bytes()), expected, "{json}");
        }
    }
}
