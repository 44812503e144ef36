//! A streamed answer: chunks that have a text where chats have a delta. A backend that only chats is heard as well.

use super::super::chunk::{Choice, Chunk};
use super::super::fields::{is_null, write_field};
use super::super::{Heading, Totals, Writer, envelope};
use super::OBJECT;
use serde_json::value::RawValue;

/// Writes the events of one text completion.
#[derive(Debug)]
pub struct TextRenderer {
    heading_surface: super::super::Surface,
    include_usage: bool,
    /// Up to and including `"choices":[`.
    head: Vec<u8>,
}

impl TextRenderer {
    /// For an answer with this heading; `include_usage` is what the client asked for.
    pub fn new(heading: &Heading<'_>, include_usage: bool) -> Self {
        let mut head = b"data: ".to_vec();
        heading.write(&mut head, OBJECT);
        head.extend_from_slice(b",\"choices\":[");
        Self {
            heading_surface: heading.surface,
            include_usage,
            head,
        }
    }
}

impl Writer for TextRenderer {
    fn chunk(&mut self, chunk: &Chunk<'_>, out: &mut Vec<u8>) {
        for choice in &chunk.choices {
            let text = text(choice);
            // A chat opens with a role, which is nothing here.
            if matches!(text, "\"\"") && choice.finish_reason.is_none() {
                continue;
            }
            out.extend_from_slice(&self.head);
            write_choice(choice, text, out);
            out.push(b']');
            for (name, value) in &chunk.rest {
                out.push(b',');
                write_field(out, name, value);
            }
            out.extend_from_slice(b"}\n\n");
        }
    }

    fn end(&mut self, totals: &Totals, out: &mut Vec<u8>) {
        if self.include_usage {
            out.extend_from_slice(&self.head);
            out.extend_from_slice(b"],\"usage\":");
            totals.write(out);
            out.extend_from_slice(b"}\n\n");
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
    }

    fn break_off(&mut self, code: &str, message: &str, _: &Totals, out: &mut Vec<u8>) {
        let error = envelope(self.heading_surface, code, message, None);
        out.extend_from_slice(format!("data: {error}\n\n").as_bytes());
    }

    /// No chunk changes anything here.
    fn again(&mut self, chunk: &Chunk<'_>) -> Option<Vec<u8>> {
        chunk.only_says().then(|| {
            let mut out = Vec::new();
            self.chunk(chunk, &mut out);
            out
        })
    }

    fn shows_errors(&self) -> bool {
        true
    }
}

/// What the choice says, as it stands in the JSON.
fn text<'a>(choice: &Choice<'a>) -> &'a str {
    let own = choice.rest.iter().find(|(name, _)| name.0 == "text");
    let delta = choice.delta.iter().flat_map(|delta| &delta.0);
    let content = || delta.into_iter().find(|(name, _)| name.0 == "content");
    let found = own.or_else(content).map(|(_, value)| value.get());
    found.filter(|text| text.starts_with('"')).unwrap_or("\"\"")
}

fn write_choice(choice: &Choice<'_>, text: &str, out: &mut Vec<u8>) {
    let chats = choice.delta.is_some();
    let logprobs = choice.rest.iter().find(|(name, _)| name.0 == "logprobs");
    // Those of a chat have another shape.
    let logprobs = logprobs.filter(|(_, value)| !chats && !is_null(value));
    out.extend_from_slice(format!("{{\"index\":{},\"text\":{text},\"logprobs\":", choice.index).as_bytes());
    out.extend_from_slice(logprobs.map_or("null", |(_, value)| value.get()).as_bytes());
    out.extend_from_slice(b",\"finish_reason\":");
    out.extend_from_slice(choice.finish_reason.map_or("null", RawValue::get).as_bytes());
    for (name, value) in &choice.rest {
        if !matches!(&*name.0, "text" | "logprobs") {
            out.push(b',');
            write_field(out, name, value);
        }
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::super::super::{Event, Surface};
    use super::*;

    fn renderer(include_usage: bool) -> TextRenderer {
        let heading = Heading {
            surface: Surface::OpenAi,
            id: "0123456789abcdef0123456789abcdef",
            created: 5,
            model: "m",
        };
        TextRenderer::new(&heading, include_usage)
    }

    fn check(include_usage: bool, events: &[&str], expected: &[&str]) {
        let (mut renderer, mut out) = (renderer(include_usage), Vec::new());
        for event in events {
            let Event::Chunk(chunk) = Event::read(event.as_bytes()) else {
                panic!("no chunk: {event}");
            };
            renderer.chunk(&chunk, &mut out);
        }
        let totals = Totals {
            prompt: 1,
            completion: 2,
            ..Totals::default()
        };
        renderer.end(&totals, &mut out);
        let head = r#"data: {"id":"cmpl-0123456789abcdef0123456789abc","object":"text_completion","created":5,"model":"m",""#;
        let written: String = expected
            .iter()
            .map(|event| format!("{head}{event}}}\n\n"))
            .collect();
        assert_eq!(
            String::from_utf8(out).expect("text"),
            written + "data: [DONE]\n\n"
        );
    }

    const USAGE: &str = r#"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;

    #[test]
    fn texts_are_streamed() {
        check(
            true,
            &[
                r#"{"id":"u","choices":[{"index":0,"text":"a\u5929","logprobs":{"x":1},"finish_reason":null}],"y":1}"#,
                r#"{"choices":[{"index":1,"text":"","finish_reason":"stop","stop_reason":2}],"usage":null}"#,
                USAGE,
            ],
            &[
                r#"choices":[{"index":0,"text":"a\u5929","logprobs":{"x":1},"finish_reason":null}],"y":1"#,
                r#"choices":[{"index":1,"text":"","logprobs":null,"finish_reason":"stop","stop_reason":2}]"#,
                r#"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}"#,
            ],
        );
    }

    #[test]
    fn a_chat_is_heard_as_a_text() {
        check(
            false,
            &[
                r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#,
                r#"{"choices":[{"index":0,"delta":{"content":" on"},"logprobs":{"content":[]}}]}"#,
                r#"{"choices":[{"index":0,"delta":{"reasoning_content":"hm","content":null}}]}"#,
                r#"{"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}"#,
                USAGE,
            ],
            &[
                r#"choices":[{"index":0,"text":" on","logprobs":null,"finish_reason":null}]"#,
                r#"choices":[{"index":0,"text":"","logprobs":null,"finish_reason":"length"}]"#,
            ],
        );
    }

    #[test]
    fn what_is_said_counts() {
        let Event::Chunk(chunk) = Event::read(br#"{"choices":[{"index":1,"text":"ab\n"}]}"#) else {
            panic!("a chunk");
        };
        assert_eq!(chunk.said_tokens(), 1);
        let texts: Vec<_> = chunk
            .texts()
            .map(|(index, text)| (index, text.into_owned()))
            .collect();
        assert_eq!(texts, [(1, "ab\n".to_owned())]);
    }

    #[test]
    fn a_broken_stream_shows_its_error() {
        let mut out = Vec::new();
        let mut renderer = renderer(true);
        renderer.break_off("BackendFailed", "broke off", &Totals::default(), &mut out);
        assert!(renderer.shows_errors());
        assert_eq!(
            String::from_utf8(out).expect("text"),
            "data: {\"error\":{\"message\":\"broke off\",\"type\":\"server_error\",\"param\":null,\"code\":\"BackendFailed\"}}\n\n"
        );
    }
}
