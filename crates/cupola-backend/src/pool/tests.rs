//! Pools over tiny servers: who is asked, who is asked next, and when nobody is asked again.

use super::*;
use crate::{Dialer, Simulator, SimulatorSettings, Timeouts, Upstream, UpstreamSettings};
use bytes::Bytes;
use cupola_core::Operation;
use cupola_testkit::{Answer as Reply, Ending, FakeUpstream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::sleep;

const HI: &str = r#"{"messages":[{"role":"user","content":"hi"}]}"#;
const NOBODY: &str = "http://127.0.0.1:1/v1";

fn call(operation: Operation, affinity: u64, stream: bool) -> Call<'static> {
    Call {
        operation,
        body: Bytes::from_static(HI.as_bytes()),
        model_at: None,
        native: None,
        stream,
        request_id: "r",
        affinity,
        prompt_tokens: 1,
        max_tokens: None,
        n: 1,
        traceparent: None,
        attempts: None,
    }
}

fn chat() -> Call<'static> {
    call(Operation::Chat, 0, false)
}

async fn server(answer: impl Fn() -> Reply + Send + Sync + 'static) -> FakeUpstream {
    FakeUpstream::start(move |_| answer()).await.expect("a server")
}

async fn good(text: &'static str) -> FakeUpstream {
    server(move || Reply::completion(text, 1, 1)).await
}

fn speaking(name: &str, dialect: Dialect, url: &str, share: Share, first_byte: Duration) -> Member {
    let settings = UpstreamSettings {
        url: url.to_owned(),
        dialect,
        model: "m".to_owned(),
        api_version: None,
        allow_private_network: true,
    };
    let timeouts = Timeouts {
        first_byte,
        ..Timeouts::default()
    };
    let upstream = Upstream::new(&settings, None, Dialer::new(timeouts, Vec::new())).expect("an upstream");
    Member::new(name, url.to_owned(), Target::Upstream(upstream), share)
}

fn member(name: &str, url: &str, share: Share) -> Member {
    speaking(name, Dialect::OpenAi, url, share, Duration::from_secs(5))
}

fn first(url: &str) -> Member {
    member("first", url, Share::default())
}

fn spare(url: &str) -> Member {
    let share = Share {
        priority: 1,
        ..Share::default()
    };
    member("spare", url, share)
}

async fn said(pool: &Pool, call: &Call<'_>) -> String {
    let answer = pool.infer(call).await.expect("an answer");
    assert_eq!(answer.status, StatusCode::OK);
    let whole = answer.body.collect(1 << 20).await.expect("a body");
    let answer: serde_json::Value = serde_json::from_slice(&whole).expect("JSON");
    answer["choices"][0]["message"]["content"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn status(pool: &Pool, name: &str) -> MemberStatus {
    pool.member(name).expect("a member").status()
}

/// A server that closes every connection in the middle of its answer.
async fn breaking_off() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n";
            let _ = stream.write_all(format!("{head}{{\"choices\":").as_bytes()).await;
            sleep(Duration::from_millis(20)).await;
        }
    });
    url
}

#[tokio::test]
async fn who_breaks_off_a_whole_answer_has_said_nothing() {
    let well = good("well").await;
    let pool = Pool::new(vec![first(&breaking_off().await), spare(well.url())], None);
    assert_eq!(said(&pool, &chat()).await, "well");
    let (broke, answered) = (status(&pool, "first"), status(&pool, "spare"));
    assert_eq!((broke.failed, broke.handed_on, answered.answered), (1, 1, 1));
}

#[tokio::test]
async fn requests_are_shared_by_weight() {
    let (a, b) = (good("a").await, good("b").await);
    let weight = |weight| Share {
        weight,
        ..Share::default()
    };
    let pool = Pool::new(
        vec![member("a", a.url(), weight(1)), member("b", b.url(), weight(4))],
        None,
    );
    for _ in 0..200 {
        pool.infer(&chat()).await.expect("an answer");
    }
    let count = a.received().len();
    assert!((20..60).contains(&count), "{count}");
    assert_eq!(b.received().len(), 200 - count);
}

#[tokio::test]
async fn requests_that_begin_alike_go_to_one_engine() {
    let (a, b) = (good("a").await, good("b").await);
    let pool = Pool::new(
        vec![
            member("a", a.url(), Share::default()),
            member("b", b.url(), Share::default()),
        ],
        None,
    );
    for affinity in 1..=20 {
        let home = said(&pool, &call(Operation::Chat, affinity, false)).await;
        for _ in 0..5 {
            assert_eq!(said(&pool, &call(Operation::Chat, affinity, false)).await, home);
        }
    }
    assert!(!a.received().is_empty() && !b.received().is_empty());
}

