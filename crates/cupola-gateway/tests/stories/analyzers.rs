//! External analyzers: a service is asked about prompts and completions, and its word counts as the built-in analyzer's does.

use crate::platform::{HI, HI_STREAM, MODEL, Platform, SUBSCRIPTION, endpoint_id};
use cupola_core::ResourceId;
use cupola_testkit::{Answer, FakeUpstream, Received};
use serde_json::{Value, json};

/// What the service finds, and nothing else does.
pub(crate) const HARM: &str = "blorb the neighbour";

pub(crate) fn says(text: &str) -> String {
    json!({"messages": [{"role": "user", "content": text}], "model": "chat"}).to_string()
}

pub(crate) fn streamed(text: &str) -> String {
    json!({"messages": [{"role": "user", "content": text}], "model": "chat", "stream": true}).to_string()
}

/// An endpoint whose backend says this, whole or in these pieces.
pub(crate) async fn saying(pieces: Vec<String>) -> (Platform, FakeUpstream) {
    let upstream = FakeUpstream::start(move |received| {
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        if received.body.contains(r#""stream":true"#) {
            Answer::stream(&pieces, 9)
        } else {
            Answer::completion(&pieces.concat(), 9, pieces.len() as u64)
        }
    })
    .await
    .unwrap();
    let platform = Platform::start().await;
    platform.upstream(upstream.url()).await;
    (platform, upstream)
}

/// What a service of the Azure shape answers: violence of level 4 where the harm stands, and an attack where there is a trick.
pub(crate) fn verdict(received: &Received) -> Answer {
    let body: Value = serde_json::from_str(&received.body).unwrap();
    let answer = if received.target.contains("text:shieldPrompt") {
        let is_attack = |text: &Value| text.as_str().unwrap_or_default().contains("trick");
        let documents = body["documents"].as_array().unwrap();
        json!({
            "userPromptAnalysis": {"attackDetected": is_attack(&body["userPrompt"])},
            "documentsAnalysis": documents.iter().map(|one| json!({"attackDetected": is_attack(one)})).collect::<Vec<_>>(),
        })
    } else {
        let text = body["text"].as_str().unwrap();
        let level = if text.contains(HARM) { 4 } else { 0 };
        let found = |category: &Value| {
            let severity = if category == "Violence" { level } else { 0 };
            json!({"category": category, "severity": severity})
        };
        let categories = body["categories"].as_array().unwrap();
        json!({
            "blocklistsMatch": [],
            "categoriesAnalysis": categories.iter().map(found).collect::<Vec<_>>(),
        })
    };
    Answer::Json {
        status: 200,
        retry_after: None,
        body: answer.to_string(),
    }
}

pub(crate) fn provider(name: &str) -> ResourceId {
    ResourceId::subscription(SUBSCRIPTION).resource(
        "Microsoft.CognitiveServices",
        "raiExternalSafetyProviders",
        name,
    )
}

/// Makes the service known, with more properties.
pub(crate) async fn known(platform: &Platform, service: &FakeUpstream, more: Value) {
    let base = service.url().trim_end_matches("/v1");
    let mut properties = json!({"url": base, "allowPrivateNetwork": true});
    if let (Value::Object(all), Value::Object(more)) = (&mut properties, more) {
        all.extend(more);
    }
    platform.put(provider("ours"), properties).await;
}

/// The policy of `hello` asks the provider about texts of these sources.
pub(crate) async fn asking(platform: &Platform, sources: &[&str], more: Value) {
    let seats: Vec<Value> = sources
        .iter()
        .map(|source| {
            let mut seat = json!({"safetyProviderName": "Ours", "source": source});
            if let (Value::Object(all), Value::Object(more)) = (&mut seat, &more) {
                all.extend(more.clone());
            }
            seat
        })
        .collect();
    let policy = json!({ "safetyProviders": seats });
    platform
        .put(endpoint_id("hello").child("raiPolicies", "default"), policy)
        .await;
}

/// So that a few words are several excerpts.
pub(crate) fn small() -> Value {
    json!({"charactersMax": 200, "overlapCharacters": 30, "stepCharacters": 20})
}

