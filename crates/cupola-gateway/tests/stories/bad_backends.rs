//! Backends that say what no backend should: each has an ending of its own, costs what it delivered, and leaves the
//! gateway as it was for the next request.

use crate::platform::{HI, HI_STREAM, Platform};
use crate::raw::{FINE, RawBackend, Then, ending, sized, stream, whole, word};

/// What the client gets, and what it is charged: prompt, completion, requests.
struct Expected {
    status: u16,
    text: &'static str,
    charged: [u64; 3],
}

const fn failed(text: &'static str) -> Expected {
    Expected {
        status: 502,
        text,
        charged: [0; 3],
    }
}

const fn answered(text: &'static str, charged: [u64; 3]) -> Expected {
    Expected {
        status: 200,
        text,
        charged,
    }
}

/// A stream that was cut: clients of the Model Inference API are told by `length`.
const fn cut(charged: [u64; 3]) -> Expected {
    answered(r#""finish_reason":"length""#, charged)
}

/// One request gets `said`, the next a good answer.
async fn check(
    platform: &Platform,
    what: &str,
    request: &str,
    said: Vec<u8>,
    then: Then,
    expected: Expected,
) {
    let backend = RawBackend::saying(said, then).await;
    platform.upstream(backend.url()).await;
    let before = platform.billed().await;
    let reply = platform.chat(request).await;
    assert_eq!(reply.status, expected.status, "{what}: {}", reply.text);
    assert!(reply.text.contains(expected.text), "{what}: {}", reply.text);
    let after = platform.billed().await;
    let charged = [0, 2, 4].map(|meter| after[meter] - before[meter]);
    assert_eq!(charged, expected.charged, "{what}");
    let next = platform.chat(HI).await;
    assert_eq!(next.status, 200, "after {what}: {}", next.text);
    assert_eq!(
        next.json()["choices"][0]["message"]["content"],
        "fine",
        "after {what}"
    );
}

async fn check_whole(platform: &Platform, what: &str, said: Vec<u8>, expected: Expected) {
    check(platform, what, HI, said, Then::Close, expected).await;
}

async fn check_stream(platform: &Platform, what: &str, events: &[u8], expected: Expected) {
    check(platform, what, HI_STREAM, stream(events), Then::Close, expected).await;
}

/// The good answer with this as its usage.
fn with_usage(usage: &str) -> Vec<u8> {
    let (choices, _) = FINE.split_once(r#","usage""#).unwrap();
    format!(r#"{choices},"usage":{usage}}}"#).into_bytes()
}

#[tokio::test]
async fn answers_that_are_none() {
    let platform = Platform::start().await;
    let broke_off = "broke its answer off";
    check_whole(
        &platform,
        "more bytes promised than sent",
        sized(FINE.as_bytes(), 1_000),
        failed(broke_off),
    )
    .await;
    check_whole(
        &platform,
        "fewer bytes promised than sent",
        sized(FINE.as_bytes(), 50),
        failed("no completion"),
    )
    .await;
    let poison = FINE.replace("fine", "poison").replace('\n', "");
    let more = [whole(FINE.as_bytes()), whole(poison.as_bytes())].concat();
    let paid = [1, 1, 1];
    check(
        &platform,
        "an answer that nobody asked for",
        HI,
        more,
        Then::Stay,
        answered("fine", paid),
    )
    .await;
    check_whole(
        &platform,
        "no HTTP",
        b"220 mail.example.com ESMTP\r\n".to_vec(),
        failed(""),
    )
    .await;
    check_whole(
        &platform,
        "a status that is none",
        b"HTTP/1.1 abc OK\r\n\r\n".to_vec(),
        failed(""),
    )
    .await;
    let endless_head = [b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; 2 << 20]].concat();
    check_whole(&platform, "a head of two megabytes", endless_head, failed("")).await;
    let many: String = (0..10_000).map(|at| format!("X-{at}: 1\r\n")).collect();
    let many = format!("HTTP/1.1 200 OK\r\n{many}\r\n").into_bytes();
    check_whole(&platform, "ten thousand headers", many, failed("")).await;
    check_whole(&platform, "nothing at all", whole(b""), failed("no completion")).await;
    check_whole(&platform, "no JSON", whole(b"<html>"), failed("no completion")).await;
    let not_text = FINE.replace("fine", "?").into_bytes().into_iter();
    let not_text: Vec<u8> = not_text
        .map(|byte| if byte == b'?' { 0xff } else { byte })
        .collect();
    check_whole(&platform, "no UTF-8", whole(&not_text), failed("no completion")).await;
    let packed = [&b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n"[..], b"\x1f\x8b\x08\x00"].concat();
    check_whole(
        &platform,
        "gzip that nobody asked for",
        packed,
        failed("no completion"),
    )
    .await;
}

#[tokio::test]
async fn usage_that_makes_no_sense_is_counted_by_us() {
    let platform = Platform::start().await;
    let huge = format!(r#"{{"prompt_tokens":1{},"completion_tokens":1}}"#, "0".repeat(40));
    for usage in [
        "null",
        "{}",
        "[]",
        "7",
        r#"{"prompt_tokens":-5,"completion_tokens":1}"#,
        r#"{"prompt_tokens":1e400,"completion_tokens":1}"#,
        r#"{"prompt_tokens":"9","completion_tokens":"1"}"#,
        r#"{"prompt_tokens":1.5,"completion_tokens":1}"#,
        &huge,
    ] {
        let (what, counted) = (format!("usage {usage}"), [9, 1, 1]);
        check_whole(
            &platform,
            &what,
            whole(&with_usage(usage)),
            answered("fine", counted),
        )
        .await;
        let events = word("fine") + &ending(9, 1);
        let (events, _) = events.split_once("data: {\"choices\":[],").unwrap();
        let events = format!("{events}data: {{\"choices\":[],\"usage\":{usage}}}\n\ndata: [DONE]\n\n");
        check_stream(&platform, &what, events.as_bytes(), answered("fine", counted)).await;
    }
}

#[tokio::test]
async fn usage_that_comes_twice_is_charged_once_and_the_last_counts() {
    let platform = Platform::start().await;
    let early = r#"data: {"choices":[{"index":0,"delta":{"content":"fine"}}],"usage":{"prompt_tokens":3,"completion_tokens":1}}"#;
    let events = format!("{early}\n\n{}", ending(5, 7));
    check_stream(
        &platform,
        "two usages",
        events.as_bytes(),
        answered("fine", [5, 7, 1]),
    )
    .await;
    let again = format!("{}{}{}", word("fine"), ending(5, 7), ending(50, 70));
    check_stream(
        &platform,
        "usage after the end",
        again.as_bytes(),
        answered("fine", [5, 7, 1]),
    )
    .await;
    let twice = with_usage(
        r#"{"prompt_tokens":1,"completion_tokens":1},"usage":{"prompt_tokens":5,"completion_tokens":7}"#,
    );
    check_whole(
        &platform,
        "two usages, whole",
        whole(&twice),
        answered("fine", [5, 7, 1]),
    )
    .await;
}

#[tokio::test]
async fn numbers_beyond_all_bounds() {
    let platform = Platform::start().await;
    let chunk = r#"data: {"choices":[{"index":0,"delta":{"content":"fine"}}],"huge":1e400}"#;
    let events = format!("{chunk}\n\n{}", ending(5, 7));
    check_stream(
        &platform,
        "a field of 1e400",
        events.as_bytes(),
        answered("fine", [5, 7, 1]),
    )
    .await;
    for index in ["1e400", "-1", "4294967296", "1.5", "100000"] {
        let events =
            format!("data: {{\"choices\":[{{\"index\":{index},\"delta\":{{\"content\":\"x\"}}}}]}}\n\n");
        check_stream(
            &platform,
            &format!("index {index}"),
            events.as_bytes(),
            failed(""),
        )
        .await;
        let events = format!("{}{events}", word("one"));
        check_stream(
            &platform,
            &format!("index {index}, later"),
            events.as_bytes(),
            cut([9, 1, 1]),
        )
        .await;
    }
}

#[tokio::test]
async fn brackets_without_end() {
    let platform = Platform::start().await;
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let open = "[".repeat(100_000);
    let chunk = |value: &str| {
        format!(
            "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"fine\",\"tool_calls\":{value}}}}}]}}\n\n"
        )
    };
    let events = chunk(&open) + &ending(5, 7);
    check_stream(
        &platform,
        "brackets that stay open",
        events.as_bytes(),
        failed(""),
    )
    .await;
    let body = FINE.replace(r#""content":"fine""#, &format!(r#""content":"fine","x":{open}"#));
    check_whole(
        &platform,
        "brackets that stay open, whole",
        whole(body.as_bytes()),
        failed("no completion"),
    )
    .await;
    let body = FINE.replace(r#""content":"fine""#, &format!(r#""content":"fine","x":{deep}"#));
    let events = chunk(&deep) + &ending(5, 7);
    check_stream(
        &platform,
        "deep brackets",
        events.as_bytes(),
        answered("fine", [5, 7, 1]),
    )
    .await;
    check_whole(
        &platform,
        "deep brackets, whole",
        whole(body.as_bytes()),
        answered("fine", [1, 1, 1]),
    )
    .await;
}

#[tokio::test]
async fn streams_that_are_none() {
    let platform = Platform::start().await;
    let noise: Vec<u8> = (0..4_096_u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    check_stream(&platform, "noise", &noise, failed("before its first token")).await;
    check_stream(&platform, "nothing", b"", failed("before its first token")).await;
    check_stream(&platform, "comments alone", b": one\n\n: two\n\n", failed("")).await;
    check_stream(&platform, "no JSON", b"data: {oops\n\n", failed("")).await;
    check_stream(
        &platform,
        "the end alone",
        b"data: [DONE]\n\n",
        answered("[DONE]", [9, 0, 1]),
    )
    .await;
    let later = |bytes: &[u8]| [word("one").as_bytes(), bytes].concat();
    let one = [9, 1, 1];
    check_stream(
        &platform,
        "noise, later",
        &later(&[b"data: ", &noise[..]].concat()),
        cut(one),
    )
    .await;
    check_stream(
        &platform,
        "no UTF-8, later",
        &later(b"data: {\"x\":\"\xff\"}\n\n"),
        cut(one),
    )
    .await;
    check_stream(
        &platform,
        "half an event",
        &later(b"data: {\"choices\":[{\"ind"),
        cut(one),
    )
    .await;
    check_stream(
        &platform,
        "an error",
        &later(b"data: {\"error\":{\"message\":\"out of memory\"}}\n\n"),
        cut(one),
    )
    .await;
    let chunked = |rest: &str| {
        let event = word("one");
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        format!("{head}{:x}\r\n{event}\r\n{rest}", event.len()).into_bytes()
    };
    for rest in ["", "zz\r\n", "fffffffffffffffff\r\n", "5\r\nda", "0\r\n\r\n"] {
        check(
            &platform,
            &format!("the chunk {rest:?}"),
            HI_STREAM,
            chunked(rest),
            Then::Close,
            cut(one),
        )
        .await;
    }
}

#[tokio::test]
async fn text_may_be_cut_within_its_characters() {
    let platform = Platform::start().await;
    let events = word("天空é🦀") + &ending(5, 4);
    let mut said =
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for byte in events.bytes() {
        said.extend_from_slice(b"1\r\n");
        said.push(byte);
        said.extend_from_slice(b"\r\n");
    }
    said.extend_from_slice(b"0\r\n\r\n");
    check(
        &platform,
        "a byte at a time",
        HI_STREAM,
        said,
        Then::Stay,
        answered("天空é🦀", [5, 4, 1]),
    )
    .await;
    // An event may have several lines; its clients get one.
    let lines = "data: {\"choices\":[{\"index\":0,\r\ndata: \"delta\":{\"content\":\"fine\",\"tool_calls\":[\ndata: ]}}]}\n\n";
    let backend =
        RawBackend::saying(stream((lines.to_owned() + &ending(5, 4)).as_bytes()), Then::Close).await;
    platform.upstream(backend.url()).await;
    for event in platform.openai(HI_STREAM).await.expect(200).events() {
        assert!(
            event == "[DONE]" || serde_json::from_str::<serde_json::Value>(&event).is_ok(),
            "{event:?}"
        );
    }
    assert_eq!(platform.billed().await[2], 4 + 1 + 4);
}

#[tokio::test]
async fn an_early_report_says_nothing_of_what_comes_after_it() {
    let platform = Platform::start().await;
    let early = r#"data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":0,"total_tokens":5}}"#;
    let events = format!("{early}\n\n{}", word("word ").repeat(50));
    check_stream(&platform, "an early report", events.as_bytes(), cut([5, 50, 1])).await;
    let late = events + &ending(5, 48);
    let whole = answered(r#""finish_reason":"stop""#, [5, 48, 1]);
    check_stream(&platform, "a late one too", late.as_bytes(), whole).await;
}
