//! The cache of a slot: what is found there is not computed again, and changes nothing.

use serde_json::{Value, json};

use crate::harness::{Answer, Worker, ask, eventually};

/// A conversation of several turns, each of which begins with all before.
fn turns(count: usize) -> Value {
    let mut messages =
        vec![json!({ "role": "system", "content": "You are a helpful assistant of the platform." })];
    let questions = [
        "What is Cupola?",
        "What is a deployment?",
        "How do I make a key?",
        "What is a quota?",
    ];
    for (index, question) in questions.iter().take(count).enumerate() {
        if index > 0 {
            messages.push(json!({ "role": "assistant", "content": format!("Answer number {index}.") }));
        }
        messages.push(json!({ "role": "user", "content": question }));
    }
    json!({ "messages": messages, "temperature": 0, "max_tokens": 24, "logprobs": true, "top_logprobs": 2 })
}

fn fresh(request: &Value, arguments: &[&str]) -> Answer {
    let worker = Worker::start(arguments);
    let answer = worker.chat(request.clone());
    assert_eq!(answer.usage("cached_tokens"), 0);
    answer
}

/// How far rounding moves a log-probability: a prompt is computed in one large product, its rest in a small one.
const ROUNDING: f64 = 0.15;

/// Both answers are the same tokens with the same probabilities, up to a place where rounding decides.
fn check_same(cached: &Answer, fresh: &Answer) {
    let entries = |answer: &Answer| {
        let body = answer.json();
        let entries = body["choices"][0]["logprobs"]["content"].as_array();
        entries.unwrap_or_else(|| panic!("no entries in {body}")).clone()
    };
    let logprob = |entry: &Value| entry["logprob"].as_f64().expect("a number");
    let (cached, fresh) = (entries(cached), entries(fresh));
    assert!(!cached.is_empty() && !fresh.is_empty());
    for (a, b) in cached.iter().zip(&fresh) {
        if a["token"] != b["token"] {
            let margin = logprob(&b["top_logprobs"][0]) - logprob(&b["top_logprobs"][1]);
            assert!(margin < ROUNDING, "{a} instead of {b}");
            return;
        }
        assert!((logprob(a) - logprob(b)).abs() < ROUNDING, "{a} instead of {b}");
    }
    assert_eq!(cached.len(), fresh.len());
}

#[test]
fn an_answer_is_the_same_with_the_cache_and_without() {
    let arguments = ["--context", "1024"];
    let worker = Worker::start(&arguments);
    for count in 1..=4 {
        let answer = worker.chat(turns(count));
        let cached = answer.usage("cached_tokens");
        assert!((count == 1) == (cached == 0), "{cached} of turn {count}");
        assert!(cached < answer.usage("prompt_tokens"));
        check_same(&answer, &fresh(&turns(count), &arguments));
    }
    // Back to an earlier place, and somewhere else entirely.
    let stranger = ask(
        "Hello there",
        json!({ "max_tokens": 24, "logprobs": true, "top_logprobs": 2 }),
    );
    for request in [turns(2), stranger, turns(3)] {
        check_same(&worker.chat(request.clone()), &fresh(&request, &arguments));
    }
}

#[test]
fn a_slot_whose_client_hung_up_is_as_good_as_any() {
    let arguments = ["--context", "4096", "--slots", "1"];
    let worker = Worker::start(&arguments);
    let expected = fresh(&turns(3), &arguments);
    for _ in 0..3 {
        let mut running = worker.connect();
        let endless =
            json!({ "messages": turns(3)["messages"], "temperature": 1, "ignore_eos": true, "stream": true });
        running.send_post("/v1/chat/completions", &endless.to_string());
        let _ = running.read_head();
        eventually("it runs", || worker.health()["busy"] == 1);
        drop(running);
        eventually("the slot is idle", || worker.health()["busy"] == 0);
        let answer = worker.chat(turns(3));
        assert!(answer.usage("cached_tokens") > 0);
        check_same(&answer, &expected);
    }
}

#[test]
fn what_ran_into_the_end_of_the_context_leaves_a_good_slot() {
    let arguments = ["--context", "256", "--slots", "1"];
    let worker = Worker::start(&arguments);
    let long = json!({ "messages": turns(2)["messages"], "temperature": 0, "ignore_eos": true });
    let answer = worker.chat(long);
    assert_eq!(answer.finish_reason(), "length");
    assert_eq!(answer.usage("total_tokens"), 256);
    check_same(&worker.chat(turns(2)), &fresh(&turns(2), &arguments));
}

#[test]
fn formats_and_log_probabilities_share_the_cache() {
    let worker = Worker::start(&["--context", "1024", "--slots", "1"]);
    let plain = worker.chat(turns(2));
    let mut constrained = turns(2);
    constrained["response_format"] = json!({ "type": "json_object" });
    let answer = worker.chat(constrained);
    assert!(answer.usage("cached_tokens") > 0 && answer.content().starts_with('{'));
    check_same(&worker.chat(turns(2)), &plain);
}