#[tokio::test]
async fn a_prompt_that_the_service_finds_harm_in_is_refused_before_anything_is_asked() {
    let (platform, upstream) = saying(vec!["fine".to_owned()]).await;
    let service = FakeUpstream::start(verdict).await.unwrap();
    known(&platform, &service, json!({})).await;
    platform.secret(&provider("ours"), "its-key").await;
    asking(&platform, &["Prompt"], json!({})).await;
    let text = format!("Please {HARM}.");
    for body in [says(&text), streamed(&text)] {
        let reply = platform.chat(&body).await.expect(400);
        assert_eq!(reply.header("x-ms-error-code"), "content_filter");
        let error = &reply.json()["error"];
        let results = &error["innererror"]["content_filter_result"];
        assert_eq!(
            results["violence"],
            json!({"filtered": true, "severity": "medium"})
        );
        assert_eq!(results["hate"], json!({"filtered": false, "severity": "safe"}));
    }
    assert!(upstream.received().is_empty());
    let [prompt, _, completion, _, requests] = platform.billed().await;
    assert_eq!(
        (completion, requests),
        (0, 2),
        "it costs its tokens, as what the built-in analyzer blocks"
    );
    assert!(prompt >= 10, "{prompt}");
    let newest = &platform.findings().await[0];
    assert_eq!(newest.entry.outcome, "ContentFiltered");
    let hit = &newest.entry.detail["hits"][0];
    assert_eq!(
        (&hit["analyzer"], &hit["rule"], &hit["category"], &hit["severity"]),
        (
            &json!("ours"),
            &json!("violence-4"),
            &json!("violence"),
            &json!("medium")
        )
    );
    assert_eq!(hit["span"], json!([0, text.len()]));
    assert!(
        !format!("{newest:?}").contains("neighbour"),
        "the text is not kept"
    );

    let asked = service.received();
    let analyze = asked
        .iter()
        .find(|one| one.target.contains("text:analyze"))
        .unwrap();
    assert!(
        analyze
            .target
            .ends_with("/contentsafety/text:analyze?api-version=2024-09-01")
    );
    assert_eq!(analyze.headers["ocp-apim-subscription-key"], "its-key");
    let body: Value = serde_json::from_str(&analyze.body).unwrap();
    assert_eq!(body["text"], text);
    assert_eq!(
        body["categories"],
        json!(["Hate", "SelfHarm", "Sexual", "Violence"])
    );
    assert_eq!(body["outputType"], "EightSeverityLevels");
    // What is clean goes on.
    platform.chat(HI).await.expect(200);
    assert_eq!(upstream.received().len(), 1);
}

