//! Whatever a client or a backend sends: no translation panics, and what comes out is JSON in UTF-8, in events of one line.
#![no_main]

use cupola_core::operation::Operation;
use cupola_wire::openai::{Event, Heading, Splitter, Surface, Tally, Totals, Writer};
use cupola_wire::{Dialect, anthropic, responses};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;

const HEADING: Heading<'static> = Heading {
    surface: Surface::Anthropic,
    id: "0123456789abcdef0123456789abcdef",
    created: 1_739_300_519,
    model: "m",
};

fn json(body: &[u8]) {
    let text = std::str::from_utf8(body).expect("what comes out is UTF-8");
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        panic!("{error}: {text}");
    }
}

/// A stream for clients: fields of events, each in one line, their data JSON.
fn events(stream: &[u8]) {
    let text = std::str::from_utf8(stream).expect("what comes out is UTF-8");
    for line in text.split('\n') {
        match line.strip_prefix("data: ") {
            Some("[DONE]") => {}
            Some(data) => json(data.as_bytes()),
            None => assert!(line.is_empty() || line.starts_with("event: "), "{line:?}"),
        }
    }
}

fn write(mut writer: Box<dyn Writer>, stream: &[u8], broken: bool) {
    let (mut out, mut tally) = (Vec::new(), Tally::default());
    let mut each = |payload: &[u8]| {
        if let Event::Chunk(chunk) = Event::read(payload) {
            tally.report(&chunk);
            writer.chunk(&chunk, &mut out);
        }
    };
    let mut splitter = Splitter::default();
    if splitter.feed(stream, &mut each).is_ok() {
        splitter.finish(&mut each);
    }
    let totals = tally.usage().unwrap_or_default();
    if broken {
        writer.break_off("BackendFailed", "broke off", &totals, &mut out);
    } else {
        writer.end(&totals, &mut out);
    }
    events(&out);
}

fn writers(request: &[u8]) -> [Box<dyn Writer>; 2] {
    [
        Box::new(anthropic::MessagesWriter::new(&HEADING, 1)),
        Box::new(responses::ResponsesWriter::new(&HEADING, responses::Echo::read(request))),
    ]
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else {
        return;
    };
    let broken = choice & 1 == 1;
    for dialect in Dialect::ALL {
        for operation in Operation::ALL {
            if let Ok(Some(request)) = dialect.request(operation, data, "m") {
                json(&request);
            }
            if let Ok(Some(answer)) = dialect.answer(operation, data) {
                json(&answer);
            }
        }
        // What the reader gives is what the writers take.
        if let Some(mut reader) = dialect.reader() {
            let (mut chunks, mut count) = (Vec::new(), 0);
            let mut each = |chunk: &[u8]| {
                count += 1;
                if chunk != b"[DONE]" {
                    json(chunk);
                    assert!(!chunk.contains(&b'\n'), "a chunk has one line");
                }
                chunks.extend_from_slice(b"data: ");
                chunks.extend_from_slice(chunk);
                chunks.extend_from_slice(b"\n\n");
            };
            let mut splitter = Splitter::default();
            if splitter.feed(data, |payload| reader.event(payload, &mut each)).is_ok() {
                splitter.finish(|payload| reader.event(payload, &mut each));
            }
            if count > 0 {
                writers(b"{}").into_iter().for_each(|writer| write(writer, &chunks, broken));
            }
        }
    }
    if let Ok(request) = anthropic::request_to_chat(data) {
        json(&request);
    }
    if let Ok(request) = anthropic::count_tokens_request_to_chat(data) {
        json(&request);
    }
    for previous in [None, Some(&b"[{\"role\":\"user\",\"content\":\"hi\"}]"[..]), Some(data)] {
        if let Ok(request) = responses::request_to_chat(data, previous) {
            json(&request);
        }
    }
    if let Ok(kept) = responses::kept(data, data) {
        json(&kept);
        if let Ok(conversation) = responses::context([&*kept, &*kept]) {
            json(&conversation);
        }
        let page = responses::ItemsPage { limit: 2, newest_first: true, after: None };
        if let Ok(Some(list)) = responses::input_items(&[&kept, &kept], &page) {
            json(&list);
        }
    }
    if let Ok(conversation) = responses::context([data]) {
        json(&conversation);
    }
    responses::unkept_events(data);
    if let Some(response) = responses::final_response(data) {
        json(&response);
    }
    let totals = Totals { prompt: 1, cached: 2, ..Totals::default() };
    let echo = responses::Echo::read(data);
    if let Ok(answer) = anthropic::answer_from_chat(data, &HEADING, &totals) {
        json(&answer);
    }
    if let Ok(answer) = responses::answer_from_chat(data, &HEADING, &totals, &echo) {
        json(&answer);
    }
    writers(data).into_iter().for_each(|writer| write(writer, data, broken));
});
