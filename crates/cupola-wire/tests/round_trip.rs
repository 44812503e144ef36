//! What is turned there and back is the same: an answer in OpenAI's shape goes out as Messages, arrives cut anywhere, and
//! says, calls and costs what it did.

use cupola_wire::anthropic::{
    MessagesReader, MessagesWriter, answer_from_chat, answer_to_chat, request_from_chat, request_to_chat,
};
use cupola_wire::dialect::Reader;
use cupola_wire::openai::{Event, Heading, Splitter, Surface, Tally, Totals, Writer};
use cupola_wire::responses::{
    Echo, ResponsesWriter, context, final_response, kept, request_to_chat as response_to_chat,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const HEADING: Heading<'static> = Heading {
    surface: Surface::Anthropic,
    id: "1",
    created: 5,
    model: "m",
};

#[derive(Debug, Clone)]
struct Said {
    reasoning: Vec<String>,
    words: Vec<String>,
    /// The name, a value of the arguments, and where the arguments are cut.
    calls: Vec<(String, String, prop::sample::Index)>,
    totals: Totals,
    reason: &'static str,
}

prop_compose! {
    fn said()(
        reasoning in prop::collection::vec("[ a天é😀\"\\\\\n\u{2028}]{0,6}", 0..4),
        words in prop::collection::vec("[ a天é😀\"\\\\\n\r\u{0}]{0,6}", 0..6),
        calls in prop::collection::vec(("[a-z]{1,5}", "[ a天\"\\\\\n{}]{0,8}", any::<prop::sample::Index>()), 0..4),
        prompt in 0_u64..1_000_000,
        cached in 0_u64..1_000,
        completion in 0_u64..1_000_000,
        reason in prop::sample::select(vec!["stop", "length", "content_filter"]),
    ) -> Said {
        let totals = Totals { prompt: prompt + cached, cached, completion, ..Totals::default() };
        let reason = if calls.is_empty() || reason != "stop" { reason } else { "tool_calls" };
        Said { reasoning, words, calls, totals, reason }
    }
}

fn arguments(value: &str) -> String {
    json!({ "a": value }).to_string()
}

impl Said {
    fn payloads(&self) -> Vec<String> {
        let delta = |delta: Value| json!({ "choices": [{ "index": 0, "delta": delta }] }).to_string();
        let mut payloads = vec![delta(json!({ "role": "assistant", "content": "" }))];
        payloads.extend(
            self.reasoning
                .iter()
                .map(|text| delta(json!({ "reasoning_content": text }))),
        );
        payloads.extend(self.words.iter().map(|text| delta(json!({ "content": text }))));
        for (at, (name, value, cut)) in self.calls.iter().enumerate() {
            let arguments: Vec<char> = arguments(value).chars().collect();
            let (front, back) = arguments.split_at(cut.index(arguments.len()));
            let call = json!({ "index": at, "id": format!("call_{at}"), "type": "function",
                "function": { "name": name, "arguments": front.iter().collect::<String>() } });
            payloads.push(delta(json!({ "tool_calls": [call] })));
            let rest = json!({ "index": at, "function": { "arguments": back.iter().collect::<String>() } });
            payloads.push(delta(json!({ "tool_calls": [rest] })));
        }
        payloads.push(
            json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": self.reason }] }).to_string(),
        );
        payloads
    }

    fn whole(&self) -> Value {
        let calls: Vec<Value> = self
            .calls
            .iter()
            .enumerate()
            .map(|(at, (name, value, _))| {
                json!({ "id": format!("call_{at}"), "type": "function",
                    "function": { "name": name, "arguments": arguments(value) } })
            })
            .collect();
        json!({ "choices": [{ "index": 0, "finish_reason": self.reason, "message": { "role": "assistant",
            "content": self.words.concat(), "reasoning_content": self.reasoning.concat(), "tool_calls": calls } }] })
    }
}

/// Everything that chunks in OpenAI's shape say.
#[derive(Debug, Default, PartialEq)]
struct Heard {
    reasoning: String,
    words: String,
    calls: Vec<(String, String, String)>,
    reason: String,
    usage: Option<Totals>,
    done: bool,
}

impl Heard {
    fn chunk(&mut self, payload: &[u8]) {
        if payload == b"[DONE]" {
            self.done = true;
            return;
        }
        if let Event::Chunk(chunk) = Event::read(payload) {
            self.usage = chunk.usage().or(self.usage);
        }
        let chunk: Value = serde_json::from_slice(payload).expect("a chunk is JSON");
        let choice = &chunk["choices"][0];
        let delta = &choice["delta"];
        self.reasoning
            .push_str(delta["reasoning_content"].as_str().unwrap_or_default());
        self.words.push_str(delta["content"].as_str().unwrap_or_default());
        for call in delta["tool_calls"].as_array().into_iter().flatten() {
            let at = call["index"].as_u64().expect("an index") as usize;
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            if at == self.calls.len() {
                self.calls
                    .push((text(&call["id"]), text(&call["function"]["name"]), String::new()));
            }
            self.calls[at].2.push_str(&text(&call["function"]["arguments"]));
        }
        self.reason
            .push_str(choice["finish_reason"].as_str().unwrap_or_default());
    }
}

fn heard(said: &Said) -> Heard {
    let mut heard = Heard::default();
    said.payloads()
        .iter()
        .for_each(|payload| heard.chunk(payload.as_bytes()));
    heard.usage = Some(said.totals);
    heard.done = true;
    heard
}

