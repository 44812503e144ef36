//! However a backend cuts its answer, the verdict is that of the whole, and nothing of what is blocked goes out.

use super::record::Source;
use super::stream::Sluice;
use super::{Active, prompt, whole};
use crate::passage::{End, Passage};
use crate::snapshot::{Condition, Deployment, Model};
use cupola_core::catalog::Task;
use cupola_core::quota::SERVERLESS;
use cupola_core::usage::Meter;
use cupola_safety::{
    Blocklist, CategoryRule, Detection, DetectionRule, Direction, DirectionPolicy, Item, ListRule, Mode,
    Policy, Screen, Threshold,
};
use cupola_store::PriceList;
use cupola_testkit::ManualClock;
use cupola_wire::openai::{Chunk, Event, Heading, Renderer, Surface, Tally, Totals, Writer};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::future::Future as _;
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};

const WORDS: [&str; 32] = [
    "kill",
    "him",
    "them",
    "I",
    "will",
    "am",
    "going",
    "to",
    "shoot",
    "everyone",
    "novel",
    "the",
    "a",
    "bomb",
    "how",
    "do",
    "build",
    "vermin",
    "not",
    "k1ll",
    "ki\u{200b}ll",
    "acme",
    "Corp",
    "project",
    "zeus",
    "x12y",
    "é",
    "\"",
    "\n",
    "a@b.example.com",
    "4111 1111 1111 1111",
    "hello",
];

static SCREENS: LazyLock<[Arc<Screen>; 2]> = LazyLock::new(|| {
    let item = |id, pattern, is_regex| Item {
        id,
        pattern,
        is_regex,
    };
    let items = [
        item("one", "acme corp", false),
        item("two", r"\bproject\s+[a-z]{2,8}\b", true),
        item("three", r"x\d+y", true),
    ];
    let list = Arc::new(Blocklist::compile("mine", items).expect("a list"));
    let mut strict = DirectionPolicy::off();
    strict.categories = [CategoryRule {
        threshold: Threshold::Low,
        ..CategoryRule::MEDIUM
    }; 4];
    strict.blocklists.push(ListRule {
        name: "mine".into(),
        blocking: true,
    });
    let strict = strict.with_detection(Detection::Pii, DetectionRule::BLOCKED);
    let strict = Policy {
        prompt: DirectionPolicy::off(),
        completion: strict,
        mode: Mode::Buffered,
    };
    [Policy::default_v2(), strict]
        .map(|policy| Arc::new(Screen::new(policy, &[Arc::clone(&list)]).expect("a screen")))
});

fn active(screen: &Arc<Screen>, annotates: bool) -> Active {
    let deployment = Deployment {
        name: "hello".into(),
        id: "/subscriptions/s".into(),
        ledger_name: None,
        model: Model {
            id: "azureml://registries/r/models/m".into(),
            name: "m".into(),
            publisher: "p".into(),
            task: Task::ChatCompletion,
            version: "1".into(),
            context_tokens: 4096,
        },
        condition: Condition::Online,
        limits: SERVERLESS,
        book: Arc::default(),
        meters: Arc::default(),
        prices: Arc::new(PriceList {
            prices: [0; Meter::ALL.len()],
            currency: "USD".into(),
        }),
        target: Err("none".into()),
        screen: None,
        panel: None,
    };
    Active {
        screen: Arc::clone(screen),
        source: Source::nowhere(Arc::new(ManualClock::default()), Arc::new(deployment)),
        annotates,
        prompt: annotates.then(|| b"[]".to_vec()),
        asker: None,
    }
}

/// What a client gets of each choice: its text, and why it ended.
type Got = BTreeMap<u64, (String, Vec<String>)>;

