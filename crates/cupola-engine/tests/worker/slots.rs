//! Several clients at once.

use serde_json::{Value, json};

use crate::harness::{Connection, Worker, ask, eventually};

/// A request that runs until somebody stops it: the context is far larger than the model ever saw.
const LONG_CONTEXT: [&str; 2] = ["--context", "65536"];

fn endless(stream: bool) -> Value {
    ask(
        "Tell me everything.",
        json!({ "ignore_eos": true, "stream": stream }),
    )
}

fn begin(worker: &Worker, stream: bool) -> Connection {
    let mut connection = worker.connect();
    connection.send_post("/v1/chat/completions", &endless(stream).to_string());
    connection
}

fn busy(worker: &Worker) -> u64 {
    worker.health()["busy"].as_u64().expect("a number")
}

#[test]
fn more_clients_than_slots_are_all_answered_and_the_same() {
    let worker = Worker::start(&["--slots", "4"]);
    let request = ask("What is a deployment?", json!({ "max_tokens": 30 }));
    let expected = worker.chat(request.clone()).content();
    let answers: Vec<String> = std::thread::scope(|scope| {
        let ask = || {
            scope.spawn(|| {
                let answer = worker.chat(request.clone());
                assert_eq!(answer.status, 200, "{}", answer.body);
                answer.content()
            })
        };
        let clients: Vec<_> = (0..12).map(|_| ask()).collect();
        clients
            .into_iter()
            .map(|client| client.join().expect("a client"))
            .collect()
    });
    assert!(
        answers.iter().all(|answer| *answer == expected),
        "{answers:#?} instead of {expected:?}"
    );
    eventually("the slots are idle", || busy(&worker) == 0);
}

#[test]
fn a_full_queue_says_so_at_once_and_when_to_come_back() {
    let arguments = [&LONG_CONTEXT[..], &["--slots", "1", "--queue", "1"]].concat();
    let worker = Worker::start(&arguments);
    let _running = begin(&worker, true);
    eventually("the slot is busy", || busy(&worker) == 1);
    let _waiting = begin(&worker, true);
    eventually("one waits", || worker.health()["waiting"] == 1);
    let refused = worker.chat(endless(false));
    assert_eq!(refused.status, 503);
    assert!(refused.head.contains("retry-after: 1"), "{}", refused.head);
    assert_eq!(refused.json()["error"]["code"], "engine_overloaded");
}

#[test]
fn a_client_that_hangs_up_frees_its_slot_and_its_place() {
    let arguments = [&LONG_CONTEXT[..], &["--slots", "1", "--queue", "1"]].concat();
    let worker = Worker::start(&arguments);
    for stream in [true, false] {
        // An answer is read before its slot is given back, and what still holds the slot would fill the queue.
        eventually("the slot is idle", || busy(&worker) == 0);
        let running = begin(&worker, stream);
        eventually("the slot is busy", || busy(&worker) == 1);
        let waiting = begin(&worker, stream);
        eventually("one waits", || worker.health()["waiting"] == 1);
        drop(waiting);
        drop(running);
        eventually("the slot is idle", || busy(&worker) == 0);
        assert_eq!(worker.chat(ask("Hello", json!({ "max_tokens": 1 }))).status, 200);
    }
}

#[test]
fn a_client_that_does_not_read_holds_nobody_up() {
    let arguments = [&LONG_CONTEXT[..], &["--slots", "2"]].concat();
    let worker = Worker::start(&arguments);
    let _deaf = begin(&worker, true);
    eventually("the slot is busy", || busy(&worker) == 1);
    for _ in 0..3 {
        assert_eq!(worker.chat(ask("Hello", json!({ "max_tokens": 50 }))).status, 200);
    }
}

#[test]
fn a_short_answer_overtakes_a_long_one() {
    let arguments = [&LONG_CONTEXT[..], &["--slots", "2"]].concat();
    let worker = Worker::start(&arguments);
    let mut long = begin(&worker, true);
    let _ = long.read_head();
    assert_eq!(worker.chat(ask("Hello", json!({ "max_tokens": 5 }))).status, 200);
    eventually("only the long one runs", || busy(&worker) == 1);
    let mut body = Vec::new();
    assert!(long.read_chunk(&mut body));
}
