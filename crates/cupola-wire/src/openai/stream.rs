//! Chat streams: from OpenAI's shape, as backends send it, to the shape of the surface.
//!
//! Model Inference: the first chunk of a choice has its role and empty content, every later delta has content that is
//! not null, and usage stands on the last chunk that has a choice. OpenAI: usage has a chunk of its own, if asked for.

use super::chunk::{Choice, Chunk};
use super::fields::{Fields, Name, is_null, write_field};
use super::{Heading, Surface, Totals, envelope};
use serde_json::value::RawValue;
use std::fmt::Debug;

/// Writes a streamed answer in the shape of a surface, from chunks in OpenAI's shape, which all dialects meet in.
pub trait Writer: Debug + Send {
    /// Writes what the client gets for a chunk; nothing, where it is kept back.
    fn chunk(&mut self, chunk: &Chunk<'_>, out: &mut Vec<u8>);

    /// Writes the end of a whole answer: what was kept back, usage where it belongs, the closing event.
    fn end(&mut self, totals: &Totals, out: &mut Vec<u8>);

    /// Writes the end of an answer that broke off, as the clients of the surface understand it.
    fn break_off(&mut self, code: &str, message: &str, totals: &Totals, out: &mut Vec<u8>);

    /// What is written for a chunk like this one, which was just written: where another one that differs in its text
    /// alone, and has one, is written alike and changes nothing here, so that it can be copied around that text.
    fn again(&mut self, _chunk: &Chunk<'_>) -> Option<Vec<u8>> {
        None
    }

    /// Do the clients of this surface see an error in the middle of a stream? Where not, only a connection that breaks
    /// tells them.
    fn shows_errors(&self) -> bool;
}

/// Writes the events of one chat completion for Model Inference or OpenAI.
#[derive(Debug)]
pub struct Renderer {
    surface: Surface,
    include_usage: bool,
    /// Up to and including `"choices":[`.
    head: Vec<u8>,
    /// One bit for each choice whose first chunk was written.
    opened: u128,
    /// The chunk with the last finish reason, without its end: usage belongs on it.
    held: Vec<u8>,
}

impl Renderer {
    /// For an answer with this heading; `include_usage` is what the client asked for.
    pub fn new(heading: &Heading<'_>, include_usage: bool) -> Self {
        let mut head = b"data: ".to_vec();
        heading.write(&mut head, "chat.completion.chunk");
        head.extend_from_slice(b",\"choices\":[");
        Self {
            surface: heading.surface,
            include_usage,
            head,
            opened: 0,
            held: Vec::new(),
        }
    }

    fn last_chunk(&mut self, finish_reason: &str, totals: &Totals, out: &mut Vec<u8>) {
        if self.held.is_empty() {
            if self.opened == 0 {
                self.open(0, out);
            }
            self.write_finish(0, &format!("\"{finish_reason}\""), &[]);
        }
        out.append(&mut self.held);
        close_chunk(Some(totals), out);
    }

    fn openai(&mut self, choice: &Choice<'_>, rest: &Rest<'_>, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.head);
        let only_annotates = choice.delta.is_none() && choice.finish_reason.is_none();
        choice.write(choice.finish_reason, out, |out| match &choice.delta {
            Some(delta) => write_delta_field(out, |out| write_object(&delta.0, out)),
            None if only_annotates && !choice.rest.is_empty() => {}
            None => write_delta_field(out, |out| out.extend_from_slice(b"{}")),
        });
        close_choices(rest, out);
        close_chunk(None, out);
    }