fn write(mut writer: impl Writer, said: &Said) -> Vec<u8> {
    let (mut out, mut tally) = (Vec::new(), Tally::default());
    for payload in said.payloads() {
        let Event::Chunk(chunk) = Event::read(payload.as_bytes()) else {
            panic!("no chunk: {payload}");
        };
        tally.report(&chunk);
        writer.chunk(&chunk, &mut out);
    }
    writer.end(&said.totals, &mut out);
    out
}

fn messages(list: &Value) -> Value {
    json!({ "model": "m", "max_tokens": 5, "messages": list })
}

fn turned(body: &Value, turn: impl Fn(&[u8]) -> Vec<u8>) -> Value {
    serde_json::from_slice(&turn(body.to_string().as_bytes())).expect("what comes out is JSON")
}

proptest! {
    #[test]
    fn a_stream_goes_out_as_messages_and_comes_back(
        said in said(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
    ) {
        let bytes = write(MessagesWriter::new(&HEADING, 3), &said);
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        places.extend([0, bytes.len()]);
        places.sort_unstable();
        let (mut reader, mut splitter, mut found) = (MessagesReader::default(), Splitter::default(), Heard::default());
        for pair in places.windows(2) {
            let fed = splitter.feed(&bytes[pair[0]..pair[1]], |event| {
                reader.event(event, &mut |chunk| found.chunk(chunk));
            });
            prop_assert!(fed.is_ok());
        }
        prop_assert_eq!(found, heard(&said));
    }

    #[test]
    fn a_whole_answer_goes_out_as_a_message_and_comes_back(said in said()) {
        let there = turned(&said.whole(), |body| answer_from_chat(body, &HEADING, &said.totals).expect("a message"));
        let back = turned(&there, |body| answer_to_chat(body).expect("an answer"));
        let (choice, expected) = (&back["choices"][0], heard(&said));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        prop_assert_eq!(text(&choice["message"]["content"]), expected.words);
        prop_assert_eq!(text(&choice["message"]["reasoning_content"]), expected.reasoning);
        prop_assert_eq!(text(&choice["finish_reason"]), expected.reason);
        prop_assert_eq!(Totals::read(&back["usage"].to_string()), Some(said.totals));
        let calls: Vec<_> = choice["message"]["tool_calls"].as_array().into_iter().flatten()
            .map(|call| (text(&call["id"]), text(&call["function"]["name"]), text(&call["function"]["arguments"])))
            .collect();
        prop_assert_eq!(calls, expected.calls);
    }

    #[test]
    fn a_conversation_is_the_same_after_messages(
        turns in prop::collection::vec(("[a天\"\\\\\n]{1,6}", "[a天\"\\\\\n]{1,6}", "[a-z]{1,4}"), 1..4),
    ) {
        let mut list = vec![json!({ "role": "system", "content": "s" })];
        for (at, (asked, answered, name)) in turns.iter().enumerate() {
            let id = format!("call_{at}");
            list.push(json!({ "role": "user", "content": asked }));
            list.push(json!({ "role": "assistant", "content": answered, "tool_calls": [
                { "id": id, "type": "function", "function": { "name": name, "arguments": arguments(asked) } }] }));
            list.push(json!({ "role": "tool", "tool_call_id": id, "content": answered }));
            list.push(json!({ "role": "assistant", "content": asked }));
        }
        let list = Value::Array(list);
        let there = turned(&messages(&list), |body| request_from_chat(body, "m").expect("sayable"));
        let back = turned(&there, |body| request_to_chat(body).expect("a request"));
        // What is one block there is plain text here.
        prop_assert_eq!(&back["messages"], &list);
    }

    /// The last event of a stream is what is kept, and what is kept is what the model hears next time.
    #[test]
    fn a_streamed_response_is_remembered(said in said()) {
        let request = json!({ "model": "m", "input": "hi", "instructions": "Be brief." }).to_string();
        let bytes = write(ResponsesWriter::new(&HEADING, Echo::read(request.as_bytes())), &said);
        let response = final_response(&bytes).expect("the end");
        let kept = kept(request.as_bytes(), &response).expect("kept");
        let conversation = context([kept.as_slice()]).expect("a conversation");
        let so_far: Value = serde_json::from_slice(&conversation).expect("JSON");
        let (hi, so_far) = so_far.as_array().and_then(|list| list.split_first()).expect("messages");
        prop_assert_eq!(hi, &json!({ "role": "user", "content": "hi" }));
        let expected = heard(&said);
        let words: String = so_far.iter()
            .map(|message| message["content"].as_str().unwrap_or_default()).collect();
        prop_assert_eq!(words, expected.words);
        let calls = so_far.iter()
            .flat_map(|message| message["tool_calls"].as_array().into_iter().flatten()).count();
        prop_assert_eq!(calls, expected.calls.len());
        let next = json!({ "model": "m", "input": "And?", "previous_response_id": "resp_1" }).to_string();
        let next = response_to_chat(next.as_bytes(), Some(&conversation)).expect("a request");
        let next: Value = serde_json::from_slice(&next).expect("JSON");
        let list = next["messages"].as_array().expect("messages");
        prop_assert_eq!(&list[0], hi);
        prop_assert_eq!(&list[1..list.len() - 1], so_far);
        prop_assert_eq!(&list[list.len() - 1], &json!({ "role": "user", "content": "And?" }));
        // Every event has the next number.
        let text = String::from_utf8(bytes).expect("text");
        for (at, line) in text.lines().filter_map(|line| line.strip_prefix("data: ")).enumerate() {
            let event: Value = serde_json::from_str(line).expect("JSON");
            prop_assert_eq!(event["sequence_number"].as_u64(), Some(at as u64));
        }
    }
}
