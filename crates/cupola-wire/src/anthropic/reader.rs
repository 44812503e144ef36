//! The events of a backend's message, as chunks in OpenAI's shape.

use super::{Reported, finish_fields};
use crate::dialect::Reader;
use crate::json::Json;
use crate::openai::fields::Fields;
use crate::openai::said::arguments;
use serde_json::value::RawValue;

// Far more blocks than any message has.
const BLOCKS_MAX: usize = 1024;

/// Reads the events of one message.
#[derive(Debug, Default)]
pub struct MessagesReader {
    usage: Reported,
    /// The calls that are not finished.
    open: Vec<Call>,
    calls: u64,
    done: bool,
}

#[derive(Debug)]
struct Call {
    /// Of the block.
    index: u64,
    /// Of the call among the calls.
    at: u64,
    /// The input that came with the start; it counts where no piece follows.
    input: String,
    said: bool,
}

type Each<'e> = &'e mut dyn FnMut(&[u8]);

impl Reader for MessagesReader {
    fn event(&mut self, payload: &[u8], each: Each<'_>) {
        if self.done {
            return;
        }
        if payload == b"[DONE]" {
            self.done = true;
            return each(b"[DONE]");
        }
        let read = std::str::from_utf8(payload)
            .ok()
            .and_then(|text| Fields::read(text).ok());
        let Some(event) = read else {
            return self.fail("an event is not a JSON object", None, each);
        };
        match event.text("type").as_deref() {
            Some("message_start") => self.start(&event, each),
            Some("content_block_start") => self.block_start(&event, each),
            Some("content_block_delta") => self.block_delta(&event, each),
            Some("content_block_stop") => self.block_stop(&event, each),
            Some("message_delta") => self.delta(&event, each),
            Some("message_stop") => self.stop(each),
            Some("error") => {
                let error = event
                    .get("error")
                    .and_then(|error| Fields::read(error.get()).ok())
                    .unwrap_or_default();
                let message = error
                    .text("message")
                    .unwrap_or_else(|| "no reason was given".into());
                self.fail(&message, error.text("type").as_deref(), each);
            }
            // `ping`, and whatever will be added.
            _ => {}
        }
    }
}

impl MessagesReader {
    fn start(&mut self, event: &Fields<'_>, each: Each<'_>) {
        let message = event
            .get("message")
            .and_then(|message| Fields::read(message.get()).ok());
        if let Some(usage) = message.and_then(|message| message.get("usage")) {
            self.usage.report_input(usage);
        }
        delta(
            vec![("role", Json::text("assistant")), ("content", Json::text(""))],
            each,
        );
    }

    fn block_start(&mut self, event: &Fields<'_>, each: Each<'_>) {
        let Some(block) = event
            .get("content_block")
            .and_then(|block| Fields::read(block.get()).ok())
        else {
            return;
        };
        match block.text("type").as_deref() {
            Some("text") => say("content", block.get("text"), each),
            Some("thinking") => say("reasoning_content", block.get("thinking"), each),
            Some("tool_use") if self.open.len() < BLOCKS_MAX => {
                let at = self.calls;
                self.calls += 1;
                self.open.push(Call {
                    index: number(event, "index"),
                    at,
                    input: block.get("input").map_or("{}".into(), arguments).into_owned(),
                    said: false,
                });
                let function = vec![
                    ("name", Json::Text(block.text("name").unwrap_or_default())),
                    ("arguments", Json::text("")),
                ];
                let call = vec![
                    ("index", Json::Number(at)),
                    ("id", Json::Text(block.text("id").unwrap_or_default())),
                    ("type", Json::text("function")),
                    ("function", Json::Object(function)),
                ];
                delta(vec![("tool_calls", Json::Array(vec![Json::Object(call)]))], each);
            }
            Some("tool_use") => self.fail("the message has too many blocks", None, each),
            _ => {}
        }
    }

    fn block_delta(&mut self, event: &Fields<'_>, each: Each<'_>) {
        let Some(said) = event.get("delta").and_then(|said| Fields::read(said.get()).ok()) else {
            return;
        };
        match said.text("type").as_deref() {
            Some("text_delta") => say("content", said.get("text"), each),
            Some("thinking_delta") => say("reasoning_content", said.get("thinking"), each),
            Some("input_json_delta") => {
                let piece = said.text("partial_json").unwrap_or_default();
                let index = number(event, "index");
                if let Some(call) = self
                    .open
                    .iter_mut()
                    .find(|call| call.index == index && !piece.is_empty())
                {
                    call.said = true;
                    call_arguments(call.at, &piece, each);
                }
            }
            // Signatures and citations have no place in OpenAI's shape.
            _ => {}
        }
    }

    fn block_stop(&mut self, event: &Fields<'_>, each: Each<'_>) {
        let index = number(event, "index");
        if let Some(at) = self.open.iter().position(|call| call.index == index) {
            let call = self.open.swap_remove(at);
            if !call.said {
                call_arguments(call.at, &call.input, each);
            }
        }
    }

