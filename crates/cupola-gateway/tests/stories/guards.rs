//! Guard models: a chat deployment of this server says what is unsafe, is paid by its own deployment, and is guarded by nobody.

use crate::analyzers::{asking, provider, says, streamed};
use crate::platform::{GUARD_MODEL, HI, HI_STREAM, Platform, Reply, endpoint_id, simulator};
use cupola_store::bindings::Backend;
use cupola_store::{EndpointQuestion, Grain, Period};
use serde_json::{Value, json};

/// A simulator that answers so.
fn scripted(settings: Value) -> Backend {
    match settings {
        Value::Object(settings) => Backend::Simulator { settings },
        _ => simulator(),
    }
}

/// `hello` says `answer`, and `guard` calls unsafe what has "blorb" in it.
async fn guarded(answer: &str, unsafe_says: &str, safe_says: &str, more: Value) -> Platform {
    let platform = Platform::start().await;
    platform
        .hello(scripted(json!({"rules": [{"text": answer}]})))
        .await;
    let guard = json!({"rules": [{"contains": "blorb", "text": unsafe_says}, {"text": safe_says}]});
    platform.bind_model(GUARD_MODEL, scripted(guard)).await;
    platform.endpoint_of("guard", GUARD_MODEL).await;
    let mut properties = json!({"kind": "GuardModel", "deploymentId": endpoint_id("Guard").to_string()});
    if let (Value::Object(all), Value::Object(more)) = (&mut properties, more) {
        all.extend(more);
    }
    platform.put(provider("ours"), properties).await;
    platform
}

/// What the guard answers to people, who may ask it as any other endpoint.
async fn ask_the_guard(platform: &Platform, body: String) -> Reply {
    let key = [("authorization", "Bearer primary-key")];
    platform
        .send("POST", "/endpoints/eastus2/guard/chat/completions", &key, body)
        .await
}

