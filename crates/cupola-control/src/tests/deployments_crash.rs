//! Deployments, killed at every step, and large ones.

use super::deployments::{body, endpoint, template};
use super::platform::{DIRECT, Platform};
use crate::Control;
use crate::jobs::{self, Attempt, Runner};
use serde_json::{Value, json};
use std::future::Future as _;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use tokio::time::Instant;

fn chain() -> Value {
    let mut second = endpoint("second");
    second["dependsOn"] = json!([
        "[resourceId('Microsoft.MachineLearningServices/workspaces/serverlessEndpoints', 'hello-project', 'first')]"
    ]);
    let mut chain = template(json!([endpoint("first"), second]));
    chain["outputs"] = json!({"uri": {"type": "string", "value": "[reference(resourceId('Microsoft.MachineLearningServices/workspaces/serverlessEndpoints', 'hello-project', 'second')).inferenceEndpoint.uri]"}});
    chain
}

/// Does what is due, polling so often, and drops it where it stands then. True where nothing was left to do.
async fn work_for(platform: &Platform, control: &Control, polls: usize) -> bool {
    let mut left = polls;
    for _ in 0..12 {
        let mut reader = platform.store.reader().await.expect("a reader");
        let due = reader
            .jobs()
            .due(cupola_core::Timestamp::MAX, 10)
            .await
            .expect("read");
        drop(reader);
        if due.is_empty() {
            return true;
        }
        for job in due {
            let waited = Duration::ZERO;
            let attempt = Attempt { job, waited };
            let mut step = pin!(jobs::step(control, &attempt));
            let ended = std::future::poll_fn(|context| {
                if left == 0 {
                    return Poll::Ready(false);
                }
                left -= 1;
                step.as_mut()
                    .poll(context)
                    .map(|outcome| outcome.map(|_| true).expect("a step"))
            });
            if !ended.await {
                return false;
            }
        }
    }
    true
}

#[tokio::test]
async fn a_deployment_survives_a_kill_at_every_step() {
    let mut polls = 1;
    loop {
        let platform = Platform::start().await;
        platform.simulate(&[DIRECT]).await;
        let path = platform.deployment("chain");
        let put = platform
            .admin()
            .await
            .put(&path, body(chain(), json!({})))
            .await
            .is(201);
        // A new control plane on the same store knows nothing but what was saved.
        let first = Control::new(platform.deps.clone())
            .await
            .expect("a control plane");
        let whole = work_for(&platform, &first, polls).await;
        drop(first);
        let mut runner = Runner::new(
            &Control::new(platform.deps.clone())
                .await
                .expect("a control plane"),
        );
        let mut ended = whole;
        for _ in 0..30 {
            runner.turn().await.expect("a turn");
            platform.clock.advance(Duration::from_secs(1));
            let seen = platform.admin().await.get(&path).await.is(200);
            let properties = &seen.body["properties"];
            assert_ne!(
                properties["provisioningState"], "Failed",
                "after {polls} polls: {}",
                seen.text
            );
            ended = properties["provisioningState"] == "Succeeded";
            if ended {
                assert!(properties["outputs"]["uri"]["value"].is_string(), "{}", seen.text);
                break;
            }
        }
        assert!(ended, "killed after {polls} polls");
        let admin = platform.admin().await;
        let status = admin.get(put.header("azure-asyncoperation")).await.is(200);
        assert_eq!(status.body["status"], "Succeeded");
        // Each resource was put once: the audit record has one line for each.
        let accepted = platform
            .audit()
            .await
            .into_iter()
            .filter(|entry| {
                entry.action.ends_with("/serverlessEndpoints/write") && entry.outcome == "Accepted"
            })
            .count();
        assert_eq!(accepted, 2, "killed after {polls} polls");
        let steps = admin.get(&format!("{path}/operations")).await.is(200);
        assert_eq!(
            steps.body["value"].as_array().map(Vec::len),
            Some(3),
            "{}",
            steps.text
        );
        if whole {
            assert!(polls > 30, "it was killed at few steps: {polls}");
            return;
        }
        polls += 1;
    }
}

#[tokio::test]
async fn each_turn_may_belong_to_another_process() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    let path = platform.deployment("chain");
    platform
        .admin()
        .await
        .put(&path, body(chain(), json!({})))
        .await
        .is(201);
    for _ in 0..20 {
        let control = Control::new(platform.deps.clone())
            .await
            .expect("a control plane");
        Runner::new(&control).turn().await.expect("a turn");
        platform.clock.advance(Duration::from_secs(1));
    }
    let seen = platform.until_it_ends(&path).await;
    assert_eq!(
        seen.body["properties"]["provisioningState"], "Succeeded",
        "{}",
        seen.text
    );
}

#[tokio::test]
async fn three_hundred_endpoints_are_one_deployment() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    let mut many = endpoint("");
    many["name"] = "[format('hello-project/many-{0}', copyIndex())]".into();
    many["copy"] = json!({"name": "many", "count": 300});
    let request = body(template(json!([many])), json!({}));
    let path = platform.deployment("many");
    let began = Instant::now();
    let asked = platform
        .admin()
        .await
        .post(&format!("{path}/whatIf"), request.clone())
        .await
        .is(202);
    let asked_ms = began.elapsed().as_millis();
    assert_eq!(
        platform.admin().await.get(asked.header("location")).await.body["properties"]["changes"]
            .as_array()
            .map(|all| all.iter().filter(|one| one["changeType"] == "Create").count()),
        Some(300)
    );
    let began = Instant::now();
    let validated = platform
        .admin()
        .await
        .post(&format!("{path}/validate"), request.clone())
        .await
        .is(200);
    assert_eq!(
        validated.body["properties"]["validatedResources"]
            .as_array()
            .map(Vec::len),
        Some(300)
    );
    let validated_ms = began.elapsed().as_millis();
    let began = Instant::now();
    let seen = platform.deploy("many", request.clone()).await;
    let deployed_ms = began.elapsed().as_millis();
    assert_eq!(
        seen.body["properties"]["provisioningState"], "Succeeded",
        "{}",
        seen.text
    );
    assert_eq!(
        seen.body["properties"]["outputResources"]
            .as_array()
            .map(Vec::len),
        Some(300)
    );
    let began = Instant::now();
    let asked = platform
        .admin()
        .await
        .post(&format!("{path}/whatIf"), request)
        .await
        .is(202);
    let again_ms = began.elapsed().as_millis();
    let changes =
        platform.admin().await.get(asked.header("location")).await.body["properties"]["changes"].clone();
    assert!(
        changes.as_array().is_some_and(|all| all
            .iter()
            .filter(|one| one["changeType"] == "NoChange")
            .count()
            == 300)
    );
    println!(
        "what-if {asked_ms} ms, validate {validated_ms} ms, deploy {deployed_ms} ms, what-if again {again_ms} ms"
    );
    // Generous: the machines of CI are slow, and this build is not optimized.
    assert!(deployed_ms < 60_000, "{deployed_ms} ms");
}
