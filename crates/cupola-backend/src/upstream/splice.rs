//! Putting the backend's own name for the model into a body, by copying around it.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::ops::Range;

/// The body with this name as its `model`, whose value stands at `at`, if anywhere.
pub(super) fn with_model(body: &Bytes, at: Option<Range<usize>>, model: &str) -> Bytes {
    let value = serde_json::Value::from(model).to_string();
    let at = match &at {
        Some(at) => at.clone(),
        // Behind the opening brace; a request always has a field that follows.
        None => {
            let brace = body
                .iter()
                .position(|byte| *byte == b'{')
                .map_or(0, |brace| brace + 1);
            brace..brace
        }
    };
    let (Some(before), Some(there), Some(after)) =
        (body.get(..at.start), body.get(at.clone()), body.get(at.end..))
    else {
        return body.clone();
    };
    if there == value.as_bytes() {
        return body.clone();
    }
    let mut out = Vec::with_capacity(body.len() + value.len() + 10);
    out.extend_from_slice(before);
    if at.is_empty() {
        out.extend_from_slice(b"\"model\":");
    }
    out.extend_from_slice(value.as_bytes());
    if at.is_empty() {
        out.push(b',');
    }
    out.extend_from_slice(after);
    out.into()
}

/// The body of a client that speaks the backend's dialect: what it wrote, byte for byte, but for the name of the model.
/// `None` where the body names its model twice or is no object: somebody else has to make sense of it.
pub(super) fn native_with_model(body: &Bytes, model: &str) -> Option<Bytes> {
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        model: Option<&'a RawValue>,
    }
    let named: Named<'_> = serde_json::from_slice(body).ok()?;
    let at = named.model.map(|raw| {
        // It is borrowed from the body, so its distance from the body's start is its place there.
        let start = (raw.get().as_ptr() as usize).saturating_sub(body.as_ptr() as usize);
        start..start + raw.get().len()
    });
    Some(with_model(body, at, model))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_spliced_in() {
        let check = |body: &'static str, at: Option<Range<usize>>, expected: &str| {
            let found = with_model(&Bytes::from_static(body.as_bytes()), at, "a\"b");
            assert_eq!(found, expected.as_bytes());
        };
        check(r#" {"x":1}"#, None, r#" {"model":"a\"b","x":1}"#);
        check(r#"{"model":"m","x":1}"#, Some(9..12), r#"{"model":"a\"b","x":1}"#);
        check(r#"{"model":null}"#, Some(9..13), r#"{"model":"a\"b"}"#);
        check(r#"{"model":"a\"b"}"#, Some(9..15), r#"{"model":"a\"b"}"#);
        check(r#"{"x":1}"#, Some(90..95), r#"{"x":1}"#);
    }

    #[test]
    fn a_native_body_keeps_every_byte_but_the_models_name() {
        let check = |body: &'static str, expected: Option<&str>| {
            let found = native_with_model(&Bytes::from_static(body.as_bytes()), "m2");
            assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{body}");
        };
        check(
            "{ \"max_tokens\" : 5,\n\"model\" : \"old\" , \"x\":[ ] }",
            Some("{ \"max_tokens\" : 5,\n\"model\" : \"m2\" , \"x\":[ ] }"),
        );
        check(
            r#"{"messages":[{"model":"no"}]}"#,
            Some(r#"{"model":"m2","messages":[{"model":"no"}]}"#),
        );
        check(r#"{"model":"a","model":"b"}"#, None);
        check("[]", None);
    }
}
