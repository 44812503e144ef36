//! The present and chance. The worker is a process of its own, so its one clock and its one source are made here.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// The present.
#[expect(
    clippy::disallowed_methods,
    reason = "the worker is its own composition root; nothing below asks the clock"
)]
pub(crate) fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// Numbers that nobody guesses by accident: identifiers and seeds, nothing that guards.
pub(crate) struct Chance {
    // The standard library keys its hashers from the system's random bytes.
    keys: [RandomState; 2],
    drawn: AtomicU64,
}

impl Chance {
    pub(crate) fn new() -> Self {
        Self {
            keys: [RandomState::new(), RandomState::new()],
            drawn: AtomicU64::new(0),
        }
    }

    /// The id of a request: 32 hexadecimal digits.
    pub(crate) fn request_id(&self) -> String {
        let count = self.drawn.fetch_add(1, Ordering::Relaxed);
        let [high, low] = [self.keys[0].hash_one(count), self.keys[1].hash_one(count)];
        format!("{high:016x}{low:016x}")
    }

    pub(crate) fn seed(&self) -> u64 {
        self.keys[0].hash_one(self.drawn.fetch_add(1, Ordering::Relaxed))
    }
}
