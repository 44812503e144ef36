//! A streamed answer of version 2: events with names, for each part of the answer its beginning, its pieces and its end.

use super::{Object, call, call_id, finish_reason, usage};
use crate::cohere::Version;
use crate::json::{Json, write_event};
use crate::openai::calls::{Calls, Step};
use crate::openai::said::{Finish, Piece, Reason, first, pieces};
use crate::openai::{Chunk, Heading, Totals, Writer};

/// Writes the events of one answer.
#[derive(Debug)]
pub struct EventsWriter {
    id: String,
    calls: Calls,
    /// How many calls were begun.
    called: u64,
    /// Which part of the content is open, and how many there were.
    open: Option<&'static str>,
    parts: u64,
    finish: Finish,
    started: bool,
}

impl EventsWriter {
    /// For an answer with this heading.
    pub fn new(heading: &Heading<'_>) -> Self {
        Self {
            id: heading.id.to_owned(),
            calls: Calls::default(),
            called: 0,
            open: None,
            parts: 0,
            finish: Finish::default(),
            started: false,
        }
    }

    fn start(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        let message = vec![
            ("role", Json::text("assistant")),
            ("content", Json::Array(Vec::new())),
            ("tool_plan", Json::text("")),
            ("tool_calls", Json::Array(Vec::new())),
            ("citations", Json::Array(Vec::new())),
        ];
        let fields = vec![
            ("id", Json::text(self.id.as_str())),
            ("delta", in_message(message)),
        ];
        event("message-start", fields, out);
    }

    fn say(&mut self, kind: &'static str, text: &str, out: &mut Vec<u8>) {
        self.end_calls(out);
        if self.open != Some(kind) {
            self.close(out);
            self.open = Some(kind);
            let content = Json::Object(vec![("type", Json::text(kind)), (kind, Json::text(""))]);
            let delta = in_message(vec![("content", content)]);
            event(
                "content-start",
                vec![("index", Json::Number(self.parts)), ("delta", delta)],
                out,
            );
        }
        let content = Json::Object(vec![(kind, Json::text(text))]);
        let delta = in_message(vec![("content", content)]);
        event(
            "content-delta",
            vec![("index", Json::Number(self.parts)), ("delta", delta)],
            out,
        );
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        if self.open.take().is_some() {
            event("content-end", vec![("index", Json::Number(self.parts))], out);
            self.parts += 1;
        }
    }

    fn end_calls(&mut self, out: &mut Vec<u8>) {
        let (id, called) = (&self.id, &mut self.called);
        self.calls.finish(&mut |step| write_step(step, id, called, out));
    }

    fn finished(&mut self, reason: &'static str, totals: &Totals, out: &mut Vec<u8>) {
        let delta = vec![
            ("finish_reason", Json::text(reason)),
            ("usage", Json::Object(usage(totals))),
        ];
        event("message-end", vec![("delta", Json::Object(delta))], out);
        out.extend_from_slice(b"data: [DONE]\n\n");
    }
}

impl Writer for EventsWriter {
    fn chunk(&mut self, chunk: &Chunk<'_>, out: &mut Vec<u8>) {
        self.start(out);
        for choice in first(chunk) {
            for piece in choice.delta.as_ref().map(pieces).unwrap_or_default() {
                match &piece {
                    Piece::Text(text) | Piece::Refusal(text) => self.say("text", text, out),
                    Piece::Reasoning(text) => self.say("thinking", text, out),
                    Piece::Call(fragment) => {
                        self.close(out);
                        let (id, called) = (&self.id, &mut self.called);
                        self.calls
                            .fragment(fragment, &mut |step| write_step(step, id, called, out));
                    }
                }
            }
            if let Some(finish) = Finish::of(choice) {
                self.finish = finish;
            }
        }
    }

    fn end(&mut self, totals: &Totals, out: &mut Vec<u8>) {
        self.start(out);
        self.end_calls(out);
        self.close(out);
        if self.calls.overflowed() {
            self.finish.reason = Reason::Length;
        }
        let reason = finish_reason(&self.finish, self.calls.any(), Version::V2);
        self.finished(reason, totals, out);
    }

    /// Its clients read no error in a stream; they read why it ended.
    fn break_off(&mut self, _: &str, message: &str, totals: &Totals, out: &mut Vec<u8>) {
        self.start(out);
        self.end_calls(out);
        self.close(out);
        let delta = vec![
            ("finish_reason", Json::text("ERROR")),
            ("error", Json::text(message)),
            ("usage", Json::Object(usage(totals))),
        ];
        event("message-end", vec![("delta", Json::Object(delta))], out);
        out.extend_from_slice(b"data: [DONE]\n\n");
    }

    fn shows_errors(&self) -> bool {
        true
    }
}

