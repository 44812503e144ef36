//! A worker with an embedding model: what it is asked and what it gives.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::harness::{Answer, Worker, demo_model, eventually, scratch};
use crate::tiny_bert::{CONTEXT_TOKENS, DIMENSIONS, Kind, write};

fn start(arguments: &[&str]) -> Worker {
    let folder = scratch();
    let model = write(folder.path(), Kind::Embedding);
    let worker = Worker::launch_in(folder, &model, arguments);
    worker.wait_until_ready();
    worker
}

fn embed(worker: &Worker, body: Value) -> Answer {
    worker.connect().post("/v1/embeddings", &body)
}

fn vectors(answer: &Answer) -> Vec<Vec<f32>> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer = answer.json();
    let data = answer["data"].as_array().expect("data");
    let vector = |item: &Value| serde_json::from_value(item["embedding"].clone()).expect("a vector");
    data.iter().map(vector).collect()
}

fn cosine(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

#[test]
fn texts_become_vectors_of_length_one_in_openai_shape() {
    let worker = start(&[]);
    let answer = embed(
        &worker,
        json!({ "input": ["hello", "good bye"], "model": "any", "user": "u" }),
    );
    let found = vectors(&answer);
    assert!(found.iter().all(|vector| vector.len() == DIMENSIONS));
    assert!(
        found
            .iter()
            .all(|vector| (cosine(vector, vector) - 1.0).abs() < 1e-5)
    );
    assert!(
        cosine(&found[0], &found[1]) < 0.99,
        "other texts have other vectors"
    );
    let body = answer.json();
    assert_eq!(
        (&body["object"], &body["model"]),
        (&json!("list"), &json!("tiny-chat"))
    );
    assert_eq!(
        (&body["data"][1]["object"], &body["data"][1]["index"]),
        (&json!("embedding"), &json!(1))
    );
    // A token for each letter, [CLS] and [SEP]: 7 and 9.
    assert_eq!(body["usage"], json!({ "prompt_tokens": 16, "total_tokens": 16 }));
    let tokenized = worker
        .connect()
        .post("/tokenize", &json!({ "input": ["hello", "good bye"] }));
    assert_eq!(tokenized.json(), json!({ "count": 16 }));
    let health = worker.health();
    assert_eq!(
        (&health["task"], &health["dimensions"]),
        (&json!("embedding"), &json!(DIMENSIONS))
    );
    assert_eq!(health["context"], CONTEXT_TOKENS);
}

#[test]
fn a_text_has_the_same_vector_whatever_else_is_in_the_batch() {
    let worker = start(&[]);
    let texts: Vec<String> = (0..200)
        .map(|number| "word ".repeat(1 + number % 12) + &number.to_string())
        .collect();
    let together = vectors(&embed(&worker, json!({ "input": texts })));
    assert_eq!(together.len(), texts.len());
    for index in [0, 1, 63, 64, 65, 127, 199] {
        let alone = vectors(&embed(&worker, json!({ "input": texts[index] })));
        let likeness = cosine(&alone[0], &together[index]);
        assert!(likeness > 0.99999, "text {index} is {likeness} like itself");
    }
}

#[test]
fn tokens_are_taken_for_the_text_that_they_are() {
    let worker = start(&[]);
    // Of "ab": [CLS] is 2, [SEP] 3; the begins are from 4, the continuations from 44.
    let inputs = [json!("ab"), json!([4, 45]), json!([[2, 4, 45, 3]])];
    let [text, tokens, marked] = inputs.map(|input| {
        let answer = embed(&worker, json!({ "input": input }));
        assert_eq!(answer.usage("prompt_tokens"), 4);
        vectors(&answer).remove(0)
    });
    assert_eq!(text, tokens);
    assert_eq!(text, marked);
    let refused = embed(&worker, json!({ "input": [[4], [100_000]] }));
    assert_eq!(refused.status, 400);
    assert!(
        refused.body.contains("input[1] has the token 100000"),
        "{}",
        refused.body
    );
}

#[test]
fn base64_is_the_same_vector_in_little_endian_bytes() {
    let worker = start(&[]);
    let floats = vectors(&embed(
        &worker,
        json!({ "input": "hello", "encoding_format": "float" }),
    ))
    .remove(0);
    let encoded = embed(&worker, json!({ "input": "hello", "encoding_format": "base64" })).json();
    let bytes = STANDARD
        .decode(encoded["data"][0]["embedding"].as_str().expect("text"))
        .expect("base64");
    let decoded: Vec<f32> = bytes
        .chunks_exact(4)
        .map(|four| f32::from_le_bytes(four.try_into().expect("four")))
        .collect();
    assert_eq!(decoded, floats);
}

#[test]
fn fewer_dimensions_are_the_first_ones_at_length_one_and_more_are_refused() {
    let worker = start(&[]);
    let whole = vectors(&embed(&worker, json!({ "input": "hello" }))).remove(0);
    let short = vectors(&embed(&worker, json!({ "input": "hello", "dimensions": 8 }))).remove(0);
    assert_eq!(short.len(), 8);
    assert!((cosine(&short, &short) - 1.0).abs() < 1e-5);
    let ratio = short[0] / whole[0];
    assert!(
        short
            .iter()
            .zip(&whole)
            .all(|(short, whole)| (short - whole * ratio).abs() < 1e-5)
    );
    let refused = embed(&worker, json!({ "input": "hello", "dimensions": DIMENSIONS + 1 }));
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (422, &json!("parameter_not_supported"))
    );
}