fn stream(given: Active, choices: u64, payloads: &[String]) -> (Got, bool, Vec<Value>) {
    let heading = Heading {
        surface: Surface::OpenAi,
        id: "i",
        created: 1,
        model: "m",
    };
    let writer = || Renderer::new(&heading, false);
    let mut out = Vec::new();
    let again = active(&given.screen, given.annotates);
    let mut passage = Passage::new(Box::new(writer()), Some(Sluice::new(given, choices)));
    for payload in payloads {
        match passage.take(payload.as_bytes(), &mut out) {
            Some(End::Filtered) => break,
            Some(other) => panic!("{payload}: {other:?}"),
            None => {}
        }
    }
    passage.finish(&mut out);
    passage.writer().end(&Totals::default(), &mut out);
    let text = String::from_utf8(out).expect("text");
    let (read, tally) = read_in_full(writer(), Sluice::new(again, choices), payloads);
    assert_eq!(text, read);
    assert_eq!(format!("{:?}", passage.tally()), tally);
    let has_cut = passage.has_cut();
    let events: Vec<Value> = text
        .split_terminator("\n\n")
        .filter_map(|event| serde_json::from_str(event.strip_prefix("data: ")?).ok())
        .collect();
    let mut got = Got::new();
    for choice in events
        .iter()
        .flat_map(|event| event["choices"].as_array().cloned().unwrap_or_default())
    {
        let one = got
            .entry(choice["index"].as_u64().expect("an index"))
            .or_default();
        one.0
            .push_str(choice["delta"]["content"].as_str().unwrap_or_default());
        one.1.extend(choice["finish_reason"].as_str().map(str::to_owned));
    }
    (got, has_cut, events)
}

/// What is written for the events, and the tally, where every one is read and none is copied.
fn read_in_full(mut writer: Renderer, mut sluice: Sluice, payloads: &[String]) -> (String, String) {
    let (mut out, mut tally) = (Vec::new(), Tally::default());
    let mut delivered = 0;
    let mut go = |chunk: &Chunk<'_>, tokens: u64| {
        delivered += tokens;
        writer.chunk(chunk, &mut out);
    };
    for payload in payloads {
        let Event::Chunk(chunk) = Event::read(payload.as_bytes()) else {
            panic!("{payload}");
        };
        tally.report(&chunk);
        sluice.take(chunk, payload.as_bytes(), &mut go).expect("room");
        if sluice.is_over() {
            break;
        }
    }
    sluice.finish(&mut go);
    writer.end(&Totals::default(), &mut out);
    tally.deliver(delivered + sluice.dropped_tokens());
    (String::from_utf8(out).expect("text"), format!("{tally:?}"))
}

fn cut<'a>(text: &'a str, sizes: &[usize]) -> Vec<&'a str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, behind) = rest.split_at(rest.ceil_char_boundary((*size).min(rest.len())));
        pieces.push(piece);
        rest = behind;
    }
    pieces
}

fn chunk(choices: &[(usize, Value, Option<&str>)]) -> String {
    let choices: Vec<Value> = choices
        .iter()
        .map(|(index, delta, reason)| json!({"index": index, "delta": delta, "finish_reason": reason}))
        .collect();
    json!({ "choices": choices }).to_string()
}

/// The pieces of all choices in turns, each piece an event of its own, or those of a turn together.
fn events(pieces: &[Vec<&str>], joined: bool, ends: bool) -> Vec<String> {
    let mut events = Vec::new();
    let longest = pieces.iter().map(Vec::len).max().unwrap_or_default();
    for turn in 0..=longest {
        let mut together = Vec::new();
        for (choice, pieces) in pieces.iter().enumerate() {
            if let Some(piece) = pieces.get(turn) {
                together.push((choice, json!({ "content": piece }), None));
            } else if turn == pieces.len() && ends {
                together.push((choice, json!({}), Some("stop")));
            }
        }
        if joined {
            events.push(chunk(&together));
        } else {
            events.extend(together.into_iter().map(|one| chunk(&[one])));
        }
    }
    events
}

/// Nobody else is asked, so there is nothing to wait for.
fn looked<'a>(active: &Active, answer: &'a [u8]) -> whole::Completion<'a> {
    let mut looking = pin!(whole::look(active, answer));
    match looking.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(looked) => looked.expect("an answer"),
        Poll::Pending => panic!("it waits"),
    }
}

