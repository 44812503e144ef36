//! Requests and models that are refused, and what they are told.

use serde_json::json;

use crate::harness::{Worker, ask, command, demo_model, refusal, scratch};

#[test]
fn a_bad_request_is_told_what_is_wrong_in_openai_shape() {
    let worker = Worker::start(&[]);
    let mut connection = worker.connect();
    let refused = connection.post("/v1/chat/completions", &json!({ "messages": "hello" }));
    assert_eq!(refused.status, 400);
    let error = &refused.json()["error"];
    assert_eq!(error["type"], "invalid_request_error");
    assert!(
        error["message"].is_string() && error["param"].is_null() && error["code"].is_null(),
        "{error}"
    );
    connection.send_post("/v1/chat/completions", "{\"messages\":");
    assert_eq!(connection.read_answer().status, 400);
    assert_eq!(connection.get("/health").status, 200, "the connection goes on");
}

#[test]
fn a_known_parameter_that_is_not_supported_is_a_flat_422() {
    let worker = Worker::start(&[]);
    let refused = worker.chat(ask("hi", json!({ "modalities": ["text", "audio"] })));
    assert_eq!(refused.status, 422);
    assert_eq!(
        refused.json(),
        json!({
            "status": 422,
            "code": "parameter_not_supported",
            "detail": { "loc": ["body", "modalities"], "input": ["text", "audio"] },
            "message": "One of the parameters contain invalid values.",
        })
    );
}

#[test]
fn a_prompt_that_does_not_fit_is_told_the_numbers() {
    let worker = Worker::start(&["--context", "256"]);
    let long = "Cupola ".repeat(400);
    let tokens = worker.connect().post("/tokenize", &ask(&long, json!({}))).json()["count"].to_string();
    let refused = worker.chat(ask(&long, json!({})));
    assert_eq!(
        (refused.status, &refused.json()["error"]["code"]),
        (400, &json!("context_length_exceeded"))
    );
    let message = refused.json()["error"]["message"].to_string();
    assert!(
        message.contains("256 tokens") && message.contains(&tokens),
        "{message}"
    );
}

#[test]
fn a_body_over_the_bound_is_refused_before_it_is_sent() {
    let worker = Worker::start(&[]);
    let refused = worker.connect().exchange(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: worker\r\nexpect: 100-continue\r\ncontent-length: 20000000\r\n\r\n",
    );
    assert_eq!(refused.status, 413);
    assert!(
        refused.body.contains("larger than 4194304 bytes"),
        "{}",
        refused.body
    );
    assert_eq!(worker.health()["status"], "ok");
}

#[test]
fn another_route_or_method_is_said_to_be_wrong() {
    let worker = Worker::start(&[]);
    let mut connection = worker.connect();
    assert_eq!(connection.get("/v1/embeddings").status, 404);
    let refused = connection.get("/v1/chat/completions");
    assert_eq!(refused.status, 405);
    assert!(refused.head.contains("allow: post"));
}

#[test]
fn a_model_that_is_none_is_refused_by_name() {
    let scratch = scratch();
    let socket = scratch.path().join("worker.sock");
    let check = |content: Option<&[u8]>, expected: &str| {
        let model = scratch.path().join("some-model.gguf");
        let _ = std::fs::remove_file(&model);
        if let Some(content) = content {
            std::fs::write(&model, content).expect("a scratch file");
        }
        let said = refusal(command(&model).arg("--socket").arg(&socket));
        assert!(
            said.contains("some-model.gguf") && said.contains(expected),
            "{said}"
        );
    };
    let whole = std::fs::read(demo_model()).expect("the demo model");
    check(None, "cannot be read");
    check(Some(b"\x7fELF, this is no model"), "is not a GGUF model");
    check(Some(&whole[..whole.len() - 1000]), "is truncated");
    check(Some(&whole[..3000]), "is truncated");
    // What only llama.cpp notices is told in its words.
    let mut scrambled = whole;
    let name = scrambled
        .windows(12)
        .position(|bytes| bytes == b"llama.rope.f" || bytes == b"llama.block_")
        .expect("a key");
    scrambled[name] = b'x';
    check(Some(&scrambled), "llama.cpp cannot load the model");
}

#[test]
fn the_arguments_must_make_sense() {
    let model = demo_model();
    assert!(refusal(&mut command(&model)).contains("--socket"));
    assert!(refusal(command(&model).args(["--listen", "0.0.0.0:0"])).contains("loopback only"));
    assert!(refusal(command(&model).args(["--listen", "127.0.0.1:0", "--slots", "0"])).contains("--slots"));
    let long = format!("/tmp/{}.sock", "x".repeat(120));
    assert!(refusal(command(&model).args(["--socket", &long])).contains("at most 107 bytes"));
}
