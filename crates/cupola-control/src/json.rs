//! Bodies in JSON: strict, UTF-8 with or without a byte order mark. What is wrong is named by field, rule and fix.

use crate::tags;
use cupola_core::name::printable;
use cupola_core::{Code, Problem};
use serde_json::{Map, Value};

/// What is kept stands some levels deeper in the store and in the audit record, and must be read there again: a reader
/// goes 128 deep.
pub(crate) const DEPTH_MAX: usize = 100;

/// Do arrays and objects stand at most this deep in each other?
pub(crate) fn is_shallow(value: &Value, left: usize) -> bool {
    match value {
        Value::Array(items) => left > 0 && items.iter().all(|item| is_shallow(item, left - 1)),
        Value::Object(members) => left > 0 && members.values().all(|member| is_shallow(member, left - 1)),
        _ => true,
    }
}

/// A body that is a JSON object. Fields are named by their path, such as `properties.modelSettings.modelId`; `null` is
/// the same as absent, and fields that nobody asks for are ignored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document(Value);

impl Document {
    /// Reads a body.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Problem> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let wrong = |why: String| Problem::new(Code::InvalidRequestContent, why);
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(wrong("The request body is empty; send a JSON object.".to_owned()));
        }
        let value: Value = serde_json::from_slice(bytes).map_err(|error| {
            wrong(format!(
                "The request content was invalid and could not be deserialized: {error}."
            ))
        })?;
        if !is_shallow(&value, DEPTH_MAX) {
            return Err(wrong(format!(
                "Arrays and objects of the request body stand more than {DEPTH_MAX} deep in each other."
            )));
        }
        if !value.is_object() {
            return Err(wrong(format!(
                "The request body must be a JSON object, not {}.",
                kind(&value)
            )));
        }
        Ok(Self(value))
    }

    /// The top fields.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.as_object().into_iter().flatten()
    }

    /// A document that was read already.
    pub(crate) fn of(value: Value) -> Self {
        Self(value)
    }

    /// What is at this path; `None` where it is absent or null.
    pub(crate) fn get(&self, path: &str) -> Option<&Value> {
        path.split('.')
            .try_fold(&self.0, |value, name| value.get(name))
            .filter(|value| !value.is_null())
    }

    /// Text at this path.
    pub(crate) fn text(&self, path: &str) -> Result<Option<&str>, Problem> {
        self.get(path)
            .map(|value| value.as_str().ok_or_else(|| mistyped(path, "text", value)))
            .transpose()
    }

    /// Text that must be there. `rule` says what it should be.
    pub(crate) fn required(&self, path: &str, rule: &str) -> Result<&str, Problem> {
        self.text(path)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| missing(path, rule))
    }

    /// An object at this path.
    pub(crate) fn object(&self, path: &str) -> Result<Option<&Map<String, Value>>, Problem> {
        self.get(path)
            .map(|value| {
                value
                    .as_object()
                    .ok_or_else(|| mistyped(path, "an object", value))
            })
            .transpose()
    }

    /// A whole number from 0 to 2^32-1 at this path.
    pub(crate) fn number(&self, path: &str) -> Result<Option<u32>, Problem> {
        let read = |value: &Value| {
            value
                .as_u64()
                .and_then(|number| u32::try_from(number).ok())
                .ok_or_else(|| mistyped(path, "a whole number from 0 to 4294967295", value))
        };
        self.get(path).map(read).transpose()
    }

    /// `true` or `false` at this path.
    pub(crate) fn truth(&self, path: &str) -> Result<Option<bool>, Problem> {
        self.get(path)
            .map(|value| {
                value
                    .as_bool()
                    .ok_or_else(|| mistyped(path, "true or false", value))
            })
            .transpose()
    }

    /// One of `allowed` at this path, whatever its case, in the casing of `allowed`.
    pub(crate) fn choice(
        &self,
        path: &str,
        allowed: &[&'static str],
    ) -> Result<Option<&'static str>, Problem> {
        let Some(given) = self.text(path)? else {
            return Ok(None);
        };
        match allowed.iter().find(|known| known.eq_ignore_ascii_case(given)) {
            Some(known) => Ok(Some(known)),
            None => Err(Problem::new(
                Code::InvalidRequestContent,
                format!(
                    "The value '{}' of {path} is not allowed: use {}.",
                    printable(given),
                    allowed.join(" or ")
                ),
            )
            .target(path)),
        }
    }

    /// `tags`: an object of texts.
    pub(crate) fn tags(&self) -> Result<Option<Map<String, Value>>, Problem> {
        self.tags_at("tags")
    }

    /// Tags at this path, within the bounds that tags have everywhere.
    pub(crate) fn tags_at(&self, path: &str) -> Result<Option<Map<String, Value>>, Problem> {
        let texts = self.texts_at(path)?;
        texts.as_ref().map(tags::within_bounds).transpose()?;
        Ok(texts)
    }

    /// An object of texts at this path.
    pub(crate) fn texts_at(&self, path: &str) -> Result<Option<Map<String, Value>>, Problem> {
        let Some(tags) = self.object(path)? else {
            return Ok(None);
        };
        let mut texts = Map::new();
        for (name, value) in tags {
            let text = match value {
                Value::String(text) => text.clone(),
                // Some clients send numbers and truths as they are; a tag is text.
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                Value::Null => String::new(),
                other => return Err(mistyped(&format!("{path}.{}", printable(name)), "text", other)),
            };
            texts.insert(name.clone(), text.into());
        }
        Ok(Some(texts))
    }

    /// An object at this path, as it is, to be kept and shown again.
    pub(crate) fn kept(&self, path: &str) -> Result<Option<Value>, Problem> {
        Ok(self.object(path)?.cloned().map(Value::Object))
    }
}

