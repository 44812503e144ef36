//! What the simulator says, and when.

use super::*;
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::Map;
use tokio::time::Instant;

const CHAT: &str = r#"{"messages":[{"role":"user","content":"hi"}],"stream":true}"#;

fn simulator(settings: &str) -> Simulator {
    let settings: Map<String, Value> = serde_json::from_str(settings).expect("an object");
    Simulator::new(SimulatorSettings::read(&settings).expect("settings"))
}

fn call(operation: Operation, body: &str, stream: bool) -> Call<'static> {
    Call {
        operation,
        body: Bytes::from(body.to_owned()),
        model_at: None,
        native: None,
        stream,
        request_id: "r",
        affinity: 0,
        prompt_tokens: 9,
        max_tokens: None,
        n: 1,
        traceparent: None,
        attempts: None,
    }
}

/// Status, `Retry-After`, everything that was sent, and whether it broke off.
async fn ask(simulator: &Simulator, call: &Call<'_>) -> (u16, Option<u32>, String, bool) {
    let mut answer = simulator.infer(call).await.expect("an answer");
    let mut sent = Vec::new();
    let mut broke = false;
    while let Some(data) = answer.body.data().await {
        match data {
            Ok(data) => sent.extend_from_slice(&data),
            Err(_) => broke = true,
        }
    }
    (
        answer.status.as_u16(),
        answer.retry_after_s,
        String::from_utf8(sent).expect("text"),
        broke,
    )
}

