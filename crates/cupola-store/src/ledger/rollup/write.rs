//! A batch goes into the tables: one upsert for many rows, each row once.

use super::histogram::BUCKETS;
use super::{Batch, Histogram, LatencyKey, UsageCell, UsageKey, quantities};
use crate::error::StoreError;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, Sqlite, SqliteConnection};
use std::sync::LazyLock;

// Statements are of 32, 16, 8 and so on rows: few enough that each is prepared once.
const STATEMENTS: usize = 6;
const KEY_OF_USAGE: &str = "width_ms, context, at_ms, status";
const USAGE: [&str; 10] = [
    "requests",
    "charged",
    "prompt",
    "cached_prompt",
    "completion",
    "reasoning",
    "search_units",
    "images",
    "finetune_prompt",
    "finetune_completion",
];
const KEY_OF_LATENCY: &str = "width_ms, context, at_ms, kind";

static USAGE_TEXTS: LazyLock<[String; STATEMENTS]> =
    LazyLock::new(|| std::array::from_fn(|power| usage_text(1 << power)));
static LATENCY_TEXTS: LazyLock<[String; STATEMENTS]> =
    LazyLock::new(|| std::array::from_fn(|power| latency_text(1 << power)));

type BindError = Box<dyn std::error::Error + Send + Sync>;

impl Batch {
    /// Adds it to what is there.
    pub(in crate::ledger) async fn write(&self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        let rows: Vec<_> = self.usage.iter().collect();
        upsert(connection, &USAGE_TEXTS, &rows, bind_usage).await?;
        let rows: Vec<_> = self.latency.iter().collect();
        upsert(connection, &LATENCY_TEXTS, &rows, bind_latency).await
    }
}

async fn upsert<K, V>(
    connection: &mut SqliteConnection,
    texts: &'static [String; STATEMENTS],
    rows: &[(&K, &V)],
    bind: fn(&mut SqliteArguments, &K, &V) -> Result<(), BindError>,
) -> Result<(), StoreError> {
    let mut rest = rows;
    while let Some(power) = rest.len().checked_ilog2() {
        let power = (power as usize).min(STATEMENTS - 1);
        let (chunk, more) = rest.split_at(1 << power);
        rest = more;
        let mut arguments = SqliteArguments::default();
        for (key, value) in chunk {
            bind(&mut arguments, key, value).map_err(StoreError::Other)?;
        }
        sqlx::query_with::<Sqlite, _>(texts[power].as_str(), arguments)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

fn usage_text(rows: usize) -> String {
    let sums: Vec<String> = USAGE.iter().map(|column| sum("usage_rollups", column)).collect();
    text(
        "usage_rollups",
        KEY_OF_USAGE,
        &USAGE.join(", "),
        4 + USAGE.len(),
        rows,
        &sums.join(", "),
    )
}

fn latency_text(rows: usize) -> String {
    let buckets: Vec<String> = (0..BUCKETS).map(bucket).collect();
    let mut sets = vec![
        sum("latency_rollups", "sum_us"),
        "max_us = CASE WHEN excluded.max_us > latency_rollups.max_us THEN excluded.max_us \
         ELSE latency_rollups.max_us END"
            .to_owned(),
    ];
    sets.extend(buckets.iter().map(|column| sum("latency_rollups", column)));
    let columns = format!("sum_us, max_us, {}", buckets.join(", "));
    text(
        "latency_rollups",
        KEY_OF_LATENCY,
        &columns,
        6 + BUCKETS,
        rows,
        &sets.join(", "),
    )
}

/// The name of a bucket's column.
pub(super) fn bucket(at: usize) -> String {
    format!("b{at:02}")
}

fn sum(table: &str, column: &str) -> String {
    format!("{column} = {table}.{column} + excluded.{column}")
}

fn text(table: &str, key: &str, columns: &str, count: usize, rows: usize, sets: &str) -> String {
    let row = format!("({})", vec!["?"; count].join(", "));
    format!(
        "INSERT INTO {table} ({key}, {columns}) VALUES {} ON CONFLICT ({key}) DO UPDATE SET {sets}",
        vec![row; rows].join(", ")
    )
}

fn bind_usage(arguments: &mut SqliteArguments, key: &UsageKey, cell: &UsageCell) -> Result<(), BindError> {
    arguments.add(key.width_ms)?;
    arguments.add(key.context)?;
    arguments.add(key.at_ms)?;
    arguments.add(i64::from(key.status))?;
    for count in [cell.requests, cell.charged]
        .into_iter()
        .chain(quantities(&cell.usage))
    {
        arguments.add(integer(count))?;
    }
    Ok(())
}

fn bind_latency(
    arguments: &mut SqliteArguments,
    key: &LatencyKey,
    histogram: &Histogram,
) -> Result<(), BindError> {
    arguments.add(key.width_ms)?;
    arguments.add(key.context)?;
    arguments.add(key.at_ms)?;
    arguments.add(i64::from(key.kind))?;
    for count in [histogram.sum_us, histogram.max_us]
        .into_iter()
        .chain(histogram.counts)
    {
        arguments.add(integer(count))?;
    }
    Ok(())
}

// Beyond the store's integers lies nothing that anybody can have used.
fn integer(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
