//! Serverless endpoints that are changed.

use super::*;

fn endpoint(etag: &str, tags: Value) -> Value {
    json!({"id": "/s/hello", "name": "hello", "location": "eastus2", "etag": etag, "tags": tags,
        "sku": {"name": "Consumption"}, "properties": {"authMode": "Key", "modelSettings": {"modelId": "m"},
        "contentSafety": {"contentSafetyStatus": "Enabled"}, "endpointState": "Online",
        "provisioningState": "Succeeded", "rateLimits": {"tokensPerMinute": 7}}})
}

#[test]
fn an_endpoint_is_changed_in_parts_and_sent_whole() {
    let after = endpoint("2", json!({"cost": "42"}));
    let server = Server::playing(vec![
        part("GET /*", 200, endpoint("1", json!({"team": "blue"}))),
        part("/serverlessEndpoints/hello", 200, after),
    ]);
    let line = [
        "ml",
        "serverless-endpoint",
        "update",
        "-n",
        "hello",
        "--set",
        "auth_mode=aad",
        "rate_limits.requests_per_minute=3",
        "--add",
        "tags",
        "cost=42",
        "--remove",
        "tags.team",
        "--query",
        "[tags.cost, to_string(rate_limits)]",
        "-o",
        "tsv",
    ];
    assert_eq!(server.run(&line).text, "42\n{\"tokens_per_minute\":7}\n");
    insta::assert_snapshot!(server.heard(), @r#"
    GET WS/serverlessEndpoints/hello
    PUT WS/serverlessEndpoints/hello {"location":"eastus2","sku":{"name":"Consumption"},"tags":{"cost":"42"},"properties":{"modelSettings":{"modelId":"m"},"authMode":"AAD","rateLimits":{"tokensPerMinute":7,"requestsPerMinute":3}}}
    "#);
}

#[test]
fn a_change_that_cannot_be_changes_nothing() {
    let server = Server::playing(vec![part("GET /*", 200, endpoint("1", json!({})))]);
    let outcome = server.run(&["ml", "serverless-endpoint", "update", "-n", "hello"]);
    insta::assert_snapshot!(outcome.text, @r"
    ERROR: Nothing would change: use --set, --add or --remove
    Try: cupola ml serverless-endpoint update -n hello --set tags.team=blue
    ");
    assert_eq!(server.heard(), "");
    let line = [
        "ml",
        "serverless-endpoint",
        "update",
        "-n",
        "hello",
        "--set",
        "model_id=x",
    ];
    insta::assert_snapshot!(server.run(&line).text, @"ERROR: 'model_id' of a serverless endpoint cannot be changed; what can is auth_mode, rate_limits, tags");
    assert!(!server.heard().contains("PUT"));
}

#[test]
fn an_endpoint_that_is_not_there_cannot_be_changed() {
    let server = Server::playing(Vec::new());
    let line = [
        "ml",
        "serverless-endpoint",
        "update",
        "-n",
        "nobody",
        "--set",
        "tags.a=1",
    ];
    let outcome = server.run(&line);
    assert_eq!(outcome.exit, Some(Exit::NotFound));
    assert!(
        outcome.text.contains("Try: cupola ml serverless-endpoint list"),
        "{}",
        outcome.text
    );
}