    fn model_inference(&mut self, choice: &Choice<'_>, rest: &Rest<'_>, out: &mut Vec<u8>) {
        let nothing = Fields::default();
        let delta = choice.delta.as_ref().unwrap_or(&nothing);
        if self.opened & (1 << choice.index) == 0 {
            self.open(choice.index, out);
        }
        let says_something = delta
            .0
            .iter()
            .any(|(name, value)| name.0 != "role" && !is_empty(value))
            || choice.rest.iter().any(|(_, value)| !is_null(value));
        if says_something {
            out.extend_from_slice(&self.head);
            choice.write(None, out, |out| {
                write_delta_field(out, |out| write_delta(delta, out))
            });
            close_choices(rest, out);
            close_chunk(None, out);
        }
        if let Some(reason) = choice.finish_reason {
            // One that was kept before belongs to another choice, and goes out without usage.
            if !self.held.is_empty() {
                out.append(&mut self.held);
                close_chunk(None, out);
            }
            self.write_finish(choice.index, reason.get(), rest);
        }
    }

    fn open(&mut self, index: u32, out: &mut Vec<u8>) {
        self.opened |= 1 << index;
        out.extend_from_slice(&self.head);
        out.extend_from_slice(b"{\"index\":");
        out.extend_from_slice(index.to_string().as_bytes());
        out.extend_from_slice(br#","delta":{"role":"assistant","content":""},"finish_reason":null}"#);
        close_choices(&[], out);
        close_chunk(None, out);
    }

    /// Keeps a finish chunk back, open for the usage that is not known yet.
    fn write_finish(&mut self, index: u32, reason: &str, rest: &Rest<'_>) {
        self.held.extend_from_slice(&self.head);
        self.held.extend_from_slice(b"{\"index\":");
        self.held.extend_from_slice(index.to_string().as_bytes());
        self.held
            .extend_from_slice(br#","delta":{"content":""},"finish_reason":"#);
        self.held.extend_from_slice(reason.as_bytes());
        self.held.push(b'}');
        close_choices(rest, &mut self.held);
    }
}

impl Writer for Renderer {
    fn chunk(&mut self, chunk: &Chunk<'_>, out: &mut Vec<u8>) {
        for choice in &chunk.choices {
            match self.surface {
                Surface::ModelInference => self.model_inference(choice, &chunk.rest, out),
                _ => self.openai(choice, &chunk.rest, out),
            }
        }
        if chunk.choices.is_empty() && chunk.usage.is_none() && self.surface != Surface::ModelInference {
            out.extend_from_slice(&self.head);
            close_choices(&chunk.rest, out);
            close_chunk(None, out);
        }
    }

    fn end(&mut self, totals: &Totals, out: &mut Vec<u8>) {
        match self.surface {
            Surface::ModelInference => self.last_chunk("stop", totals, out),
            _ if self.include_usage => {
                out.extend_from_slice(&self.head);
                close_choices(&[], out);
                close_chunk(Some(totals), out);
            }
            _ => {}
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
    }

    /// Clients of the Model Inference API do not see an error event, so they get a completion that was cut; clients of
    /// OpenAI get the error.
    fn break_off(&mut self, code: &str, message: &str, totals: &Totals, out: &mut Vec<u8>) {
        match self.surface {
            Surface::ModelInference => {
                // A finish reason that is held says that all is well, which it is not.
                self.held.clear();
                self.last_chunk("length", totals, out);
                out.extend_from_slice(b"data: [DONE]\n\n");
            }
            surface => {
                let error = envelope(surface, code, message, None);
                out.extend_from_slice(format!("data: {error}\n\n").as_bytes());
            }
        }
    }

    /// The choice is open by now, and only finish reasons are kept back.
    fn again(&mut self, chunk: &Chunk<'_>) -> Option<Vec<u8>> {
        chunk.only_says().then(|| {
            let mut out = Vec::new();
            self.chunk(chunk, &mut out);
            out
        })
    }

    fn shows_errors(&self) -> bool {
        self.surface != Surface::ModelInference
    }
}

type Rest<'a> = [(Name<'a>, &'a RawValue)];

fn close_choices(rest: &Rest<'_>, out: &mut Vec<u8>) {
    out.push(b']');
    for (name, value) in rest {
        out.push(b',');
        write_field(out, name, value);
    }
}

fn close_chunk(usage: Option<&Totals>, out: &mut Vec<u8>) {
    if let Some(usage) = usage {
        out.extend_from_slice(b",\"usage\":");
        usage.write(out);
    }
    out.extend_from_slice(b"}\n\n");
}

/// A delta for clients that want content in each: without the role, which was said before.
fn write_delta(delta: &Fields<'_>, out: &mut Vec<u8>) {
    let has_content = delta
        .0
        .iter()
        .any(|(name, value)| name.0 == "content" && !is_null(value));
    out.extend_from_slice(if has_content { b"{" } else { b"{\"content\":\"\"" });
    let mut first = has_content;
    for (name, value) in &delta.0 {
        if name.0 == "role" || (name.0 == "content" && !has_content) {
            continue;
        }
        if !first {
            out.push(b',');
        }
        first = false;
        write_field(out, name, value);
    }
    out.push(b'}');
}

fn write_delta_field(out: &mut Vec<u8>, delta: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(b",\"delta\":");
    delta(out);
}

fn write_object(fields: &Rest<'_>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (at, (name, value)) in fields.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_field(out, name, value);
    }
    out.push(b'}');
}

fn is_empty(value: &RawValue) -> bool {
    matches!(value.get(), "null" | "\"\"" | "[]")
}

impl Choice<'_> {
    fn write(&self, finish_reason: Option<&RawValue>, out: &mut Vec<u8>, delta: impl FnOnce(&mut Vec<u8>)) {
        out.extend_from_slice(b"{\"index\":");
        out.extend_from_slice(self.index.to_string().as_bytes());
        delta(out);
        out.extend_from_slice(b",\"finish_reason\":");
        out.extend_from_slice(finish_reason.map_or("null", RawValue::get).as_bytes());
        for (name, value) in &self.rest {
            out.push(b',');
            write_field(out, name, value);
        }
        out.push(b'}');
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Event, Splitter, Tally};
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn render(surface: Surface, include_usage: bool, events: &[&str]) -> (Renderer, Tally, String) {
        let heading = Heading {
            surface,
            id: "0123456789abcdef0123456789abcdef",
            created: 5,
            model: "m",
        };
        let mut renderer = Renderer::new(&heading, include_usage);
        let mut tally = Tally::default();
        let mut out = Vec::new();
        for event in events {
            feed(&mut renderer, &mut tally, event.as_bytes(), &mut out);
        }
        (renderer, tally, String::from_utf8(out).expect("text"))
    }

    fn feed(renderer: &mut Renderer, tally: &mut Tally, event: &[u8], out: &mut Vec<u8>) {
        let Event::Chunk(chunk) = Event::read(event) else {
            panic!("no chunk: {event:?}");
        };
        tally.report(&chunk);
        tally.deliver(chunk.said_tokens());
        renderer.chunk(&chunk, out);
    }

    fn whole(surface: Surface, include_usage: bool, events: &[&str]) -> String {
        let (mut renderer, tally, text) = render(surface, include_usage, events);
        let mut out = text.into_bytes();
        let totals = tally.usage().unwrap_or(Totals {
            prompt: 1,
            completion: 1,
            ..Totals::default()
        });
        renderer.end(&totals, &mut out);
        String::from_utf8(out).expect("text")
    }

    /// Every event without its heading, one in a line.
    fn bare(stream: &str) -> Vec<String> {
        stream
            .strip_suffix("\n\n")
            .expect("a last empty line")
            .split("\n\n")
            .map(|event| {
                let payload = event.strip_prefix("data: ").expect("data");
                let Ok(mut chunk) = serde_json::from_str::<Value>(payload) else {
                    return payload.to_owned();
                };
                if let Some(chunk) = chunk
                    .as_object_mut()
                    .filter(|chunk| chunk.contains_key("choices"))
                {
                    for (name, expected) in [("object", "chat.completion.chunk"), ("model", "m")] {
                        assert_eq!(chunk.shift_remove(name).expect(name), expected);
                    }
                    assert_eq!(chunk.shift_remove("created").expect("created"), 5);
                    assert!(
                        chunk
                            .shift_remove("id")
                            .expect("id")
                            .as_str()
                            .expect("text")
                            .contains("0123456789abcdef")
                    );
                }
                chunk.to_string()
            })
            .collect()
    }

    fn check(surface: Surface, include_usage: bool, events: &[&str], expected: &[&str]) {
        assert_eq!(bare(&whole(surface, include_usage, events)), expected);
    }

    const ROLE: &str = r#"{"id":"u","object":"chat.completion.chunk","created":1,"model":"x","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#;
    const HELLO: &str = r#"{"choices":[{"index":0,"delta":{"content":"Hello 天\n"},"finish_reason":null,"logprobs":null}],"usage":null}"#;
    const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    const USAGE: &str =
        r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":5,"total_tokens":14}}"#;
    const FIRST: &str =
        r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#;

    #[test]
    fn model_inference_streams_have_usage_on_their_finish_chunk() {
        check(
            Surface::ModelInference,
            false,
            &[ROLE, HELLO, STOP, USAGE],
            &[
                FIRST,
                r#"{"choices":[{"index":0,"delta":{"content":"Hello 天\n"},"finish_reason":null,"logprobs":null}]}"#,
                r#"{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":5,"total_tokens":14}}"#,
                "[DONE]",
            ],
        );
    }

    #[test]
    fn one_chunk_with_everything_becomes_three() {
        check(
            Surface::ModelInference,
            false,
            &[
                r#"{"choices":[{"delta":{"role":"assistant","content":"Hi"},"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":1},"x":1}"#,
            ],
            &[
                FIRST,
                r#"{"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}],"x":1}"#,
                r#"{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"length"}],"x":1,"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#,
                "[DONE]",
            ],
        );
    }

    #[test]
    fn later_deltas_have_content_that_is_not_null_and_keep_what_is_unknown() {
        check(
            Surface::ModelInference,
            false,
            &[
                r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"","call_id":null}}]}}]}"#,
                r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":null}}]}"#,
                r#"{"choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}"#,
                r#"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#,
            ],
            &[
                FIRST,
                r#"{"choices":[{"index":0,"delta":{"content":"","tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"","call_id":null}}]},"finish_reason":null}]}"#,
                r#"{"choices":[{"index":0,"delta":{"content":"","reasoning_content":"hm"},"finish_reason":null}]}"#,
                r#"{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#,
                "[DONE]",
            ],
        );
    }

    #[test]
    fn every_choice_is_opened_and_the_last_finish_has_usage() {
        check(
            Surface::ModelInference,
            false,
            &[
                r#"{"choices":[{"index":1,"delta":{"content":"b"}}]}"#,
                r#"{"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}"#,
                r#"{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}"#,
            ],
            &[
                r#"{"choices":[{"index":1,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
                r#"{"choices":[{"index":1,"delta":{"content":"b"},"finish_reason":null}]}"#,
                FIRST,
                r#"{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}"#,
                r#"{"choices":[{"index":1,"delta":{"content":""},"finish_reason":"stop"}]}"#,
                r#"{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#,
                "[DONE]",
            ],
        );
    }

    #[test]
    fn an_answer_without_chunks_still_has_its_shape() {
        check(
            Surface::ModelInference,
            false,
            &[],
            &[
                FIRST,
                r#"{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#,
                "[DONE]",
            ],
        );
    }

    #[test]
    fn openai_streams_keep_their_deltas_and_have_usage_only_if_asked() {
        let first =
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#;
        let hello = r#"{"choices":[{"index":0,"delta":{"content":"Hello 天\n"},"finish_reason":null,"logprobs":null}]}"#;
        let usage = r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":5,"total_tokens":14}}"#;
        check(
            Surface::OpenAi,
            false,
            &[ROLE, HELLO, STOP, USAGE],
            &[first, hello, STOP, "[DONE]"],
        );
        check(
            Surface::OpenAi,
            true,
            &[ROLE, HELLO, STOP, USAGE],
            &[first, hello, STOP, usage, "[DONE]"],
        );
        let filter = r#"{"choices":[],"prompt_filter_results":[1]}"#;
        check(Surface::OpenAi, false, &[filter, STOP], &[filter, STOP, "[DONE]"]);
        check(
            Surface::ModelInference,
            false,
            &[filter, STOP],
            &[
                FIRST,
                r#"{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#,
                "[DONE]",
            ],
        );
        assert!(
            whole(Surface::OpenAi, false, &[ROLE])
                .contains(r#""id":"chatcmpl-0123456789abcdef0123456789abc""#)
        );
    }

    #[test]
    fn a_broken_answer_ends_as_each_client_understands_it() {
        let totals = Totals {
            prompt: 3,
            completion: 1,
            ..Totals::default()
        };
        let (mut renderer, tally, _) = render(Surface::ModelInference, false, &[ROLE, HELLO, STOP]);
        assert!(tally.finished());
        let mut out = Vec::new();
        renderer.break_off("BackendFailed", "broke off", &totals, &mut out);
        assert_eq!(
            bare(&String::from_utf8(out).expect("text")),
            [
                r#"{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}"#,
                "[DONE]",
            ]
        );
        let (mut renderer, tally, _) = render(Surface::OpenAi, false, &[ROLE, HELLO]);
        assert_eq!(tally.delivered().tokens, 1);
        let mut out = Vec::new();
        renderer.break_off("BackendFailed", "broke off", &totals, &mut out);
        assert_eq!(
            String::from_utf8(out).expect("text"),
            "data: {\"error\":{\"message\":\"broke off\",\"type\":\"server_error\",\"param\":null,\"code\":\"BackendFailed\"}}\n\n"
        );
    }

    /// The streams that real clients accepted stay as they are: Model Inference's own, sent by a backend that already
    /// speaks it, come out chunk for chunk.
    #[test]
    fn a_stream_in_the_shape_of_the_surface_keeps_it() {
        let events = [
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":" \u5929"},"finish_reason":null,"logprobs":null}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":5,"total_tokens":14}}"#,
        ];
        let stream = whole(Surface::ModelInference, false, &events);
        assert!(
            stream.contains(r#""content":" \u5929""#),
            "escapes pass through as they came"
        );
        assert_eq!(bare(&stream).len(), 4);
    }

    proptest! {
        #[test]
        fn a_stream_may_arrive_cut_anywhere(
            words in prop::collection::vec("[ a天é😀\"\\\\\n]{0,6}", 0..6),
            openai in any::<bool>(),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
        ) {
            let surface = if openai { Surface::OpenAi } else { Surface::ModelInference };
            let mut events = vec![ROLE.to_owned()];
            events.extend(words.iter().map(|word| {
                serde_json::json!({ "choices": [{ "index": 0, "delta": { "content": word } }] }).to_string()
            }));
            events.extend([STOP.to_owned(), USAGE.to_owned()]);
            let bytes: Vec<u8> = events.iter().flat_map(|event| format!("data: {event}\n\n").into_bytes()).collect();
            let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            places.extend([0, bytes.len()]);
            places.sort_unstable();
            let (mut renderer, mut tally, _) = render(surface, true, &[]);
            let (mut splitter, mut out) = (Splitter::default(), Vec::new());
            for pair in places.windows(2) {
                let fed = splitter.feed(&bytes[pair[0]..pair[1]], |event| {
                    feed(&mut renderer, &mut tally, event, &mut out);
                });
                prop_assert!(fed.is_ok());
            }
            renderer.end(&tally.usage().expect("usage"), &mut out);
            let whole: Vec<&str> = events.iter().map(String::as_str).collect();
            prop_assert_eq!(String::from_utf8(out).expect("text"), self::whole(surface, true, &whole));
        }
    }
}
