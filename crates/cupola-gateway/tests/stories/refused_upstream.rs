//! An upstream's own filter refuses a prompt: clients read which category it was, as they would of ours.

use crate::platform::{HI, Platform};
use crate::raw::{RawBackend, Then};
use serde_json::json;

const RESULT: &str =
    r#"{"hate":{"filtered":true,"severity":"high"},"jailbreak":{"detected":false,"filtered":false}}"#;

/// What an Azure OpenAI deployment says of a prompt that it does not take.
fn filtered() -> Vec<u8> {
    let body = format!(
        r#"{{"error":{{"message":"The prompt was filtered.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{{"code":"ResponsibleAIPolicyViolation","content_filter_result":{RESULT}}}}}}}"#
    );
    let head = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ";
    format!("{head}{}\r\n\r\n{body}", body.len()).into_bytes()
}

#[tokio::test]
async fn the_category_that_an_upstream_met_is_passed_on() {
    let platform = Platform::start().await;
    for route in ["chat/completions", "v1/chat/completions", "v1/messages"] {
        let backend = RawBackend::saying(filtered(), Then::Stay).await;
        platform.upstream(backend.url()).await;
        let before = platform.billed().await;
        let body = if route == "v1/messages" {
            r#"{"model":"hello","max_tokens":5,"messages":[{"role":"user","content":"Hi"}]}"#
        } else {
            HI
        };
        let refused = platform.post(route, body, &[]).await.expect(400);
        let error = &refused.json()["error"];
        assert_eq!(error["message"], "The prompt was filtered.", "{route}");
        if route == "v1/messages" {
            assert_eq!(error["type"], "invalid_request_error");
            assert!(error.get("innererror").is_none());
        } else {
            assert_eq!(error["code"], "content_filter", "{route}");
            assert_eq!(refused.header("x-ms-error-code"), "content_filter");
            let expected: serde_json::Value = serde_json::from_str(RESULT).unwrap();
            assert_eq!(
                error["innererror"],
                json!({"code": "ResponsibleAIPolicyViolation", "content_filter_result": expected}),
                "{route}"
            );
        }
        assert_eq!(platform.billed().await, before, "{route}");
    }
}

#[tokio::test]
async fn a_fault_of_a_value_is_told_in_the_shape_of_the_surface() {
    let platform = Platform::start().await;
    let flat = r#"{"status":422,"code":"parameter_not_supported","detail":{"loc":["body","top_logprobs"],"input":99,"msg":"at most 20"},"message":"One of the parameters contain invalid values."}"#;
    let head = "HTTP/1.1 422 Unprocessable Entity\r\nContent-Type: application/json\r\nContent-Length: ";
    let answer = format!("{head}{}\r\n\r\n{flat}", flat.len()).into_bytes();
    let messages = r#"{"model":"hello","max_tokens":5,"messages":[{"role":"user","content":"Hi"}]}"#;
    for (route, body, expected) in [
        ("chat/completions", HI, serde_json::from_str(flat).unwrap()),
        (
            "v1/chat/completions",
            HI,
            json!({"error": {"message": "at most 20", "type": "invalid_request_error", "param": "top_logprobs", "code": "parameter_not_supported"}}),
        ),
        (
            "v1/messages",
            messages,
            json!({"type": "error", "error": {"type": "invalid_request_error", "message": "at most 20"}}),
        ),
        (
            "v2/chat",
            messages,
            json!({"message": "at most 20", "code": "parameter_not_supported", "param": "top_logprobs"}),
        ),
    ] {
        let backend = RawBackend::saying(answer.clone(), Then::Stay).await;
        platform.upstream(backend.url()).await;
        let mut refused = platform.post(route, body, &[]).await.expect(422).json();
        if let Some(refused) = refused.as_object_mut() {
            refused.remove("request_id");
        }
        assert_eq!(refused, expected, "{route}");
    }
}
