//! The bill of a subscription, and the usage of an endpoint: both from the rollups, and both exact.

use super::prices::PriceList;
use super::rollup::{self, Timeline, UsageSum};
use crate::error::StoreError;
use crate::rows::from_ms;
use cupola_core::Timestamp;
use cupola_core::money::{Cost, cost};
use cupola_core::time::{DAY_MS, HOUR_MS};
use cupola_core::usage::Meter;
use sqlx::SqliteConnection;
use std::collections::{BTreeMap, HashSet};

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

/// Each meter that was used or has a price: what costs nothing and was not used tells nothing.
fn metered(sum: &UsageSum, prices: &PriceList) -> impl Iterator<Item = (Meter, u64, Cost)> {
    Meter::ALL.into_iter().filter_map(|meter| {
        let quantity = sum.quantity(meter);
        let price = prices.price(meter);
        (quantity > 0 || price.0 > 0).then(|| (meter, quantity, cost(quantity, price)))
    })
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
        for (meter, quantity, cost) in metered(&sum, &context.prices) {
            let key = (
                context.endpoint.clone(),
                context.model.clone(),
                context.prices.currency.clone(),
                meter,
            );
            let line = lines.entry(key).or_default();
            line.0 += quantity;
            line.1 = line.1 + cost;
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
    let timeline = Timeline {
        period: question.period,
        width_ms: question.grain.width_ms(),
    };
    let answer = rollup::of_endpoint(connection, question.endpoint, question.credential, &timeline).await?;
    let pieces: HashSet<(i64, i64)> = answer
        .sums
        .iter()
        .map(|sum| (sum.context, sum.start_ms))
        .collect();
    if pieces.len() >= LINES_MAX {
        return Err(StoreError::TooLong { lines_max: LINES_MAX });
    }
    type Key = (i64, String, String, Option<String>, Meter, String);
    let mut lines: BTreeMap<Key, (u64, Cost)> = BTreeMap::new();
    for sum in answer.sums {
        let Some(context) = answer.contexts.get(&sum.context) else {
            continue;
        };
        for (meter, quantity, cost) in metered(&sum, &context.prices) {
            let key = (
                sum.start_ms,
                context.credential.clone(),
                context.operation.clone(),
                context.deployment.clone(),
                meter,
                context.prices.currency.clone(),
            );
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
                    Grain::Hour | Grain::Day => Some(from_ms(start_ms)?),
                };
                Ok(EndpointLine {
                    start,
                    credential,
                    operation,
                    deployment,
                    meter,
                    quantity,
                    cost,
                    currency,
                })
            },
        )
        .collect()
}
