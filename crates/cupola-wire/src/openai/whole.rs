//! A whole answer that is read once: for who screens what it says, and for who writes it.

use super::Broken;
use super::answer::{Answer, Choice};
use super::fields::Name;
use std::borrow::Cow;

/// An answer that was read.
#[derive(Debug)]
pub struct Whole<'a> {
    text: &'a str,
    pub(super) choices: Vec<Choice<'a>>,
    /// Names, and values as they stand in the text; `None` where that cannot be told without reading it again.
    pub(super) fields: Option<Vec<(Name<'a>, &'a str)>>,
}

impl<'a> Whole<'a> {
    /// Reads an answer.
    pub fn read(answer: &'a [u8]) -> Result<Self, Broken> {
        let text = std::str::from_utf8(answer).map_err(|_| Broken("it is not UTF-8".to_owned()))?;
        let answer: Answer<'a> = serde_json::from_str(text).map_err(|error| Broken(error.to_string()))?;
        let Answer { choices, fields } = answer;
        let value = |at: usize| match fields[at].1 {
            Some(value) => Some(value.get()),
            None => between(text, &fields[at].0, fields.get(at + 1).map(|(next, _)| next)),
        };
        let values: Option<Vec<&'a str>> = (0..fields.len()).map(value).collect();
        let names = fields.into_iter().map(|(name, _)| name);
        Ok(Self {
            text,
            choices,
            fields: values.map(|values| names.zip(values).collect()),
        })
    }

    /// As it came.
    pub fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }
}

const SPACES: [char; 4] = [' ', '\t', '\n', '\r'];

/// The value that stands in an object between its name and the next one, or the end. `None` where a name is written with
/// escapes, and so was copied.
fn between<'a>(text: &'a str, name: &Name<'a>, next: Option<&Name<'a>>) -> Option<&'a str> {
    let behind = start(text, name)? + name.0.len();
    let rest = text.get(behind..)?.strip_prefix('"')?;
    let rest = rest.trim_start_matches(SPACES).strip_prefix(':')?;
    let value = match next {
        Some(next) => {
            let quote = start(text, next)?.checked_sub(1)?;
            let value = text.get(text.len() - rest.len()..quote)?;
            value.trim_end_matches(SPACES).strip_suffix(',')?
        }
        None => rest.trim_end_matches(SPACES).strip_suffix('}')?,
    };
    Some(value.trim_matches(SPACES))
}

/// Where a name begins in the text that it is borrowed from.
fn start(text: &str, name: &Name<'_>) -> Option<usize> {
    match name.0 {
        Cow::Borrowed(name) => (name.as_ptr() as usize).checked_sub(text.as_ptr() as usize),
        Cow::Owned(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields::Fields;
    use super::*;
    use proptest::prelude::*;

    /// What is told of the fields is what reading them alone tells.
    fn check(text: &str) {
        let whole = Whole::read(text.as_bytes()).expect(text);
        let fields = Fields::read(text).expect(text);
        let expected: Vec<(&str, &str)> = fields
            .0
            .iter()
            .map(|(name, value)| (&*name.0, value.get()))
            .collect();
        match &whole.fields {
            Some(found) => {
                let found: Vec<(&str, &str)> = found.iter().map(|(name, value)| (&*name.0, *value)).collect();
                assert_eq!(found, expected, "{text}");
            }
            None => assert!(text.contains('\\'), "{text}"),
        }
    }

    #[test]
    fn values_stand_between_their_names() {
        check(r#"{"choices":[]}"#);
        check(r#"{"a":1,"choices":[{"message":{"content":"],}"}}] , "b":"c"}"#);
        check("{ \"choices\" :\r\n [ ]\t} ");
        check(r#"{"choices":null,"":2,"choices":[{}],"choices":[]}"#);
        check(r#"{"ch\u006fices":[],"a":1}"#);
        check(r#"{"choices":[],"\u0061":1}"#);
        check("{}");
        assert!(Whole::read(b"{\"a\":\"\xff\"}").is_err());
    }

    proptest! {
        #[test]
        fn what_is_read_once_is_what_is_read_field_by_field(
            fields in prop::collection::vec(
                ("(a|choices|usage|é|\\\\n)?", "[ \n]{0,2}", prop_oneof![Just("null"), Just("[]"), Just("[{\"text\":\"x\"} ,{}]")], "[ \t]{0,2}"),
                0..5,
            ),
        ) {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, before, value, behind)| format!("{before}\"{name}\"{behind}:{before}{value}{behind}"))
                .collect();
            check(&format!("{{{}}}", fields.join(",")));
        }
    }
}