async fn chat(settings: &str, stream: bool) -> (u16, String, bool) {
    let (status, _, text, broke) = ask(&simulator(settings), &call(Operation::Chat, CHAT, stream)).await;
    (status, text, broke)
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[tokio::test]
async fn answers_are_labelled_and_the_same_every_time() {
    let (_, whole, _) = chat("{}", false).await;
    assert!(whole.contains("[simulated] No model was asked.") && whole.contains(r#""finish_reason":"stop""#));
    assert_eq!(whole, chat("{}", false).await.1);
    let (_, stream, _) = chat("{}", true).await;
    assert!(stream.contains(r#""content":"[simulated]""#) && stream.ends_with("data: [DONE]\n\n"));
    let said: String = events(&stream)
        .iter()
        .filter_map(|event| event["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert_eq!(
        json_of(&whole)["choices"][0]["message"]["content"],
        *said,
        "a stream says the same"
    );
    assert_ne!(
        whole,
        chat(r#"{"seed":7}"#, false).await.1,
        "another seed, other words"
    );
}

fn events(stream: &str) -> Vec<Value> {
    stream
        .split("\n\n")
        .filter_map(|event| serde_json::from_str(event.strip_prefix("data: ")?).ok())
        .collect()
}

#[tokio::test]
async fn the_bound_is_kept() {
    let bounded = Call {
        max_tokens: Some(2),
        ..call(Operation::Chat, CHAT, false)
    };
    let (_, _, whole, _) = ask(&Simulator::default(), &bounded).await;
    assert!(whole.contains(r#""content":"[simulated] No""#) && whole.contains(r#""finish_reason":"length""#));
    assert!(whole.contains(r#""completion_tokens":2"#));
    let (_, _, whole, _) = ask(&simulator(r#"{"rules":[{"reasoning":5}]}"#), &bounded).await;
    assert!(
        whole.contains(r#""content":"""#) && whole.contains(r#""reasoning_tokens":2"#),
        "{whole}"
    );
}

#[tokio::test(start_paused = true)]
async fn time_passes_as_it_was_set() {
    let simulator = simulator(r#"{"latency_ms":500,"tokens_per_second":10}"#);
    let bounded = Call {
        max_tokens: Some(5),
        ..call(Operation::Chat, CHAT, true)
    };
    let start = Instant::now();
    let mut body = simulator.infer(&bounded).await.expect("an answer").body;
    let mut times = Vec::new();
    while body.data().await.is_some() {
        times.push(start.elapsed().as_millis());
    }
    assert_eq!(times, [500, 600, 700, 800, 900, 1000]);
}

#[tokio::test]
async fn refusals_come_by_number_by_chance_and_by_directive() {
    let counted = simulator(
        r#"{"rules":[{"nth":2,"status":429,"retry_after":3},{"every":3,"status":503,"code":"busy","message":"later"}]}"#,
    );
    let mut seen = Vec::new();
    for _ in 0..6 {
        let (status, retry, _, _) = ask(&counted, &call(Operation::Chat, CHAT, true)).await;
        seen.push((status, retry));
    }
    assert_eq!(
        seen,
        [
            (200, None),
            (429, Some(3)),
            (503, None),
            (200, None),
            (200, None),
            (503, None)
        ]
    );

    let chance = simulator(r#"{"seed":1,"rules":[{"probability":0.3,"status":500}]}"#);
    let mut failed = 0;
    for _ in 0..500 {
        failed += usize::from(ask(&chance, &call(Operation::Chat, CHAT, false)).await.0 == 500);
    }
    assert!((110..190).contains(&failed), "{failed}");

    let body = r#"{"messages":[{"role":"user","content":"[[simulate: status=429 retry_after=3]]"}]}"#;
    let asked = call(Operation::Chat, body, false);
    assert_eq!(ask(&simulator(r#"{"directives":true}"#), &asked).await.0, 429);
    assert_eq!(
        ask(&Simulator::default(), &asked).await.0,
        200,
        "only where the binding allows it"
    );
    let quoted = body.replace(r#""user""#, r#""assistant""#);
    let (status, ..) = ask(
        &simulator(r#"{"directives":true}"#),
        &call(Operation::Chat, &quoted, false),
    )
    .await;
    assert_eq!(status, 200, "a model gives no orders");
    let wrong = body.replace("status=429", "status=200");
    let (status, _, text, _) = ask(
        &simulator(r#"{"directives":true}"#),
        &call(Operation::Chat, &wrong, false),
    )
    .await;
    assert!(
        status == 400 && text.contains("status must be from 400 to 599"),
        "{text}"
    );
}

#[tokio::test]
async fn a_binding_goes_on_counting() {
    let settings = r#"{"rules":[{"nth":2,"status":500}]}"#;
    let first = simulator(settings);
    let asked = call(Operation::Chat, CHAT, false);
    assert_eq!(ask(&first, &asked).await.0, 200);
    assert_eq!(ask(&simulator(settings).continuing(&first), &asked).await.0, 500);
    assert_eq!(
        ask(
            &simulator(r#"{"rules":[{"nth":1,"status":501}]}"#).continuing(&first),
            &asked
        )
        .await
        .0,
        501
    );
}

#[tokio::test]
async fn the_filter_hits_prompts_and_completions() {
    let (status, text, _) = chat(r#"{"rules":[{"content_filter":"prompt"}]}"#, true).await;
    let error = &json_of(&text)["error"];
    assert_eq!(
        (status, &error["code"], &error["innererror"]["code"]),
        (
            400,
            &json!("content_filter"),
            &json!("ResponsibleAIPolicyViolation")
        )
    );
    let (status, text, _) = chat(r#"{"rules":[{"content_filter":"completion"}]}"#, true).await;
    assert!(status == 200 && text.contains(r#""finish_reason":"content_filter""#));
}

#[tokio::test]
async fn answers_break_in_every_way() {
    let (_, text, broke) = chat(r#"{"rules":[{"break_after":3}]}"#, true).await;
    assert!(broke && !text.contains("[DONE]") && !text.contains("usage"));
    assert_eq!(events(&text).len(), 4, "the role and three tokens");
    for (rule, stream) in [("truncated", false), ("truncated", true)] {
        let (_, text, broke) = chat(&format!(r#"{{"rules":[{{"{rule}":true}}]}}"#), stream).await;
        let whole = chat("{}", stream).await.1;
        assert!(broke && whole.starts_with(&text) && text.len() == whole.len() / 2);
    }
    let (_, text, broke) = chat(r#"{"rules":[{"break_after":0}]}"#, false).await;
    assert!(broke && serde_json::from_str::<Value>(&text).is_err());
    let (_, text, broke) = chat(r#"{"rules":[{"garbage":true}]}"#, false).await;
    assert!(!broke && !text.is_empty() && serde_json::from_str::<Value>(&text).is_err());
    let (_, text, _) = chat(r#"{"rules":[{"empty":true}]}"#, false).await;
    assert_eq!(json_of(&text)["choices"][0]["message"]["content"], "");
}

#[tokio::test]
async fn usage_is_as_ordered_or_missing_or_twice() {
    let ordered =
        r#"{"usage":{"prompt_tokens":100,"completion_tokens":50,"cached_tokens":60,"reasoning_tokens":20}}"#;
    let usage = json!({
        "prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150,
        "prompt_tokens_details": { "cached_tokens": 60 }, "completion_tokens_details": { "reasoning_tokens": 20 }
    });
    assert_eq!(json_of(&chat(ordered, false).await.1)["usage"], usage);
    for (fault, times) in [("none", 0), ("twice", 2)] {
        for stream in [false, true] {
            let (_, text, _) = chat(&format!(r#"{{"rules":[{{"usage":"{fault}"}}]}}"#), stream).await;
            assert_eq!(text.matches(r#""usage":"#).count(), times, "{fault} {stream}");
        }
    }
}

#[tokio::test]
async fn tools_are_called_with_arguments_that_fit() {
    let body = r#"{"messages":[],"tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object",
        "properties":{"city":{"type":"string"},"unit":{"enum":["C","F"]},"days":{"type":"integer"}},"required":["city","unit"]}}}]}"#;
    let teller = simulator(r#"{"rules":[{"tool":"weather","reasoning":2}]}"#);
    let (_, _, text, _) = ask(&teller, &call(Operation::Chat, body, false)).await;
    let choice = &json_of(&text)["choices"][0];
    assert_eq!(
        (&choice["finish_reason"], &choice["message"]["content"]),
        (&json!("tool_calls"), &Value::Null)
    );
    let function = &choice["message"]["tool_calls"][0]["function"];
    assert_eq!(
        function,
        &json!({ "name": "weather", "arguments": r#"{"city":"simulated","unit":"C"}"# })
    );
    assert!(
        choice["message"]["reasoning_content"]
            .as_str()
            .is_some_and(|thought| !thought.is_empty())
    );
    let (_, _, text, _) = ask(&teller, &call(Operation::Chat, body, true)).await;
    let arguments: String = events(&text)
        .iter()
        .filter_map(|event| event["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"].as_str())
        .collect();
    assert_eq!(arguments, r#"{"city":"simulated","unit":"C"}"#);
}

async fn body_of(operation: Operation, body: &str) -> (u16, Value) {
    let asked = call(operation, body, false);
    let (status, _, text, _) = ask(&Simulator::default(), &asked).await;
    (status, json_of(&text))
}

#[tokio::test]
async fn the_other_operations_answer_too() {
    let (_, body) = body_of(Operation::Completions, r#"{"prompt":"once"}"#).await;
    assert!(
        body["choices"][0]["text"]
            .as_str()
            .is_some_and(|text| text.starts_with("[simulated]"))
    );
    let (_, _, stream, _) = ask(
        &Simulator::default(),
        &call(Operation::Completions, r#"{"prompt":"once"}"#, true),
    )
    .await;
    let said: String = events(&stream)
        .iter()
        .filter_map(|event| event["choices"][0]["text"].as_str())
        .collect();
    assert_eq!(body["choices"][0]["text"], *said);

    let (_, body) = body_of(Operation::Embeddings, r#"{"input":["a","b","a"],"dimensions":8}"#).await;
    let vector = |index: usize| -> Vec<f64> {
        body["data"][index]["embedding"]
            .as_array()
            .expect("a vector")
            .iter()
            .filter_map(Value::as_f64)
            .collect()
    };
    assert_eq!(
        (vector(0).len(), vector(0) == vector(2), vector(0) == vector(1)),
        (8, true, false)
    );
    assert!((vector(0).iter().map(|part| part * part).sum::<f64>() - 1.0).abs() < 1e-5);
    let (_, packed) = body_of(
        Operation::Embeddings,
        r#"{"input":"a","dimensions":8,"encoding_format":"base64"}"#,
    )
    .await;
    assert_eq!(packed["data"][0]["embedding"].as_str().map(str::len), Some(44));
    assert_eq!(body_of(Operation::Embeddings, r#"{"input":[]}"#).await.0, 400);
    assert_eq!(
        body_of(Operation::Embeddings, r#"{"input":"a","dimensions":0}"#)
            .await
            .0,
        400
    );

    let (_, body) = body_of(
        Operation::Rerank,
        r#"{"query":"red apple","documents":["a blue car","the red apple",{"text":"an apple"}],"top_n":2}"#,
    )
    .await;
    let order: Vec<&Value> = body["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|result| &result["index"])
        .collect();
    assert_eq!(order, [1, 2]);
    assert_eq!(body["meta"]["billed_units"]["search_units"], 1);

    let (_, body) = body_of(Operation::Images, r#"{"prompt":"a cat"}"#).await;
    assert!(
        body["data"][0]["b64_json"]
            .as_str()
            .is_some_and(|text| text.starts_with("iVBORw0KGgo"))
    );
    assert_eq!(body_of(Operation::Images, "{}").await.0, 400);
    assert_eq!(body_of(Operation::Forecast, "{}").await.0, 400);
}

fn settings() -> impl Strategy<Value = String> {
    let rule = prop_oneof![
        Just(r#"{"probability":0.5,"status":500}"#),
        Just(r#"{"every":2,"break_after":3}"#),
        Just(r#"{"nth":1,"garbage":true,"truncated":true}"#),
        Just(r#"{"contains":"a","reasoning":3,"tool":"t"}"#),
        Just(r#"{"usage":"twice","text":"é ü  ñ","truncated":true}"#),
    ];
    (any::<u32>(), prop::collection::vec(rule, 0..4), any::<bool>()).prop_map(|(seed, rules, directives)| {
        let rules = rules.join(",");
        format!(r#"{{"seed":{seed},"directives":{directives},"latency":{{"uniform":{{"from_ms":1,"to_ms":900}}}},"inter_token_ms":3,"jitter":0.5,"rules":[{rules}]}}"#)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn the_same_seed_gives_the_same_bytes_at_the_same_times(
        settings in settings(), text in "\\PC{0,30}", body in "\\PC{0,60}", operation in 0usize..7, stream: bool
    ) {
        let operation = Operation::ALL[operation];
        let whole = json!({ "messages": [{ "role": "user", "content": text }], "prompt": text, "input": [text, body], "query": text,
            "documents": [body, { "text": text }] }).to_string();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
        let run = || {
            let simulator = simulator(&settings);
            runtime.block_on(async {
                let mut seen = Vec::new();
                for body in [&whole, &body, &whole] {
                    let start = Instant::now();
                    let asked = call(operation, body, stream);
                    seen.push((ask(&simulator, &asked).await, start.elapsed()));
                }
                seen
            })
        };
        prop_assert_eq!(run(), run());
    }

    #[test]
    fn no_directive_makes_it_panic(directive in "\\PC{0,40}|[a-z_]{1,9}=[0-9a-z\"{}\\[\\]]{0,9}") {
        let body = json!({ "messages": [{ "role": "user", "content": format!("[[simulate: {directive}]]") }] }).to_string();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
        runtime.block_on(ask(&simulator(r#"{"directives":true}"#), &call(Operation::Chat, &body, true)));
    }
}
