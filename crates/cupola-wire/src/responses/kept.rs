//! What is kept of a response, so that clients can name it later: what was said to it and what it answered, both as they
//! came. A conversation is put together from as many as go on from each other. Instructions are of one request and not kept.

use super::input::Messages;
use super::request_to_chat::{fields, hear, wrong};
use crate::json::Json;
use crate::openai::fields::{Fields, as_text, items, write_field};
use crate::openai::{Invalid, Splitter};
use serde_json::value::RawValue;

/// What a request says about keeping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeping {
    /// Is the response to be kept? It is unless the client says otherwise.
    pub store: bool,
    /// The response that this one goes on from.
    pub previous: Option<String>,
}

impl Keeping {
    /// Out of the body of a request.
    pub fn read(request: &[u8]) -> Result<Self, Invalid> {
        let asked = fields(request)?;
        let store = match asked.get("store").map(|store| (store.get(), store)) {
            None | Some(("true", _)) => true,
            Some(("false", _)) => false,
            Some((_, other)) => return Err(wrong("store", other, "must be true or false")),
        };
        let previous = asked.get("previous_response_id").map(|id| {
            let rule = "must be a string: the id of a response";
            let text = as_text(id).ok_or_else(|| wrong("previous_response_id", id, rule))?;
            Ok(text.into_owned())
        });
        Ok(Self {
            store,
            previous: previous.transpose()?,
        })
    }
}

/// What is kept of a response to a request.
pub fn kept(request: &[u8], response: &[u8]) -> Result<Vec<u8>, Invalid> {
    let request = fields(request)?;
    let response = std::str::from_utf8(response)
        .ok()
        .and_then(|text| serde_json::from_str::<&RawValue>(text).ok())
        .ok_or_else(|| Invalid::Malformed("the response is no JSON".to_owned()))?;
    let input = request.get("input").map_or(Json::Null, Json::Raw);
    Ok(Json::Object(vec![("input", input), ("response", Json::Raw(response))]).bytes())
}

/// The response in what was kept of it.
pub fn response_in(kept: &[u8]) -> Result<&[u8], Invalid> {
    Ok(response_of(&fields(kept)?)?.get().as_bytes())
}

/// The conversation after the last of these, as messages in OpenAI's chat shape. Each goes on from the one before it.
pub fn context<'a>(kept: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, Invalid> {
    let mut messages = Messages::default();
    for each in kept {
        let each = fields(each)?;
        hear(&each, &mut messages)?;
        messages.items(output_of(&each)?)?;
    }
    Ok(Json::Array(messages.finish()).bytes())
}

/// The items of a response's output.
pub(super) fn output_of<'a>(kept: &Fields<'a>) -> Result<Vec<&'a RawValue>, Invalid> {
    Fields::read(response_of(kept)?.get())
        .ok()
        .and_then(|response| response.get("output").and_then(items))
        .ok_or_else(|| Invalid::Malformed("the response has no output".to_owned()))
}

pub(super) fn response_of<'a>(kept: &Fields<'a>) -> Result<&'a RawValue, Invalid> {
    kept.get("response")
        .ok_or_else(|| Invalid::Malformed("no response was kept".to_owned()))
}

/// The response out of the last events of its stream, once it came to its end.
pub fn final_response(events: &[u8]) -> Option<Vec<u8>> {
    let mut found = None;
    let each = |payload: &[u8]| {
        let event = std::str::from_utf8(payload)
            .ok()
            .and_then(|text| Fields::read(text).ok())
            .unwrap_or_default();
        if matches!(
            event.text("type").as_deref(),
            Some("response.completed" | "response.incomplete")
        ) {
            found = event
                .get("response")
                .map(|response| response.get().as_bytes().to_vec());
        }
    };
    Splitter::default().feed(events, each).ok()?;
    found
}

/// The same response, saying that it is not kept.
pub fn unkept(response: &[u8]) -> Vec<u8> {
    match fields(response) {
        Ok(found) => with(&found, "store", b"false"),
        // Nothing that we wrote.
        Err(_) => response.to_vec(),
    }
}

/// The same last events of a stream, the response in the last of them saying that it is not kept.
pub fn unkept_events(events: &[u8]) -> Vec<u8> {
    const DATA: &str = "\ndata: ";
    let rewritten = || {
        let text = std::str::from_utf8(events).ok()?;
        // No line ends within an event's JSON.
        let (before, json) = text.split_at(text.rfind(DATA)? + DATA.len());
        let event = Fields::read(json).ok()?;
        let response = unkept(event.get("response")?.get().as_bytes());
        Some([before.as_bytes(), &with(&event, "response", &response), b"\n\n"].concat())
    };
    rewritten().unwrap_or_else(|| events.to_vec())
}

/// An object with another value in one of its fields.
fn with(fields: &Fields<'_>, name: &str, value: &[u8]) -> Vec<u8> {
    let mut out = vec![b'{'];
    for (at, (found, old)) in fields.0.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_field(&mut out, found, old);
        if found.0 == name {
            out.truncate(out.len() - old.get().len());
            out.extend_from_slice(value);
        }
    }
    out.push(b'}');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_kept_unless_the_client_says_otherwise() {
        let check = |body: &str, expected: Result<(bool, Option<&str>), &str>| {
            let found = Keeping::read(body.as_bytes());
            match (&found, expected) {
                (Ok(found), Ok((store, previous))) => {
                    assert_eq!(
                        (found.store, found.previous.as_deref()),
                        (store, previous),
                        "{body}"
                    );
                }
                (Err(Invalid::Value { message, .. }), Err(expected)) => assert_eq!(message, expected),
                _ => panic!("{body}: {found:?}"),
            }
        };
        check("{}", Ok((true, None)));
        check(r#"{"store":null,"previous_response_id":null}"#, Ok((true, None)));
        check(
            r#"{"store":true,"previous_response_id":"resp_1"}"#,
            Ok((true, Some("resp_1"))),
        );
        check(r#"{"store":false}"#, Ok((false, None)));
        check(r#"{"store":"yes"}"#, Err("'store' must be true or false."));
        check(
            r#"{"previous_response_id":7}"#,
            Err("'previous_response_id' must be a string: the id of a response."),
        );
    }

    #[test]
    fn what_is_not_kept_says_so_and_nothing_else_changes() {
        let check = |response: &str, expected: &str| {
            assert_eq!(String::from_utf8_lossy(&unkept(response.as_bytes())), expected);
        };
        check(
            r#"{"id":"r","output":[{"store":true}],"store":true,"usage":null}"#,
            r#"{"id":"r","output":[{"store":true}],"store":false,"usage":null}"#,
        );
        check("nonsense", "nonsense");
        let events = |store: bool| {
            format!(
                "event: a\ndata: {{\"response\":{{\"store\":true}}}}\n\nevent: response.completed\ndata: \
                 {{\"type\":\"response.completed\",\"response\":{{\"x\":\"data: \",\"store\":{store}}},\"sequence_number\":3}}\n\n"
            )
        };
        let found = unkept_events(events(true).as_bytes());
        assert_eq!(String::from_utf8_lossy(&found), events(false));
        assert_eq!(unkept_events(b": nothing\n\n"), b": nothing\n\n");
    }
}
