//! Re-ranking, with an embedding model and with a cross-encoder.

use serde_json::{Value, json};

use crate::harness::{Answer, Worker, scratch};
use crate::tiny_bert::{CONTEXT_TOKENS, Kind, write};

fn start(kind: Kind) -> Worker {
    let folder = scratch();
    let model = write(folder.path(), kind);
    let worker = Worker::launch_in(folder, &model, &[]);
    worker.wait_until_ready();
    worker
}

fn rerank(worker: &Worker, body: Value) -> Answer {
    worker.connect().post("/v1/rerank", &body)
}

/// Indexes and scores, best first.
fn results(answer: &Answer) -> Vec<(u64, f64)> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer = answer.json();
    let results = answer["results"].as_array().expect("results").iter();
    let found: Vec<_> = results
        .map(|result| {
            let score = result["relevance_score"].as_f64().expect("a score");
            (result["index"].as_u64().expect("an index"), score)
        })
        .collect();
    assert!(
        found.iter().all(|(_, score)| (0.0..=1.0).contains(score)),
        "{found:?}"
    );
    assert!(
        found.windows(2).all(|pair| pair[0].1 >= pair[1].1),
        "the best come first: {found:?}"
    );
    found
}

#[test]
fn an_embedding_model_ranks_by_likeness_and_says_so() {
    let worker = start(Kind::Embedding);
    let documents = ["good bye", "hello", "zzz 999 ???"];
    let answer = rerank(&worker, json!({ "query": "hello", "documents": documents }));
    let found = results(&answer);
    assert_eq!((found.len(), found[0].0), (3, 1));
    assert!(
        (found[0].1 - 1.0).abs() < 1e-5,
        "a text is like itself: {found:?}"
    );
    let body = answer.json();
    assert_eq!(
        (&body["method"], &body["model"]),
        (&json!("embedding-similarity"), &json!("tiny-chat"))
    );
    // The query once, and each document: 7, 9, 7 and 11.
    assert_eq!(body["usage"], json!({ "prompt_tokens": 34, "total_tokens": 34 }));

    let embed = |text: &str| {
        let answer = worker.connect().post("/v1/embeddings", &json!({ "input": text }));
        serde_json::from_value::<Vec<f64>>(answer.json()["data"][0]["embedding"].clone()).expect("a vector")
    };
    let (query, document) = (embed("hello"), embed("good bye"));
    let cosine: f64 = query.iter().zip(&document).map(|(a, b)| a * b).sum();
    let score = found
        .iter()
        .find(|(index, _)| *index == 0)
        .expect("it is there")
        .1;
    assert!(
        (score - f64::midpoint(cosine, 1.0)).abs() < 1e-4,
        "{score} of {cosine}"
    );
}

#[test]
fn a_cross_encoder_reads_query_and_document_together() {
    let worker = start(Kind::CrossEncoder);
    let documents = ["one", "two", "three", "four"];
    let ranked = |query: &str| {
        let answer = rerank(&worker, json!({ "query": query, "documents": documents }));
        assert_eq!(answer.json()["method"], "cross-encoder");
        answer
    };
    let found = results(&ranked("first"));
    assert!(found[0].1 - found[3].1 > 1e-3, "documents differ: {found:?}");
    let other = results(&ranked("second"));
    assert_ne!(found, other, "another query gives other scores");
    // [CLS] query [SEP] document [SEP] for each document: 8 + 3, 3, 5, 4 letters.
    assert_eq!(ranked("first").usage("prompt_tokens"), 4 * 8 + 15);
    let alone = results(&rerank(
        &worker,
        json!({ "query": "first", "documents": ["three"] }),
    ));
    let among = found
        .iter()
        .find(|(index, _)| *index == 2)
        .expect("it is there")
        .1;
    assert!((alone[0].1 - among).abs() < 1e-5, "{alone:?} and {among}");
    assert_eq!(worker.health()["task"], "rerank");
    let refused = worker.connect().post("/v1/embeddings", &json!({ "input": "a" }));
    assert_eq!(
        (refused.status, &refused.json()["error"]["code"]),
        (422, &json!("operation_not_supported"))
    );
}

#[test]
fn the_best_few_come_with_their_texts() {
    for kind in [Kind::Embedding, Kind::CrossEncoder] {
        let worker = start(kind);
        let documents = ["one", "two", "three"];
        let body = json!({ "query": "two", "documents": documents, "top_n": 2, "return_documents": true });
        let answer = rerank(&worker, body);
        let found = results(&answer);
        assert_eq!(found.len(), 2);
        for (place, (index, _)) in found.iter().enumerate() {
            assert_eq!(
                answer.json()["results"][place]["document"]["text"],
                documents[*index as usize]
            );
        }
    }
}

#[test]
fn long_documents_are_cut_and_long_queries_are_not() {
    let long = "a ".repeat(100);
    for (kind, tokens) in [
        (Kind::Embedding, 5 + CONTEXT_TOKENS as u64),
        (Kind::CrossEncoder, CONTEXT_TOKENS as u64),
    ] {
        let worker = start(kind);
        let cut = rerank(&worker, json!({ "query": "abc", "documents": [long] }));
        assert_eq!(
            (results(&cut).len(), cut.usage("prompt_tokens")),
            (1, tokens),
            "{kind:?}"
        );
        let shorter = rerank(
            &worker,
            json!({ "query": "abc", "documents": [long], "max_tokens_per_doc": 10 }),
        );
        let marks = if kind == Kind::Embedding { 5 + 2 } else { 6 };
        assert_eq!(shorter.usage("prompt_tokens"), 10 + marks, "{kind:?}");
        let refuse = |body: Value, expected: &str| {
            let refused = rerank(&worker, body);
            assert_eq!(
                (refused.status, &refused.json()["error"]["code"]),
                (400, &json!("context_length_exceeded"))
            );
            assert!(refused.body.contains(expected), "{}", refused.body);
        };
        refuse(json!({ "query": long, "documents": ["a"] }), "query takes 10");
        refuse(
            json!({ "query": "q", "documents": ["a", long], "truncate": "NONE" }),
            "documents[1] takes 10",
        );
    }
}
