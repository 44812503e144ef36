//! Questions to the rollups: sums by context and by pieces of time. What is asked for differs, how it is asked does not.

mod latency;
mod lines;
mod requests;
mod usage;

pub(crate) use latency::latencies;
pub use latency::{LatencyKind, LatencySum};
pub use requests::RequestSum;
pub(crate) use requests::requests;
pub use usage::UsageSum;
pub(crate) use usage::{of_endpoint, of_subscription, usage};

use super::context::{UsageContext, contexts};
use super::cover::{Piece, cover};
use super::scope::{Timeline, Whose};
use crate::error::StoreError;
use futures_util::TryStreamExt as _;
use lines::Lines;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};
use std::collections::HashMap;

// Some ten megabytes of usage, some seventy of histograms; a question with a longer answer has to be a smaller one.
const SUMS_MAX: usize = 250_000;

/// An answer: sums, and the contexts that they name.
#[derive(Debug, Clone)]
pub struct Sums<T> {
    /// By number.
    pub contexts: HashMap<i64, UsageContext>,
    /// In no order; the same piece of time may come more than once.
    pub sums: Vec<T>,
}

/// Something that is added up: where it stands, and how its rows are read and joined.
trait Summed {
    type Sum;

    /// The rows that answer for a part of a period; `None` where nothing does.
    fn rows(&self, piece: Piece) -> Option<Rows>;

    /// Reads what a row has behind its time.
    fn read(&self, place: Place, counts: &[u64]) -> Self::Sum;

    /// Adds `next` to `last` where both are of the same context and piece of time, and says whether they are.
    fn joined(last: &mut Self::Sum, next: &Self::Sum) -> bool;
}

/// Rows of a table: which, and what of them is read.
struct Rows {
    table: &'static str,
    /// The first is a time of the row. Whole numbers, none of them negative or null.
    columns: &'static str,
    /// Behind the condition on contexts and times. `$6` is a width.
    rest: &'static str,
    /// What `$7` is.
    kind: Option<i64>,
}

impl Rows {
    // One row for each context, with a text of its rows, oldest first: a row by itself costs several times what its numbers
    // do, because each of its values is copied and sent from the thread that reads the file. Rows are added up here and not
    // there: they come in the order of their key, so that nothing has to be sorted, and what belongs together is one behind
    // the other.
    fn text(&self, whose: Whose<'_>) -> String {
        let (columns, table, rest) = (self.columns, self.table, self.rest);
        let condition = whose.condition();
        format!(
            "SELECT c.id, (SELECT string_agg(line, ';') FROM (SELECT concat_ws(',', {columns}) AS line FROM {table} r \
             WHERE r.context = c.id AND r.at_ms >= $4 AND r.at_ms < $5 {rest})) \
             FROM usage_contexts c WHERE {condition}"
        )
    }
}

/// The context of a row, and where its piece of time begins.
type Place = (i64, i64);

/// Adds up what is asked for. The rows of one context after the other are in memory, never those of all.
async fn sums<S: Summed>(
    connection: &mut SqliteConnection,
    whose: Whose<'_>,
    timeline: &Timeline,
    summed: S,
) -> Result<Sums<S::Sum>, StoreError> {
    let contexts = contexts(connection, whose).await?;
    let (from_ms, to_ms) = timeline.bounds_ms();
    let mut sums: Vec<S::Sum> = Vec::new();
    for piece in cover(from_ms, to_ms, timeline.widths_ms()) {
        let Some(asked) = summed.rows(piece) else { continue };
        let mut query = sqlx::query(AssertSqlSafe(asked.text(whose)));
        for argument in whose.arguments() {
            query = query.bind(argument);
        }
        let mut rows = query
            .bind(piece.from_ms)
            .bind(piece.to_ms)
            .bind(match piece.width_ms {
                0 => timeline.finest_ms(),
                width_ms => width_ms,
            })
            .bind(asked.kind)
            .fetch(&mut *connection);
        while let Some(row) = rows.try_next().await? {
            let mut lines = Lines::new(row.get::<Option<&str>, _>(1).unwrap_or_default());
            while let Some((at_ms, counts)) = lines.next() {
                let next = summed.read((row.get(0), timeline.start_ms(at_ms)), counts);
                if !sums.last_mut().is_some_and(|last| S::joined(last, &next)) {
                    sums.push(next);
                }
                if sums.len() > SUMS_MAX {
                    return Err(StoreError::TooLong { lines_max: SUMS_MAX });
                }
            }
        }
    }
    Ok(Sums { contexts, sums })
}

fn count(counts: &[u64], at: usize) -> u64 {
    counts.get(at).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use crate::ledger::UsageScope;

    const ROLLED_UP: &str = "SEARCH r USING PRIMARY KEY (width_ms=? AND context=? AND at_ms>? AND at_ms<?)";
    const RECORDS: &str = "SEARCH r USING PRIMARY KEY (context=? AND at_ms>? AND at_ms<?)";

    fn piece(width_ms: i64) -> Piece {
        Piece {
            width_ms,
            from_ms: 0,
            to_ms: 1,
        }
    }

    #[tokio::test]
    async fn no_question_reads_more_than_its_contexts_and_its_period() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("cupola.db"))
            .await
            .expect("a store");
        let mut reader = store.reader().await.expect("a reader");
        let scope = UsageScope::of_subscription("s");
        let endpoint = Whose::Endpoint {
            id: "e",
            credential: None,
        };
        for (whose, index) in [
            (Whose::Scope(&scope), "usage_contexts_whole (subscription=?"),
            (endpoint, "INDEX usage_contexts_by_endpoint (endpoint=?)"),
        ] {
            for (rows, expected) in [
                (usage::Charged.rows(piece(1)), ROLLED_UP),
                (usage::Charged.rows(piece(0)), RECORDS),
                (requests::Ended.rows(piece(1)), ROLLED_UP),
                (LatencyKind::Whole.rows(piece(1)), ROLLED_UP),
            ] {
                let text = rows.expect("rows").text(whose);
                let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}")))
                    .fetch_all(reader.connection())
                    .await
                    .expect("a plan");
                let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
                let plan = steps.join("; ");
                assert!(plan.contains(expected), "{plan}");
                assert!(plan.contains(index), "{plan}");
                // What a step before it found may be read from its begin, a table never.
                let scans = |step: &String| step.starts_with("SCAN") && !step.starts_with("SCAN (subquery");
                assert!(!steps.iter().any(scans), "{plan}");
            }
        }
        drop(reader);
        store.close().await;
    }

    #[test]
    fn the_ledger_answers_for_what_was_charged_alone() {
        assert!(requests::Ended.rows(piece(0)).is_none());
        assert!(LatencyKind::FirstToken.rows(piece(0)).is_none());
    }
}