#[tokio::test]
async fn attacks_are_looked_for_where_the_policy_looks_for_them() {
    let (platform, _upstream) = saying(vec!["fine".to_owned()]).await;
    let service = FakeUpstream::start(verdict).await.unwrap();
    known(&platform, &service, json!({})).await;
    asking(&platform, &["Prompt"], json!({})).await;
    let reply = platform.chat(&says("this is a trick")).await.expect(400).json();
    let results = &reply["error"]["innererror"]["content_filter_result"];
    assert_eq!(results["jailbreak"], json!({"filtered": true, "detected": true}));
    // The default policy does not look for attacks in documents.
    let call = json!({"role": "assistant", "content": null, "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]});
    let document = json!({"messages": [
        {"role": "user", "content": "hi"}, call, {"role": "tool", "tool_call_id": "c", "content": "a trick"},
    ]})
    .to_string();
    platform.chat(&document).await.expect(200);
    let policy = json!({
        "contentFilters": [{"name": "Indirect Attack", "source": "Prompt"}],
        "safetyProviders": [{"safetyProviderName": "ours", "source": "Prompt"}],
    });
    let at = endpoint_id("hello").child("raiPolicies", "default");
    platform.put(at, policy).await;
    platform.chat(&document).await.expect(400);
    // Without its shield it is not asked.
    known(&platform, &service, json!({"shieldPrompt": false})).await;
    platform.chat(&document).await.expect(200);
}

#[tokio::test]
async fn a_completion_is_cut_whole_and_however_it_is_streamed_and_no_byte_of_the_harm_goes_out() {
    let before = "All is well in the village, and the sun is high above the fields. ".repeat(3);
    let text = format!("{before}Then we {HARM}, and so on.");
    let words: Vec<String> = text.split_inclusive(' ').map(str::to_owned).collect();
    let letters: Vec<String> = text.chars().map(String::from).collect();
    for pieces in [vec![text.clone()], words, letters] {
        let (platform, _upstream) = saying(pieces).await;
        let service = FakeUpstream::start(verdict).await.unwrap();
        known(&platform, &service, small()).await;
        asking(&platform, &["Completion"], json!({})).await;
        let whole = platform.chat(HI).await.expect(200).json();
        assert_eq!(whole["choices"][0]["finish_reason"], "content_filter");
        let left = whole["choices"][0]["message"]["content"].as_str().unwrap();
        assert!(text.starts_with(left) && !left.contains("blorb"), "{left}");

        let reply = platform.chat(HI_STREAM).await.expect(200);
        let said = reply.said();
        assert!(text.starts_with(&said) && !said.contains("blorb"), "{said}");
        assert!(
            reply.text.contains(r#""finish_reason":"content_filter""#),
            "{}",
            reply.text
        );
        assert!(!reply.text.contains(r#""finish_reason":"stop""#));
        let findings = platform.findings().await;
        assert_eq!(findings.len(), 2);
        for finding in &findings {
            assert_eq!(finding.entry.outcome, "ContentFiltered");
            let hit = &finding.entry.detail["hits"][0];
            assert_eq!(hit["analyzer"], "ours");
            let span = hit["span"][0].as_u64().unwrap() as usize..hit["span"][1].as_u64().unwrap() as usize;
            assert!(text[span].contains(HARM));
        }
    }
}

#[tokio::test]
async fn a_clean_completion_goes_out_as_it_is() {
    let text = "The sun is high, the fields are gold, and é is a letter. ".repeat(12);
    let words: Vec<String> = text.split_inclusive(' ').map(str::to_owned).collect();
    for pieces in [vec![text.clone()], words] {
        let (platform, _upstream) = saying(pieces).await;
        let service = FakeUpstream::start(verdict).await.unwrap();
        known(&platform, &service, small()).await;
        asking(&platform, &["Completion"], json!({})).await;
        let whole = platform.chat(HI).await.expect(200).json();
        assert_eq!(whole["choices"][0]["message"]["content"], text);
        assert_eq!(whole["choices"][0]["finish_reason"], "stop");
        let asked = service.received().len();
        assert!(asked >= 4, "{asked} parts of {} characters", text.len());
        let reply = platform.chat(HI_STREAM).await.expect(200);
        assert_eq!(reply.said(), text);
        assert!(reply.text.contains(r#""finish_reason":"stop""#));
        assert!(reply.text.trim_end().ends_with("[DONE]"));
        assert!(service.received().len() >= 2 * asked);
        assert!(platform.findings().await.is_empty());
        // The answer's own usage is charged, and nothing for the service.
        let [prompt, _, _, _, requests] = platform.billed().await;
        assert_eq!((prompt, requests), (18, 2));
    }
}

#[tokio::test]
async fn the_strictest_of_all_analyzers_counts_and_what_only_annotates_lets_pass() {
    let (platform, _upstream) = saying(vec!["fine".to_owned()]).await;
    let service = FakeUpstream::start(verdict).await.unwrap();
    known(&platform, &service, json!({})).await;
    asking(&platform, &["Prompt"], json!({"blocking": false})).await;
    platform.chat(&says(&format!("Please {HARM}"))).await.expect(200);
    let newest = &platform.findings().await[0];
    assert_eq!(newest.entry.outcome, "Succeeded");
    assert_eq!(newest.entry.detail["hits"][0]["blocking"], false);
    // What the built-in analyzer blocks is blocked, and nobody else is asked.
    let asked = service.received().len();
    platform
        .chat(&says("I am going to kill him when he comes home tonight"))
        .await
        .expect(400);
    assert_eq!(service.received().len(), asked);
    // Thresholds hold for both: medium does not reach high.
    let policy = json!({
        "contentFilters": [{"name": "Violence", "source": "Prompt", "severityThreshold": "High"}],
        "safetyProviders": [{"safetyProviderName": "ours", "source": "Prompt"}],
    });
    let at = endpoint_id("hello").child("raiPolicies", "default");
    platform.put(at, policy).await;
    platform.chat(&says(&format!("Please {HARM}"))).await.expect(200);
}

#[tokio::test]
async fn in_asynchronous_mode_text_does_not_wait_and_the_stream_ends_when_something_is_found() {
    let text = format!("{} Then {HARM}. The end.", "All is well. ".repeat(10));
    let (platform, _upstream) = saying(text.split_inclusive(' ').map(str::to_owned).collect()).await;
    let service = FakeUpstream::start(verdict).await.unwrap();
    known(&platform, &service, small()).await;
    let policy = json!({
        "mode": "Asynchronous_filter",
        "safetyProviders": [{"safetyProviderName": "ours", "source": "Completion"}],
    });
    let at = endpoint_id("hello").child("raiPolicies", "default");
    platform.put(at, policy).await;
    let reply = platform.chat(HI_STREAM).await.expect(200);
    assert!(text.starts_with(&reply.said()));
    assert!(
        reply.text.contains(r#""finish_reason":"content_filter""#),
        "{}",
        reply.text
    );
    assert_eq!(platform.findings().await[0].entry.outcome, "ContentFiltered");
}

#[tokio::test]
async fn a_policy_that_asks_nobody_known_is_no_policy() {
    let (platform, upstream) = saying(vec!["fine".to_owned()]).await;
    asking(&platform, &["Prompt"], json!({})).await;
    let reply = platform.chat(HI).await.expect(503);
    assert!(reply.text.contains("safety provider 'Ours'"), "{}", reply.text);
    // One whose address is inside, and may not be.
    let service = FakeUpstream::start(verdict).await.unwrap();
    known(&platform, &service, json!({"allowPrivateNetwork": false})).await;
    let reply = platform.chat(HI).await.expect(503);
    assert!(reply.text.contains("private address"), "{}", reply.text);
    assert!(upstream.received().is_empty() && service.received().is_empty());
}

#[tokio::test]
async fn azure_s_clients_are_told_what_the_service_found() {
    let (platform, _upstream) = saying(vec!["fine".to_owned()]).await;
    let service = FakeUpstream::start(|received: &Received| {
        let mild = received.body.contains("mild");
        match verdict(received) {
            Answer::Json {
                status,
                retry_after,
                body,
            } if mild => Answer::Json {
                status,
                retry_after,
                body: body.replace(r#""Violence","severity":0"#, r#""Violence","severity":2"#),
            },
            other => other,
        }
    })
    .await
    .unwrap();
    known(&platform, &service, json!({})).await;
    platform
        .account("lab", ("lab-key", "lab-other"), &[("chat", MODEL)])
        .await;
    let account =
        ResourceId::group(SUBSCRIPTION, "rg").resource("Microsoft.CognitiveServices", "accounts", "lab");
    let policy = json!({"safetyProviders": [
        {"safetyProviderName": "ours", "source": "Prompt"}, {"safetyProviderName": "ours", "source": "Completion"},
    ]});
    platform.put(account.child("raiPolicies", "asking"), policy).await;
    let deployment = json!({"model": {"format": "OpenAI", "name": "m", "version": "1"}, "modelId": MODEL, "raiPolicyName": "asking"});
    platform
        .put(account.child("deployments", "chat"), deployment)
        .await;
    let target = "/accounts/lab/openai/v1/chat/completions";
    for body in [says("something mild"), streamed("something mild")] {
        let reply = platform
            .send("POST", target, &[("api-key", "lab-key")], body)
            .await
            .expect(200);
        assert!(
            reply
                .text
                .contains(r#""violence":{"filtered":false,"severity":"low"}"#),
            "{}",
            reply.text
        );
    }
}
