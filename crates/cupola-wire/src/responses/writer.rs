//! A streamed answer as clients of Responses read it: every event has a name and a number, items come one after the other,
//! and the last event holds the whole response.

use super::echo::{Echo, Standing};
use super::incomplete;
use super::item::{FunctionCall, Kind, call_id, function_call_id};
use crate::json::{Json, write_event};
use crate::openai::calls::{Calls, Said, Step};
use crate::openai::said::{Finish, Piece, Reason, first, pieces};
use crate::openai::{Chunk, Heading, Surface, Totals, Writer};

// The last event repeats the whole answer, so that it has to be kept; what is longer is cut like an answer that met its
// bound of tokens.
const TEXT_BYTES_MAX: usize = 16 << 20;

/// Writes the events of one response.
#[derive(Debug)]
pub struct ResponsesWriter {
    echo: Echo,
    created: i64,
    model: String,
    items: Items,
    calls: Calls,
    finish: Finish,
    started: bool,
}

#[derive(Debug, Default)]
struct Items {
    /// Of the request.
    id: String,
    sequence: u64,
    /// The items that are done.
    done: Vec<Vec<u8>>,
    /// The text that is being said.
    open: Option<Open>,
    /// The call that is being said: its item's id and its own.
    call: Option<(String, String)>,
    bytes: usize,
    overflowed: bool,
    incomplete: bool,
}

#[derive(Debug)]
struct Open {
    kind: Kind,
    id: String,
    text: String,
}

type Fields<'a> = Vec<(&'static str, Json<'a>)>;

impl ResponsesWriter {
    /// For an answer with this heading, to the request that the echo was read from.
    pub fn new(heading: &Heading<'_>, echo: Echo) -> Self {
        Self {
            echo,
            created: heading.created,
            model: heading.model.to_owned(),
            items: Items {
                id: heading.id.to_owned(),
                ..Items::default()
            },
            calls: Calls::default(),
            finish: Finish::default(),
            started: false,
        }
    }

    fn response<'a>(&'a self, standing: Standing<'a>) -> Json<'a> {
        let heading = Heading {
            surface: Surface::OpenAi,
            id: &self.items.id,
            created: self.created,
            model: &self.model,
        };
        self.echo.response(&heading, standing)
    }

    fn start(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        for name in ["response.created", "response.in_progress"] {
            let response = Json::Line(
                self.response(Standing {
                    status: "in_progress",
                    output: Vec::new(),
                    error: None,
                    incomplete: None,
                    totals: None,
                })
                .bytes(),
            );
            self.items.event(name, vec![("response", response)], out);
        }
    }

    fn end_calls(&mut self, out: &mut Vec<u8>) {
        let items = &mut self.items;
        self.calls.finish(&mut |step| items.step(step, out));
    }

    fn close(&mut self, name: &'static str, standing: Standing<'_>, out: &mut Vec<u8>) {
        let response = Json::Line(self.response(standing).bytes());
        self.items.event(name, vec![("response", response)], out);
    }
}

impl Writer for ResponsesWriter {
    fn chunk(&mut self, chunk: &Chunk<'_>, out: &mut Vec<u8>) {
        self.start(out);
        for choice in first(chunk) {
            for piece in choice.delta.as_ref().map(pieces).unwrap_or_default() {
                if let Piece::Call(fragment) = &piece {
                    let items = &mut self.items;
                    self.calls.fragment(fragment, &mut |step| items.step(step, out));
                } else {
                    self.end_calls(out);
                    self.items.say(&piece, out);
                }
            }
            if let Some(finish) = Finish::of(choice) {
                self.finish = finish;
            }
        }
    }

    fn end(&mut self, totals: &Totals, out: &mut Vec<u8>) {
        self.start(out);
        if self.calls.overflowed() || self.items.overflowed {
            self.finish.reason = Reason::Length;
        }
        let incomplete = incomplete(&self.finish);
        self.items.incomplete = incomplete.is_some();
        self.end_calls(out);
        self.items.close(out);
        let (name, status) = match incomplete {
            Some(_) => ("response.incomplete", "incomplete"),
            None => ("response.completed", "completed"),
        };
        let standing = Standing {
            status,
            output: self.items.output(),
            error: None,
            incomplete,
            totals: Some(totals),
        };
        self.close(name, standing, out);
    }

    fn break_off(&mut self, code: &str, message: &str, totals: &Totals, out: &mut Vec<u8>) {
        self.start(out);
        // There is nothing to go on from.
        self.echo.forget();
        let code = if code == "429" {
            "rate_limit_exceeded"
        } else {
            "server_error"
        };
        let mut output = self.items.output();
        // The words that went out stand in it; a call that was not whole must not be run.
        output.extend(
            self.items
                .open
                .as_ref()
                .map(|open| Json::Line(open.item("incomplete"))),
        );
        let standing = Standing {
            status: "failed",
            output,
            error: Some((code, message)),
            incomplete: None,
            totals: Some(totals),
        };
        self.close("response.failed", standing, out);
    }

    fn shows_errors(&self) -> bool {
        true
    }
}

impl Open {
    fn item(&self, status: &'static str) -> Vec<u8> {
        self.kind
            .item(&self.id, status, vec![self.kind.part(&self.text)])
            .bytes()
    }

