//! The older API: texts that are gone on with.

use serde_json::{Value, json};

use crate::harness::{Answer, Worker};

fn complete(worker: &Worker, request: &Value) -> Answer {
    let answer = worker.connect().post("/v1/completions", request);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
}

fn texts(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    let choices = body["choices"].as_array().expect("choices");
    choices
        .iter()
        .map(|choice| choice["text"].as_str().expect("text").to_owned())
        .collect()
}

#[test]
fn a_text_is_gone_on_with() {
    let worker = Worker::start(&[]);
    let answer = complete(&worker, &json!({ "prompt": "Cupola is", "temperature": 0 }));
    let body = answer.json();
    assert_eq!(body["object"], "text_completion");
    assert!(body["id"].as_str().is_some_and(|id| id.starts_with("cmpl-")));
    assert_eq!(
        (
            body["choices"][0]["index"].as_u64(),
            &body["choices"][0]["logprobs"]
        ),
        (Some(0), &Value::Null)
    );
    assert!(answer.usage("completion_tokens") <= 16);
    assert!(!texts(&answer)[0].is_empty());
}

#[test]
fn several_prompts_and_several_choices_have_their_places() {
    let worker = Worker::start(&[]);
    let one = |prompt: &str| {
        let request = json!({ "prompt": prompt, "temperature": 0, "max_tokens": 8 });
        let answer = complete(&worker, &request);
        (
            texts(&answer).remove(0),
            answer.usage("prompt_tokens"),
            answer.usage("completion_tokens"),
        )
    };
    let (a, b) = (one("Cupola is"), one("A deployment"));
    let request =
        json!({ "prompt": ["Cupola is", "A deployment"], "n": 2, "temperature": 0, "max_tokens": 8 });
    let answer = complete(&worker, &request);
    assert_eq!(texts(&answer), [a.0.clone(), a.0, b.0.clone(), b.0]);
    assert_eq!(
        answer.usage("prompt_tokens"),
        a.1 + b.1,
        "each prompt counts once"
    );
    assert_eq!(answer.usage("completion_tokens"), 2 * (a.2 + b.2));
}

#[test]
fn tokens_are_a_prompt_as_well_as_their_text() {
    let worker = Worker::start(&[]);
    let request = json!({ "prompt": [300, 301, 302], "temperature": 0, "max_tokens": 6, "echo": true });
    let from_tokens = complete(&worker, &request);
    assert_eq!(from_tokens.usage("prompt_tokens"), 3);
    let refused = worker
        .connect()
        .post("/v1/completions", &json!({ "prompt": [1, 99_999_999] }));
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("99999999"), "{}", refused.body);
}

#[test]
fn a_stream_has_the_same_text() {
    let worker = Worker::start(&[]);
    let request =
        json!({ "prompt": "Cupola is", "temperature": 0, "max_tokens": 12, "stop": ["."], "echo": true });
    let whole = complete(&worker, &request);
    let mut streamed = request;
    streamed["stream"] = json!(true);
    streamed["stream_options"] = json!({ "include_usage": true });
    let stream = complete(&worker, &streamed);
    let chunks: Vec<Value> = stream
        .events()
        .iter()
        .filter_map(|event| serde_json::from_str(event).ok())
        .collect();
    let text: String = chunks
        .iter()
        .filter_map(|chunk| chunk["choices"][0]["text"].as_str())
        .collect();
    assert_eq!(text, texts(&whole)[0]);
    assert!(text.starts_with("Cupola is") && !text.contains('.'));
    assert!(chunks.iter().all(|chunk| chunk["object"] == "text_completion"));
    let usage = &chunks.last().expect("a chunk")["usage"];
    assert_eq!(
        usage["completion_tokens"].as_u64(),
        Some(whole.usage("completion_tokens"))
    );
}

#[test]
fn an_echo_tells_the_probabilities_of_the_prompt() {
    let worker = Worker::start(&[]);
    let prompt = "Cupola is a platform that serves models. ".repeat(5);
    let request = json!({ "prompt": prompt, "temperature": 0, "max_tokens": 4, "echo": true, "logprobs": 2 });
    // Twice: what is in the cache is computed again, because it is told.
    let answers = [complete(&worker, &request), complete(&worker, &request)];
    for answer in &answers {
        let body = answer.json();
        let told = &body["choices"][0]["logprobs"];
        let list = |name: &str| told[name].as_array().expect("a list").clone();
        let count = (answer.usage("prompt_tokens") + answer.usage("completion_tokens")) as usize;
        let lengths =
            ["tokens", "token_logprobs", "top_logprobs", "text_offset"].map(|name| list(name).len());
        assert_eq!(lengths, [count; 4]);
        assert!(list("token_logprobs")[0].is_null());
        assert!(
            list("token_logprobs")[1..]
                .iter()
                .all(|value| value.as_f64().is_some_and(|value| value <= 1e-6))
        );
        let text: String = list("tokens")
            .iter()
            .map(|token| token.as_str().expect("text").to_owned())
            .collect();
        assert!(
            text.ends_with(texts(answer)[0].trim_start_matches(' ')),
            "{text:?} and {:?}",
            texts(answer)[0]
        );
        assert_eq!(answer.usage("cached_tokens"), 0);
    }
    // The prompt alone may be weighed.
    let request = json!({ "prompt": "Cupola is", "max_tokens": 0, "echo": true, "logprobs": 0 });
    let answer = complete(&worker, &request);
    assert_eq!(texts(&answer), ["Cupola is"]);
    assert_eq!(answer.json()["choices"][0]["finish_reason"], "length");
}
