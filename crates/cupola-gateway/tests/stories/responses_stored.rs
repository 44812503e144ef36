//! Responses that are kept: gone on from, read again, listed, deleted, and by whom.

use crate::platform::{MODEL, Platform, Reply, SUBSCRIPTION, simulator};
use cupola_core::ResourceId;
use cupola_core::rbac::Granted;
use cupola_gateway::GatewaySettings;
use cupola_store::responses::SiteBounds;
use serde_json::{Value, json};
use std::time::Duration;

const V1: &str = "/accounts/lab/openai/v1/responses";

async fn lab() -> Platform {
    lab_with(GatewaySettings::default()).await
}

async fn lab_with(settings: GatewaySettings) -> Platform {
    let platform = Platform::with_settings(settings).await;
    platform.hello(simulator()).await;
    for name in ["lab", "other"] {
        let keys = (format!("{name}-key"), format!("{name}-second"));
        let deployments = [("chat", MODEL)];
        platform.account(name, (&keys.0, &keys.1), &deployments).await;
    }
    platform
}

async fn send(platform: &Platform, method: &str, target: &str, key: &str, body: Value) -> Reply {
    let bearer = format!("Bearer {key}");
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    platform
        .send(method, target, &[("authorization", &bearer)], body)
        .await
}

async fn create(platform: &Platform, more: Value) -> Value {
    let mut body = json!({ "model": "chat", "input": "hi" });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    send(platform, "POST", V1, "lab-key", body)
        .await
        .expect(200)
        .json()
}

async fn get(platform: &Platform, id: &Value, rest: &str) -> Reply {
    send(platform, "GET", &one(id, rest), "lab-key", Value::Null).await
}

fn one(id: &Value, rest: &str) -> String {
    format!("{V1}/{}{rest}", id.as_str().unwrap())
}

/// What the client of a stream is told at its end.
fn last(reply: &Reply) -> Value {
    let data = reply
        .text
        .lines()
        .rfind(|line| line.starts_with("data: "))
        .unwrap();
    serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap()
}