    /// Where the text stands: the fields that each of its events begins with.
    fn place(&self, index: u64) -> Fields<'static> {
        vec![
            ("item_id", Json::text(self.id.clone())),
            ("output_index", Json::Number(index)),
            ("content_index", Json::Number(0)),
        ]
    }
}

impl Items {
    fn output(&self) -> Vec<Json<'static>> {
        self.done.iter().cloned().map(Json::Line).collect()
    }

    fn index(&self) -> u64 {
        self.done.len() as u64
    }

    fn event(&mut self, name: &'static str, mut fields: Fields<'_>, out: &mut Vec<u8>) {
        fields.insert(0, ("type", Json::text(name)));
        fields.push(("sequence_number", Json::Number(self.sequence)));
        self.sequence += 1;
        write_event(out, name, &Json::Object(fields));
    }

    fn say(&mut self, piece: &Piece<'_>, out: &mut Vec<u8>) {
        let (kind, text) = match piece {
            Piece::Text(text) => (Kind::Text, text),
            Piece::Refusal(text) => (Kind::Refusal, text),
            Piece::Reasoning(text) => (Kind::Reasoning, text),
            Piece::Call(_) => return,
        };
        if self.bytes + text.len() > TEXT_BYTES_MAX {
            self.overflowed = true;
        }
        if self.overflowed {
            return;
        }
        self.bytes += text.len();
        if self.open.as_ref().is_none_or(|open| open.kind != kind) {
            self.close(out);
            self.open(kind, out);
        }
        let index = self.index();
        let Some(open) = &mut self.open else {
            return;
        };
        open.text.push_str(text);
        let mut fields = open.place(index);
        fields.push(("delta", Json::text(&**text)));
        if kind == Kind::Text {
            fields.push(("logprobs", Json::Array(Vec::new())));
        }
        self.event(kind.events().0, fields, out);
    }

    fn open(&mut self, kind: Kind, out: &mut Vec<u8>) {
        let index = self.index();
        let open = Open {
            kind,
            id: kind.id(&self.id, index),
            text: String::new(),
        };
        let fields = vec![
            ("output_index", Json::Number(index)),
            ("item", kind.item(&open.id, "in_progress", Vec::new())),
        ];
        self.event("response.output_item.added", fields, out);
        let mut fields = open.place(index);
        fields.push(("part", kind.part("")));
        self.event("response.content_part.added", fields, out);
        self.open = Some(open);
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        let Some(open) = self.open.take() else {
            return;
        };
        let index = self.index();
        let mut fields = open.place(index);
        fields.push((open.kind.field(), Json::text(open.text.as_str())));
        if open.kind == Kind::Text {
            fields.push(("logprobs", Json::Array(Vec::new())));
        }
        self.event(open.kind.events().1, fields, out);
        let mut fields = open.place(index);
        fields.push(("part", open.kind.part(&open.text)));
        self.event("response.content_part.done", fields, out);
        let status = if self.incomplete {
            "incomplete"
        } else {
            "completed"
        };
        self.finish(open.item(status), out);
    }

    fn finish(&mut self, item: Vec<u8>, out: &mut Vec<u8>) {
        let fields = vec![
            ("output_index", Json::Number(self.index())),
            ("item", Json::Line(item.clone())),
        ];
        self.event("response.output_item.done", fields, out);
        self.done.push(item);
    }

    fn step(&mut self, step: Step<'_>, out: &mut Vec<u8>) {
        match step {
            Step::Start(said) => self.call_starts(said, out),
            Step::Arguments(text) => {
                let mut fields = self.call_place();
                fields.push(("delta", Json::text(text)));
                self.event("response.function_call_arguments.delta", fields, out);
            }
            Step::End(said) => self.call_ends(said, out),
        }
    }

    fn call_place(&self) -> Fields<'static> {
        let id = self.call.as_ref().map(|(id, _)| id.clone()).unwrap_or_default();
        vec![
            ("item_id", Json::text(id)),
            ("output_index", Json::Number(self.index())),
        ]
    }

    fn call_starts(&mut self, said: &Said, out: &mut Vec<u8>) {
        self.close(out);
        let index = self.index();
        let ids = (
            function_call_id(&self.id, index),
            call_id(&said.id, &self.id, index),
        );
        let call = FunctionCall {
            id: &ids.0,
            call_id: &ids.1,
            name: &said.name,
            arguments: "",
        };
        let fields = vec![
            ("output_index", Json::Number(index)),
            ("item", call.item("in_progress")),
        ];
        self.event("response.output_item.added", fields, out);
        self.call = Some(ids);
    }

    fn call_ends(&mut self, said: &Said, out: &mut Vec<u8>) {
        let mut fields = self.call_place();
        fields.push(("name", Json::text(said.name.as_str())));
        fields.push(("arguments", Json::text(said.arguments.as_str())));
        self.event("response.function_call_arguments.done", fields, out);
        let ids = self.call.take().unwrap_or_default();
        let call = FunctionCall {
            id: &ids.0,
            call_id: &ids.1,
            name: &said.name,
            arguments: &said.arguments,
        };
        let item = call.item(call.status(self.incomplete)).bytes();
        self.finish(item, out);
    }
}
