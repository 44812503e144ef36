//! How probable each token was.

use serde_json::{Value, json};

use crate::harness::{Worker, ask};

const QUESTION: &str = "What is Cupola?";

fn check_entries(entries: &[Value], text: &str, top: usize) {
    let bytes: Vec<u8> = entries
        .iter()
        .flat_map(|entry| entry["bytes"].as_array().expect("bytes"))
        .map(|byte| byte.as_u64().expect("a byte") as u8)
        .collect();
    assert_eq!(String::from_utf8_lossy(&bytes), text);
    for entry in entries {
        let logprob = entry["logprob"].as_f64().expect("a number");
        assert!(logprob <= 1e-6, "{entry}");
        let alternatives = entry["top_logprobs"].as_array().expect("alternatives");
        assert_eq!(alternatives.len(), top);
        let values: Vec<f64> = alternatives
            .iter()
            .map(|other| other["logprob"].as_f64().expect("a number"))
            .collect();
        assert!(values.is_sorted_by(|a, b| a >= b), "{entry}");
        assert!(values.iter().map(|value| value.exp()).sum::<f64>() <= 1.0001);
        // Greedy, so the chosen one is the most probable.
        if let Some(best) = alternatives.first() {
            assert_eq!(
                (&best["token"], &best["logprob"]),
                (&entry["token"], &entry["logprob"])
            );
        }
    }
}

#[test]
fn log_probabilities_come_with_the_answer_and_with_its_stream() {
    let worker = Worker::start(&[]);
    let plain = worker.chat(ask(QUESTION, json!({ "max_tokens": 20 })));
    assert!(plain.json()["choices"][0]["logprobs"].is_null());
    for top in [0, 3, 20] {
        let fields = json!({ "max_tokens": 20, "logprobs": true, "top_logprobs": top });
        let whole = worker.chat(ask(QUESTION, fields.clone()));
        assert_eq!(whole.content(), plain.content(), "asking changes nothing");
        let body = whole.json();
        let entries = body["choices"][0]["logprobs"]["content"]
            .as_array()
            .expect("entries")
            .clone();
        assert_eq!(entries.len() as u64, whole.usage("completion_tokens"));
        check_entries(&entries, &whole.content(), top);

        let mut request = ask(QUESTION, fields);
        request["stream"] = json!(true);
        let stream = worker.chat(request);
        let streamed: Vec<Value> = stream
            .events()
            .iter()
            .filter_map(|event| serde_json::from_str::<Value>(event).ok())
            .filter_map(|chunk| chunk["choices"][0]["logprobs"]["content"].as_array().cloned())
            .flatten()
            .collect();
        check_entries(&streamed, &whole.content(), top);
        assert_eq!(streamed.len(), entries.len());
    }
}

#[test]
fn they_are_those_of_the_model_and_not_of_the_parameters() {
    let worker = Worker::start(&[]);
    let first = |fields: Value| {
        let mut request = ask(
            QUESTION,
            json!({ "max_tokens": 1, "logprobs": true, "top_logprobs": 2 }),
        );
        request
            .as_object_mut()
            .expect("an object")
            .extend(fields.as_object().expect("an object").clone());
        // Once to fill the cache, so that both are computed alike.
        let _ = worker.chat(request.clone());
        worker.chat(request).json()["choices"][0]["logprobs"]["content"][0].clone()
    };
    let plain = first(json!({}));
    let biased = first(json!({ "logit_bias": { "300": 100 } }));
    assert_ne!(plain["token"], biased["token"]);
    assert_eq!(plain["top_logprobs"], biased["top_logprobs"]);
    assert!(biased["logprob"].as_f64() < plain["logprob"].as_f64());
}

#[test]
fn the_tokens_of_a_stop_string_are_not_told() {
    let worker = Worker::start(&[]);
    let whole = worker.chat(ask(QUESTION, json!({ "max_tokens": 20 }))).content();
    let stop = whole.split(' ').nth(3).expect("four words").to_owned();
    let fields = json!({ "max_tokens": 20, "logprobs": true, "stop": [stop] });
    let answer = worker.chat(ask(QUESTION, fields));
    let body = answer.json();
    let entries = body["choices"][0]["logprobs"]["content"]
        .as_array()
        .expect("entries");
    let told: String = entries
        .iter()
        .map(|entry| entry["token"].as_str().expect("text"))
        .collect();
    // The last token may hold the end of the text and the beginning of the stop string.
    assert!(
        told.starts_with(&answer.content()) && told.len() < answer.content().len() + stop.len() + 2,
        "{told:?}"
    );
    assert!((entries.len() as u64) <= answer.usage("completion_tokens"));
}