fn code(reply: &Reply) -> String {
    reply.json()["error"]["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_response_is_there_as_soon_as_it_is_answered_whole_or_streamed() {
    let platform = lab().await;
    let whole = create(&platform, json!({ "metadata": { "k": "v" }, "user": "u" })).await;
    assert_eq!(whole["store"], true);
    assert_eq!(get(&platform, &whole["id"], "").await.expect(200).json(), whole);
    let body = json!({ "model": "chat", "input": "hi", "stream": true });
    let events = send(&platform, "POST", V1, "lab-key", body).await.expect(200);
    let last = last(&events);
    assert_eq!(last["type"], "response.completed");
    assert_eq!(last["response"]["store"], true);
    let id = &last["response"]["id"];
    assert_eq!(get(&platform, id, "").await.expect(200).json(), last["response"]);
    // With the other key, and on every surface that has responses.
    let id = id.as_str().unwrap();
    for (target, key) in [
        (format!("{V1}/{id}?api-version=preview"), "lab-second"),
        (
            format!("/accounts/lab/openai/responses/{id}?api-version=2025-04-01-preview"),
            "lab-key",
        ),
        (
            format!("/accounts/lab/api/projects/p/openai/v1/responses/{id}"),
            "lab-key",
        ),
        (format!("/v1/responses/{id}"), "lab-key"),
        (format!("/openai/v1/responses/{id}/"), "lab-key"),
    ] {
        let found = send(&platform, "GET", &target, key, Value::Null)
            .await
            .expect(200);
        assert_eq!(found.json()["id"], id, "{target}");
    }
    // The streamed one was cut at its bound, and can be gone on from all the same.
    let body = json!({ "model": "chat", "input": "hi", "stream": true, "max_output_tokens": 1 });
    let events = send(&platform, "POST", V1, "lab-key", body).await.expect(200);
    let cut = self::last(&events);
    assert_eq!(cut["type"], "response.incomplete");
    assert_eq!(
        get(&platform, &cut["response"]["id"], "")
            .await
            .expect(200)
            .json()["status"],
        "incomplete"
    );
    // An endpoint has its own.
    let body = json!({ "model": "x", "input": "hi" }).to_string();
    let made = platform.post("v1/responses", &body, &[]).await.expect(200).json();
    let target = format!(
        "/endpoints/eastus2/hello/v1/responses/{}",
        made["id"].as_str().unwrap()
    );
    let found = send(&platform, "GET", &target, "secondary-key", Value::Null)
        .await
        .expect(200);
    assert_eq!(found.json(), made);
}

#[tokio::test]
async fn a_conversation_goes_on_and_its_earlier_turns_are_read_and_charged_again() {
    let platform = lab().await;
    let tokens = |response: &Value| response["usage"]["input_tokens"].as_u64().unwrap();
    let first = create(
        &platform,
        json!({ "instructions": "Be brief, and never say anything twice." }),
    )
    .await;
    let second = create(
        &platform,
        json!({ "input": "and?", "previous_response_id": first["id"] }),
    )
    .await;
    assert_eq!(second["previous_response_id"], first["id"]);
    let third = create(
        &platform,
        json!({ "input": "so?", "previous_response_id": second["id"] }),
    )
    .await;
    // The same, said at once.
    let answer = |response: &Value| response["output"][0].clone();
    let said = |text: &str| json!({ "role": "user", "content": text });
    let input = json!([
        said("hi"),
        answer(&first),
        said("and?"),
        answer(&second),
        said("so?")
    ]);
    let at_once = create(&platform, json!({ "input": input, "store": false })).await;
    assert_eq!(tokens(&third), tokens(&at_once));
    assert_eq!(answer(&third)["content"], answer(&at_once)["content"]);
    assert!(tokens(&third) > tokens(&second), "{third}");
    let sum: u64 = [&first, &second, &third, &at_once].into_iter().map(tokens).sum();
    assert_eq!(platform.billed().await[0], sum);

    let list = get(&platform, &third["id"], "/input_items?order=asc")
        .await
        .expect(200)
        .json();
    let texts: Vec<&str> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["content"][0]["text"].as_str().unwrap())
        .collect();
    let words = |response: &Value| {
        response["output"][0]["content"][0]["text"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(texts, ["hi", &words(&first), "and?", &words(&second), "so?"]);
    let newest = get(&platform, &third["id"], "/input_items?limit=2")
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&newest["has_more"], &newest["data"][0]["content"][0]["text"]),
        (&json!(true), &json!("so?"))
    );
    let rest = format!(
        "/input_items?limit=100&after={}",
        newest["last_id"].as_str().unwrap()
    );
    let rest = get(&platform, &third["id"], &rest).await.expect(200).json();
    assert_eq!(
        (rest["data"].as_array().unwrap().len(), &rest["has_more"]),
        (3, &json!(false))
    );
    for (query, why) in [
        ("limit=0", "limit is '0'"),
        ("order=up", "order is 'up'"),
        ("after=x", "after is 'x'"),
    ] {
        let refused = get(&platform, &third["id"], &format!("/input_items?{query}"))
            .await
            .expect(400);
        assert!(refused.text.contains(why), "{}", refused.text);
    }
}

#[tokio::test]
async fn tools_that_a_response_called_are_answered_with_the_next_one() {
    let platform = lab().await;
    let first = create(
        &platform,
        json!({ "input": [{ "role": "user", "content": "w?" },
        { "type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}" }] }),
    )
    .await;
    let output = json!([{ "type": "function_call_output", "call_id": "c1", "output": "7" }]);
    let next = create(
        &platform,
        json!({ "input": output, "previous_response_id": first["id"] }),
    )
    .await;
    let list = get(&platform, &next["id"], "/input_items")
        .await
        .expect(200)
        .json();
    assert_eq!(list["data"][0]["output"], "7");
    // Nothing new is said: the conversation alone is something.
    create(
        &platform,
        json!({ "input": [], "previous_response_id": next["id"] }),
    )
    .await;
}

