//! Every surface, answered by the simulator: shapes, framing, and what is charged.

use crate::platform::{MODEL, PICTURE_MODEL, Platform, Reply, VECTOR_MODEL, simulator};
use serde_json::{Value, json};

async fn lab() -> Platform {
    let platform = Platform::start().await;
    for model in [MODEL, VECTOR_MODEL, PICTURE_MODEL] {
        platform.bind_model(model, simulator()).await;
    }
    let deployments = [
        ("chat", MODEL),
        ("vectors", VECTOR_MODEL),
        ("pictures", PICTURE_MODEL),
    ];
    platform
        .account("lab", ("lab-key", "lab-other"), &deployments)
        .await;
    platform
}

async fn ask(platform: &Platform, route: &str, body: Value) -> Reply {
    let target = format!("/accounts/lab/{route}");
    platform
        .send("POST", &target, &[("api-key", "lab-key")], body.to_string())
        .await
}

/// Names and payloads of a stream whose events have names.
fn named(reply: &Reply) -> Vec<(String, Value)> {
    assert_eq!(reply.header("content-type"), "text/event-stream");
    let events = reply
        .text
        .strip_suffix("\n\n")
        .expect("an empty line at the end")
        .split("\n\n");
    events
        .map(|event| {
            let (name, data) = event.split_once('\n').expect("two lines");
            let name = name.strip_prefix("event: ").expect("a name").to_owned();
            let data = data.strip_prefix("data: ").expect("data");
            (name, serde_json::from_str(data).expect("JSON"))
        })
        .collect()
}

#[tokio::test]
async fn messages_are_answered_as_anthropic_does() {
    let platform = lab().await;
    let mut body =
        json!({ "model": "chat", "max_tokens": 20, "messages": [{ "role": "user", "content": "hi" }] });
    let whole = ask(&platform, "anthropic/v1/messages", body.clone())
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&whole["type"], &whole["role"]),
        (&json!("message"), &json!("assistant"))
    );
    let text = whole["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("simulated"), "{whole}");
    body["stream"] = json!(true);
    let reply = ask(&platform, "anthropic/v1/messages", body).await.expect(200);
    assert_eq!(reply.header("request-id"), reply.header("x-request-id"));
    let events = named(&reply);
    let names: Vec<&str> = events
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| *name != "ping")
        .collect();
    assert_eq!(names[..2], ["message_start", "content_block_start"]);
    assert_eq!(
        names[names.len() - 3..],
        ["content_block_stop", "message_delta", "message_stop"]
    );
    let said: String = events
        .iter()
        .filter_map(|(_, data)| data["delta"]["text"].as_str())
        .collect();
    assert_eq!(said, text);
    let (_, last) = &events[events.len() - 2];
    assert_eq!(last["usage"]["output_tokens"], whole["usage"]["output_tokens"]);
    let billed = platform.billed().await;
    assert_eq!(
        (billed[4], billed[2]),
        (2, 2 * whole["usage"]["output_tokens"].as_u64().unwrap())
    );
    let count = json!({ "model": "chat", "messages": [{ "role": "user", "content": "hi" }] });
    let count = ask(&platform, "anthropic/v1/messages/count_tokens", count)
        .await
        .expect(200)
        .json();
    assert!(count["input_tokens"].as_u64().unwrap() > 0);
    let refused = ask(&platform, "anthropic/v1/messages", json!({ "model": "chat" }))
        .await
        .expect(400);
    assert_eq!(refused.header("request-id").len(), 32);
    let refused = refused.json();
    assert_eq!(
        (&refused["type"], &refused["error"]["type"]),
        (&json!("error"), &json!("invalid_request_error"))
    );
}

#[tokio::test]
async fn responses_are_answered_whole_and_in_events() {
    let platform = lab().await;
    let mut body = json!({ "model": "chat", "input": "hi", "text": { "format": { "type": "text" } } });
    let whole = ask(&platform, "openai/v1/responses", body.clone())
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&whole["object"], &whole["status"]),
        (&json!("response"), &json!("completed"))
    );
    assert_eq!(whole["text"]["format"]["type"], "text");
    let text = whole["output"][0]["content"][0]["text"].as_str().unwrap();
    body["stream"] = json!(true);
    let events = named(
        &ask(&platform, "openai/responses?api-version=2025-04-01-preview", body)
            .await
            .expect(200),
    );
    assert_eq!(events[0].0, "response.created");
    let (name, last) = events.last().unwrap();
    assert_eq!(name, "response.completed");
    assert_eq!(last["response"]["output"][0]["content"][0]["text"], text);
    for (at, (_, data)) in events.iter().enumerate() {
        assert_eq!(data["sequence_number"], at);
    }
}

