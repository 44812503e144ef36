//! Streams of answers.

use std::io::Write;

use serde_json::{Value, json};

use super::answer::{CallBody, Heading, chat_logprobs, text_logprobs};
use super::{UsageBody, finish_reason, to_json};
use crate::mailbox::{FinishReason, TokenLogprob, Usage};
use crate::problem::Problem;

/// Writes the events of a stream in their canonical form: `data: `, one line of JSON, an empty line.
pub(crate) struct EventWriter {
    head: Vec<u8>,
    include_usage: bool,
    chat: bool,
}

impl EventWriter {
    pub(super) fn new(heading: &Heading, include_usage: bool) -> Self {
        let mut head = b"data: ".to_vec();
        head.extend(to_json(&json!({
            "id": heading.id,
            "object": if heading.chat { "chat.completion.chunk" } else { "text_completion" },
            "created": heading.created,
            "model": heading.model,
        })));
        // The chunks differ only in what follows these four.
        head.pop();
        head.extend_from_slice(b",\"choices\":[");
        Self {
            head,
            include_usage,
            chat: heading.chat,
        }
    }

    /// The first event of a chat's choice.
    pub(crate) fn role(&self, events: &mut Vec<u8>, index: usize) {
        if self.chat {
            self.choice(events, index, br#"{"role":"assistant","content":""}"#, None, None);
        }
    }

    /// More text, and what is told of its tokens. `offset` counts the characters of a text completion.
    pub(crate) fn content(
        &self,
        events: &mut Vec<u8>,
        index: usize,
        text: &str,
        tokens: Option<&[TokenLogprob]>,
        offset: &mut usize,
    ) {
        if self.chat {
            let mut delta = Vec::with_capacity(text.len() + 16);
            delta.extend_from_slice(br#"{"content":"#);
            delta.extend_from_slice(&to_json(&text));
            delta.push(b'}');
            self.choice(events, index, &delta, tokens.map(chat_logprobs), None);
        } else {
            let logprobs = tokens.map(|tokens| text_logprobs(tokens, offset));
            self.choice(events, index, &to_json(&text), logprobs, None);
        }
    }

    /// A whole call.
    pub(crate) fn call(&self, events: &mut Vec<u8>, index: usize, number: usize, call: &CallBody) {
        let mut call = serde_json::to_value(call).unwrap_or_default();
        if let Value::Object(fields) = &mut call {
            fields.shift_insert(0, "index".to_owned(), Value::from(number));
        }
        self.choice(
            events,
            index,
            &to_json(&json!({ "tool_calls": [call] })),
            None,
            None,
        );
    }

    /// The last chunk of a choice.
    pub(crate) fn end_choice(&self, events: &mut Vec<u8>, index: usize, reason: FinishReason) {
        let nothing: &[u8] = if self.chat { b"{}" } else { b"\"\"" };
        self.choice(events, index, nothing, None, Some(reason));
    }

    /// The usage if it was asked for, and `[DONE]`.
    pub(crate) fn end(&self, events: &mut Vec<u8>, usage: Usage) {
        if self.include_usage {
            events.extend_from_slice(&self.head);
            events.extend_from_slice(b"],\"usage\":");
            events.extend_from_slice(&to_json(&UsageBody::from(usage)));
            events.extend_from_slice(b"}\n\n");
        }
        events.extend_from_slice(b"data: [DONE]\n\n");
    }

    /// A failure after the first byte: all that can still be said. No `[DONE]` follows, so nobody takes the
    /// completion for whole.
    pub(crate) fn failure(&self, events: &mut Vec<u8>, problem: &Problem) {
        events.extend_from_slice(b"data: ");
        events.extend_from_slice(&problem.body());
        events.extend_from_slice(b"\n\n");
    }

    fn choice(
        &self,
        events: &mut Vec<u8>,
        index: usize,
        delta: &[u8],
        logprobs: Option<Value>,
        reason: Option<FinishReason>,
    ) {
        let name = if self.chat { "delta" } else { "text" };
        events.reserve(self.head.len() + delta.len() + 64);
        events.extend_from_slice(&self.head);
        let mut written = write!(events, "{{\"index\":{index},\"{name}\":");
        events.extend_from_slice(delta);
        if let Some(logprobs) = logprobs {
            written = written.and_then(|()| write!(events, ",\"logprobs\":{logprobs}"));
        }
        written = written.and_then(|()| match reason {
            Some(reason) => write!(
                events,
                ",\"finish_reason\":\"{}\"}}]}}\n\n",
                finish_reason(reason)
            ),
            None => write!(events, ",\"finish_reason\":null}}]}}\n\n"),
        });
        debug_assert!(written.is_ok(), "a vector takes every write");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer(chat: bool) -> EventWriter {
        let heading = Heading {
            id: "chatcmpl-1".to_owned(),
            created: 5,
            model: "m".to_owned(),
            chat,
        };
        heading.stream(true)
    }

    #[test]
    fn the_stream_has_its_canonical_form() {
        let writer = writer(true);
        let mut events = Vec::new();
        writer.role(&mut events, 0);
        writer.content(&mut events, 0, "a \"b\"\n", None, &mut 0);
        let usage = Usage {
            prompt_tokens: 3,
            cached_tokens: 2,
            completion_tokens: 4,
        };
        writer.end_choice(&mut events, 0, FinishReason::Stop);
        writer.end(&mut events, usage);
        let head = r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"m","choices":["#;
        let expected = [
            &format!(
                r#"{head}{{"index":0,"delta":{{"role":"assistant","content":""}},"finish_reason":null}}]}}"#
            ),
            &format!(r#"{head}{{"index":0,"delta":{{"content":"a \"b\"\n"}},"finish_reason":null}}]}}"#),
            &format!(r#"{head}{{"index":0,"delta":{{}},"finish_reason":"stop"}}]}}"#),
            &format!(
                r#"{head}],"usage":{{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,"prompt_tokens_details":{{"cached_tokens":2}}}}}}"#
            ),
            "data: [DONE]",
            "",
        ];
        assert_eq!(String::from_utf8_lossy(&events), expected.join("\n\n"));
    }

    #[test]
    fn a_call_comes_whole_in_one_delta() {
        let mut events = Vec::new();
        let call = CallBody::new("call_1".to_owned(), "f".to_owned(), "{\"a\":1}".to_owned());
        writer(true).call(&mut events, 1, 2, &call);
        let text = String::from_utf8_lossy(&events);
        let expected = r#"{"index":1,"delta":{"tool_calls":[{"index":2,"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},"finish_reason":null}"#;
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn log_probabilities_come_in_both_shapes() {
        let token = |piece: &str, logprob: Option<f32>| TokenLogprob {
            piece: piece.as_bytes().to_vec(),
            logprob,
            top: vec![(b"x".to_vec(), -0.5)],
        };
        let mut events = Vec::new();
        writer(true).content(
            &mut events,
            0,
            "é",
            Some(&[token("é", Some(f32::NEG_INFINITY))]),
            &mut 0,
        );
        let text = String::from_utf8_lossy(&events).into_owned();
        let expected = r#""logprobs":{"content":[{"token":"é","logprob":-9999.0,"bytes":[195,169],"top_logprobs":[{"token":"x","logprob":-0.5,"bytes":[120]}]}],"refusal":null}"#;
        assert!(text.contains(expected), "{text}");

        let mut offset = 3;
        let tokens = [token("éa", None), token("b", Some(-0.25))];
        writer(false).content(&mut events, 0, "éab", Some(&tokens), &mut offset);
        let text = String::from_utf8_lossy(&events).into_owned();
        let expected = r#""text":"éab","logprobs":{"tokens":["éa","b"],"token_logprobs":[null,-0.25],"top_logprobs":[null,{"x":-0.5}],"text_offset":[3,5]}"#;
        assert!(text.contains(expected) && offset == 6, "{text}");
    }
}
