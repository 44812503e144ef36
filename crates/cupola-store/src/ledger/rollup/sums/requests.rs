//! How requests ended. The ledger has none of those that were refused, so rollups alone answer.

use super::{Place, Rows, Summed, Sums, count, sums};
use crate::error::StoreError;
use crate::ledger::rollup::cover::Piece;
use crate::ledger::rollup::scope::{Timeline, UsageScope, Whose};
use sqlx::SqliteConnection;

/// How requests ended, refused ones among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestSum {
    /// The number of its context.
    pub context: i64,
    /// Where its piece of time begins; 0 where the period is one.
    pub start_ms: i64,
    /// The status of the answers; 499: the client left before there was one.
    pub status: u16,
    /// How many requests.
    pub requests: u64,
}

/// How requests ended. Parts of a minute or an hour at the ends of the period are not in it.
pub(crate) async fn requests(
    connection: &mut SqliteConnection,
    scope: &UsageScope<'_>,
    timeline: &Timeline,
) -> Result<Sums<RequestSum>, StoreError> {
    sums(connection, Whose::Scope(scope), timeline, Ended).await
}

pub(super) struct Ended;

impl Summed for Ended {
    type Sum = RequestSum;

    fn rows(&self, piece: Piece) -> Option<Rows> {
        (piece.width_ms > 0).then_some(Rows {
            table: "usage_rollups",
            columns: "r.at_ms, r.status, r.requests",
            rest: "AND r.width_ms = $6",
            kind: None,
        })
    }

    fn read(&self, (context, start_ms): Place, counts: &[u64]) -> RequestSum {
        RequestSum {
            context,
            start_ms,
            status: u16::try_from(count(counts, 0)).unwrap_or_default(),
            requests: count(counts, 1),
        }
    }

    fn joined(last: &mut RequestSum, next: &RequestSum) -> bool {
        let is_one = (last.context, last.start_ms, last.status) == (next.context, next.start_ms, next.status);
        if is_one {
            last.requests = last.requests.saturating_add(next.requests);
        }
        is_one
    }
}
