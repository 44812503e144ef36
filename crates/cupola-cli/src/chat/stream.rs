//! Server-sent events and the chunks of a chat in them. Pure: bytes in, pieces out.

use serde_json::Value;

use crate::failure::Failure;

/// Finds the events in bytes that may be split anywhere.
#[derive(Debug, Default)]
pub(super) struct Events {
    pending: Vec<u8>,
}

/// Part of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    /// What the model says.
    Text(String),
    /// What a reasoning model thinks before it says something.
    Thought(String),
    /// Why it stopped.
    Finished(String),
    /// What was counted.
    Usage(Value),
    /// Who answers.
    Model(String),
    /// Nothing follows, whatever the connection does after it.
    Done,
}

impl Events {
    /// The data of every event that is complete with these bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        self.pending.extend_from_slice(bytes);
        let mut found = Vec::new();
        while let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.pending.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            // Comments and names of events say nothing about a chat.
            if let Some(data) = line.trim_end_matches(['\r', '\n']).strip_prefix("data:") {
                found.push(data.trim_start().to_owned());
            }
        }
        found
    }
}

/// What one chunk, or one whole answer, brings.
pub(super) fn pieces(data: &str) -> Result<Vec<Piece>, Failure> {
    if data == "[DONE]" {
        return Ok(vec![Piece::Done]);
    }
    let chunk: Value = serde_json::from_str(data)
        .map_err(|error| Failure::new(format!("The endpoint sent something that is not JSON: {error}")))?;
    if chunk["error"].is_object() {
        return Err(Failure::from_answer(500, data.as_bytes()));
    }
    let mut pieces = Vec::new();
    let choice = &chunk["choices"][0];
    let said = if choice["delta"].is_object() {
        &choice["delta"]
    } else {
        &choice["message"]
    };
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    pieces.extend(text(&chunk["model"]).map(Piece::Model));
    pieces.extend(text(&said["reasoning_content"]).map(Piece::Thought));
    pieces.extend(text(&said["content"]).map(Piece::Text));
    pieces.extend(text(&choice["finish_reason"]).map(Piece::Finished));
    if chunk["usage"].is_object() {
        pieces.push(Piece::Usage(chunk["usage"].clone()));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn events_survive_every_split() {
        let bytes = "data: {\"a\":\"é\"}\n\n: comment\r\ndata:[DONE]\r\n\r\n".as_bytes();
        for at in 0..bytes.len() {
            let mut events = Events::default();
            let mut found = events.push(&bytes[..at]);
            found.extend(events.push(&bytes[at..]));
            assert_eq!(found, ["{\"a\":\"é\"}", "[DONE]"], "split at {at}");
        }
    }

    #[test]
    fn chunks_bring_pieces() {
        let check =
            |data: Value, expected: &[Piece]| assert_eq!(pieces(&data.to_string()).expect("fine"), expected);
        check(
            json!({"choices": [{"delta": {"role": "assistant", "content": ""}}]}),
            &[],
        );
        check(
            json!({"choices": [{"delta": {"content": "Hi"}}]}),
            &[Piece::Text("Hi".into())],
        );
        check(
            json!({"choices": [{"delta": {"reasoning_content": "Hm"}}]}),
            &[Piece::Thought("Hm".into())],
        );
        check(
            json!({"model": "m", "choices": [{"delta": {"content": ""}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1}}),
            &[
                Piece::Model("m".into()),
                Piece::Finished("stop".into()),
                Piece::Usage(json!({"prompt_tokens": 1})),
            ],
        );
        check(json!({"choices": []}), &[]);
        check(
            json!({"choices": [{"message": {"content": "whole"}}]}),
            &[Piece::Text("whole".into())],
        );
        assert_eq!(pieces("[DONE]").expect("fine"), [Piece::Done]);
        assert!(pieces("nonsense").is_err());
        assert!(
            pieces(r#"{"error":{"code":"500","message":"gone"}}"#)
                .is_err_and(|failure| failure.message == "gone")
        );
    }
}
