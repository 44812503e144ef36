//! What is kept of a response, so that `previous_response_id` can name it: the conversation up to and with its answer, as
//! messages in OpenAI's chat shape. Instructions are of one request and not kept.

use super::input::Messages;
use super::request_to_chat::{conversation, fields};
use crate::json::Json;
use crate::openai::fields::{Fields, items};
use crate::openai::{Invalid, Splitter};

/// The messages, a JSON array, that the output of a response is.
pub fn stored(response: &[u8]) -> Result<Vec<u8>, Invalid> {
    let response = fields(response)?;
    Ok(Json::Array(said(&response)?).bytes())
}

/// The conversation after a response: what was kept before it, what the request said, and what was answered.
pub fn append(previous: Option<&[u8]>, request: &[u8], response: &[u8]) -> Result<Vec<u8>, Invalid> {
    let (request, response) = (fields(request)?, fields(response)?);
    let mut messages = conversation(&request, previous)?;
    messages.append(&mut said(&response)?);
    Ok(Json::Array(messages).bytes())
}

fn said<'a>(response: &Fields<'a>) -> Result<Vec<Json<'a>>, Invalid> {
    let output = response
        .get("output")
        .and_then(items)
        .ok_or_else(|| Invalid::Malformed("the response has no output".to_owned()))?;
    let mut messages = Messages::default();
    messages.items(output)?;
    Ok(messages.finish())
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
