//! What was charged; exact at every instant, because the ledger answers for the parts of an hour.

use super::{Place, Rows, Summed, Sums, count, sums};
use crate::error::StoreError;
use crate::ledger::Period;
use crate::ledger::rollup::cover::Piece;
use crate::ledger::rollup::scope::{Timeline, UsageScope, Whose};
use crate::ledger::rollup::{add, usage_of};
use cupola_core::usage::{Meter, Usage};
use sqlx::SqliteConnection;

/// What was charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageSum {
    /// The number of its context.
    pub context: i64,
    /// Where its piece of time begins; 0 where the period is one.
    pub start_ms: i64,
    /// How many requests.
    pub requests: u64,
    /// By class.
    pub usage: Usage,
}

impl UsageSum {
    /// How much of a meter it is.
    pub fn quantity(&self, meter: Meter) -> u64 {
        match meter {
            Meter::Requests => self.requests,
            other => other.quantity(&self.usage),
        }
    }
}

/// Everything in a scope.
pub(crate) async fn usage(
    connection: &mut SqliteConnection,
    scope: &UsageScope<'_>,
    timeline: &Timeline,
) -> Result<Sums<UsageSum>, StoreError> {
    sums(connection, Whose::Scope(scope), timeline, Charged).await
}

/// What a subscription was charged in a period, by context.
pub(crate) async fn of_subscription(
    connection: &mut SqliteConnection,
    subscription: &str,
    period: Period,
) -> Result<Sums<UsageSum>, StoreError> {
    let scope = UsageScope::of_subscription(subscription);
    let width_ms = None;
    usage(connection, &scope, &Timeline { period, width_ms }).await
}

/// What one endpoint was charged, or one credential there.
pub(crate) async fn of_endpoint(
    connection: &mut SqliteConnection,
    id: &str,
    credential: Option<&str>,
    timeline: &Timeline,
) -> Result<Sums<UsageSum>, StoreError> {
    let whose = Whose::Endpoint { id, credential };
    sums(connection, whose, timeline, Charged).await
}

pub(super) struct Charged;

impl Summed for Charged {
    type Sum = UsageSum;

    fn rows(&self, piece: Piece) -> Option<Rows> {
        Some(match piece.width_ms {
            0 => Rows {
                table: "usage_records",
                columns: "MIN(r.at_ms), COUNT(*), SUM(r.prompt), SUM(r.cached_prompt), SUM(r.completion), \
                          SUM(r.reasoning), SUM(r.search_units), SUM(r.images), \
                          SUM(r.finetune_prompt), SUM(r.finetune_completion)",
                rest: "GROUP BY r.at_ms / $6",
                kind: None,
            },
            _ => Rows {
                table: "usage_rollups",
                columns: "r.at_ms, r.charged, r.prompt, r.cached_prompt, r.completion, r.reasoning, r.search_units, r.images, \
                          r.finetune_prompt, r.finetune_completion",
                rest: "AND r.width_ms = $6 AND r.charged > 0",
                kind: None,
            },
        })
    }

    fn read(&self, (context, start_ms): Place, counts: &[u64]) -> UsageSum {
        UsageSum {
            context,
            start_ms,
            requests: count(counts, 0),
            usage: usage_of(std::array::from_fn(|at| count(counts, 1 + at))),
        }
    }

    fn joined(last: &mut UsageSum, next: &UsageSum) -> bool {
        let is_one = (last.context, last.start_ms) == (next.context, next.start_ms);
        if is_one {
            last.requests = last.requests.saturating_add(next.requests);
            add(&mut last.usage, &next.usage);
        }
        is_one
    }
}