#[tokio::test]
async fn what_is_deleted_is_gone_and_nothing_goes_on_from_it() {
    let platform = lab().await;
    let first = create(&platform, json!({})).await;
    let second = create(&platform, json!({ "previous_response_id": first["id"] })).await;
    let gone = send(
        &platform,
        "DELETE",
        &one(&first["id"], ""),
        "lab-second",
        Value::Null,
    )
    .await
    .expect(200);
    assert_eq!(
        gone.json(),
        json!({ "id": first["id"], "object": "response", "deleted": true })
    );
    for (method, rest) in [
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/input_items"),
        ("POST", "/cancel"),
    ] {
        let refused = send(&platform, method, &one(&first["id"], rest), "lab-key", json!({}))
            .await
            .expect(404);
        assert_eq!(code(&refused), "response_not_found", "{method} {rest}");
    }
    // The next one is still there, but its beginning is not.
    assert_eq!(get(&platform, &second["id"], "").await.expect(200).json(), second);
    let list = get(&platform, &second["id"], "/input_items")
        .await
        .expect(200)
        .json();
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    let body = |id: &Value| json!({ "model": "chat", "input": "x", "previous_response_id": id });
    for (previous, why) in [
        (&first["id"], "not found: it was deleted"),
        (&second["id"], "goes on: it was deleted"),
        (&json!("resp_nothing"), "'resp_nothing' not found"),
    ] {
        let refused = send(&platform, "POST", V1, "lab-key", body(previous))
            .await
            .expect(400);
        assert_eq!(code(&refused), "previous_response_not_found");
        assert_eq!(refused.json()["error"]["param"], "previous_response_id");
        assert!(refused.text.contains(why), "{}", refused.text);
    }
    assert_eq!(platform.billed().await[4], 2, "what is refused costs nothing");
}

#[tokio::test]
async fn what_is_not_to_be_kept_is_not() {
    let platform = lab().await;
    let first = create(&platform, json!({})).await;
    let second = create(
        &platform,
        json!({ "previous_response_id": first["id"], "store": false }),
    )
    .await;
    assert_eq!(second["store"], false);
    get(&platform, &second["id"], "").await.expect(404);
    let body = json!({ "model": "chat", "input": "hi", "store": false, "stream": true });
    let events = send(&platform, "POST", V1, "lab-key", body).await.expect(200);
    assert_eq!(last(&events)["response"]["store"], false);
    get(&platform, &last(&events)["response"]["id"], "")
        .await
        .expect(404);
    for (more, why) in [
        (json!({ "store": "no" }), "'store' must be true or false"),
        (
            json!({ "previous_response_id": 7 }),
            "'previous_response_id' must be a string",
        ),
    ] {
        let mut body = json!({ "model": "chat", "input": "hi" });
        let (name, value) = more.as_object().unwrap().iter().next().unwrap();
        body[name] = value.clone();
        let refused = send(&platform, "POST", V1, "lab-key", body).await.expect(400);
        assert!(refused.text.contains(why), "{}", refused.text);
    }
}

#[tokio::test]
async fn what_cannot_be_done_says_why() {
    let platform = lab().await;
    let made = create(&platform, json!({})).await;
    let refused = send(
        &platform,
        "POST",
        &one(&made["id"], "/cancel"),
        "lab-key",
        json!({}),
    )
    .await
    .expect(400);
    assert!(
        refused.text.contains("Cannot cancel a synchronous response"),
        "{}",
        refused.text
    );
    let refused = get(&platform, &made["id"], "?stream=true&starting_after=3")
        .await
        .expect(400);
    assert_eq!(refused.json()["error"]["param"], "stream");
    get(&platform, &made["id"], "?stream=false").await.expect(200);
    for (method, rest, allowed) in [
        ("POST", "", "GET, DELETE"),
        ("PUT", "", "GET, DELETE"),
        ("POST", "/input_items", "GET"),
        ("DELETE", "/input_items", "GET"),
        ("GET", "/cancel", "POST"),
    ] {
        let wrong = send(&platform, method, &one(&made["id"], rest), "lab-key", json!({}))
            .await
            .expect(405);
        assert_eq!(wrong.header("allow"), allowed, "{method} {rest}");
        let hint = format!("use {}.", allowed.replace(", ", " or "));
        assert!(wrong.text.contains(&hint), "{}", wrong.text);
    }
    let wrong = send(&platform, "GET", V1, "lab-key", Value::Null)
        .await
        .expect(405);
    assert_eq!(wrong.header("allow"), "POST");
    get(&platform, &made["id"], "/output_items").await.expect(404);
}

