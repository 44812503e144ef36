//! A streamed answer of version 1: an object in each line, and the whole answer once more in the last.

use super::answer::{History, older_fields, parameters};
use super::{Object, finish_reason};
use crate::cohere::Version;
use crate::json::Json;
use crate::openai::calls::{Calls, Step};
use crate::openai::said::{Finish, Piece, Reason, first, pieces};
use crate::openai::{Chunk, Heading, Totals, Writer};

// The last line repeats the text; a text beyond this is cut there. No model says as much.
const TEXT_BYTES_MAX: usize = 16 << 20;

/// Writes the lines of one answer.
#[derive(Debug)]
pub struct LinesWriter {
    id: String,
    history: History,
    text: String,
    calls: Calls,
    /// Names and arguments of the calls that are whole.
    called: Vec<(String, String)>,
    finish: Finish,
    started: bool,
}

impl LinesWriter {
    /// For an answer with this heading to what the client asked.
    pub fn new(heading: &Heading<'_>, asked: &[u8]) -> Self {
        Self {
            id: heading.id.to_owned(),
            history: History::read(asked),
            text: String::new(),
            calls: Calls::default(),
            called: Vec::new(),
            finish: Finish::default(),
            started: false,
        }
    }

    fn start(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.started, true) {
            let fields = vec![("generation_id", Json::text(self.id.as_str()))];
            line("stream-start", false, fields, out);
        }
    }

    fn last(&mut self, reason: &'static str, totals: &Totals, out: &mut Vec<u8>) {
        let calls = || {
            self.called.iter().map(|(name, arguments)| {
                Json::Object(vec![
                    ("name", Json::text(name.as_str())),
                    ("parameters", parameters(arguments)),
                ])
            })
        };
        if !self.called.is_empty() {
            line(
                "tool-calls-generation",
                false,
                vec![("tool_calls", Json::Array(calls().collect()))],
                out,
            );
        }
        let text = std::mem::take(&mut self.text);
        let answer = older_fields(&self.id, text, calls().collect(), reason, totals, &self.history);
        let fields = vec![
            ("finish_reason", Json::text(reason)),
            ("response", Json::Object(answer)),
        ];
        line("stream-end", true, fields, out);
    }

    fn end_calls(&mut self) {
        let called = &mut self.called;
        self.calls.finish(&mut |step| keep(step, called));
    }
}

impl Writer for LinesWriter {
    fn chunk(&mut self, chunk: &Chunk<'_>, out: &mut Vec<u8>) {
        self.start(out);
        for choice in first(chunk) {
            for piece in choice.delta.as_ref().map(pieces).unwrap_or_default() {
                match &piece {
                    Piece::Text(text) | Piece::Refusal(text) => {
                        line("text-generation", false, vec![("text", Json::text(&**text))], out);
                        if self.text.len() + text.len() <= TEXT_BYTES_MAX {
                            self.text.push_str(text);
                        }
                    }
                    Piece::Reasoning(_) => {}
                    Piece::Call(fragment) => {
                        let called = &mut self.called;
                        self.calls.fragment(fragment, &mut |step| keep(step, called));
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
        self.end_calls();
        if self.calls.overflowed() {
            self.finish.reason = Reason::Length;
        }
        let reason = finish_reason(&self.finish, self.calls.any(), Version::V1);
        self.last(reason, totals, out);
    }

    /// Its clients read no error in a stream; they read why it ended.
    fn break_off(&mut self, _: &str, _: &str, totals: &Totals, out: &mut Vec<u8>) {
        self.start(out);
        // A call that is not whole is none.
        self.last("ERROR", totals, out);
    }

    fn shows_errors(&self) -> bool {
        true
    }
}

fn keep(step: Step<'_>, called: &mut Vec<(String, String)>) {
    if let Step::End(said) = step {
        called.push((said.name.clone(), said.arguments.clone()));
    }
}

fn line(kind: &'static str, finished: bool, fields: Object<'_>, out: &mut Vec<u8>) {
    let mut all = vec![
        ("is_finished", Json::Truth(finished)),
        ("event_type", Json::text(kind)),
    ];
    all.extend(fields);
    Json::Object(all).write(out);
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openai::{Event, Surface};

    fn written(events: &[&str], broken: bool) -> String {
        let heading = Heading {
            surface: Surface::Cohere,
            id: "c1",
            created: 5,
            model: "m",
        };
        let (mut writer, mut out) = (LinesWriter::new(&heading, br#"{"message":"hi"}"#), Vec::new());
        for payload in events {
            let Event::Chunk(chunk) = Event::read(payload.as_bytes()) else {
                panic!("no chunk: {payload}");
            };
            writer.chunk(&chunk, &mut out);
        }
        match broken {
            true => writer.break_off("BackendFailed", "broke off", &Totals::default(), &mut out),
            false => writer.end(&Totals::default(), &mut out),
        }
        String::from_utf8(out).expect("text")
    }

    const META: &str = r#""meta":{"api_version":{"version":"1"},"billed_units":{"input_tokens":0,"output_tokens":0},"tokens":{"input_tokens":0,"output_tokens":0}}"#;
    const START: &str = r#"{"is_finished":false,"event_type":"stream-start","generation_id":"c1"}"#;

    fn end(text: &str, reason: &str, calls: &str) -> String {
        format!(
            r#"{{"is_finished":true,"event_type":"stream-end","finish_reason":"{reason}","response":{{"response_id":"c1","text":"{text}","generation_id":"c1","chat_history":[{{"role":"USER","message":"hi"}},{{"role":"CHATBOT","message":"{text}"}}],"finish_reason":"{reason}",{calls}{META}}}}}"#
        )
    }

    #[test]
    fn the_last_line_has_all_of_it() {
        let events = [
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"Hel"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"lo"},"finish_reason":"length"}]}"#,
        ];
        let piece =
            |text: &str| format!(r#"{{"is_finished":false,"event_type":"text-generation","text":"{text}"}}"#);
        let lines = [
            START.to_owned(),
            piece("Hel"),
            piece("lo"),
            end("Hello", "MAX_TOKENS", ""),
        ];
        assert_eq!(written(&events, false), lines.map(|line| line + "\n").concat());
        let lines = [START.to_owned(), piece("Hel"), end("Hel", "ERROR", "")];
        assert_eq!(
            written(&events[..2], true),
            lines.map(|line| line + "\n").concat()
        );
    }

    #[test]
    fn calls_come_whole() {
        let events = [
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"a\""}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]},"finish_reason":"tool_calls"}]}"#,
        ];
        let calls = r#""tool_calls":[{"name":"f","parameters":{"a":1}}]"#;
        let lines = [
            START.to_owned(),
            format!(r#"{{"is_finished":false,"event_type":"tool-calls-generation",{calls}}}"#),
            end("", "COMPLETE", &format!("{calls},")),
        ];
        assert_eq!(written(&events, false), lines.map(|line| line + "\n").concat());
    }
}
