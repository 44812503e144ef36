//! Rollups are the sums of the ledger, whatever was recorded in which order, refused beside it, or there before them.

use cupola_core::Timestamp;
use cupola_core::money::Cost;
use cupola_core::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use cupola_core::usage::{Meter, Usage};
use cupola_store::{
    LatencyKind, Period, PriceList, RecentQuestion, RefusedRequest, Store, Timeline, UsageRecord, UsageScope,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

mod rollup_check;

const BEGIN_MS: i64 = 1_800_000_000_000;

fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).expect("an instant")
}

#[derive(Debug, Clone)]
struct Request {
    id: u16,
    endpoint: u8,
    key: bool,
    after_ms: i64,
    tokens: u64,
    status: u16,
    took_us: Option<u64>,
}

fn request() -> impl Strategy<Value = Request> {
    (
        any::<u16>(),
        0u8..3,
        any::<bool>(),
        0i64..3 * DAY_MS,
        0u64..5_000,
        prop::sample::select(vec![200u16, 400, 499]),
        prop::option::of(0u64..10_000_000),
    )
        .prop_map(|(id, endpoint, key, after_ms, tokens, status, took_us)| Request {
            id,
            endpoint,
            key,
            after_ms,
            tokens,
            status,
            took_us,
        })
}

fn endpoint(number: u8) -> String {
    format!("/subscriptions/s/resourceGroups/g/providers/P/workspaces/w/serverlessEndpoints/E{number}")
}

fn record(request: &Request) -> UsageRecord {
    UsageRecord {
        id: format!("{:05}", request.id),
        at: instant(BEGIN_MS + request.after_ms),
        subscription: "s".into(),
        endpoint: endpoint(request.endpoint).into(),
        model: "m".into(),
        deployment: None,
        operation: "chat",
        credential: if request.key { "primary" } else { "secondary" }.into(),
        usage: Usage::from_totals(request.tokens, request.tokens / 3, 7, 0),
        outcome: "complete",
        status: request.status,
        took_us: request.took_us,
        first_token_us: request.took_us.map(|us| us / 2),
        prices: Arc::new(PriceList::of(
            "USD",
            &[(Meter::PromptTokens, u64::from(request.endpoint))],
        )),
    }
}

fn refusal(request: &Request) -> RefusedRequest {
    let record = record(request);
    RefusedRequest {
        at: record.at,
        subscription: record.subscription,
        endpoint: record.endpoint,
        model: record.model,
        deployment: record.deployment,
        operation: record.operation,
        credential: record.credential,
        prices: record.prices,
        status: 429,
    }
}

async fn open(folder: &Path) -> Store {
    Store::open(&folder.join("cupola.db")).await.expect("a store")
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(future)
}

/// Requests, prompt tokens and cost of what lies in a period, by the beginning of its piece of time.
type Told = BTreeMap<i64, (u64, u64, Cost)>;

async fn told(store: &Store, from_ms: i64, to_ms: i64, width_ms: Option<i64>) -> Told {
    let mut reader = store.reader().await.expect("a reader");
    let timeline = Timeline {
        period: Period {
            from: Some(instant(from_ms)),
            to: Some(instant(to_ms)),
        },
        width_ms,
    };
    let scope = UsageScope::of_subscription("S");
    let answer = reader.usage_sums(&scope, &timeline).await.expect("sums");
    let mut told = Told::new();
    for sum in answer.sums {
        let prices = &answer.contexts[&sum.context].prices;
        let cost = cupola_core::money::cost(sum.usage.prompt, prices.price(Meter::PromptTokens));
        let line = told.entry(sum.start_ms).or_default();
        *line = (line.0 + sum.requests, line.1 + sum.usage.prompt, line.2 + cost);
    }
    told
}

