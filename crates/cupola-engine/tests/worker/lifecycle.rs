//! Starting, draining, dying.

use std::time::Duration;

use serde_json::json;

use crate::harness::{Worker, ask, command, demo_model, eventually, refusal};

fn endless() -> String {
    ask(
        "Tell me everything.",
        json!({ "ignore_eos": true, "stream": true }),
    )
    .to_string()
}

#[test]
fn a_worker_is_reachable_while_it_loads_and_says_so() {
    let worker = Worker::launch(&[]);
    let mut seen = Vec::new();
    eventually("the worker is ready", || {
        let Some(mut connection) = worker.try_connect() else {
            return false;
        };
        let health = connection.get("/health");
        seen.push((
            health.status,
            health.json()["status"].as_str().unwrap_or_default().to_owned(),
        ));
        health.status == 200
    });
    let (ready, loading) = seen.split_last().expect("it was asked");
    assert_eq!(*ready, (200, "ok".to_owned()));
    assert!(
        loading.iter().all(|seen| *seen == (503, "loading".to_owned())),
        "{loading:?}"
    );
}

#[test]
fn health_says_what_is_served() {
    let worker = Worker::start(&["--slots", "3", "--context", "512"]);
    let expected =
        json!({ "status": "ok", "model": "tiny-chat", "context": 512, "slots": 3, "busy": 0, "waiting": 0 });
    assert_eq!(worker.health(), expected);
}

#[test]
fn sigterm_lets_running_requests_finish() {
    let mut worker = Worker::start(&["--context", "4096", "--drain-seconds", "60"]);
    let mut connection = worker.connect();
    let request = ask(
        "Tell me everything.",
        json!({ "ignore_eos": true, "max_tokens": 1500, "stream": true }),
    );
    connection.send_post("/v1/chat/completions", &request.to_string());
    eventually("it runs", || worker.health()["busy"] == 1);
    worker.signal("TERM");
    let answer = connection.read_answer();
    assert!(answer.body.ends_with("data: [DONE]\n\n"), "the stream is whole");
    assert!(worker.exit_within(Duration::from_secs(5)).success());
    assert!(!worker.socket().exists(), "the socket is gone");
}

#[test]
fn sigterm_waits_only_so_long() {
    let mut worker = Worker::start(&["--slots", "1", "--context", "65536", "--drain-seconds", "1"]);
    let mut connection = worker.connect();
    connection.send_post("/v1/chat/completions", &endless());
    eventually("it runs", || worker.health()["busy"] == 1);
    worker.signal("TERM");
    eventually("nobody new gets in", || worker.try_connect().is_none());
    assert!(worker.exit_within(Duration::from_secs(5)).success());
    assert!(connection.is_cut());
}

#[test]
fn an_idle_connection_does_not_hold_the_exit_up() {
    let mut worker = Worker::start(&[]);
    let mut connection = worker.connect();
    assert_eq!(connection.get("/health").status, 200);
    worker.signal("TERM");
    assert!(worker.exit_within(Duration::from_secs(2)).success());
}

#[test]
fn a_worker_does_not_outlive_its_supervisor() {
    let mut worker = Worker::start(&["--slots", "1", "--context", "65536", "--exit-with-stdin"]);
    let mut connection = worker.connect();
    connection.send_post("/v1/chat/completions", &endless());
    eventually("it runs", || worker.health()["busy"] == 1);
    // What the system does when the supervisor is killed: the other end of the pipe closes.
    drop(worker.process.stdin.take());
    assert!(worker.exit_within(Duration::from_secs(2)).success());
}

#[test]
fn a_worker_that_loads_can_be_stopped() {
    let mut worker = Worker::launch(&[]);
    eventually("it listens", || worker.socket().exists());
    worker.signal("TERM");
    assert!(worker.exit_within(Duration::from_secs(5)).success());
}

#[test]
fn a_crash_leaves_a_socket_that_the_next_worker_takes() {
    let directory = Worker::start(&[]).crash();
    assert!(directory.path().join("worker.sock").exists());
    Worker::launch_in(directory, &demo_model(), &[]).wait_until_ready();
}

#[test]
fn a_socket_that_is_in_use_is_left_alone() {
    let worker = Worker::start(&[]);
    let said = refusal(command(&demo_model()).arg("--socket").arg(worker.socket()));
    assert!(said.contains("another process listens"), "{said}");
    assert_eq!(worker.health()["status"], "ok");
}
