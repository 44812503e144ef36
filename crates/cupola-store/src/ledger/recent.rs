//! The newest records of an endpoint, or of one deployment of an account.

use super::prices::PriceList;
use super::rollup::usage_of;
use crate::error::StoreError;
use crate::rows::from_ms;
use cupola_core::Timestamp;
use cupola_core::money::{Cost, cost};
use cupola_core::usage::{Meter, Usage};
use sqlx::{Row as _, SqliteConnection};
use std::collections::HashMap;

// Each context of the endpoint is asked for its newest; those of more keys and prices than this are the oldest.
const CONTEXTS_MAX: i64 = 2_000;
/// How many records one question may be answered with.
pub const RECENT_MAX: u32 = 1_000;

/// Whose records, and which of them.
#[derive(Debug, Clone, Copy)]
pub struct RecentQuestion<'a> {
    /// The resource id of the endpoint or account, in any case.
    pub endpoint: &'a str,
    /// Only this deployment of the account.
    pub deployment: Option<&'a str>,
    /// Not before this instant.
    pub from: Option<Timestamp>,
    /// Only what ended before this record: its instant and its id. An empty id: before the instant.
    pub before: Option<(Timestamp, &'a str)>,
    /// So many at most, and not more than [`RECENT_MAX`].
    pub limit: u32,
}

/// A record of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentRequest {
    /// As in `x-ms-request-id`.
    pub id: String,
    /// When it ended.
    pub at: Timestamp,
    /// The model's id.
    pub model: String,
    /// The model deployment, on endpoints that have several.
    pub deployment: Option<String>,
    /// Such as `chat`.
    pub operation: String,
    /// `primary`, `secondary`, or a principal's object id.
    pub credential: String,
    /// How it was answered.
    pub status: u16,
    /// Such as `complete`.
    pub outcome: String,
    /// By class.
    pub usage: Usage,
    /// Exact.
    pub cost: Cost,
    /// ISO 4217.
    pub currency: String,
    /// How long it took, where that was measured.
    pub took_us: Option<u64>,
    /// How long its first token took, where it was streamed.
    pub first_token_us: Option<u64>,
}

const CONTEXTS: &str = "SELECT id, model, deployment, operation, credential, prices FROM usage_contexts \
     WHERE endpoint = $1 COLLATE NOCASE AND ($2 = '' OR lower(deployment) = $2) ORDER BY id DESC LIMIT $3";
// By the primary key backwards: as many rows are read as are answered.
const NEWEST: &str = "SELECT at_ms, id, status, outcome, took_us, first_token_us, prompt, cached_prompt, completion, reasoning, \
     search_units, images, finetune_prompt, finetune_completion FROM usage_records \
     WHERE context = $1 AND at_ms >= $2 AND (at_ms, id) < ($3, $4) ORDER BY at_ms DESC, id DESC LIMIT $5";

/// The newest first.
pub(crate) async fn recent(
    connection: &mut SqliteConnection,
    question: &RecentQuestion<'_>,
) -> Result<Vec<RecentRequest>, StoreError> {
    let limit = question.limit.min(RECENT_MAX);
    let since_ms = question.from.map_or(i64::MIN, Timestamp::as_millisecond);
    let (before_ms, before_id) = question
        .before
        .map_or((i64::MAX, ""), |(at, id)| (at.as_millisecond(), id));
    let contexts = sqlx::query(CONTEXTS)
        .bind(question.endpoint)
        .bind(question.deployment.unwrap_or_default().to_ascii_lowercase())
        .bind(CONTEXTS_MAX)
        .fetch_all(&mut *connection)
        .await?;
    let mut lists: HashMap<String, PriceList> = HashMap::new();
    let mut found: Vec<RecentRequest> = Vec::new();
    for context in contexts {
        // Whoever is full wants nothing that is older than its last.
        let oldest_ms = match found.last() {
            Some(last) if found.len() >= limit as usize => last.at.as_millisecond().max(since_ms),
            _ => since_ms,
        };
        let text: String = context.get(5);
        if !lists.contains_key(&text) {
            lists.insert(text.clone(), serde_json::from_str(&text)?);
        }
        let Some(prices) = lists.get(&text) else { continue };
        let rows = sqlx::query(NEWEST)
            .bind(context.get::<i64, _>(0))
            .bind(oldest_ms)
            .bind(before_ms)
            .bind(before_id)
            .bind(i64::from(limit))
            .fetch_all(&mut *connection)
            .await?;
        for row in rows {
            let count = |at: usize| u64::try_from(row.get::<i64, _>(at)).unwrap_or(0);
            let time = |at: usize| {
                row.get::<Option<i64>, _>(at)
                    .and_then(|us| u64::try_from(us).ok())
            };
            let usage = usage_of(std::array::from_fn(|at| count(6 + at)));
            let deployment: String = context.get(2);
            found.push(RecentRequest {
                id: row.get(1),
                at: from_ms(row.get(0))?,
                model: context.get(1),
                deployment: Some(deployment).filter(|name| !name.is_empty()),
                operation: context.get(3),
                credential: context.get(4),
                status: u16::try_from(row.get::<i64, _>(2)).unwrap_or_default(),
                outcome: row.get(3),
                usage,
                cost: Meter::ALL
                    .into_iter()
                    .map(|meter| cost(meter.quantity(&usage), prices.price(meter)))
                    .sum(),
                currency: prices.currency.clone(),
                took_us: time(4),
                first_token_us: time(5),
            });
        }
        // What is beyond the newest so many can be in no answer.
        found.sort_unstable_by(|one, other| (other.at, &other.id).cmp(&(one.at, &one.id)));
        found.truncate(limit as usize);
    }
    Ok(found)
}