#[tokio::test]
async fn a_response_is_its_sites_and_its_makers() {
    let platform = lab().await;
    let made = create(&platform, json!({})).await;
    let id = made["id"].as_str().unwrap();
    let routes = [
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/input_items"),
        ("POST", "/cancel"),
    ];
    for (method, rest) in routes {
        let target = one(&made["id"], rest);
        // No key of the site, or none at all.
        send(&platform, method, &target, "other-key", json!({}))
            .await
            .expect(401);
        platform
            .send(method, &target, &[], String::new())
            .await
            .expect(401);
        // Another site's key, at that site.
        for (site, key) in [
            ("/accounts/other/openai/v1", "other-key"),
            ("/endpoints/eastus2/hello/v1", "primary-key"),
        ] {
            let target = format!("{site}/responses/{id}{rest}");
            let refused = send(&platform, method, &target, key, json!({})).await.expect(404);
            assert_eq!(code(&refused), "response_not_found", "{method} {target}");
        }
        // A token with another right, and one with the right, whose principal did not make it.
        let refused = send(&platform, method, &target, "eyJ0.ada.embeddings", json!({}))
            .await
            .expect(403);
        assert!(
            refused.text.contains("accounts/OpenAI/responses/"),
            "{}",
            refused.text
        );
        send(&platform, method, &target, "eyJ0.ada.responses", json!({}))
            .await
            .expect(404);
    }
    let body = json!({ "model": "chat", "input": "x", "previous_response_id": id });
    let elsewhere = "/accounts/other/openai/v1/responses";
    let refused = send(&platform, "POST", elsewhere, "other-key", body.clone())
        .await
        .expect(400);
    assert_eq!(code(&refused), "previous_response_not_found");
    send(&platform, "POST", V1, "eyJ0.ada.chat", body)
        .await
        .expect(400);

    let body = json!({ "model": "chat", "input": "x" });
    let adas = send(&platform, "POST", V1, "eyJ0.ada.chat", body)
        .await
        .expect(200)
        .json();
    let target = one(&adas["id"], "");
    send(&platform, "GET", &target, "eyJ0.ada.responses", Value::Null)
        .await
        .expect(200);
    send(&platform, "GET", &target, "eyJ0.bob.responses", Value::Null)
        .await
        .expect(404);
    send(&platform, "GET", &target, "lab-key", Value::Null)
        .await
        .expect(404);
    get(&platform, &made["id"], "").await.expect(200);
}

#[tokio::test]
async fn responses_are_sealed_kept_for_thirty_days_and_go_with_their_account() {
    let platform = lab().await;
    let secret = "the eagle lands at noon";
    let made = create(&platform, json!({ "input": secret, "user": secret })).await;
    get(&platform, &made["id"], "").await.expect(200);
    for entry in std::fs::read_dir(platform.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
    platform.clock.advance(Duration::from_secs(30 * 24 * 3600 - 60));
    get(&platform, &made["id"], "").await.expect(200);
    platform.clock.advance(Duration::from_secs(60));
    get(&platform, &made["id"], "").await.expect(404);

    let young = create(&platform, json!({})).await;
    let id = ResourceId::group(SUBSCRIPTION, "rg").resource("Microsoft.CognitiveServices", "accounts", "lab");
    let mut work = platform.store.begin().await.unwrap();
    work.resources()
        .delete(&Granted::to_platform("test"), &id)
        .await
        .unwrap();
    work.save().await.unwrap();
    // The gateway has not heard of it yet.
    get(&platform, &young["id"], "").await.expect(404);
    let late = create(&platform, json!({})).await;
    assert_eq!(late["store"], false, "there is nobody to keep it for");
    platform
        .account("lab", ("lab-key", "lab-second"), &[("chat", MODEL)])
        .await;
    get(&platform, &young["id"], "").await.expect(404);
}

#[tokio::test]
async fn a_site_keeps_no_more_than_its_bounds_and_says_what_it_does_not_keep() {
    let bounds = |count_max, bytes_max| GatewaySettings {
        kept_responses: SiteBounds { count_max, bytes_max },
        ..GatewaySettings::default()
    };
    let platform = lab_with(bounds(2, 128 << 10)).await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(create(&platform, json!({})).await);
        assert_eq!(made[made.len() - 1]["store"], true);
    }
    get(&platform, &made[0]["id"], "").await.expect(404);
    get(&platform, &made[1]["id"], "").await.expect(200);
    let large = create(
        &platform,
        json!({ "input": "x".repeat(200_000), "max_output_tokens": 1 }),
    )
    .await;
    assert_eq!(large["store"], false);
    get(&platform, &large["id"], "").await.expect(404);
    get(&platform, &made[2]["id"], "").await.expect(200);
    let body = json!({ "model": "chat", "input": "x".repeat(200_000), "stream": true });
    let events = send(&platform, "POST", V1, "lab-key", body).await.expect(200);
    let end = last(&events);
    assert_eq!(
        (&end["type"], &end["response"]["store"]),
        (&json!("response.completed"), &json!(false))
    );
    assert!(events.text.ends_with("}\n\n"));

    let platform = lab_with(bounds(0, 1 << 20)).await;
    let made = create(&platform, json!({})).await;
    assert_eq!(made["store"], false);
    get(&platform, &made["id"], "").await.expect(404);
}

