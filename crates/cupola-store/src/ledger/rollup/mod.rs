//! Rollups: what charts and bills add up, added up when it is recorded. A batch of records is summed in memory first, so
//! that each minute, hour and day of a context is written once, in the transaction that puts the records into the ledger.

mod context;
mod cover;
mod histogram;
mod prune;
mod scope;
mod sums;
mod tally;
mod write;

pub use context::UsageContext;
pub use histogram::Histogram;
pub use prune::MINUTES_KEPT_DAYS;
pub(crate) use prune::prune;
pub use scope::{Timeline, UsageScope};
pub use sums::{LatencyKind, LatencySum, RequestSum, Sums, UsageSum};
pub(crate) use sums::{latencies, requests, usage};
pub(super) use sums::{of_endpoint, of_subscription};
pub use tally::RefusedRequest;
pub(super) use tally::Tally;

use super::record::Row;
use cupola_core::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use cupola_core::usage::Usage;
use std::collections::BTreeMap;

const WIDTHS_MS: [i64; 3] = [MINUTE_MS, HOUR_MS, DAY_MS];

/// A row of `usage_rollups`: in the order of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct UsageKey {
    width_ms: i64,
    context: i64,
    at_ms: i64,
    status: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct UsageCell {
    requests: u64,
    charged: u64,
    usage: Usage,
}

/// A row of `latency_rollups`: in the order of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct LatencyKey {
    width_ms: i64,
    context: i64,
    at_ms: i64,
    kind: u8,
}

/// What a transaction adds to the rollups.
#[derive(Debug, Default)]
pub(super) struct Batch {
    usage: BTreeMap<UsageKey, UsageCell>,
    latency: BTreeMap<LatencyKey, Histogram>,
}

impl Batch {
    /// A record that was put into the ledger.
    pub(super) fn charged(&mut self, context: i64, row: &Row) {
        for width_ms in WIDTHS_MS {
            let at_ms = begin(row.at_ms, width_ms);
            let key = UsageKey {
                width_ms,
                context,
                at_ms,
                status: row.status,
            };
            let cell = self.usage.entry(key).or_default();
            cell.requests += 1;
            cell.charged += 1;
            add(&mut cell.usage, &row.usage);
            let times = [
                (LatencyKind::Whole, row.took_us),
                (LatencyKind::FirstToken, row.first_token_us),
            ];
            for (kind, us) in times {
                let Some(us) = us else { continue };
                let key = LatencyKey {
                    width_ms,
                    context,
                    at_ms,
                    kind: kind as u8,
                };
                self.latency.entry(key).or_default().note_us(us);
            }
        }
    }

    /// Requests that were refused, of which the ledger has nothing.
    pub(super) fn refused(&mut self, context: i64, minute_ms: i64, status: u16, requests: u64) {
        for width_ms in WIDTHS_MS {
            let key = UsageKey {
                width_ms,
                context,
                at_ms: begin(minute_ms, width_ms),
                status,
            };
            self.usage.entry(key).or_default().requests += requests;
        }
    }
}

/// Where the piece of time begins in which an instant lies.
pub(super) fn begin(at_ms: i64, width_ms: i64) -> i64 {
    at_ms - at_ms.rem_euclid(width_ms)
}

/// Adds quantities, class by class.
pub(super) fn add(sum: &mut Usage, more: &Usage) {
    let add = |sum: &mut u64, more: u64| *sum = sum.saturating_add(more);
    add(&mut sum.prompt, more.prompt);
    add(&mut sum.cached_prompt, more.cached_prompt);
    add(&mut sum.completion, more.completion);
    add(&mut sum.reasoning, more.reasoning);
    add(&mut sum.search_units, more.search_units);
    add(&mut sum.images, more.images);
    add(&mut sum.finetune_prompt, more.finetune_prompt);
    add(&mut sum.finetune_completion, more.finetune_completion);
}

/// Quantities in the order of the tables' columns.
pub(super) fn quantities(usage: &Usage) -> [u64; 8] {
    [
        usage.prompt,
        usage.cached_prompt,
        usage.completion,
        usage.reasoning,
        usage.search_units,
        usage.images,
        usage.finetune_prompt,
        usage.finetune_completion,
    ]
}

/// The same, the other way round.
pub(super) fn usage_of(quantities: [u64; 8]) -> Usage {
    let [
        prompt,
        cached_prompt,
        completion,
        reasoning,
        search_units,
        images,
        finetune_prompt,
        finetune_completion,
    ] = quantities;
    Usage {
        prompt,
        cached_prompt,
        completion,
        reasoning,
        search_units,
        images,
        finetune_prompt,
        finetune_completion,
    }
}
