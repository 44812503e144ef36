//! The usage ledger: a record is durable before its answer completes, and many records share one commit.
//!
//! Records queue (bounded), one task writes all that wait in a single statement and commits once (decision 0003). While
//! a commit runs, the next group gathers, so the cost of a commit is shared by everybody who waits for it.

mod bill;
mod prices;

pub use bill::{EndpointLine, EndpointQuestion, Grain, Period, UsageLine};
pub(crate) use bill::{bill, of_endpoint};
pub use prices::PriceList;

use crate::error::StoreError;
use cupola_core::Timestamp;
use cupola_core::usage::Usage;
use serde::Serialize;
use sqlx::SqlitePool;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

// Enough for every request that the default limits let in; more than that and the answer is "come back".
const QUEUE_MAX: usize = 8192;
const GROUP_MAX: usize = 512;

/// What a request used, at which prices.
#[derive(Debug, Clone)]
pub struct UsageRecord {
    /// The request's id; recording it twice counts it once.
    pub id: String,
    /// When the answer ended.
    pub at: Timestamp,
    /// The subscription that pays.
    pub subscription: Arc<str>,
    /// The endpoint's resource id.
    pub endpoint: Arc<str>,
    /// The model's id.
    pub model: Arc<str>,
    /// The model deployment, on endpoints that have several.
    pub deployment: Option<Arc<str>>,
    /// What was done: `chat`, `embeddings`, `rerank`, `images`, `forecast` and so on.
    pub operation: &'static str,
    /// Who asked: `primary`, `secondary`, or a principal's object id.
    pub credential: Arc<str>,
    /// What was used, by class.
    pub usage: Usage,
    /// How it ended: `complete`, `client-left`, `backend-failed`.
    pub outcome: &'static str,
    /// Prices at the time.
    pub prices: Arc<PriceList>,
}

/// Where usage is made durable. Cloning it shares it.
#[derive(Debug, Clone)]
pub struct Ledger {
    queue: mpsc::Sender<Message>,
}

#[derive(Debug)]
enum Message {
    Record(Box<UsageRecord>, oneshot::Sender<Result<(), Arc<StoreError>>>),
    Drain(oneshot::Sender<()>),
}

impl Ledger {
    pub(crate) fn start(writer: SqlitePool) -> Self {
        let (queue, inbox) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(write_groups(writer, inbox));
        Self { queue }
    }

    /// Returns when the record is on disk. A full queue answers at once.
    pub async fn record(&self, record: UsageRecord) -> Result<(), StoreError> {
        let (answer, written) = oneshot::channel();
        self.queue
            .try_send(Message::Record(Box::new(record), answer))
            .map_err(|_| StoreError::Busy)?;
        match written.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) if matches!(*error, StoreError::Full) => Err(StoreError::Full),
            Ok(Err(error)) => Err(StoreError::Other(Box::new(Shared(error)))),
            Err(_) => Err(StoreError::Busy),
        }
    }

    /// Queues a record that nobody waits for, such as that of a client who left.
    pub fn record_later(&self, record: UsageRecord) -> Result<(), StoreError> {
        let (answer, _) = oneshot::channel();
        self.queue
            .try_send(Message::Record(Box::new(record), answer))
            .map_err(|_| StoreError::Busy)
    }

    /// Is there room for one more record? Asked before dispatch, so that work is not begun that cannot be recorded.
    pub fn has_room(&self) -> bool {
        self.queue.capacity() > 0
    }

    /// Returns when all that was queued before is on disk.
    pub async fn drain(&self) {
        let (answer, done) = oneshot::channel();
        if self.queue.send(Message::Drain(answer)).await.is_ok() {
            let _ = done.await;
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Shared(Arc<StoreError>);

#[derive(Serialize)]
struct Row<'a> {
    i: &'a str,
    t: i64,
    s: &'a str,
    e: &'a str,
    m: &'a str,
    d: Option<&'a str>,
    a: &'static str,
    k: &'a str,
    p: u64,
    h: u64,
    c: u64,
    r: u64,
    u: u64,
    g: u64,
    fp: u64,
    fc: u64,
    o: &'static str,
    l: String,
}

async fn write_groups(writer: SqlitePool, mut inbox: mpsc::Receiver<Message>) {
    let mut messages = Vec::with_capacity(GROUP_MAX);
    while inbox.recv_many(&mut messages, GROUP_MAX).await > 0 {
        let mut records = Vec::with_capacity(messages.len());
        let mut answers = Vec::with_capacity(messages.len());
        let mut drains = Vec::new();
        for message in messages.drain(..) {
            match message {
                Message::Record(record, answer) => {
                    records.push(record);
                    answers.push(answer);
                }
                Message::Drain(answer) => drains.push(answer),
            }
        }
        let outcome = if records.is_empty() {
            Ok(())
        } else {
            write_group(&writer, &records).await.map_err(Arc::new)
        };
        if let Err(error) = &outcome {
            tracing::error!(error = %error, records = records.len(), "usage could not be recorded");
        }
        for answer in answers {
            let _ = answer.send(outcome.clone());
        }
        for answer in drains {
            let _ = answer.send(());
        }
    }
}

async fn write_group(writer: &SqlitePool, records: &[Box<UsageRecord>]) -> Result<(), StoreError> {
    let rows: Vec<Row<'_>> = records
        .iter()
        .map(|record| {
            Ok(Row {
                i: &record.id,
                t: record.at.as_millisecond(),
                s: &record.subscription,
                e: &record.endpoint,
                m: &record.model,
                d: record.deployment.as_deref(),
                a: record.operation,
                k: &record.credential,
                p: record.usage.prompt,
                h: record.usage.cached_prompt,
                c: record.usage.completion,
                r: record.usage.reasoning,
                u: record.usage.search_units,
                g: record.usage.images,
                fp: record.usage.finetune_prompt,
                fc: record.usage.finetune_completion,
                o: record.outcome,
                l: serde_json::to_string(&*record.prices)?,
            })
        })
        .collect::<Result<_, StoreError>>()?;
    // One statement for the whole group: SQLite parses the array, and one commit carries them all.
    sqlx::query(
        "INSERT INTO usage (id, at_ms, subscription, endpoint, model, deployment, operation, credential, prompt, cached_prompt, \
         completion, reasoning, search_units, images, finetune_prompt, finetune_completion, outcome, prices) \
         SELECT value->>'i', value->>'t', value->>'s', value->>'e', value->>'m', value->>'d', value->>'a', value->>'k', \
         value->>'p', value->>'h', value->>'c', value->>'r', value->>'u', value->>'g', value->>'fp', value->>'fc', \
         value->>'o', value->>'l' FROM json_each($1) WHERE true ON CONFLICT (id) DO NOTHING",
    )
    .bind(serde_json::to_string(&rows)?)
    .execute(writer)
    .await?;
    Ok(())
}