fn missing(path: &str, rule: &str) -> Problem {
    Problem::new(
        Code::InvalidRequestContent,
        format!("The field {path} is required: {rule}."),
    )
    .target(path)
}

fn mistyped(path: &str, wanted: &str, found: &Value) -> Problem {
    Problem::new(
        Code::InvalidRequestContent,
        format!("The field {path} must be {wanted}, not {}.", kind(found)),
    )
    .target(path)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn complaint<T: std::fmt::Debug>(result: Result<T, Problem>) -> String {
        result.expect_err("refused").message
    }

    fn document(text: &str) -> Document {
        Document::read(text.as_bytes()).expect("an object")
    }

    #[test]
    fn bodies_are_strict_json_objects() {
        assert_eq!(document("\u{feff}{\"a\": 1}").number("a"), Ok(Some(1)));
        assert_eq!(
            complaint(Document::read(b" \n")),
            "The request body is empty; send a JSON object."
        );
        assert_eq!(
            complaint(Document::read(b"[]")),
            "The request body must be a JSON object, not a list."
        );
        assert!(complaint(Document::read(b"{a: 1}")).contains("line 1 column 2"));
        assert!(Document::read(b"{\"a\": \"\xff\"}").is_err());
        assert!(
            Document::read("[".repeat(100_000).as_bytes()).is_err(),
            "depth has a bound"
        );
    }

    #[test]
    fn a_wrong_field_is_named_with_its_rule() {
        let body =
            document(r#"{"properties": {"mode": 5, "x": null}, "tags": {"a": [1]}, "n": -1, "c": "KEY"}"#);
        assert_eq!(
            complaint(body.text("properties.mode")),
            "The field properties.mode must be text, not a number."
        );
        assert_eq!(body.text("properties.x"), Ok(None));
        assert_eq!(
            complaint(body.required("properties.x", "say x")),
            "The field properties.x is required: say x."
        );
        assert_eq!(
            complaint(body.tags()),
            "The field tags.a must be text, not a list."
        );
        assert!(complaint(body.number("n")).contains("whole number"));
        assert_eq!(body.choice("c", &["Key", "AAD"]), Ok(Some("Key")));
        assert_eq!(
            complaint(body.choice("c", &["a", "b"])),
            "The value 'KEY' of c is not allowed: use a or b."
        );
    }

    proptest! {
        #[test]
        fn no_body_makes_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(document) = Document::read(&bytes) {
                let _ = (document.tags(), document.text("a.b"), document.number("a"));
            }
        }
    }
}