#[tokio::test]
async fn another_one_is_asked_where_nothing_was_said() {
    let refusals: [fn() -> Reply; 5] = [
        || Reply::failure(500, "{}"),
        || Reply::failure(429, "{}"),
        || Reply::failure(401, "{}"),
        || Reply::Close,
        || Reply::stream(&[], 1).cut(0, Ending::Break),
    ];
    for refusal in refusals {
        let (bad, good) = (server(refusal).await, good("spare").await);
        let pool = Pool::new(vec![first(bad.url()), spare(good.url())], None);
        assert_eq!(said(&pool, &chat()).await, "spare");
        assert!(!bad.received().is_empty());
        assert!(status(&pool, "first").last_error.is_some());
        assert_eq!(
            (status(&pool, "first").in_flight, status(&pool, "spare").in_flight),
            (0, 0)
        );
    }
    let good = good("spare").await;
    let pool = Pool::new(vec![first(NOBODY), spare(good.url())], None);
    assert_eq!(said(&pool, &chat()).await, "spare");
}

#[tokio::test]
async fn who_is_silent_is_given_up_for_another() {
    let (silent, good) = (server(|| Reply::Silence).await, good("spare").await);
    let short = Duration::from_millis(50);
    let slow = speaking("first", Dialect::OpenAi, silent.url(), Share::default(), short);
    let pool = Pool::new(vec![slow, spare(good.url())], None);
    assert_eq!(said(&pool, &chat()).await, "spare");
    assert!(
        status(&pool, "first")
            .last_error
            .is_some_and(|error| error.contains("0.05 seconds"))
    );
}

#[tokio::test]
async fn nobody_else_is_asked_once_something_was_said() {
    let breaking = server(|| Reply::stream(&["a", "b"], 1).cut(2, Ending::Break)).await;
    let good = good("spare").await;
    let pool = Pool::new(vec![first(breaking.url()), spare(good.url())], None);
    let mut answer = pool
        .infer(&call(Operation::Chat, 0, true))
        .await
        .expect("an answer");
    let mut pieces = 0;
    let broke = loop {
        match answer.body.data().await {
            Some(Ok(_)) => pieces += 1,
            Some(Err(error)) => break Some(error.kind),
            None => break None,
        }
    };
    assert!(pieces > 0);
    assert_eq!((broke, good.received().len()), (Some(Kind::Broke), 0));
    assert_eq!(status(&pool, "first").failed, 1);
}

