//! What OpenAI's own servers refuse, because they do not know it.

use super::super::fields::{Fields, is_null, write_field, write_text};
use crate::dialect::Untranslatable;

const UNKNOWN: [&str; 2] = ["input_type", "truncate"];

/// The request without what such a server does not know; `None` where it can go as it came.
pub fn embeddings_request_to_azure(body: &[u8], model: &str) -> Result<Option<Vec<u8>>, Untranslatable> {
    let fields = std::str::from_utf8(body)
        .ok()
        .and_then(|text| Fields::read(text).ok())
        .ok_or_else(|| Untranslatable {
            param: "input".to_owned(),
            message: "The request must be a JSON object.".to_owned(),
        })?;
    if fields.0.iter().all(|(name, _)| !UNKNOWN.contains(&&*name.0)) {
        return Ok(None);
    }
    let mut out = b"{\"model\":".to_vec();
    write_text(&mut out, model);
    for (name, value) in fields.0.iter().filter(|(_, value)| !is_null(value)) {
        if name.0 != "model" && !UNKNOWN.contains(&&*name.0) {
            out.push(b',');
            write_field(&mut out, name, value);
        }
    }
    out.push(b'}');
    Ok(Some(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_there_is_left_away() {
        let check = |body: &str, expected: Option<&str>| {
            let asked = embeddings_request_to_azure(body.as_bytes(), "m").expect(body);
            let asked = asked.map(|asked| String::from_utf8(asked).expect("text"));
            assert_eq!(asked.as_deref(), expected);
        };
        check(r#"{"input":"a","model":"d"}"#, None);
        check(
            r#"{"input":"a","model":"d","input_type":"query","dimensions":4,"user":null}"#,
            Some(r#"{"model":"m","input":"a","dimensions":4}"#),
        );
        assert!(embeddings_request_to_azure(b"7", "m").is_err());
    }
}
