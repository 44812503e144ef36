//! How the ledger is doing, for operators: what waits, what was done, whether it can go on.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// How the ledger is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LedgerStatus {
    /// Records that wait to be written and synced; their answers wait with them.
    pub waiting: u64,
    /// Bytes of the journal that are durable, and not in the table yet.
    pub lag_bytes: u64,
    /// Files of the journal that are in use.
    pub segments: u64,
    /// Is the disk full, so that nothing is taken?
    pub is_full: bool,
    /// Records that were taken.
    pub records: u64,
    /// Records that were refused: the disk or the queue was full, or writing failed.
    pub refused: u64,
    /// How often the disk was told to keep what was written.
    pub syncs: u64,
    /// How long all of that took.
    pub syncing_us: u64,
    /// Writes and syncs that failed.
    pub failures: u64,
}

/// What the journal counts of itself.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) records: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) syncs: AtomicU64,
    pub(super) syncing_us: AtomicU64,
    pub(super) failures: AtomicU64,
}

impl Counts {
    pub(super) fn took(&self, is_taken: bool) {
        let counter = if is_taken { &self.records } else { &self.refused };
        counter.fetch_add(1, Relaxed);
    }

    pub(super) fn synced(&self, took: Duration, is_good: bool) {
        self.syncs.fetch_add(1, Relaxed);
        self.syncing_us.fetch_add(took.as_micros() as u64, Relaxed);
        if !is_good {
            self.failures.fetch_add(1, Relaxed);
        }
    }
}
