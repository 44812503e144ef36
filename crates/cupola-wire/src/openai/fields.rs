//! The fields of a JSON object, borrowed from its text.

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

// An item of two bytes costs eight times that once it is collected, so that only so many are.
const ITEMS_MAX: usize = 1 << 16;

/// Names and values, in their order.
#[derive(Debug, Default)]
pub(crate) struct Fields<'a>(pub(crate) Vec<(Name<'a>, &'a RawValue)>);

/// A name, or another string, borrowed where it has no escapes.
#[derive(Debug)]
pub(crate) struct Name<'a>(pub(crate) Cow<'a, str>);

impl<'a> Fields<'a> {
    /// Reads an object; anything else is an error.
    pub(crate) fn read(text: &'a str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// The value of a field that is there and not `null`. The last one counts, as it does for every server that we know.
    pub(crate) fn get(&self, wanted: &str) -> Option<&'a RawValue> {
        let found = self.0.iter().rfind(|(name, _)| name.0 == wanted);
        found.map(|(_, value)| *value).filter(|value| !is_null(value))
    }

    /// Every value with this name: whoever looks at what is said does not know which of them a model is shown.
    pub(crate) fn each(&self, wanted: &str) -> impl Iterator<Item = &'a RawValue> {
        let found = self.0.iter().filter(move |(name, _)| name.0 == wanted);
        found.map(|(_, value)| *value)
    }

    /// The text of a field that is a string.
    pub(crate) fn text(&self, wanted: &str) -> Option<Cow<'a, str>> {
        self.get(wanted).and_then(as_text)
    }
}

/// The items of an array; `None` where it is none, or has more of them than anything that is turned into another shape.
pub(crate) fn items(value: &RawValue) -> Option<Vec<&RawValue>> {
    let mut items = Vec::new();
    let taken = elements(value, |item| {
        items.push(item);
        items.len() <= ITEMS_MAX
    });
    taken.then_some(items)
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Fields<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_borrowed_bytes<E>(self, text: &'de [u8]) -> Result<Self::Value, E> {
                // A name without letters too stands where it was read.
                let borrowed = std::str::from_utf8(text).map(Cow::Borrowed);
                Ok(Name(borrowed.unwrap_or_else(|_| String::from_utf8_lossy(text))))
            }
            fn visit_bytes<E>(self, text: &[u8]) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(String::from_utf8_lossy(text).into_owned())))
            }
        }
        deserializer.deserialize_bytes(Reader)
    }
}

/// Writes `"name":value`.
pub(crate) fn write_field(out: &mut Vec<u8>, name: &Name<'_>, value: &RawValue) {
    write_value(out, name, value.get());
}

/// Writes `"name":value`, where the value is JSON.
pub(crate) fn write_value(out: &mut Vec<u8>, name: &Name<'_>, value: &str) {
    match &name.0 {
        // Borrowed means that the source had no escapes, so it needs none now.
        Cow::Borrowed(text) => {
            out.push(b'"');
            out.extend_from_slice(text.as_bytes());
            out.push(b'"');
        }
        Cow::Owned(text) => write_text(out, text),
    }
    out.push(b':');
    out.extend_from_slice(value.as_bytes());
}

/// Writes a JSON string.
pub(crate) fn write_text(out: &mut Vec<u8>, text: &str) {
    // Names of models have no escapes; the general way is for the rest.
    if text
        .bytes()
        .all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\')
    {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
    }
}

/// Is the value `null`?
pub(crate) fn is_null(value: &RawValue) -> bool {
    value.get() == "null"
}

/// The value as text, where it is a string. Half a pair of surrogates, which JSON can write and no text can have, is read as
/// U+FFFD: whoever looks at what is said must not be blind because of it.
pub(crate) fn as_text(value: &RawValue) -> Option<Cow<'_, str>> {
    let raw = value.get();
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if memchr::memchr(b'\\', inner.as_bytes()).is_some() {
        serde_json::from_str::<Name<'_>>(raw)
            .ok()
            .map(|text| Cow::Owned(text.0.into_owned()))
    } else {
        Some(Cow::Borrowed(inner))
    }
}

/// Gives each element of an array to `each` until that says `false`. Is it an array, and was all of it taken? Nothing is
/// collected, so that the length of the array does not matter.
pub(crate) fn elements<'a>(array: &'a RawValue, each: impl FnMut(&'a RawValue) -> bool) -> bool {
    struct Reader<F>(F);
    impl<'de, F: FnMut(&'de RawValue) -> bool> Visitor<'de> for Reader<F> {
        type Value = ();
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array")
        }
        fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
            while let Some(item) = items.next_element()? {
                if !(self.0)(item) {
                    return Err(A::Error::custom("enough"));
                }
            }
            Ok(())
        }
    }
    let mut json = serde_json::Deserializer::from_str(array.get());
    json.deserialize_seq(Reader(each)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_have_a_bound() {
        let count = |length: usize| {
            let array = format!("[{}0]", "0,".repeat(length - 1));
            let raw: &RawValue = serde_json::from_str(&array).expect("JSON");
            items(raw).map(|items| items.len())
        };
        assert_eq!(count(ITEMS_MAX), Some(ITEMS_MAX));
        assert_eq!(count(ITEMS_MAX + 1), None);
        let object: &RawValue = serde_json::from_str("{}").expect("JSON");
        assert!(items(object).is_none());
    }
}