#[tokio::test]
async fn cohere_chats_in_both_versions() {
    let platform = lab().await;
    let v2 = json!({ "model": "chat", "stream": false, "messages": [{ "role": "user", "content": "hi" }] });
    let whole = ask(&platform, "v2/chat", v2).await.expect(200).json();
    assert!(
        whole["message"]["content"][0]["text"]
            .as_str()
            .unwrap()
            .contains("simulated")
    );
    assert!(whole["usage"]["tokens"]["output_tokens"].as_u64().unwrap() > 0);
    let v1 = json!({ "model": "chat", "message": "hi", "stream": true });
    let stream = ask(&platform, "providers/cohere/v1/chat", v1).await.expect(200);
    assert_eq!(stream.header("content-type"), "application/stream+json");
    let lines: Vec<Value> = stream
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["event_type"], "stream-start");
    assert_eq!(lines.last().unwrap()["event_type"], "stream-end");
    assert_eq!(platform.billed().await[4], 2);
}

#[tokio::test]
async fn texts_go_on_whole_and_streamed() {
    let platform = lab().await;
    let whole = ask(
        &platform,
        "openai/deployments/chat/completions",
        json!({ "prompt": "once" }),
    )
    .await
    .expect(200);
    assert_eq!(whole.json()["object"], "text_completion");
    let body = json!({ "model": "chat", "prompt": "once", "stream": true });
    let events = ask(&platform, "v1/completions", body).await.expect(200).events();
    assert_eq!(events.last().unwrap(), "[DONE]");
    assert!(platform.billed().await[2] > 0);
}

#[tokio::test]
async fn vectors_come_in_the_encoding_that_was_asked_for() {
    let platform = lab().await;
    let floats = json!({ "model": "vectors", "input": ["a", "b"] });
    let floats = ask(&platform, "models/embeddings", floats)
        .await
        .expect(200)
        .json();
    let first = floats["data"][0]["embedding"].as_array().unwrap();
    assert_eq!(
        (
            floats["data"].as_array().unwrap().len(),
            floats["id"].as_str().unwrap().len()
        ),
        (2, 32)
    );
    assert_eq!(floats["usage"]["prompt_tokens"], floats["usage"]["total_tokens"]);
    let packed = json!({ "model": "vectors", "input": "a", "encoding_format": "base64" });
    let packed = ask(&platform, "openai/v1/embeddings", packed)
        .await
        .expect(200)
        .json();
    let packed = packed["data"][0]["embedding"].as_str().unwrap().len();
    assert_eq!(packed, (first.len() * 4).div_ceil(3) * 4);
    let cohere = json!({ "model": "vectors", "texts": ["a"], "input_type": "search_query", "embedding_types": ["float", "int8"] });
    let cohere = ask(&platform, "v2/embed", cohere).await.expect(200).json();
    assert_eq!(
        cohere["embeddings"]["float"][0].as_array().unwrap().len(),
        first.len()
    );
    assert!(cohere["embeddings"]["int8"][0][0].is_i64());
    let extra = json!({ "model": "vectors", "input": ["a"], "truncate": "END" });
    let refused = ask(&platform, "models/embeddings", extra)
        .await
        .expect(400)
        .json();
    assert!(
        refused["detail"]
            .as_str()
            .unwrap()
            .starts_with("Extra parameters ['truncate']")
    );
    let billed = platform.billed().await;
    assert_eq!((billed[4], billed[2]), (3, 0));
}

#[tokio::test]
async fn documents_are_ranked_and_charged_by_search() {
    let platform = lab().await;
    let body = json!({ "model": "vectors", "query": "red wine", "documents": ["a blue sky", "red wine from here", "wine"], "top_n": 2, "return_documents": true });
    let ranked = ask(&platform, "v1/rerank", body).await.expect(200).json();
    let results = ranked["results"].as_array().unwrap();
    assert_eq!((results.len(), &results[0]["index"]), (2, &json!(1)));
    assert_eq!(results[0]["document"]["text"], "red wine from here");
    assert_eq!(ranked["meta"]["billed_units"]["search_units"], 1);
    let chat = json!({ "model": "chat", "query": "q", "documents": ["d"] });
    ask(&platform, "v2/rerank", chat).await.expect(404);
}

#[tokio::test]
async fn pictures_come_in_the_shape_of_the_surface() {
    let platform = lab().await;
    let body = json!({ "model": "pictures", "prompt": "a tree", "size": "1024x1024" });
    let azure = ask(&platform, "models/images/generations", body.clone())
        .await
        .expect(200)
        .json();
    assert_eq!(azure["object"], "image.generation");
    assert!(azure["data"][0]["image"].as_str().unwrap().len() > 20);
    let openai = ask(&platform, "openai/v1/images/generations", body)
        .await
        .expect(200)
        .json();
    assert!(openai["data"][0]["b64_json"].as_str().unwrap().len() > 20);
}
