//! The job runner, killed at every step.

use super::platform::{DIRECT, Platform, endpoint_body};
use cupola_backend::fleet::Worker;
use std::future::Future as _;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::watch;

/// Lets the runner go on for this many polls, then drops it where it stands.
async fn run_for(platform: &Platform, polls: usize) -> bool {
    let (_stop, shutdown) = watch::channel(false);
    let control = platform.control.clone();
    let mut run = pin!(control.run_jobs(shutdown));
    let mut left = polls;
    let killed = std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(true);
        }
        left -= 1;
        match run.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    });
    // A runner that has nothing left to do is never polled again.
    tokio::time::timeout(Duration::from_millis(300), killed)
        .await
        .unwrap_or(false)
}

#[tokio::test]
async fn a_deployment_survives_a_kill_at_every_step() {
    for polls in 0..40 {
        let platform = Platform::start().await;
        platform.bind_engine().await;
        platform.observe(
            DIRECT,
            Worker::Ready {
                socket: "/s".into(),
                context_tokens: 1,
            },
        );
        let put = platform
            .admin()
            .await
            .put(&platform.endpoint("hello"), endpoint_body(DIRECT))
            .await
            .is(201);
        let status = put.header("azure-asyncoperation").to_owned();
        let killed = run_for(&platform, polls).await;
        let half = platform.stored(&platform.endpoint("hello")).await.expect("there");
        let job = platform
            .store
            .reader()
            .await
            .expect("a reader")
            .jobs()
            .next_due_ms()
            .await
            .expect("read");
        // Resource, operation and job change together or not at all.
        let operation = platform.admin().await;
        assert_eq!(
            half.provisioning_state == "Creating",
            job.is_some(),
            "killed after {polls} polls"
        );
        if job.is_some() {
            run_for(&platform, usize::MAX).await;
        }
        assert_eq!(
            operation.get(&status).await.body["status"],
            "Succeeded",
            "killed after {polls} polls"
        );
        let whole = operation.get(&platform.endpoint("hello")).await;
        assert_eq!(whole.body["properties"]["endpointState"], "Online");
        if !killed {
            return;
        }
    }
}

#[tokio::test]
async fn a_job_that_runs_twice_is_harmless() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    platform
        .admin()
        .await
        .put(&platform.endpoint("hello"), endpoint_body(DIRECT))
        .await
        .is(201);
    let due = platform
        .store
        .reader()
        .await
        .expect("a reader")
        .jobs()
        .due(cupola_core::Timestamp::MAX, 10)
        .await;
    let job = due.expect("read").remove(0);
    let mut work = platform.store.begin().await.expect("a unit of work");
    work.jobs()
        .enqueue(&job.kind, &job.payload, cupola_core::Timestamp::UNIX_EPOCH)
        .await
        .expect("enqueued");
    work.jobs()
        .enqueue(
            "nobody-knows-this",
            &job.payload,
            cupola_core::Timestamp::UNIX_EPOCH,
        )
        .await
        .expect("enqueued");
    work.save().await.expect("saved");
    platform.work().await;
    let after = platform.stored(&platform.endpoint("hello")).await.expect("there");
    platform.work().await;
    assert_eq!(
        platform.stored(&platform.endpoint("hello")).await.expect("there"),
        after
    );
    assert_eq!(
        platform
            .store
            .reader()
            .await
            .expect("a reader")
            .jobs()
            .next_due_ms()
            .await
            .expect("read"),
        None
    );
}

#[tokio::test]
async fn a_worker_gets_a_minute_and_a_restart_gives_it_another() {
    let mut platform = Platform::start().await;
    platform.bind_engine().await;
    platform
        .admin()
        .await
        .put(&platform.endpoint("hello"), endpoint_body(DIRECT))
        .await
        .is(201);
    let state = async |platform: &Platform| {
        platform
            .stored(&platform.endpoint("hello"))
            .await
            .expect("there")
            .provisioning_state
    };
    platform.work().await;
    platform.clock.advance(Duration::from_secs(59));
    platform.work().await;
    assert_eq!(state(&platform).await, "Creating");
    platform.restart_runner();
    platform.work().await;
    platform.clock.advance(Duration::from_secs(59));
    platform.work().await;
    assert_eq!(state(&platform).await, "Creating");
    platform.clock.advance(Duration::from_secs(2));
    platform.work().await;
    assert_eq!(state(&platform).await, "Failed");
}

#[tokio::test]
async fn the_runner_wakes_when_there_is_something_to_do_and_stops_when_told() {
    let platform = Platform::start().await;
    platform.bind_engine().await;
    let (stop, shutdown) = watch::channel(false);
    let control = platform.control.clone();
    let running = tokio::spawn(async move { control.run_jobs(shutdown).await });
    let put = platform
        .admin()
        .await
        .put(&platform.endpoint("hello"), endpoint_body(DIRECT))
        .await
        .is(201);
    platform.observe(
        DIRECT,
        Worker::Ready {
            socket: "/s".into(),
            context_tokens: 1,
        },
    );
    // The question for the status waits for the answer, so the first one finds the end.
    let status = platform
        .admin()
        .await
        .get(put.header("azure-asyncoperation"))
        .await;
    assert_eq!(status.body["status"], "Succeeded");
    stop.send_replace(true);
    running.await.expect("stopped");
}
