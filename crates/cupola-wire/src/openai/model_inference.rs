//! Chats with a server of Azure's Model Inference API. It refuses what it does not define, so what OpenAI's shape has
//! another word for is said in its own, and what it does anyway is not asked for.

use super::fields::{Fields, is_null, write_field, write_text};
use crate::dialect::Untranslatable;

/// The request, in OpenAI's shape, as that server gets it; `None` where it can go as it came.
pub fn chat_request_to_model_inference(body: &[u8], model: &str) -> Result<Option<Vec<u8>>, Untranslatable> {
    let fields = std::str::from_utf8(body)
        .ok()
        .and_then(|text| Fields::read(text).ok())
        .ok_or_else(|| Untranslatable {
            param: "messages".to_owned(),
            message: "The request must be a JSON object.".to_owned(),
        })?;
    let has = |wanted: &str| fields.0.iter().any(|(name, _)| name.0 == wanted);
    if !has("stream_options") && !has("max_completion_tokens") {
        return Ok(None);
    }
    let newer = fields.get("max_completion_tokens");
    let mut out = b"{\"model\":".to_vec();
    write_text(&mut out, model);
    for (name, value) in fields.0.iter().filter(|(_, value)| !is_null(value)) {
        match &*name.0 {
            // Its streams end with their usage in any case.
            "model" | "stream_options" | "max_completion_tokens" => {}
            // The newer name counts where both are there.
            "max_tokens" if newer.is_some() => {}
            _ => {
                out.push(b',');
                write_field(&mut out, name, value);
            }
        }
    }
    if let Some(tokens) = newer {
        out.extend_from_slice(b",\"max_tokens\":");
        out.extend_from_slice(tokens.get().as_bytes());
    }
    out.push(b'}');
    Ok(Some(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_refuses_is_not_sent() {
        let check = |body: &str, expected: Option<&str>| {
            let asked = chat_request_to_model_inference(body.as_bytes(), "m").expect(body);
            let asked = asked.map(|asked| String::from_utf8(asked).expect("text"));
            assert_eq!(asked.as_deref(), expected, "{body}");
        };
        check(r#"{"messages":[],"max_tokens":5,"n":2}"#, None);
        check(
            r#"{"messages":[],"model":"d","stream":true,"stream_options":{"include_usage":true},"max_tokens":5}"#,
            Some(r#"{"model":"m","messages":[],"stream":true,"max_tokens":5}"#),
        );
        check(
            r#"{"max_tokens":5,"messages":[],"max_completion_tokens":7}"#,
            Some(r#"{"model":"m","messages":[],"max_tokens":7}"#),
        );
        check(
            r#"{"max_tokens":5,"messages":[],"max_completion_tokens":null}"#,
            Some(r#"{"model":"m","max_tokens":5,"messages":[]}"#),
        );
        assert!(chat_request_to_model_inference(b"7", "m").is_err());
    }
}