#[tokio::test]
async fn a_request_that_is_wrong_is_wrong_everywhere() {
    let (strict, good) = (server(|| Reply::failure(400, "{}")).await, good("spare").await);
    let pool = Pool::new(vec![first(strict.url()), spare(good.url())], None);
    for _ in 0..10 {
        let answer = pool.infer(&chat()).await.expect("an answer");
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(
        (good.received().len(), status(&pool, "first").breaker),
        (0, "closed")
    );
}

#[tokio::test]
async fn who_is_over_a_limit_is_left_alone_for_as_long_as_it_says() {
    let limited = server(|| Reply::Json {
        status: 429,
        retry_after: Some("30"),
        body: "{}".to_owned(),
    })
    .await;
    let good = good("spare").await;
    let pool = Pool::new(vec![first(limited.url()), spare(good.url())], None);
    for _ in 0..5 {
        assert_eq!(said(&pool, &chat()).await, "spare");
    }
    assert_eq!(limited.received().len(), 1);
    assert_eq!(status(&pool, "first").breaker, "closed");
    // Alone, it is asked all the same: its own refusal says more than ours.
    let alone = Pool::new(vec![first(limited.url())], None);
    for _ in 0..2 {
        let answer = alone.infer(&chat()).await.expect("an answer");
        assert_eq!((answer.status.as_u16(), answer.retry_after_s), (429, Some(30)));
    }
}

#[tokio::test]
async fn who_fails_again_and_again_is_given_a_pause_and_then_tried_once() {
    let is_well = Arc::new(AtomicU64::new(0));
    let health = Arc::clone(&is_well);
    let sick = server(move || match health.load(Relaxed) {
        0 => Reply::failure(500, "{}"),
        _ => Reply::completion("well", 1, 1),
    })
    .await;
    let pool = Pool::new(vec![first(sick.url())], None);
    for _ in 0..5 {
        assert_eq!(pool.infer(&chat()).await.expect("an answer").status, 500);
    }
    let refused = pool.infer(&chat()).await.expect_err("a pause");
    assert_eq!(
        (refused.kind, refused.retry_after_s),
        (Kind::Unreachable, Some(1))
    );
    assert_eq!(
        (sick.received().len(), status(&pool, "first").breaker),
        (5, "open")
    );
    sleep(Duration::from_millis(1050)).await;
    assert_eq!(status(&pool, "first").breaker, "half-open");
    is_well.store(1, Relaxed);
    assert_eq!(said(&pool, &chat()).await, "well");
    assert_eq!(status(&pool, "first").breaker, "closed");
}

#[tokio::test]
async fn a_pause_outlives_the_reading_of_an_unchanged_binding_and_no_other() {
    let sick = server(|| Reply::failure(500, "{}")).await;
    let pool = Pool::new(vec![first(sick.url())], None);
    for _ in 0..5 {
        let _ = pool.infer(&chat()).await;
    }
    let again = Pool::new(vec![first(sick.url())], Some(&pool));
    assert_eq!(status(&again, "first").breaker, "open");
    let changed = Pool::new(vec![first(NOBODY)], Some(&again));
    assert_eq!(status(&changed, "first").breaker, "closed");
}

#[tokio::test]
async fn a_queue_has_a_bound() {
    let slow = server(|| Reply::stream(&["a"], 1).every(Duration::from_millis(40))).await;
    let share = Share {
        concurrency_max: Some(1),
        queue_max: 1,
        ..Share::default()
    };
    let pool = Arc::new(Pool::new(vec![member("first", slow.url(), share)], None));
    let ask = || {
        let pool = Arc::clone(&pool);
        tokio::spawn(async move {
            let answer = pool.infer(&call(Operation::Chat, 0, true)).await?;
            answer.body.collect(1 << 20).await
        })
    };
    let (one, two) = (ask(), ask());
    sleep(Duration::from_millis(20)).await;
    let now = status(&pool, "first");
    assert_eq!((now.in_flight, now.waiting), (1, 1));
    let refused = pool.infer(&chat()).await.expect_err("full");
    assert_eq!((refused.kind, refused.retry_after_s), (Kind::Busy, Some(1)));
    for asked in [one, two] {
        asked.await.expect("it ran").expect("an answer");
    }
    let now = status(&pool, "first");
    assert_eq!(
        (now.in_flight, now.waiting, now.answered, now.failed),
        (0, 0, 2, 0)
    );
}

#[tokio::test]
async fn what_has_no_place_left_goes_to_the_next_priority() {
    let silent = server(|| Reply::Silence).await;
    let good = good("spare").await;
    let share = Share {
        concurrency_max: Some(1),
        ..Share::default()
    };
    let pool = Arc::new(Pool::new(
        vec![member("first", silent.url(), share), spare(good.url())],
        None,
    ));
    let waiting = Arc::clone(&pool);
    let waits = tokio::spawn(async move { waiting.infer(&chat()).await.is_ok() });
    while silent.received().is_empty() && !waits.is_finished() {
        sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(said(&pool, &chat()).await, "spare");
    // Whoever hangs up leaves the place to others.
    waits.abort();
    let _ = waits.await;
    assert_eq!(status(&pool, "first").in_flight, 0);
}

#[tokio::test]
async fn what_one_cannot_say_goes_to_one_that_can() {
    let (claude, vectors) = (
        server(|| Reply::Close).await,
        server(|| Reply::failure(200, r#"{"data":[]}"#)).await,
    );
    let anthropic = || {
        let share = Share::default();
        speaking(
            "first",
            Dialect::Anthropic,
            claude.url(),
            share,
            Duration::from_secs(5),
        )
    };
    let pool = Pool::new(vec![anthropic(), spare(vectors.url())], None);
    let answer = pool
        .infer(&call(Operation::Embeddings, 0, false))
        .await
        .expect("an answer");
    assert_eq!((answer.status, claude.received().len()), (StatusCode::OK, 0));
    assert_eq!(status(&pool, "first").failed, 0);
    let alone = Pool::new(vec![anthropic()], None);
    let refused = alone
        .infer(&call(Operation::Embeddings, 0, false))
        .await
        .expect_err("no way");
    assert_eq!(refused.kind, Kind::Untranslatable);
}

#[tokio::test]
async fn three_are_asked_and_no_more() {
    let sick = server(|| Reply::failure(503, "{}")).await;
    let members = (0..5).map(|index| member(&format!("m{index}"), sick.url(), Share::default()));
    let pool = Pool::new(members.collect(), None);
    let answer = pool.infer(&chat()).await.expect("its own refusal");
    assert_eq!((answer.status.as_u16(), sick.received().len()), (503, 3));
}

#[tokio::test]
async fn a_simulator_alone_does_as_it_is_told_for_ever() {
    let settings = serde_json::from_str(r#"{"rules":[{"status":500}]}"#).expect("an object");
    let settings = SimulatorSettings::read(&settings).expect("settings");
    let simulator = Target::Simulator(Simulator::new(settings));
    let pool = Pool::new(
        vec![Member::new("default", String::new(), simulator, Share::default())],
        None,
    );
    for _ in 0..20 {
        assert_eq!(pool.infer(&chat()).await.expect("an answer").status, 500);
    }
    let now = status(&pool, "default");
    assert_eq!((now.answered, now.failed, now.breaker), (0, 20, "closed"));
}
