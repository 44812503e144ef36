//! Chat streams: from OpenAI's shape, as backends send it, to the shape of the surface.
//!
//! Model Inference: the first chunk of a choice has its role and empty content, every later delta has content that is
//! not null, and usage stands on the last chunk that has a choice. OpenAI: usage has a chunk of its own, if asked for.

use super::fields::{Fields, Name, as_text, is_null, write_field};
use super::{Delivered, Heading, Surface, Totals};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Writes the events of one answer.
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
    finished: bool,
    usage: Option<Totals>,
    delivered: Delivered,
}

/// What an event was.
#[derive(Debug, PartialEq, Eq)]
pub enum Fed {
    /// A chunk; more will come.
    More,
    /// `[DONE]`
    Done,
    /// The backend says that it failed, or what it says makes no sense.
    Failed(String),
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
            finished: false,
            usage: None,
            delivered: Delivered::default(),
        }
    }

    /// Takes the payload of an event and writes what the client gets for it.
    pub fn feed(&mut self, payload: &[u8], out: &mut Vec<u8>) -> Fed {
        if payload == b"[DONE]" {
            return Fed::Done;
        }
        let Ok(text) = std::str::from_utf8(payload) else {
            return Fed::Failed("an event is not UTF-8".to_owned());
        };
        let chunk: Chunk<'_> = match serde_json::from_str(text) {
            Ok(chunk) => chunk,
            Err(error) => return Fed::Failed(format!("an event is no chunk: {error}")),
        };
        if let Some(error) = chunk.error {
            return Fed::Failed(error_text(error));
        }
        if let Some(usage) = chunk.usage.and_then(|usage| Totals::read(usage.get())) {
            self.usage = Some(usage);
        }
        for choice in &chunk.choices {
            if choice.index > 127 {
                return Fed::Failed(format!("a choice has the index {}", choice.index));
            }
            match self.surface {
                Surface::ModelInference => self.model_inference(choice, &chunk.rest, out),
                Surface::OpenAi => self.openai(choice, &chunk.rest, out),
            }
        }
        if chunk.choices.is_empty() && chunk.usage.is_none() && self.surface == Surface::OpenAi {
            out.extend_from_slice(&self.head);
            close_choices(&chunk.rest, out);
            close_chunk(None, out);
        }
        Fed::More
    }

    /// Did a choice come to its end?
    pub fn finished(&self) -> bool {
        self.finished
    }

    /// What the backend reported.
    pub fn usage(&self) -> Option<Totals> {
        self.usage
    }

    /// What went out, counted from its pieces.
    pub fn delivered(&self) -> Delivered {
        self.delivered
    }

    /// Writes the end: usage where it belongs, and `[DONE]`.
    pub fn end(&mut self, totals: &Totals, out: &mut Vec<u8>) {
        match self.surface {
            Surface::ModelInference => self.last_chunk("stop", totals, out),
            Surface::OpenAi if self.include_usage => {
                out.extend_from_slice(&self.head);
                close_choices(&[], out);
                close_chunk(Some(totals), out);
            }
            Surface::OpenAi => {}
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
    }

    /// Writes the end of an answer that broke off. Clients of the Model Inference API do not see an error event, so
    /// they get a completion that was cut; clients of OpenAI get the error.
    pub fn break_off(&mut self, error: &[u8], totals: &Totals, out: &mut Vec<u8>) {
        match self.surface {
            Surface::ModelInference => {
                // A finish reason that is held says that all is well, which it is not.
                self.held.clear();
                self.last_chunk("length", totals, out);
                out.extend_from_slice(b"data: [DONE]\n\n");
            }
            Surface::OpenAi => {
                out.extend_from_slice(b"data: ");
                out.extend_from_slice(error);
                out.extend_from_slice(b"\n\n");
            }
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
        self.delivered.piece(choice.delta.as_ref().map_or(0, delta_bytes));
        self.finished |= choice.finish_reason.is_some();
        out.extend_from_slice(&self.head);
        choice.write(choice.finish_reason, out, |out| match &choice.delta {
            Some(delta) => write_object(&delta.0, out),
            None => out.extend_from_slice(b"{}"),
        });
        close_choices(rest, out);
        close_chunk(None, out);
    }

    fn model_inference(&mut self, choice: &Choice<'_>, rest: &Rest<'_>, out: &mut Vec<u8>) {
        let nothing = Fields::default();
        let delta = choice.delta.as_ref().unwrap_or(&nothing);
        self.delivered.piece(delta_bytes(delta));
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
            choice.write(None, out, |out| write_delta(delta, out));
            close_choices(rest, out);
            close_chunk(None, out);
        }
        if let Some(reason) = choice.finish_reason {
            self.finished = true;
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

/// How much of the model's own words a delta carries.
fn delta_bytes(delta: &Fields<'_>) -> usize {
    let said = |name: &str| {
        matches!(
            name,
            "content" | "reasoning_content" | "reasoning" | "refusal" | "tool_calls"
        )
    };
    let bytes = |value: &RawValue| match value.get() {
        "null" | "[]" => 0,
        text if text.starts_with('"') => text.len() - 2,
        other => other.len(),
    };
    delta
        .0
        .iter()
        .filter(|(name, _)| said(&name.0))
        .map(|(_, value)| bytes(value))
        .sum()
}

fn is_empty(value: &RawValue) -> bool {
    matches!(value.get(), "null" | "\"\"" | "[]")
}

/// The message of an error object, or its text.
fn error_text(error: &RawValue) -> String {
    let message = Fields::read(error.get())
        .ok()
        .and_then(|fields| {
            fields
                .0
                .iter()
                .find(|(name, _)| name.0 == "message")
                .and_then(|(_, text)| as_text(text))
        })
        .map(|text| text.into_owned());
    message
        .or_else(|| as_text(error).map(|text| text.into_owned()))
        .unwrap_or_else(|| "no reason was given".to_owned())
}

/// A chunk, borrowed.
#[derive(Default)]
struct Chunk<'a> {
    choices: Vec<Choice<'a>>,
    usage: Option<&'a RawValue>,
    error: Option<&'a RawValue>,
    rest: Vec<(Name<'a>, &'a RawValue)>,
}

#[derive(Default)]
struct Choice<'a> {
    index: u32,
    delta: Option<Fields<'a>>,
    finish_reason: Option<&'a RawValue>,
    rest: Vec<(Name<'a>, &'a RawValue)>,
}

impl Choice<'_> {
    fn write(&self, finish_reason: Option<&RawValue>, out: &mut Vec<u8>, delta: impl FnOnce(&mut Vec<u8>)) {
        out.extend_from_slice(b"{\"index\":");
        out.extend_from_slice(self.index.to_string().as_bytes());
        out.extend_from_slice(b",\"delta\":");
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

impl<'de> Deserialize<'de> for Chunk<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Chunk<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a chunk")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut chunk = Chunk::default();
                while let Some(name) = map.next_key::<Name<'de>>()? {
                    match &*name.0 {
                        "choices" => chunk.choices = map.next_value::<Option<_>>()?.unwrap_or_default(),
                        "usage" => chunk.usage = some(map.next_value()?),
                        "error" => chunk.error = some(map.next_value()?),
                        // Ours stand in the head.
                        "id" | "object" | "created" | "model" => {
                            map.next_value::<serde::de::IgnoredAny>()?;
                        }
                        _ => chunk.rest.push((name, map.next_value()?)),
                    }
                }
                Ok(chunk)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

impl<'de> Deserialize<'de> for Choice<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Choice<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a choice")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut choice = Choice::default();
                while let Some(name) = map.next_key::<Name<'de>>()? {
                    match &*name.0 {
                        "index" => choice.index = map.next_value()?,
                        "delta" => choice.delta = map.next_value()?,
                        "finish_reason" => choice.finish_reason = some(map.next_value()?),
                        _ => choice.rest.push((name, map.next_value()?)),
                    }
                }
                Ok(choice)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

