//! What an endpoint's clients used is told from the rollups; the ledger, record by record, says the same.

use cupola_core::Timestamp;
use cupola_core::money::{Cost, cost};
use cupola_core::time::{DAY_MS, HOUR_MS};
use cupola_core::usage::{Meter, Usage};
use cupola_store::{
    EndpointLine, EndpointQuestion, Grain, Period, PriceList, RefusedRequest, Store, StoreError, UsageRecord,
};
use proptest::prelude::*;
use sqlx::Row as _;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

// The beginning of an hour, and not of a day.
const BEGIN_MS: i64 = 1_800_000_000_000;
const CREDENTIALS: [&str; 3] = ["", "primary", "secondary"];
const ENDPOINTS: [&str; 3] = ["/subscriptions/s/E", "/subscriptions/s/e", "/subscriptions/s/E/1"];
const GRAINS: [Grain; 3] = [Grain::Whole, Grain::Day, Grain::Hour];
const RECORDS: &str = "SELECT c.credential, c.operation, c.deployment, c.prices, r.at_ms, r.prompt, r.cached_prompt, \
     r.completion, r.reasoning, r.search_units, r.images, r.finetune_prompt, r.finetune_completion \
     FROM usage_records r JOIN usage_contexts c ON c.id = r.context \
     WHERE lower(c.endpoint) = lower($1) AND r.at_ms >= $2 AND r.at_ms < $3";

#[derive(Debug, Clone)]
struct Request {
    after_ms: i64,
    endpoint: &'static str,
    credential: &'static str,
    deployment: Option<&'static str>,
    euros: bool,
    price: u64,
    tokens: u64,
    refused: bool,
}

// Many of them lie at or beside the beginning of an hour, where pieces of time meet.
fn instant() -> impl Strategy<Value = i64> {
    prop_oneof![
        0i64..3 * DAY_MS,
        (0i64..72, -2i64..3).prop_map(|(hour, beside_ms)| hour * HOUR_MS + beside_ms),
    ]
}

fn request() -> impl Strategy<Value = Request> {
    (
        instant(),
        prop::sample::select(ENDPOINTS.to_vec()),
        prop::sample::select(CREDENTIALS.to_vec()),
        prop::option::of(Just("d")),
        any::<bool>(),
        0u64..3,
        0u64..5_000,
        prop::bool::weighted(0.2),
    )
        .prop_map(
            |(after_ms, endpoint, credential, deployment, euros, price, tokens, refused)| Request {
                after_ms,
                endpoint,
                credential,
                deployment,
                euros,
                price,
                tokens,
                refused,
            },
        )
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).expect("an instant")
}

fn record(id: usize, request: &Request) -> UsageRecord {
    let tokens = request.tokens;
    UsageRecord {
        id: format!("{id:05}"),
        at: at(BEGIN_MS + request.after_ms),
        subscription: "s".into(),
        endpoint: request.endpoint.into(),
        model: "m".into(),
        deployment: request.deployment.map(Into::into),
        operation: "chat",
        credential: request.credential.into(),
        usage: Usage {
            images: tokens % 2,
            finetune_completion: tokens % 7,
            ..Usage::from_totals(tokens, tokens / 3, tokens / 5, tokens / 9)
        },
        outcome: "complete",
        status: if tokens.is_multiple_of(3) { 499 } else { 200 },
        took_us: None,
        first_token_us: None,
        prices: Arc::new(PriceList::of(
            if request.euros { "EUR" } else { "USD" },
            &[
                (Meter::PromptTokens, request.price),
                (Meter::SearchUnits, request.price),
                (Meter::Requests, 7),
            ],
        )),
    }
}

async fn keep(store: &Store, requests: &[Request]) {
    for (id, request) in requests.iter().enumerate() {
        let record = record(id, request);
        if request.refused {
            store.ledger().refuse(RefusedRequest {
                at: record.at,
                subscription: record.subscription,
                endpoint: record.endpoint,
                model: record.model,
                deployment: record.deployment,
                operation: record.operation,
                credential: record.credential,
                prices: record.prices,
                status: 429,
            });
        } else {
            store.ledger().record_later(record).expect("taken");
        }
    }
    store.ledger().drain().await;
}