#[test]
fn a_text_that_is_too_long_is_named_or_cut_as_asked() {
    let worker = start(&[]);
    let long = "a ".repeat(40) + &"b ".repeat(40);
    let refused = embed(&worker, json!({ "input": ["fits", long] }));
    assert_eq!(refused.status, 400);
    let error = &refused.json()["error"];
    assert_eq!(
        (&error["code"], &error["param"]),
        (&json!("context_length_exceeded"), &json!("input"))
    );
    let message = error["message"].as_str().expect("a message");
    assert!(
        message.contains("input[1] takes 82 tokens") && message.contains("at most 64"),
        "{message}"
    );
    let cut = |end: &str| {
        let answer = embed(&worker, json!({ "input": long, "truncate": end }));
        assert_eq!(answer.usage("prompt_tokens"), CONTEXT_TOKENS as u64);
        vectors(&answer).remove(0)
    };
    let written = |text: String| vectors(&embed(&worker, json!({ "input": text }))).remove(0);
    assert_eq!(cut("END"), written("a ".repeat(40) + &"b ".repeat(22)));
    assert_eq!(cut("START"), written("a ".repeat(22) + &"b ".repeat(40)));
}

#[test]
fn a_full_queue_says_when_to_come_back_and_who_leaves_makes_room() {
    let worker = start(&["--slots", "1", "--queue", "1"]);
    let heavy = json!({ "input": vec!["a ".repeat(62); 2048] }).to_string();
    let begin = |body: &str| {
        let mut connection = worker.connect();
        connection.send_post("/v1/embeddings", body);
        connection
    };
    let running = begin(&heavy);
    eventually("one runs", || worker.health()["busy"] == 1);
    // Light, so that it waits before the other is done: a heavy one is made into tokens for as long as that runs.
    let waiting = begin(r#"{"input":"a"}"#);
    eventually("one waits", || worker.health()["waiting"] == 1);
    let refused = embed(&worker, json!({ "input": "a" }));
    assert_eq!(
        (refused.status, &refused.json()["error"]["code"]),
        (503, &json!("engine_overloaded"))
    );
    assert!(refused.head.contains("retry-after: 1"), "{}", refused.head);
    drop(waiting);
    drop(running);
    eventually("all are gone", || worker.health()["busy"] == 0);
    assert_eq!(embed(&worker, json!({ "input": "a" })).status, 200);
}

#[test]
fn clients_at_once_each_get_their_own() {
    let worker = start(&[]);
    let expected: Vec<_> = (0..8)
        .map(|client| vectors(&embed(&worker, request(client))))
        .collect();
    std::thread::scope(|scope| {
        for (client, expected) in expected.iter().enumerate() {
            let worker = &worker;
            scope.spawn(move || {
                for _ in 0..4 {
                    let found = vectors(&embed(worker, request(client)));
                    let alike = found.iter().zip(expected).all(|(a, b)| cosine(a, b) > 0.99999);
                    assert!(found.len() == expected.len() && alike, "client {client}");
                }
            });
        }
    });
}

fn request(client: usize) -> Value {
    let texts: Vec<String> = (0..20)
        .map(|text| format!("client {client} says {}", text * text))
        .collect();
    json!({ "input": texts })
}

#[test]
fn another_kind_of_model_is_asked_for_by_name() {
    let embedding = start(&[]);
    let refused = embedding
        .connect()
        .post("/v1/chat/completions", &json!({ "messages": [] }));
    assert_eq!(
        (refused.status, &refused.json()["error"]["code"]),
        (422, &json!("operation_not_supported"))
    );
    assert!(refused.body.contains("Ask a chat model"), "{}", refused.body);
    assert_eq!(embedding.connect().get("/v1/embeddings").status, 405);
    let chat = Worker::start(&[]);
    for route in ["/v1/embeddings", "/v1/rerank"] {
        let refused = chat.connect().post(route, &json!({ "input": "a" }));
        assert_eq!(
            (refused.status, &refused.json()["error"]["code"]),
            (422, &json!("operation_not_supported"))
        );
        assert!(
            refused.body.contains("Ask an embedding model"),
            "{}",
            refused.body
        );
    }
}

#[test]
fn a_causal_model_that_says_how_it_pools_embeds() {
    let folder = scratch();
    let model = folder.path().join("pooled.gguf");
    std::fs::write(
        &model,
        pooled(&std::fs::read(demo_model()).expect("the demo model")),
    )
    .expect("a scratch file");
    let worker = Worker::launch_in(folder, &model, &[]);
    worker.wait_until_ready();
    let texts = [
        "What is Cupola?",
        "How do I delete an endpoint?",
        "What is Cupola?",
    ];
    let together = vectors(&embed(&worker, json!({ "input": texts })));
    assert!(cosine(&together[0], &together[2]) > 0.9999);
    assert!(
        cosine(&together[0], &together[1]) < 0.999,
        "the last tokens know what stood before them"
    );
    // Nothing of one batch is left in the next.
    for _ in 0..2 {
        let alone = vectors(&embed(&worker, json!({ "input": texts[1] })));
        assert!(cosine(&alone[0], &together[1]) > 0.9999);
    }
}

/// The demo model as an embedding model: with a key that says that the last token stands for the text.
fn pooled(model: &[u8]) -> Vec<u8> {
    let mut keys = Vec::new();
    put_key(&mut keys, "llama.pooling_type", 4);
    keys.extend(3_u32.to_le_bytes());
    put_key(&mut keys, "general.note", 8);
    // What stands behind the keys is aligned to 32 bytes and must stay so.
    let length = (keys.len() + 8).next_multiple_of(32) - keys.len() - 8;
    keys.extend((length as u64).to_le_bytes());
    keys.resize(keys.len() + length, b'.');
    // After the magic, the version and the count of tensors stands the count of keys.
    let count = u64::from_le_bytes(model[16..24].try_into().expect("eight bytes"));
    [&model[..16], &(count + 2).to_le_bytes(), &keys, &model[24..]].concat()
}

fn put_key(bytes: &mut Vec<u8>, name: &str, kind: u32) {
    bytes.extend((name.len() as u64).to_le_bytes());
    bytes.extend(name.as_bytes());
    bytes.extend(kind.to_le_bytes());
}
