//! What the control plane has said is there at once: nobody waits for the snapshot, and nobody is refused because of it.

use crate::platform::{HI, MODEL, Platform, SUBSCRIPTION, simulator};
use cupola_core::ResourceId;
use serde_json::json;
use tokio::sync::watch;

const ROUNDS: usize = 20;

async fn following() -> (Platform, watch::Sender<bool>) {
    let platform = Platform::start().await;
    platform.bind(simulator()).await;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(platform.gateway.clone().follow(stopped));
    (platform, stop)
}

async fn status_of_chat(platform: &Platform, endpoint: &str, key: &str) -> u16 {
    let target = format!("/endpoints/eastus2/{endpoint}/chat/completions");
    let key = [("api-key", key)];
    platform.send("POST", &target, &key, HI.into()).await.status
}

#[tokio::test]
async fn an_endpoint_that_is_saved_answers_and_so_does_its_next_key() {
    let (platform, _stop) = following().await;
    for round in 0..ROUNDS {
        let name = format!("fresh-{round}");
        let save = async |state, key| {
            platform
                .endpoint_with_keys(&name, state, "Online", (key, "other-key"))
                .await;
        };
        save("Creating", "first-key").await;
        assert_eq!(status_of_chat(&platform, &name, "first-key").await, 503);
        save("Succeeded", "first-key").await;
        assert_eq!(status_of_chat(&platform, &name, "first-key").await, 200);
        save("Succeeded", "second-key").await;
        assert_eq!(status_of_chat(&platform, &name, "second-key").await, 200);
    }
    assert_eq!(status_of_chat(&platform, "none", "first-key").await, 404);
}

#[tokio::test]
async fn a_deployment_that_is_saved_answers_by_path_and_by_body() {
    let (platform, _stop) = following().await;
    platform.account("lab", ("lab-key", "lab-other"), &[]).await;
    let account =
        ResourceId::group(SUBSCRIPTION, "rg").resource("Microsoft.CognitiveServices", "accounts", "lab");
    let key = [("api-key", "lab-key")];
    let model = json!({ "model": { "format": "OpenAI", "name": "m", "version": "1" }, "modelId": MODEL });
    for round in 0..ROUNDS {
        let save = async |name: &str| {
            let id = account.child("deployments", name);
            platform.put_site(id, model.clone(), "Succeeded", None).await;
        };
        let name = format!("path-{round}");
        save(&name).await;
        let target =
            format!("/accounts/lab/openai/deployments/{name}/chat/completions?api-version=2024-10-21");
        platform.send("POST", &target, &key, HI.into()).await.expect(200);

        let name = format!("body-{round}");
        save(&name).await;
        let body = HI.replacen('{', &format!(r#"{{"model":"{name}","#), 1);
        let target = "/accounts/lab/openai/v1/chat/completions";
        platform.send("POST", target, &key, body).await.expect(200);
    }
}

#[tokio::test]
async fn what_is_settled_is_refused_as_well() {
    let (platform, _stop) = following().await;
    for round in 0..ROUNDS {
        let name = format!("closing-{round}");
        for state in ["Online", "Suspended"] {
            let keys = ("first-key", "other-key");
            platform.endpoint_with_keys(&name, "Succeeded", state, keys).await;
            platform.gateway.settled().await;
            let expected = if state == "Online" { 200 } else { 403 };
            assert_eq!(status_of_chat(&platform, &name, "first-key").await, expected);
        }
    }
}
