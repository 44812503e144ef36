//! How long requests took, as histograms: from rollups alone, like the ends of requests that they stand beside.

use super::{Place, Rows, Summed, Sums, count, sums};
use crate::error::StoreError;
use crate::ledger::rollup::cover::Piece;
use crate::ledger::rollup::histogram::{BUCKETS, Histogram};
use crate::ledger::rollup::scope::{Timeline, UsageScope, Whose};
use crate::ledger::rollup::write::bucket;
use sqlx::SqliteConnection;
use std::sync::LazyLock;

/// Which time of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LatencyKind {
    /// Until its answer was whole.
    Whole = 0,
    /// Until the first event of a streamed answer.
    FirstToken = 1,
}

/// How long requests took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatencySum {
    /// The number of its context.
    pub context: i64,
    /// Where its piece of time begins; 0 where the period is one.
    pub start_ms: i64,
    /// Their times.
    pub histogram: Histogram,
}

/// How long requests took. Parts of a minute or an hour at the ends of the period are not in it.
pub(crate) async fn latencies(
    connection: &mut SqliteConnection,
    scope: &UsageScope<'_>,
    timeline: &Timeline,
    kind: LatencyKind,
) -> Result<Sums<LatencySum>, StoreError> {
    sums(connection, Whose::Scope(scope), timeline, kind).await
}

static COLUMNS: LazyLock<String> = LazyLock::new(|| {
    let buckets: Vec<String> = (0..BUCKETS).map(|at| format!("r.{}", bucket(at))).collect();
    format!("r.at_ms, r.sum_us, r.max_us, {}", buckets.join(", "))
});

impl Summed for LatencyKind {
    type Sum = LatencySum;

    fn rows(&self, piece: Piece) -> Option<Rows> {
        (piece.width_ms > 0).then(|| Rows {
            table: "latency_rollups",
            columns: &COLUMNS,
            rest: "AND r.width_ms = $6 AND r.kind = $7",
            kind: Some(*self as i64),
        })
    }

    fn read(&self, (context, start_ms): Place, counts: &[u64]) -> LatencySum {
        LatencySum {
            context,
            start_ms,
            histogram: Histogram {
                sum_us: count(counts, 0),
                max_us: count(counts, 1),
                counts: std::array::from_fn(|at| count(counts, 2 + at)),
            },
        }
    }

    fn joined(last: &mut LatencySum, next: &LatencySum) -> bool {
        let is_one = (last.context, last.start_ms) == (next.context, next.start_ms);
        if is_one {
            last.histogram.add(&next.histogram);
        }
        is_one
    }
}