    fn delta(&mut self, event: &Fields<'_>, each: Each<'_>) {
        if let Some(usage) = event.get("usage") {
            self.usage.report(usage);
        }
        let said = event
            .get("delta")
            .and_then(|said| Fields::read(said.get()).ok())
            .unwrap_or_default();
        if let Some(reason) = said.get("stop_reason") {
            let mut choice = vec![("index", Json::Number(0)), ("delta", Json::Object(Vec::new()))];
            choice.extend(finish_fields(Some(reason), said.get("stop_sequence")));
            chunk(vec![("choices", Json::Array(vec![Json::Object(choice)]))], each);
        }
        // Here, and not at the end: whoever hangs up without `message_stop` has told what was used.
        if let Some(usage) = self.usage.chat() {
            chunk(vec![("choices", Json::Array(Vec::new())), ("usage", usage)], each);
        }
    }

    fn stop(&mut self, each: Each<'_>) {
        self.done = true;
        each(b"[DONE]");
    }

    fn fail(&mut self, message: &str, kind: Option<&str>, each: Each<'_>) {
        self.done = true;
        let error = vec![
            ("message", Json::text(message)),
            ("type", Json::text(kind.unwrap_or("api_error"))),
        ];
        chunk(vec![("error", Json::Object(error))], each);
    }
}

fn number(fields: &Fields<'_>, name: &str) -> u64 {
    fields
        .get(name)
        .and_then(|value| value.get().parse().ok())
        .unwrap_or_default()
}

/// A piece of text goes on as it came, escapes and all.
fn say(name: &'static str, text: Option<&RawValue>, each: Each<'_>) {
    if let Some(text) = text.filter(|text| text.get().starts_with('"') && text.get() != "\"\"") {
        delta(vec![(name, Json::Raw(text))], each);
    }
}

fn call_arguments(at: u64, piece: &str, each: Each<'_>) {
    let call = vec![
        ("index", Json::Number(at)),
        ("function", Json::Object(vec![("arguments", Json::text(piece))])),
    ];
    delta(vec![("tool_calls", Json::Array(vec![Json::Object(call)]))], each);
}

fn delta(fields: Vec<(&'static str, Json<'_>)>, each: Each<'_>) {
    let choice = vec![("index", Json::Number(0)), ("delta", Json::Object(fields))];
    chunk(vec![("choices", Json::Array(vec![Json::Object(choice)]))], each);
}

fn chunk(fields: Vec<(&'static str, Json<'_>)>, each: Each<'_>) {
    each(&Json::Object(fields).bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openai::{Event, Tally};

    const START: &str = r#"{"type":"message_start","message":{"usage":USAGE}}"#;
    const WORD: &str =
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"word "}}"#;
    const END: &str = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":USAGE}"#;
    const STOP: &str = r#"{"type":"message_stop"}"#;

    /// What is known of the usage after these events: prompt and completion, and whether the answer came to its end.
    fn check(events: &[String], expected: Option<(u64, u64)>) {
        let (mut reader, mut tally, mut ends) = (MessagesReader::default(), Tally::default(), 0);
        for event in events {
            reader.event(event.as_bytes(), &mut |payload| match Event::read(payload) {
                Event::Chunk(chunk) => tally.report(&chunk),
                Event::Done => ends += 1,
                Event::Failed(why) => panic!("{why}"),
            });
        }
        let usage = tally.usage().map(|usage| (usage.prompt, usage.completion));
        assert_eq!(usage, expected, "{events:?}");
        assert!(tally.finished());
        assert_eq!(ends, events.iter().filter(|event| *event == STOP).count());
    }

    #[test]
    fn a_message_reports_what_it_is_told_and_nothing_else() {
        let message = |start: &str, end: &str, rest: &[&str]| {
            let events = [&START.replace("USAGE", start), WORD, &END.replace("USAGE", end)];
            let all = events.into_iter().chain(rest.iter().copied());
            all.map(str::to_owned).collect::<Vec<_>>()
        };
        let input = r#"{"input_tokens":9,"output_tokens":1}"#;
        let output = r#"{"output_tokens":500}"#;
        for rest in [&[STOP][..], &[]] {
            check(&message(input, output, rest), Some((9, 500)));
            check(
                &message("null", r#"{"input_tokens":9,"output_tokens":5}"#, rest),
                Some((9, 5)),
            );
            check(&message("null", "null", rest), None);
            check(&message("{}", "{}", rest), None);
            check(&message("{}", output, rest), None);
            check(&message(r#"{"input_tokens":9}"#, "{}", rest), None);
            // How an answer begins is not what it took.
            check(&message(input, "{}", rest), None);
            check(&message(r#"{"input_tokens":9.5}"#, output, rest), None);
        }
        let mut events = message(input, output, &[]);
        events.push(r#"{"type":"message_delta","delta":{},"usage":{"output_tokens":501}}"#.to_owned());
        check(&events, Some((9, 501)));
    }
}
