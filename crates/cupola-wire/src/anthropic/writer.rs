//! A streamed answer as clients of Messages read it: blocks, one after the other, in events with names.

use super::answer_from_chat::{message_id, tool_id};
use super::{stop_fields, usage};
use crate::json::{Json, write_event};
use crate::openai::calls::{Calls, Step};
use crate::openai::said::{Finish, Piece, Reason, first, pieces};
use crate::openai::{Chunk, Heading, Surface, Totals, Writer, envelope};

/// Writes the events of one message.
#[derive(Debug)]
pub struct MessagesWriter {
    blocks: Blocks,
    model: String,
    /// What `message_start` says of the prompt; the end says what the backend counted.
    input_tokens: u64,
    calls: Calls,
    finish: Finish,
    started: bool,
}

#[derive(Debug)]
struct Blocks {
    /// Of the request.
    id: String,
    count: u64,
    calls: u64,
    open: Option<Kind>,
    pinged: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
    ToolUse,
}

impl MessagesWriter {
    /// For an answer with this heading, to a prompt of about so many tokens.
    pub fn new(heading: &Heading<'_>, input_tokens: u64) -> Self {
        Self {
            blocks: Blocks {
                id: heading.id.to_owned(),
                count: 0,
                calls: 0,
                open: None,
                pinged: false,
            },
            model: heading.model.to_owned(),
            input_tokens,
            calls: Calls::default(),
            finish: Finish::default(),
            started: false,
        }
    }

    fn start(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        let usage = Json::Object(vec![
            ("input_tokens", Json::Number(self.input_tokens)),
            ("output_tokens", Json::Number(1)),
        ]);
        let message = Json::Object(vec![
            ("id", Json::text(message_id(&self.blocks.id))),
            ("type", Json::text("message")),
            ("role", Json::text("assistant")),
            ("model", Json::text(self.model.as_str())),
            ("content", Json::Array(Vec::new())),
            ("stop_reason", Json::Null),
            ("stop_sequence", Json::Null),
            ("usage", usage),
        ]);
        event("message_start", vec![("message", message)], out);
    }

    fn end_calls(&mut self, out: &mut Vec<u8>) {
        let blocks = &mut self.blocks;
        self.calls.finish(&mut |step| blocks.step(step, out));
    }
}

impl Writer for MessagesWriter {
    fn chunk(&mut self, chunk: &Chunk<'_>, out: &mut Vec<u8>) {
        self.start(out);
        for choice in first(chunk) {
            for piece in choice.delta.as_ref().map(pieces).unwrap_or_default() {
                if let Piece::Call(fragment) = &piece {
                    let blocks = &mut self.blocks;
                    self.calls.fragment(fragment, &mut |step| blocks.step(step, out));
                } else {
                    self.end_calls(out);
                    self.blocks.say(&piece, out);
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
        self.blocks.close(out);
        if self.calls.overflowed() {
            self.finish.reason = Reason::Length;
        }
        let delta = stop_fields(&self.finish, self.calls.any()).into();
        let fields = vec![("delta", Json::Object(delta)), ("usage", usage(totals))];
        event("message_delta", fields, out);
        event("message_stop", Vec::new(), out);
    }

    fn break_off(&mut self, code: &str, message: &str, _: &Totals, out: &mut Vec<u8>) {
        let mut error = envelope(Surface::Anthropic, code, message, None);
        error["request_id"] = self.blocks.id.as_str().into();
        out.extend_from_slice(format!("event: error\ndata: {error}\n\n").as_bytes());
    }

    fn shows_errors(&self) -> bool {
        true
    }
}

impl Blocks {
    fn say(&mut self, piece: &Piece<'_>, out: &mut Vec<u8>) {
        let (kind, delta, name, text) = match piece {
            Piece::Text(text) | Piece::Refusal(text) => (Kind::Text, "text_delta", "text", text),
            Piece::Reasoning(text) => (Kind::Thinking, "thinking_delta", "thinking", text),
            Piece::Call(_) => return,
        };
        if self.open != Some(kind) {
            let mut block = vec![("type", Json::text(name)), (name, Json::text(""))];
            if kind == Kind::Thinking {
                block.push(("signature", Json::text("")));
            }
            self.open(kind, block, out);
        }
        self.delta(
            vec![("type", Json::text(delta)), (name, Json::text(&**text))],
            out,
        );
    }

    fn step(&mut self, step: Step<'_>, out: &mut Vec<u8>) {
        match step {
            Step::Start(said) => {
                let id = match said.id.as_str() {
                    "" => tool_id(&self.id, self.calls),
                    id => id.to_owned(),
                };
                self.calls += 1;
                let block = vec![
                    ("type", Json::text("tool_use")),
                    ("id", Json::text(id)),
                    ("name", Json::text(said.name.as_str())),
                    ("input", Json::Object(Vec::new())),
                ];
                self.open(Kind::ToolUse, block, out);
            }
            Step::Arguments(text) => {
                let delta = vec![
                    ("type", Json::text("input_json_delta")),
                    ("partial_json", Json::text(text)),
                ];
                self.delta(delta, out);
            }
            Step::End(_) => self.close(out),
        }
    }

    fn open(&mut self, kind: Kind, block: Vec<(&'static str, Json<'_>)>, out: &mut Vec<u8>) {
        self.close(out);
        self.open = Some(kind);
        let fields = vec![
            ("index", Json::Number(self.count)),
            ("content_block", Json::Object(block)),
        ];
        event("content_block_start", fields, out);
        // Where Anthropic sends one, and once: some clients wait for it before they show anything.
        if kind == Kind::Text && !std::mem::replace(&mut self.pinged, true) {
            event("ping", Vec::new(), out);
        }
    }

    fn delta(&mut self, delta: Vec<(&'static str, Json<'_>)>, out: &mut Vec<u8>) {
        let fields = vec![
            ("index", Json::Number(self.count)),
            ("delta", Json::Object(delta)),
        ];
        event("content_block_delta", fields, out);
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        if self.open.take().is_some() {
            event(
                "content_block_stop",
                vec![("index", Json::Number(self.count))],
                out,
            );
            self.count += 1;
        }
    }
}

fn event(name: &'static str, mut fields: Vec<(&'static str, Json<'_>)>, out: &mut Vec<u8>) {
    fields.insert(0, ("type", Json::text(name)));
    write_event(out, name, &Json::Object(fields));
}