fn holds(screen: &Arc<Screen>, texts: &[String], sizes: &[usize], joined: bool, ends: bool, annotates: bool) {
    let pieces: Vec<Vec<&str>> = texts.iter().map(|text| cut(text, sizes)).collect();
    let payloads = events(&pieces, joined, ends);
    let (got, has_cut, told) = stream(active(screen, annotates), texts.len() as u64, &payloads);

    let choices: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| json!({"index": index, "message": {"content": text}, "finish_reason": "stop"}))
        .collect();
    let answer = json!({ "choices": choices }).to_string();
    let looked = looked(&active(screen, annotates), answer.as_bytes());
    assert_eq!(has_cut, looked.is_filtered, "{texts:?}");
    let written: Value =
        serde_json::from_slice(looked.body.as_deref().unwrap_or(answer.as_bytes())).expect("JSON");

    let all_cut = texts
        .iter()
        .all(|text| screen.text(Direction::Completion, text).is_blocked());
    for (index, text) in texts.iter().enumerate() {
        let verdict = screen.text(Direction::Completion, text);
        let nothing = (String::new(), Vec::new());
        let (said, reasons) = got.get(&(index as u64)).unwrap_or(&nothing);
        let message = written["choices"][index]["message"]["content"]
            .as_str()
            .expect("content");
        let reason = written["choices"][index]["finish_reason"].as_str();
        if verdict.is_blocked() {
            for hit in verdict.hits().iter().filter(|hit| hit.blocking) {
                assert!(
                    said.len() <= hit.span.start && text.starts_with(said.as_str()),
                    "{text:?}: {said:?}"
                );
                assert!(
                    message.len() <= hit.span.start && text.starts_with(message),
                    "{text:?}: {message:?}"
                );
            }
            assert_eq!(reasons, &["content_filter"], "{text:?}");
            assert_eq!(reason, Some("content_filter"));
        } else {
            assert_eq!((said, message), (text, text.as_str()));
            let stop: &[&str] = if ends { &["stop"] } else { &[] };
            assert_eq!(reasons, stop, "{text:?}");
            assert_eq!(reason, Some("stop"));
        }
    }
    let is_told = |event: &Value| !event["choices"][0]["content_filter_results"].is_null();
    assert_eq!(
        told.iter().any(is_told),
        annotates && (ends || all_cut || has_cut || !texts.concat().is_empty())
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_verdict_is_that_of_the_whole_however_it_is_cut(
        words in prop::collection::vec(prop::collection::vec(0..WORDS.len(), 0..16), 1..4),
        sizes in prop::collection::vec(1usize..24, 1..6),
        joined in any::<bool>(),
        ends in any::<bool>(),
        annotates in any::<bool>(),
        screen in 0..2usize,
    ) {
        let text = |words: &Vec<usize>| words.iter().map(|word| format!("{} ", WORDS[*word])).collect::<String>();
        let texts: Vec<String> = words.iter().map(text).collect();
        holds(&SCREENS[screen], &texts, &sizes, joined, ends, annotates);
    }
}

#[test]
fn a_phrase_is_found_wherever_it_is_said_and_however_it_is_cut() {
    let phrase = "I am going to kill him when he comes home tonight";
    for field in ["reasoning_content", "reasoning", "refusal", "tool"] {
        for size in [1, 5, 100] {
            let payloads: Vec<String> = cut(phrase, &[size])
                .into_iter()
                .map(|piece| match field {
                    "tool" => json!({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}),
                    _ => json!({ field: piece }),
                })
                .map(|delta| chunk(&[(0, delta, None)]))
                .collect();
            let (_, has_cut, events) = stream(active(&SCREENS[0], false), 1, &payloads);
            assert!(has_cut, "{field} in pieces of {size}");
            assert!(!events.iter().any(|event| event.to_string().contains("kill")));
            let last = events.last().expect("an event");
            assert_eq!(last["choices"][0]["finish_reason"], "content_filter");
        }
    }
}

