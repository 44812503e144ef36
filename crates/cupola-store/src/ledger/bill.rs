//! The bill of a subscription, from the rollups, and the usage of an endpoint, from the ledger by an index.

use super::prices::PriceList;
use super::rollup;
use crate::error::StoreError;
use cupola_core::Timestamp;
use cupola_core::money::{Cost, cost};
use cupola_core::time::{DAY_MS, HOUR_MS};
use cupola_core::usage::Meter;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use std::collections::BTreeMap;

// More lines than anybody reads; a question with a longer answer has to be a smaller one.
const LINES_MAX: usize = 20_000;

/// Which usage a question is about.
#[derive(Debug, Clone, Copy, Default)]
pub struct Period {
    /// From this instant on.
    pub from: Option<Timestamp>,
    /// Up to, not including, this instant.
    pub to: Option<Timestamp>,
}

impl Period {
    pub(super) fn bounds_ms(self) -> (i64, i64) {
        (
            self.from.map_or(i64::MIN, Timestamp::as_millisecond),
            self.to.map_or(i64::MAX, Timestamp::as_millisecond),
        )
    }
}

/// A line of a bill: one endpoint, one meter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageLine {
    /// The endpoint's resource id.
    pub endpoint: String,
    /// The model's id.
    pub model: String,
    /// What was counted.
    pub meter: Meter,
    /// How much.
    pub quantity: u64,
    /// Exact.
    pub cost: Cost,
    /// ISO 4217.
    pub currency: String,
}

/// How finely time is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// Hours of UTC.
    Hour,
    /// Days of UTC.
    Day,
    /// Not at all: the period as one.
    Whole,
}

impl Grain {
    fn width_ms(self) -> Option<i64> {
        match self {
            Grain::Hour => Some(HOUR_MS),
            Grain::Day => Some(DAY_MS),
            Grain::Whole => None,
        }
    }
}

/// Which part of an endpoint's usage.
#[derive(Debug, Clone, Copy)]
pub struct EndpointQuestion<'a> {
    /// The endpoint's resource id, in any case.
    pub endpoint: &'a str,
    /// When.
    pub period: Period,
    /// How finely.
    pub grain: Grain,
    /// Only what this credential used; otherwise each has lines of its own.
    pub credential: Option<&'a str>,
}

/// What one credential used of one meter of an endpoint in one piece of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointLine {
    /// The beginning of the hour or day; with [`Grain::Whole`] none.
    pub start: Option<Timestamp>,
    /// `primary`, `secondary`, a principal's object id; empty for records from before it was noted.
    pub credential: String,
    /// Such as `chat`.
    pub operation: String,
    /// The model deployment, on endpoints that have several.
    pub deployment: Option<String>,
    /// What was counted.
    pub meter: Meter,
    /// How much.
    pub quantity: u64,
    /// Exact.
    pub cost: Cost,
    /// ISO 4217.
    pub currency: String,
}

// The sums in the order of `Meter::ALL`, behind the columns that a query groups by.
macro_rules! sums {
    () => {
        "SUM(r.prompt), SUM(r.cached_prompt), SUM(r.completion), SUM(r.reasoning), COUNT(*), SUM(r.search_units), \
         SUM(r.images), SUM(r.finetune_prompt), SUM(r.finetune_completion)"
    };
}

// CROSS JOIN fixes the order: first the few contexts, then of each the records of the period.
// Times lie after 1970, so that the remainder is not negative. Without a width there is one piece, which begins at 0.
const OF_ENDPOINT: &str = concat!(
    "SELECT c.prices, IIF($4 = 0, 0, r.at_ms - r.at_ms % $4) AS start_ms, c.credential, c.operation, c.deployment, ",
    sums!(),
    " FROM usage_contexts c CROSS JOIN usage_records r ON r.context = c.id \
     WHERE c.endpoint = $1 COLLATE NOCASE AND r.at_ms >= $2 AND r.at_ms < $3 AND ($5 IS NULL OR c.credential = $5) \
     GROUP BY c.id, start_ms LIMIT $6"
);