fn expected(
    records: &BTreeMap<String, UsageRecord>,
    from_ms: i64,
    to_ms: i64,
    width_ms: Option<i64>,
) -> Told {
    let mut told = Told::new();
    for record in records.values() {
        let at_ms = record.at.as_millisecond();
        if !(from_ms..to_ms).contains(&at_ms) {
            continue;
        }
        let start_ms = width_ms.map_or(0, |width| at_ms - at_ms % width);
        let prompt = record.usage.prompt;
        let cost = cupola_core::money::cost(prompt, record.prices.price(Meter::PromptTokens));
        let line = told.entry(start_ms).or_default();
        *line = (line.0 + 1, line.1 + prompt, line.2 + cost);
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn rollups_are_the_sums_of_the_ledger(
        requests in prop::collection::vec(request(), 1..120),
        refused in prop::collection::vec(request(), 0..40),
        cut in any::<prop::sample::Index>(),
        from in 0i64..3 * DAY_MS,
        length in 1i64..3 * DAY_MS,
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        // The same id at the same time by the same key is the same request.
        let distinct: BTreeMap<String, UsageRecord> = requests
            .iter()
            .map(|request| (format!("{}/{}/{}/{}", request.endpoint, request.key, request.after_ms, request.id), record(request)))
            .collect();
        run(async {
            let store = open(folder.path()).await;
            let (first, rest) = requests.split_at(cut.index(requests.len()));
            for request in first {
                store.ledger().record(record(request)).await.expect("recorded");
            }
            for request in &refused {
                store.ledger().refuse(refusal(request));
            }
            // Some are recorded twice, in the same batch and in another one.
            for request in rest.iter().chain(first.iter().take(5)).chain(rest.iter().take(5)) {
                store.ledger().record_later(record(request)).expect("taken");
            }
            store.ledger().drain().await;
            let (from_ms, to_ms) = (BEGIN_MS + from, BEGIN_MS + from + length);
            for width_ms in [None, Some(DAY_MS), Some(HOUR_MS)] {
                prop_assert_eq!(told(&store, from_ms, to_ms, width_ms).await, expected(&distinct, from_ms, to_ms, width_ms));
            }
            let mut reader = store.reader().await.expect("a reader");
            let scope = UsageScope { subscription: "s", below: &endpoint(1).to_uppercase(), deployment: None };
            let counts = reader.request_sums(&scope, &Timeline::default()).await.expect("counts");
            let limited: u64 = counts.sums.iter().filter(|sum| sum.status == 429).map(|sum| sum.requests).sum();
            let answered: u64 = counts.sums.iter().filter(|sum| sum.status != 429).map(|sum| sum.requests).sum();
            let of_one = |request: &&Request| request.endpoint == 1;
            prop_assert_eq!(limited, refused.iter().filter(of_one).count() as u64);
            let charged = distinct.values().filter(|record| *record.endpoint == *endpoint(1)).count() as u64;
            prop_assert_eq!(answered, charged);
            let times = reader.latency_sums(&scope, &Timeline::default(), LatencyKind::Whole).await.expect("times");
            let measured: u64 = times.sums.iter().map(|sum| sum.histogram.count()).sum();
            let timed = distinct.values().filter(|record| *record.endpoint == *endpoint(1) && record.took_us.is_some()).count() as u64;
            prop_assert_eq!(measured, timed);
            drop(reader);
            store.close().await;
            Ok(())
        })?;
        rollup_check::agrees_with_the_ledger(&folder.path().join("cupola.db"));
    }
}

#[test]
fn a_store_from_before_rollups_is_filled_when_it_is_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cupola.db");
    let requests: Vec<Request> = (0..500)
        .map(|number| Request {
            id: number,
            endpoint: (number % 3) as u8,
            key: number % 2 == 0,
            after_ms: i64::from(number) * 431_000,
            tokens: u64::from(number),
            status: 200,
            took_us: None,
        })
        .collect();
    run(async {
        let store = open(folder.path()).await;
        for request in &requests {
            store.ledger().record_later(record(request)).expect("taken");
        }
        store.close().await;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file);
        let pool = sqlx::SqlitePool::connect_with(options).await.expect("opened");
        for text in [
            "DROP TABLE usage_rollups",
            "DROP TABLE latency_rollups",
            "ALTER TABLE usage_records DROP COLUMN status",
            "ALTER TABLE usage_records DROP COLUMN took_us",
            "ALTER TABLE usage_records DROP COLUMN first_token_us",
            "DELETE FROM _sqlx_migrations WHERE version = 11",
        ] {
            sqlx::query(text).execute(&pool).await.expect("as it was");
        }
        pool.close().await;
        let store = open(folder.path()).await;
        let whole = told(&store, BEGIN_MS, BEGIN_MS + 9 * DAY_MS, None).await;
        assert_eq!(whole[&0].0, 500);
        store.close().await;
    });
    rollup_check::agrees_with_the_ledger(&file);
}

#[tokio::test]
async fn the_newest_records_come_first_and_in_pages() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path()).await;
    for number in 0..20 {
        let request = Request {
            id: number,
            endpoint: 1,
            key: number % 3 == 0,
            // Two at each instant.
            after_ms: i64::from(number / 2) * 1_000,
            tokens: 9,
            status: 200,
            took_us: Some(12_000),
        };
        store.ledger().record_later(record(&request)).expect("taken");
    }
    store.ledger().drain().await;
    let mut reader = store.reader().await.expect("a reader");
    let id = endpoint(1).to_lowercase();
    let mut seen = Vec::new();
    let mut before: Option<(Timestamp, String)> = None;
    loop {
        let question = RecentQuestion {
            endpoint: &id,
            deployment: None,
            from: Some(instant(BEGIN_MS + 1_000)),
            before: before.as_ref().map(|(at, id)| (*at, id.as_str())),
            limit: 7,
        };
        let page = reader.recent_requests(&question).await.expect("a page");
        let Some(last) = page.last() else { break };
        assert_eq!((last.took_us, last.cost), (Some(12_000), Cost(6)));
        before = Some((last.at, last.id.clone()));
        seen.extend(page.into_iter().map(|request| request.id));
    }
    let expected: Vec<String> = (2..20).rev().map(|number| format!("{number:05}")).collect();
    assert_eq!(seen, expected);
    drop(reader);
    store.close().await;
}

#[tokio::test]
async fn minutes_are_forgotten_and_hours_stay() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path()).await;
    let request = |id: u16, after_ms: i64| Request {
        id,
        endpoint: 1,
        key: true,
        after_ms,
        tokens: 9,
        status: 200,
        took_us: Some(5),
    };
    for (id, after_ms) in [(1, 0), (2, DAY_MS)] {
        store
            .ledger()
            .record(record(&request(id, after_ms)))
            .await
            .expect("recorded");
    }
    let count = async |width_ms: i64| {
        told(&store, BEGIN_MS - DAY_MS, BEGIN_MS + 2 * DAY_MS, Some(width_ms))
            .await
            .len()
    };
    assert_eq!((count(MINUTE_MS).await, count(HOUR_MS).await), (2, 2));
    let mut work = store.begin().await.expect("a unit of work");
    let gone = work
        .prune_usage_minutes(instant(BEGIN_MS + HOUR_MS))
        .await
        .expect("pruned");
    assert_eq!(gone, 3, "a sum of usage and two of times");
    work.save_quietly().await.expect("saved");
    assert_eq!((count(MINUTE_MS).await, count(HOUR_MS).await), (1, 2));
    store.close().await;
}
