//! The fields of a request, borrowed from its body, and the rules that their values are held to.

use super::extra::without;
use super::fields::{Fields, as_text, elements, is_null};
use super::{Invalid, Place};
use serde_json::value::RawValue;
use std::borrow::Cow;

// The longest value that a refusal repeats.
const REPEATED_BYTES_MAX: usize = 256;

/// A request as it stands in its body.
#[derive(Debug)]
pub(crate) struct Head<'a> {
    /// The body.
    pub(crate) text: &'a str,
    /// Its fields, in their order.
    pub(crate) fields: Fields<'a>,
}

impl<'a> Head<'a> {
    /// Reads the fields. One of `once` that stands there twice is refused: a backend might read the other one of the two,
    /// and then our limits would be about nothing.
    pub(crate) fn read(body: &'a [u8], once: &[&str]) -> Result<Self, Invalid> {
        let text = std::str::from_utf8(body).map_err(|error| {
            Invalid::Malformed(format!(
                "the body is not UTF-8 from byte {} on",
                error.valid_up_to()
            ))
        })?;
        let fields = Fields::read(text).map_err(|error| Invalid::Malformed(error.to_string()))?;
        for name in once {
            if fields.0.iter().filter(|(known, _)| known.0 == *name).count() > 1 {
                return Err(Invalid::Malformed(format!("duplicate field `{name}`")));
            }
        }
        Ok(Self { text, fields })
    }

    /// Where the value of a field stands, `null` included.
    pub(crate) fn raw(&self, wanted: &str) -> Option<&'a RawValue> {
        let found = self.fields.0.iter().find(|(name, _)| name.0 == wanted);
        found.map(|(_, value)| *value)
    }

    /// The value of a field, where it is there and not `null`.
    pub(crate) fn value(&self, wanted: &str) -> Option<&'a RawValue> {
        self.raw(wanted).filter(|value| !is_null(value))
    }

    /// The value of a field that has to be there.
    pub(crate) fn required(&self, param: &'static str, what: &str) -> Result<&'a RawValue, Invalid> {
        self.value(param).ok_or_else(|| Invalid::Missing {
            param,
            message: format!("The request needs '{param}', {what}."),
        })
    }

    /// A text.
    pub(crate) fn text(&self, param: &'static str) -> Result<Option<Cow<'a, str>>, Invalid> {
        let Some(value) = self.value(param) else {
            return Ok(None);
        };
        match as_text(value) {
            Some(text) => Ok(Some(text)),
            None => Err(wrong(param, value, "must be a string")),
        }
    }

    /// A whole number.
    pub(crate) fn whole(
        &self,
        param: &'static str,
        lowest: u64,
        highest: u64,
    ) -> Result<Option<u64>, Invalid> {
        let Some(value) = self.value(param) else {
            return Ok(None);
        };
        match value.get().parse::<u64>() {
            Ok(number) if (lowest..=highest).contains(&number) => Ok(Some(number)),
            _ => {
                let rule = format!("must be a whole number from {lowest} to {highest}");
                Err(wrong(param, value, &rule))
            }
        }
    }

    /// A number; only its bounds matter.
    pub(crate) fn number(&self, param: &'static str, lowest: f64, highest: f64) -> Result<(), Invalid> {
        let Some(value) = self.value(param) else {
            return Ok(());
        };
        match value.get().parse::<f64>() {
            Ok(number) if (lowest..=highest).contains(&number) => Ok(()),
            _ => {
                let rule = format!("must be a number from {lowest} to {highest}");
                Err(wrong(param, value, &rule))
            }
        }
    }

    /// True or false.
    pub(crate) fn truth(&self, param: &'static str) -> Result<Option<bool>, Invalid> {
        let Some(value) = self.value(param) else {
            return Ok(None);
        };
        match value.get() {
            "true" => Ok(Some(true)),
            "false" => Ok(Some(false)),
            _ => Err(wrong(param, value, "must be true or false")),
        }
    }

    /// An array of strings.
    pub(crate) fn texts(&self, param: &'static str, most: usize) -> Result<Vec<Cow<'a, str>>, Invalid> {
        let Some(value) = self.value(param) else {
            return Ok(Vec::new());
        };
        let mut texts = Vec::new();
        let mut rule = None;
        let whole = elements(value, |item| {
            match as_text(item) {
                Some(_) if texts.len() == most => rule = Some(format!("must have at most {most} elements")),
                Some(text) => texts.push(text),
                None => rule = Some("must be an array of strings".to_owned()),
            }
            rule.is_none()
        });
        match rule {
            None if whole => Ok(texts),
            rule => Err(wrong(
                param,
                value,
                rule.as_deref().unwrap_or("must be an array of strings"),
            )),
        }
    }

    /// The names that are not among `defined`.
    pub(crate) fn extra(&self, defined: &[&str]) -> Vec<Cow<'a, str>> {
        let names = self.fields.0.iter().map(|(name, _)| &name.0);
        names
            .filter(|name| !defined.contains(&&***name))
            .cloned()
            .collect()
    }

    /// The body without the names that are not among `defined`.
    pub(crate) fn without_extra(&self, defined: &[&str]) -> Vec<u8> {
        without(self.text, |name| !defined.contains(&name))
    }
}

/// A value that breaks a rule.
pub(crate) fn wrong(param: &'static str, value: &RawValue, rule: &str) -> Invalid {
    Invalid::Value {
        place: Place { param, message: None },
        input: shortened(value),
        message: format!("'{param}' {rule}."),
    }
}

/// The value as a refusal repeats it; a large one is not repeated.
pub(crate) fn shortened(value: &RawValue) -> String {
    if value.get().len() <= REPEATED_BYTES_MAX {
        value.get().to_owned()
    } else {
        "null".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(result: Result<impl std::fmt::Debug, Invalid>, expected: &str) {
        let found = format!("{:?}", result.expect_err(expected));
        assert!(found.contains(expected), "{found}");
    }

    #[test]
    fn values_are_held_to_their_rules() {
        let body = br#"{"a":7,"t":"x\n","l":["a","b"],"b":true,"n":null,"f":0.5}"#;
        let head = Head::read(body, &["a"]).expect("an object");
        assert_eq!(head.whole("a", 1, 7), Ok(Some(7)));
        assert_eq!(head.whole("n", 1, 7), Ok(None));
        assert_eq!(head.text("t"), Ok(Some("x\n".into())));
        assert_eq!(head.truth("b"), Ok(Some(true)));
        assert_eq!(head.texts("l", 2), Ok(vec!["a".into(), "b".into()]));
        assert_eq!(head.number("f", 0.0, 1.0), Ok(()));
        assert_eq!(head.extra(&["a", "t", "l"]), ["b", "n", "f"]);
        refused(head.whole("a", 1, 6), "'a' must be a whole number from 1 to 6");
        refused(head.whole("f", 0, 6), "whole number");
        refused(head.number("f", 0.6, 1.0), "from 0.6 to 1");
        refused(head.text("a"), "'a' must be a string");
        refused(head.texts("l", 1), "at most 1 elements");
        refused(head.texts("a", 1), "an array of strings");
        refused(head.truth("a"), "true or false");
        refused(head.required("n", "a thing"), "The request needs 'n', a thing.");
        refused(
            Head::read(br#"{"a":1,"\u0061":2}"#, &["a"]),
            "duplicate field `a`",
        );
        refused(Head::read(b"{\"a\":\"\xff\"}", &[]), "not UTF-8 from byte 6");
        refused(Head::read(b"[]", &[]), "JSON object");
        assert_eq!(head.without_extra(&["a", "f"]), br#"{"a":7,"f":0.5}"#);
    }
}