/// Each meter that was used or has a price: what costs nothing and was not used tells nothing.
fn metered(row: &SqliteRow, first: usize) -> Result<Vec<(Meter, String, u64, Cost)>, StoreError> {
    let list: PriceList = serde_json::from_str(row.get(0))?;
    let mut metered = Vec::with_capacity(Meter::ALL.len());
    for (at, meter) in Meter::ALL.into_iter().enumerate() {
        let quantity = u64::try_from(row.get::<i64, _>(first + at)).unwrap_or(0);
        let price = list.price(meter);
        if quantity > 0 || price.0 > 0 {
            metered.push((meter, list.currency.clone(), quantity, cost(quantity, price)));
        }
    }
    Ok(metered)
}

pub(crate) async fn bill(
    connection: &mut SqliteConnection,
    subscription: &str,
    period: Period,
) -> Result<Vec<UsageLine>, StoreError> {
    let answer = rollup::of_subscription(connection, subscription, period).await?;
    let mut lines: BTreeMap<(String, String, String, Meter), (u64, Cost)> = BTreeMap::new();
    for sum in answer.sums {
        let Some(context) = answer.contexts.get(&sum.context) else {
            continue;
        };
        let list = &context.prices;
        for meter in Meter::ALL {
            let quantity = sum.quantity(meter);
            let price = list.price(meter);
            // What costs nothing and was not used tells nothing.
            if quantity == 0 && price.0 == 0 {
                continue;
            }
            let key = (
                context.endpoint.clone(),
                context.model.clone(),
                list.currency.clone(),
                meter,
            );
            let line = lines.entry(key).or_default();
            line.0 += quantity;
            line.1 = line.1 + cost(quantity, price);
        }
    }
    Ok(lines
        .into_iter()
        .map(
            |((endpoint, model, currency, meter), (quantity, cost))| UsageLine {
                endpoint,
                model,
                meter,
                quantity,
                cost,
                currency,
            },
        )
        .collect())
}

pub(crate) async fn of_endpoint(
    connection: &mut SqliteConnection,
    question: &EndpointQuestion<'_>,
) -> Result<Vec<EndpointLine>, StoreError> {
    let (from, to) = question.period.bounds_ms();
    let rows = sqlx::query(OF_ENDPOINT)
        .bind(question.endpoint)
        .bind(from)
        .bind(to)
        .bind(question.grain.width_ms().unwrap_or(0))
        .bind(question.credential)
        .bind(i64::try_from(LINES_MAX).unwrap_or(i64::MAX))
        .fetch_all(connection)
        .await?;
    if rows.len() == LINES_MAX {
        return Err(StoreError::TooLong { lines_max: LINES_MAX });
    }
    type Key = (i64, String, String, String, Meter, String);
    let mut lines: BTreeMap<Key, (u64, Cost)> = BTreeMap::new();
    for row in rows {
        for (meter, currency, quantity, cost) in metered(&row, 5)? {
            let key = (row.get(1), row.get(2), row.get(3), row.get(4), meter, currency);
            let line = lines.entry(key).or_default();
            line.0 += quantity;
            line.1 = line.1 + cost;
        }
    }
    lines
        .into_iter()
        .map(
            |((start_ms, credential, operation, deployment, meter, currency), (quantity, cost))| {
                let start = match question.grain {
                    Grain::Whole => None,
                    Grain::Hour | Grain::Day => Some(
                        Timestamp::from_millisecond(start_ms)
                            .map_err(|error| StoreError::Corrupt(error.to_string()))?,
                    ),
                };
                Ok(EndpointLine {
                    start,
                    credential,
                    operation,
                    deployment: Some(deployment).filter(|name| !name.is_empty()),
                    meter,
                    quantity,
                    cost,
                    currency,
                })
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;

    // The plan of a query, with its numbered arguments absent.
    async fn plan(query: &'static str) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("cupola.db"))
            .await
            .expect("a store");
        let mut reader = store.reader().await.expect("a reader");
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {query}")))
            .fetch_all(reader.connection())
            .await
            .expect("a plan");
        let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        drop(reader);
        store.close().await;
        steps.join("; ")
    }

    async fn check(query: &'static str, contexts: &str) {
        let plan = plan(query).await;
        for expected in [
            contexts,
            "SEARCH r USING PRIMARY KEY (context=? AND at_ms>? AND at_ms<?)",
        ] {
            assert!(plan.contains(expected), "{plan}");
        }
        assert!(!plan.contains("SCAN"), "{plan}");
    }

    #[tokio::test]
    async fn no_question_reads_the_whole_ledger() {
        check(OF_ENDPOINT, "INDEX usage_contexts_by_endpoint (endpoint=?)").await;
    }
}