fn write_step(step: Step<'_>, id: &str, called: &mut u64, out: &mut Vec<u8>) {
    let index = called.saturating_sub(1);
    match step {
        Step::Start(said) => {
            let begun = call(
                call_id(&said.id, id, *called),
                said.name.as_str().into(),
                "".into(),
            );
            let delta = in_message(vec![("tool_calls", begun)]);
            event(
                "tool-call-start",
                vec![("index", Json::Number(*called)), ("delta", delta)],
                out,
            );
            *called += 1;
        }
        Step::Arguments(text) => {
            let function = Json::Object(vec![("arguments", Json::text(text))]);
            let piece = Json::Object(vec![("function", function)]);
            let delta = in_message(vec![("tool_calls", piece)]);
            event(
                "tool-call-delta",
                vec![("index", Json::Number(index)), ("delta", delta)],
                out,
            );
        }
        Step::End(_) => event("tool-call-end", vec![("index", Json::Number(index))], out),
    }
}

fn in_message(fields: Object<'_>) -> Json<'_> {
    Json::Object(vec![("message", Json::Object(fields))])
}

fn event(name: &'static str, mut fields: Object<'_>, out: &mut Vec<u8>) {
    fields.insert(0, ("type", Json::text(name)));
    write_event(out, name, &Json::Object(fields));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openai::{Event, Surface};

    fn written(events: &[&str], broken: bool) -> Vec<String> {
        let heading = Heading {
            surface: Surface::Cohere,
            id: "c1",
            created: 5,
            model: "m",
        };
        let (mut writer, mut out) = (EventsWriter::new(&heading), Vec::new());
        for payload in events {
            let Event::Chunk(chunk) = Event::read(payload.as_bytes()) else {
                panic!("no chunk: {payload}");
            };
            writer.chunk(&chunk, &mut out);
        }
        let totals = Totals {
            prompt: 9,
            completion: 5,
            ..Totals::default()
        };
        match broken {
            true => writer.break_off("BackendFailed", "broke off", &totals, &mut out),
            false => writer.end(&totals, &mut out),
        }
        let text = String::from_utf8(out).expect("text");
        let events = text.strip_suffix("\n\n").expect("an end").split("\n\n");
        events
            .map(|event| {
                let Some((name, data)) = event
                    .strip_prefix("event: ")
                    .and_then(|event| event.split_once("\ndata: "))
                else {
                    return event.to_owned();
                };
                let data = data
                    .strip_prefix(&format!(r#"{{"type":"{name}""#))
                    .expect("its type");
                format!("{name}{}", data.strip_suffix('}').expect("an object"))
            })
            .collect()
    }

    const START: &str = r#"message-start,"id":"c1","delta":{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}"#;
    const USAGE: &str = r#""usage":{"billed_units":{"input_tokens":9,"output_tokens":5},"tokens":{"input_tokens":9,"output_tokens":5}}"#;

    #[test]
    fn words_come_in_a_part() {
        let events = [
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"Hello"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
        ];
        let end = format!(r#"message-end,"delta":{{"finish_reason":"COMPLETE",{USAGE}}}"#);
        assert_eq!(
            written(&events, false),
            [
                START,
                r#"content-start,"index":0,"delta":{"message":{"content":{"type":"text","text":""}}}"#,
                r#"content-delta,"index":0,"delta":{"message":{"content":{"text":"Hello"}}}"#,
                r#"content-end,"index":0"#,
                &end,
                "data: [DONE]",
            ]
        );
        let end = format!(r#"message-end,"delta":{{"finish_reason":"ERROR","error":"broke off",{USAGE}}}"#);
        assert_eq!(written(&events[..1], true), [START, &end, "data: [DONE]"]);
    }

    #[test]
    fn calls_come_one_after_the_other() {
        let events = [
            r#"{"choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"name":"g","arguments":"[]"}}]},"finish_reason":"tool_calls"}]}"#,
        ];
        let end = format!(r#"message-end,"delta":{{"finish_reason":"TOOL_CALL",{USAGE}}}"#);
        assert_eq!(
            written(&events, false),
            [
                START,
                r#"content-start,"index":0,"delta":{"message":{"content":{"type":"thinking","thinking":""}}}"#,
                r#"content-delta,"index":0,"delta":{"message":{"content":{"thinking":"hm"}}}"#,
                r#"content-end,"index":0"#,
                r#"tool-call-start,"index":0,"delta":{"message":{"tool_calls":{"id":"a","type":"function","function":{"name":"f","arguments":""}}}}"#,
                r#"tool-call-delta,"index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{}"}}}}"#,
                r#"tool-call-end,"index":0"#,
                r#"tool-call-start,"index":1,"delta":{"message":{"tool_calls":{"id":"call_c1_1","type":"function","function":{"name":"g","arguments":""}}}}"#,
                r#"tool-call-delta,"index":1,"delta":{"message":{"tool_calls":{"function":{"arguments":"[]"}}}}"#,
                r#"tool-call-end,"index":1"#,
                &end,
                "data: [DONE]",
            ]
        );
    }
}