#[tokio::test]
async fn a_guard_model_s_word_counts_both_ways() {
    let platform = guarded("fine", "unsafe\nS1,S2", "safe", json!({})).await;
    asking(&platform, &["Prompt", "Completion"], json!({})).await;
    let reply = platform.chat(&says("please blorb")).await.expect(400).json();
    let results = &reply["error"]["innererror"]["content_filter_result"];
    assert_eq!(
        results["violence"],
        json!({"filtered": true, "severity": "medium"})
    );
    let newest = &platform.findings().await[0];
    let rules: Vec<&Value> = newest.entry.detail["hits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hit| &hit["rule"])
        .collect();
    assert_eq!(rules, ["S1", "S2"], "what has no category here is noted too");
    platform.chat(HI).await.expect(200);

    let platform = guarded("so you blorb them", "unsafe\nS9", "safe", json!({})).await;
    asking(&platform, &["Prompt", "Completion"], json!({})).await;
    let reply = platform.chat(HI).await.expect(200).json();
    assert_eq!(reply["choices"][0]["finish_reason"], "content_filter");
    assert_eq!(reply["choices"][0]["message"]["content"], "");
    let reply = platform.chat(HI_STREAM).await.expect(200);
    assert_eq!(reply.said(), "");
    assert!(reply.text.contains(r#""finish_reason":"content_filter""#));
}

#[tokio::test]
async fn guards_that_answer_with_yes_or_no_are_asked_one_question_for_each_harm() {
    for template in ["ShieldGemma", "GraniteGuardian"] {
        let platform = guarded("fine", "Yes", "No", json!({ "template": template })).await;
        asking(&platform, &["Prompt"], json!({})).await;
        let reply = platform.chat(&says("please blorb")).await.expect(400).json();
        let results = &reply["error"]["innererror"]["content_filter_result"];
        assert_eq!(
            results["hate"],
            json!({"filtered": true, "severity": "medium"}),
            "{template}"
        );
        platform.chat(HI).await.expect(200);
    }
    let questions = json!({"template": "Questions", "questions": [
        {"name": "insults", "category": "Hate", "severity": "High", "system": "You judge.", "user": "Is this rude: {text}"},
    ]});
    let platform = guarded("fine", "yes.", "no.", questions).await;
    asking(&platform, &["Prompt"], json!({})).await;
    platform.chat(&says("please blorb")).await.expect(400);
    let hit = platform.findings().await[0].entry.detail["hits"][0].clone();
    assert_eq!(
        (&hit["rule"], &hit["severity"]),
        (&json!("insults"), &json!("high"))
    );
}

#[tokio::test]
async fn a_guard_that_says_something_else_has_not_looked() {
    let platform = guarded("fine", "unsafe", "I think this is fine", json!({})).await;
    asking(&platform, &["Prompt"], json!({})).await;
    for body in [says("please blorb"), HI.to_owned()] {
        let reply = platform.chat(&body).await.expect(503);
        assert_eq!(reply.header("x-ms-error-code"), "content_filter_error");
    }
    // One that is gone, too.
    platform
        .put(
            provider("ours"),
            json!({"kind": "GuardModel", "deploymentId": endpoint_id("nobody").to_string()}),
        )
        .await;
    platform.chat(HI).await.expect(503);
    asking(&platform, &["Prompt"], json!({"onFailure": "Allow"})).await;
    platform.chat(HI).await.expect(200);
}

#[tokio::test]
async fn a_guard_is_paid_by_its_own_deployment_and_not_by_the_key() {
    let platform = guarded("fine", "unsafe\nS1", "safe", json!({})).await;
    platform.chat(HI).await.expect(200);
    let [alone, _, _, _, requests] = platform.billed().await;
    assert_eq!(requests, 1);
    asking(&platform, &["Prompt"], json!({})).await;
    platform.chat(HI).await.expect(200);
    let [prompt, _, _, _, requests] = platform.billed().await;
    assert_eq!(requests, 3, "the second chat, and the question about it");
    assert!(
        prompt > 2 * alone + 50,
        "a question has the categories in it: {prompt}"
    );
    let mut reader = platform.store.reader().await.unwrap();
    let guard = endpoint_id("guard").to_string();
    let question = EndpointQuestion {
        endpoint: &guard,
        period: Period::default(),
        grain: Grain::Whole,
        credential: None,
    };
    let lines = reader.endpoint_usage(&question).await.unwrap();
    assert!(!lines.is_empty());
    assert!(lines.iter().all(|line| line.credential == "content-safety"));
}

#[tokio::test]
async fn a_guard_is_guarded_by_nobody() {
    let platform = guarded("fine", "unsafe\nS1", "safe", json!({})).await;
    asking(&platform, &["Prompt", "Completion"], json!({})).await;
    let seats = json!({"safetyProviders": [
        {"safetyProviderName": "ours", "source": "Prompt"}, {"safetyProviderName": "ours", "source": "Completion"},
    ]});
    platform
        .put(endpoint_id("guard").child("raiPolicies", "default"), seats)
        .await;
    let reply = ask_the_guard(&platform, says("please blorb"))
        .await
        .expect(200)
        .json();
    assert_eq!(reply["choices"][0]["message"]["content"], "unsafe\nS1");
    assert_eq!(platform.billed().await[4], 1, "nobody was asked about it");
    // The built-in analyzer still looks at what people send to it, and never at what it is asked here.
    let threat = "I am going to kill him when he comes home tonight";
    let reply = ask_the_guard(&platform, streamed(threat)).await;
    assert_eq!(reply.status, 400);
    // A service looks at it as at any other deployment: one that cannot be asked stops it.
    let nobody = json!({"url": "http://127.0.0.1:1", "allowPrivateNetwork": true});
    platform.put(provider("theirs"), nobody).await;
    let seats = json!({"safetyProviders": [{"safetyProviderName": "theirs", "source": "Prompt"}]});
    platform
        .put(endpoint_id("guard").child("raiPolicies", "default"), seats)
        .await;
    let reply = ask_the_guard(&platform, says("hello")).await;
    assert_eq!(
        (reply.status, reply.header("x-ms-error-code")),
        (503, "content_filter_error")
    );
}