#[test]
fn no_way_of_writing_json_hides_a_phrase() {
    let hidden = r"I am going to \u006bill him";
    let halved = r#""\ud800 I am going to kill him""#;
    let parts = "{},".repeat(70_000);
    let parts = format!(r#"[{parts}{{"type":"text","text":"I am going to kill him"}}]"#);
    let call = |arguments: &str| {
        format!(r#"{{"tool_calls":[{{"index":0,"function":{{"arguments":{arguments}}}}}]}}"#)
    };
    let named = format!(r#"{{"tool_calls":[{{"function":{{"\ud800":1,"arguments":{halved}}}}}]}}"#);
    for message in [
        format!(r#"{{"content":{halved}}}"#),
        format!(r#"{{"content":[{{"type":"text","text":{halved}}}]}}"#),
        format!(r#"{{"\udc00":1,"content":{halved}}}"#),
        format!(r#"{{"content":{parts}}}"#),
        r#"{"content":[{"type":"text","text":"I am going to kill him. ","text":"hi"}]}"#.to_owned(),
        format!(r#"{{"function_call":{{"arguments":{{"a":"{hidden}"}}}}}}"#),
        call(&format!(r#"{{"a":"{hidden}"}}"#)),
        call(&json!(format!(r#"{{"a":"{hidden}"}}"#)).to_string()),
        named,
    ] {
        let shown = &message[..message.len().min(100)];
        let answer = format!(r#"{{"choices":[{{"index":0,"message":{message}}}]}}"#);
        assert!(
            looked(&active(&SCREENS[0], false), answer.as_bytes()).is_filtered,
            "{shown}"
        );
        let event = format!(r#"{{"choices":[{{"index":0,"delta":{message}}}]}}"#);
        let (_, has_cut, _) = stream(active(&SCREENS[0], false), 1, &[event]);
        assert!(has_cut, "{shown}");
        for request in [
            format!(r#"{{"messages":[{{"role":"user","content":"a"}},{message}]}}"#),
            format!(r#"{{"messages":[7,{message}]}}"#),
        ] {
            assert!(
                prompt::look(&SCREENS[0], request.as_bytes()).is_blocked,
                "{shown}"
            );
        }
    }
    // A call in pieces, of which one ends in an escape.
    for size in 1..8 {
        let arguments = format!(r#"{{"a":"{hidden}"}}"#);
        let pieces = cut(&arguments, &[size]).into_iter();
        let deltas =
            pieces.map(|piece| json!({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}));
        let events: Vec<String> = deltas.map(|delta| chunk(&[(0, delta, None)])).collect();
        assert!(
            stream(active(&SCREENS[0], false), 1, &events).1,
            "pieces of {size}"
        );
    }
    for document in [format!(r#"{{"text":"{hidden}"}}"#), halved.to_owned()] {
        let request = format!(r#"{{"documents":[{document}],"messages":[]}}"#);
        assert!(
            prompt::look(&SCREENS[0], request.as_bytes()).is_blocked,
            "{document}"
        );
    }
}

#[test]
fn what_cannot_be_blocked_any_more_goes_out_at_once() {
    let mut sluice = Sluice::new(active(&SCREENS[0], false), 1);
    for word in ["Hello", ", ", "this ", "is ", "fine."] {
        let payload = chunk(&[(0, json!({ "content": word }), None)]);
        let Event::Chunk(chunk) = Event::read(payload.as_bytes()) else {
            panic!("a chunk");
        };
        let mut out = 0;
        sluice
            .take(chunk, payload.as_bytes(), &mut |_, tokens| out += tokens)
            .expect("room");
        assert_eq!(out, 1, "{word}");
    }
}

#[test]
fn what_is_told_of_a_text_that_is_copied_changes_with_what_is_found() {
    let screen = Arc::new(Screen::new(Policy::default_v2().annotate_only(), &[]).expect("a screen"));
    let text =
        "It was late. I am going to kill him when he comes home tonight, he said, and went on for a while.";
    for size in [1, 3, 7, 20] {
        let payloads = events(&[cut(text, &[size])], false, true);
        // It compares with what is written where nothing is copied.
        let (got, has_cut, told) = stream(active(&screen, true), 1, &payloads);
        assert!(!has_cut);
        assert_eq!(got[&0].0, text);
        let severity = |event: &Value| {
            let found = &event["choices"][0]["content_filter_results"]["violence"]["severity"];
            found.as_str().map(str::to_owned)
        };
        let mut severities: Vec<String> = told.iter().filter_map(severity).collect();
        severities.dedup();
        assert_eq!(severities, ["safe", "low"], "pieces of {size}");
    }
}

#[test]
fn without_a_window_all_goes_out_at_once_and_is_told_in_the_end() {
    let mut policy = Policy::default_v2().annotate_only();
    policy.mode = Mode::Asynchronous;
    let screen = Arc::new(Screen::new(policy, &[]).expect("a screen"));
    let payloads = [
        chunk(&[(0, json!({"content": "I am going to kill him"}), None)]),
        chunk(&[(0, json!({}), Some("stop"))]),
    ];
    let (got, has_cut, events) = stream(active(&screen, true), 1, &payloads);
    assert!(!has_cut);
    assert_eq!(
        got[&0],
        ("I am going to kill him".to_owned(), vec!["stop".to_owned()])
    );
    let told = events
        .iter()
        .find(|event| event["choices"][0]["content_filter_offsets"].is_object())
        .expect("an event that annotates");
    let choice = &told["choices"][0];
    assert_eq!(choice["content_filter_offsets"]["end_offset"], 22);
    assert_eq!(
        choice["content_filter_results"]["violence"],
        json!({"filtered": false, "severity": "medium"})
    );
    assert!(choice.get("delta").is_none());
}