fn some(value: &RawValue) -> Option<&RawValue> {
    (!is_null(value)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::super::Splitter;
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn render(surface: Surface, include_usage: bool, events: &[&str]) -> (Renderer, String) {
        let heading = Heading {
            surface,
            id: "0123456789abcdef0123456789abcdef",
            created: 5,
            model: "m",
        };
        let mut renderer = Renderer::new(&heading, include_usage);
        let mut out = Vec::new();
        for event in events {
            assert_eq!(renderer.feed(event.as_bytes(), &mut out), Fed::More, "{event}");
        }
        (renderer, String::from_utf8(out).expect("text"))
    }

    fn whole(surface: Surface, include_usage: bool, events: &[&str]) -> String {
        let (mut renderer, text) = render(surface, include_usage, events);
        let mut out = text.into_bytes();
        let totals = renderer.usage().unwrap_or(Totals {
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
        let (mut renderer, _) = render(Surface::ModelInference, false, &[ROLE, HELLO, STOP]);
        assert!(renderer.finished());
        let mut out = Vec::new();
        renderer.break_off(b"{}", &totals, &mut out);
        assert_eq!(
            bare(&String::from_utf8(out).expect("text")),
            [
                r#"{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}"#,
                "[DONE]",
            ]
        );
        let (mut renderer, _) = render(Surface::OpenAi, false, &[ROLE, HELLO]);
        assert_eq!(renderer.delivered().tokens, 1);
        let mut out = Vec::new();
        renderer.break_off(br#"{"error":{}}"#, &totals, &mut out);
        assert_eq!(String::from_utf8(out).expect("text"), "data: {\"error\":{}}\n\n");
    }

    #[test]
    fn failures_of_the_backend_are_told_from_chunks() {
        let (mut renderer, _) = render(Surface::OpenAi, false, &[]);
        let mut feed = |payload: &[u8]| renderer.feed(payload, &mut Vec::new());
        assert_eq!(feed(b"[DONE]"), Fed::Done);
        assert_eq!(
            feed(br#"{"error":{"message":"out of \"memory\""}}"#),
            Fed::Failed("out of \"memory\"".into())
        );
        assert_eq!(feed(br#"{"error":"x"}"#), Fed::Failed("x".into()));
        assert!(matches!(feed(b"{"), Fed::Failed(_)));
        assert!(matches!(feed(b"\xff"), Fed::Failed(_)));
        assert!(matches!(
            feed(br#"{"choices":[{"index":4000000000}]}"#),
            Fed::Failed(_)
        ));
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
            let (mut renderer, _) = render(surface, true, &[]);
            let (mut splitter, mut out) = (Splitter::default(), Vec::new());
            for pair in places.windows(2) {
                let fed = splitter.feed(&bytes[pair[0]..pair[1]], |event| {
                    assert_eq!(renderer.feed(event, &mut out), Fed::More);
                });
                prop_assert!(fed.is_ok());
            }
            renderer.end(&renderer.usage().expect("usage"), &mut out);
            let whole: Vec<&str> = events.iter().map(String::as_str).collect();
            prop_assert_eq!(String::from_utf8(out).expect("text"), self::whole(surface, true, &whole));
        }
    }
}