/// The same question, put to the ledger.
async fn from_the_ledger(file: &Path, question: &EndpointQuestion<'_>) -> Vec<EndpointLine> {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let pool = sqlx::SqlitePool::connect_with(options).await.expect("opened");
    let bound = |at: Option<Timestamp>, open: i64| at.map_or(open, Timestamp::as_millisecond);
    let records = sqlx::query(RECORDS)
        .bind(question.endpoint)
        .bind(bound(question.period.from, i64::MIN))
        .bind(bound(question.period.to, i64::MAX))
        .fetch_all(&pool)
        .await
        .expect("records");
    pool.close().await;
    type Key = (i64, String, String, String, Meter, String);
    let mut lines: BTreeMap<Key, (u64, Cost)> = BTreeMap::new();
    for record in records {
        let credential: String = record.get(0);
        if question.credential.is_some_and(|wanted| wanted != credential) {
            continue;
        }
        let at_ms: i64 = record.get(4);
        let start_ms = match question.grain {
            Grain::Whole => 0,
            Grain::Hour => at_ms - at_ms % HOUR_MS,
            Grain::Day => at_ms - at_ms % DAY_MS,
        };
        let count = |column: usize| u64::try_from(record.get::<i64, _>(5 + column)).expect("a count");
        let usage = Usage {
            prompt: count(0),
            cached_prompt: count(1),
            completion: count(2),
            reasoning: count(3),
            search_units: count(4),
            images: count(5),
            finetune_prompt: count(6),
            finetune_completion: count(7),
        };
        let prices: PriceList = serde_json::from_str(record.get(3)).expect("a list");
        for meter in Meter::ALL {
            let (quantity, price) = (meter.quantity(&usage), prices.price(meter));
            if quantity == 0 && price.0 == 0 {
                continue;
            }
            let line = lines
                .entry((
                    start_ms,
                    credential.clone(),
                    record.get(1),
                    record.get(2),
                    meter,
                    prices.currency.clone(),
                ))
                .or_default();
            *line = (line.0 + quantity, line.1 + cost(quantity, price));
        }
    }
    lines
        .into_iter()
        .map(
            |((start_ms, credential, operation, deployment, meter, currency), (quantity, cost))| {
                EndpointLine {
                    start: (question.grain != Grain::Whole).then(|| at(start_ms)),
                    credential,
                    operation,
                    deployment: Some(deployment).filter(|name| !name.is_empty()),
                    meter,
                    quantity,
                    cost,
                    currency,
                }
            },
        )
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn rollups_tell_of_an_endpoint_what_the_ledger_tells(
        requests in prop::collection::vec(request(), 1..120),
        questions in prop::collection::vec(
            (
                prop::option::weighted(0.8, instant()),
                prop::option::weighted(0.8, instant()),
                prop::sample::select(GRAINS.to_vec()),
                prop::option::of(prop::sample::select(CREDENTIALS.to_vec())),
            ),
            12,
        ),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("cupola.db");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let store = Store::open(&file).await.expect("a store");
            keep(&store, &requests).await;
            let mut reader = store.reader().await.expect("a reader");
            for (from_ms, to_ms, grain, credential) in questions {
                let bound = |after_ms: Option<i64>| after_ms.map(|after_ms| at(BEGIN_MS + after_ms));
                let question = EndpointQuestion {
                    endpoint: "/SUBSCRIPTIONS/s/e",
                    period: Period { from: bound(from_ms), to: bound(to_ms) },
                    grain,
                    credential,
                };
                let told = reader.endpoint_usage(&question).await.expect("lines");
                prop_assert_eq!(told, from_the_ledger(&file, &question).await, "{:?}", question);
            }
            drop(reader);
            store.close().await;
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn an_answer_of_too_many_pieces_of_time_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("cupola.db"))
        .await
        .expect("a store");
    let requests: Vec<Request> = (0..20_000)
        .map(|hour| Request {
            after_ms: hour * HOUR_MS,
            endpoint: ENDPOINTS[0],
            credential: "primary",
            deployment: None,
            euros: false,
            price: 1,
            tokens: 0,
            refused: false,
        })
        .collect();
    keep(&store, &requests).await;
    let mut reader = store.reader().await.expect("a reader");
    let mut ask = async |grain: Grain, hours: i64| {
        let question = EndpointQuestion {
            endpoint: ENDPOINTS[0],
            period: Period {
                from: None,
                to: Some(at(BEGIN_MS + hours * HOUR_MS)),
            },
            grain,
            credential: None,
        };
        reader.endpoint_usage(&question).await
    };
    let refused = ask(Grain::Hour, 20_000).await;
    assert!(
        matches!(refused, Err(StoreError::TooLong { lines_max: 20_000 })),
        "{refused:?}"
    );
    // Of each hour what has a price: prompts, searches and requests.
    assert_eq!(ask(Grain::Hour, 19_999).await.expect("lines").len(), 3 * 19_999);
    assert_eq!(ask(Grain::Whole, 20_000).await.expect("lines").len(), 3);
}