#[tokio::test]
async fn a_conversation_is_no_longer_than_a_request_may_be() {
    let settings = GatewaySettings {
        body_bytes_max: 10_000,
        ..GatewaySettings::default()
    };
    let platform = lab_with(settings).await;
    let mut previous = create(&platform, json!({ "input": "x".repeat(4000) })).await;
    previous = create(
        &platform,
        json!({ "input": "x".repeat(4000), "previous_response_id": previous["id"] }),
    )
    .await;
    previous = create(
        &platform,
        json!({ "input": "x".repeat(4000), "previous_response_id": previous["id"] }),
    )
    .await;
    let body = json!({ "model": "chat", "input": "x", "previous_response_id": previous["id"] });
    let refused = send(&platform, "POST", V1, "lab-key", body).await.expect(400);
    assert_eq!(code(&refused), "context_length_exceeded");
    assert!(refused.text.contains("the 10000 bytes"), "{}", refused.text);
}

#[tokio::test]
async fn earlier_turns_are_screened_again() {
    let platform = lab().await;
    let unscreened = create(&platform, json!({ "input": "please say BLOCKME" })).await;
    let id = ResourceId::group(SUBSCRIPTION, "rg").resource("Microsoft.CognitiveServices", "accounts", "lab");
    let item = json!({ "pattern": "BLOCKME", "isRegex": false });
    platform
        .put(id.child("raiBlocklists", "words"), json!({ "description": "" }))
        .await;
    platform
        .put(
            id.child("raiBlocklists", "words")
                .child("raiBlocklistItems", "one"),
            item,
        )
        .await;
    let policy = json!({ "basePolicyName": "Microsoft.DefaultV2", "mode": "Default", "contentFilters": [],
        "customBlocklists": [{ "blocklistName": "words", "blocking": true, "source": "Prompt" }] });
    platform.put(id.child("raiPolicies", "strict"), policy).await;
    let deployment = json!({ "model": { "format": "OpenAI", "name": "m", "version": "1" }, "modelId": MODEL,
        "raiPolicyName": "strict" });
    platform.put(id.child("deployments", "chat"), deployment).await;
    create(&platform, json!({})).await;
    let body = json!({ "model": "chat", "input": "and?", "previous_response_id": unscreened["id"] });
    let refused = send(&platform, "POST", V1, "lab-key", body).await.expect(400);
    assert_eq!(code(&refused), "content_filter");
}

#[tokio::test]
async fn a_store_that_is_busy_keeps_nothing_and_the_answer_says_so() {
    let platform = lab().await;
    let first = create(&platform, json!({})).await;
    // Whoever changes something makes all others wait.
    let blocked = platform.store.begin().await.unwrap();
    let unkept = create(
        &platform,
        json!({ "store": false, "previous_response_id": first["id"] }),
    );
    let unkept = tokio::time::timeout(Duration::from_secs(2), unkept)
        .await
        .unwrap();
    assert_eq!(unkept["store"], false);
    let late = create(&platform, json!({})).await;
    assert_eq!(late["store"], false);
    let body = json!({ "model": "chat", "input": "hi", "stream": true });
    let events = send(&platform, "POST", V1, "lab-key", body).await.expect(200);
    assert_eq!(last(&events)["response"]["store"], false);
    drop(blocked);
    assert_eq!(create(&platform, json!({})).await["store"], true);
    platform.gateway.drain().await;
    for id in [&late["id"], &last(&events)["response"]["id"]] {
        get(&platform, id, "").await.expect(404);
    }
}
