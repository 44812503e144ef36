//! An account: one pair of keys, many models, named by path, by body or by header.

use crate::platform::{HI, MODEL, Platform, Reply, SERIES_MODEL, simulator};

const KEY: (&str, &str) = ("api-key", "lab-key");

async fn lab() -> Platform {
    let platform = Platform::start().await;
    platform.bind(simulator()).await;
    platform
        .account(
            "Lab",
            ("lab-key", "lab-other"),
            &[("Chat-1", MODEL), ("future", SERIES_MODEL)],
        )
        .await;
    platform
}

async fn ask(platform: &Platform, target: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    platform.send("POST", target, headers, body.to_owned()).await
}

fn with_model(name: &str) -> String {
    format!(r#"{{"model":"{name}","messages":[{{"role":"user","content":"hi"}}]}}"#)
}

#[tokio::test]
async fn a_deployment_is_named_by_path_by_body_or_by_header() {
    let platform = lab().await;
    let said = |reply: &Reply| reply.json()["choices"][0]["message"]["content"].to_string();
    let by_body = ask(
        &platform,
        "/accounts/lab/models/chat/completions",
        &[KEY],
        &with_model("CHAT-1"),
    )
    .await;
    let by_body = by_body.expect(200);
    assert_eq!(
        by_body.json()["id"].as_str().map(str::len),
        Some(32),
        "{}",
        by_body.text
    );
    let header = [KEY, ("x-ms-model-mesh-model-name", "chat-1")];
    let by_header = ask(&platform, "/accounts/lab/models/chat/completions", &header, HI)
        .await
        .expect(200);
    let target = "/accounts/lab/openai/deployments/chat-1/chat/completions?api-version=2024-10-21";
    let by_path = ask(&platform, target, &[KEY], &with_model("whatever"))
        .await
        .expect(200);
    assert!(by_path.json()["id"].as_str().unwrap().starts_with("chatcmpl-"));
    for target in [
        "/accounts/lab/openai/v1/chat/completions",
        "/accounts/lab/api/projects/p/openai/v1/chat/completions",
        "/v1/chat/completions",
        "/openai/v1/chat/completions",
    ] {
        let reply = ask(&platform, target, &[KEY], &with_model("chat-1"))
            .await
            .expect(200);
        assert_eq!(said(&reply), said(&by_path));
    }
    assert_eq!(said(&by_header), said(&by_path));
    let host = [KEY, ("host", "lab.services.ai.azure.com")];
    ask(
        &platform,
        "/models/chat/completions",
        &host,
        &with_model("chat-1"),
    )
    .await
    .expect(200);
    assert_eq!(platform.billed().await[4], 8);
}

#[tokio::test]
async fn what_is_not_there_is_told_as_the_service_tells_it() {
    let platform = lab().await;
    let code = |reply: Reply| {
        reply.json()["error"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let at = |route: &str| format!("/accounts/lab/{route}");
    let unnamed = ask(&platform, &at("models/chat/completions"), &[KEY], HI)
        .await
        .expect(400);
    assert_eq!(code(unnamed), "no_model_name");
    let unknown = ask(
        &platform,
        &at("openai/v1/chat/completions"),
        &[KEY],
        &with_model("x"),
    )
    .await;
    assert_eq!(code(unknown.expect(404)), "unknown_model");
    let unknown = ask(
        &platform,
        &at("openai/deployments/x/chat/completions"),
        &[KEY],
        HI,
    )
    .await;
    assert_eq!(code(unknown.expect(404)), "DeploymentNotFound");
    let wrong_task = ask(
        &platform,
        &at("openai/v1/chat/completions"),
        &[KEY],
        &with_model("future"),
    )
    .await;
    assert!(wrong_task.expect(404).text.contains("Not found"));
    assert_eq!(
        code(
            ask(&platform, &at("openai/nonsense"), &[KEY], HI)
                .await
                .expect(404)
        ),
        "404"
    );
    assert_eq!(
        code(
            ask(&platform, "/accounts/none/models/info", &[KEY], HI)
                .await
                .expect(404)
        ),
        "404"
    );
}

#[tokio::test]
async fn a_wrong_key_and_none_are_told_apart() {
    let platform = lab().await;
    let target = "/accounts/lab/models/chat/completions";
    let wrong = ask(&platform, target, &[("api-key", "no")], HI).await.expect(401);
    assert!(
        wrong
            .text
            .contains("Access denied due to invalid subscription key")
    );
    let none = ask(&platform, target, &[], HI).await.expect(401);
    assert_eq!(none.json()["statusCode"], 401);
    ask(&platform, "/v1/chat/completions", &[("api-key", "no")], HI)
        .await
        .expect(401);
    let other = [("authorization", "Bearer lab-other")];
    ask(&platform, target, &other, &with_model("chat-1"))
        .await
        .expect(200);
}

#[tokio::test]
async fn models_are_listed_and_described() {
    let platform = lab().await;
    let get = async |target: &str| platform.send("GET", target, &[KEY], String::new()).await;
    let list = get("/accounts/lab/openai/v1/models").await.expect(200).json();
    let names: Vec<_> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Chat-1", "future"]);
    assert_eq!(get("/v1/models/chat-1").await.expect(200).json()["id"], "Chat-1");
    get("/v1/models/none").await.expect(404);
    let info = get("/accounts/lab/models/info?model=chat-1")
        .await
        .expect(200)
        .json();
    assert_eq!(info["model_type"], "chat-completion");
    get("/accounts/lab/models/info").await.expect(400);
}
