//! The `extra-parameters` header of the Model Inference API. Its sentences are an interface: gateways parse them.

use super::fields::{Fields, write_field};
use std::borrow::Cow;

/// What to do with body keys that the API does not define.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtraParameters {
    /// Refuse the request; the default.
    Error,
    /// Leave them away.
    Drop,
    /// Forward them as they are.
    PassThrough,
}

impl ExtraParameters {
    /// Reads the header's value; the error is the published sentence.
    pub fn read(header: Option<&[u8]>) -> Result<Self, String> {
        match header {
            None | Some(b"error") => Ok(Self::Error),
            Some(b"drop") => Ok(Self::Drop),
            Some(b"pass-through") => Ok(Self::PassThrough),
            Some(other) => Err(format!(
                "Unexpected EXTRA_PARAMETERS option {}, expected options are ['error', 'drop', 'pass-through']",
                cupola_core::name::printable(&String::from_utf8_lossy(other))
            )),
        }
    }
}

/// The published sentence for extra parameters that were not allowed, with every offending key in Python's notation.
pub fn extra_parameters_refused(names: &[Cow<'_, str>]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| python(name)).collect();
    format!(
        "Extra parameters [{}] are not allowed when extra-parameters is not set or set to be 'error'. \
         Set extra-parameters to 'pass-through' to pass to the model.",
        quoted.join(", ")
    )
}

/// The object without the fields of these names.
pub(super) fn without(object: &str, is_dropped: impl Fn(&str) -> bool) -> Vec<u8> {
    let fields = Fields::read(object).unwrap_or_default();
    let mut out = Vec::with_capacity(object.len());
    out.push(b'{');
    for (name, value) in fields.0.iter().filter(|(name, _)| !is_dropped(&name.0)) {
        if out.len() > 1 {
            out.push(b',');
        }
        write_field(&mut out, name, value);
    }
    out.push(b'}');
    out
}

fn python(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c == quote => out.extend(['\\', c]),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentences_are_the_published_ones() {
        assert_eq!(
            extra_parameters_refused(&["n".into(), "stream_options".into()]),
            "Extra parameters ['n', 'stream_options'] are not allowed when extra-parameters is not set or set to be \
             'error'. Set extra-parameters to 'pass-through' to pass to the model."
        );
        assert_eq!(
            ExtraParameters::read(Some(b"ignore")),
            Err("Unexpected EXTRA_PARAMETERS option ignore, expected options are ['error', 'drop', 'pass-through']".into())
        );
        assert_eq!(ExtraParameters::read(None), Ok(ExtraParameters::Error));
    }

    #[test]
    fn names_are_quoted_as_python_does() {
        let check = |name: &str, expected: &str| assert_eq!(python(name), expected);
        check("n", "'n'");
        check("it's", "\"it's\"");
        check("a\\b\n", "'a\\\\b\\n'");
        check("'\"", "'\\'\"'");
    }
}
