//! A clock that stands still until a test moves it.

use cupola_core::{Clock, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Time that moves by hand. Cloning it shares it.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<AtomicI64>);

impl Default for ManualClock {
    /// Stands at 2026-01-05T09:00:00Z, the instant of the examples in the contract.
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(1_767_603_600_000)))
    }
}

impl ManualClock {
    /// Moves the present on.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(
            i64::try_from(by.as_millis()).unwrap_or(i64::MAX),
            Ordering::SeqCst,
        );
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_stands_until_it_is_moved() {
        let clock = ManualClock::default();
        assert_eq!(clock.now().to_string(), "2026-01-05T09:00:00Z");
        clock.clone().advance(Duration::from_secs(61));
        assert_eq!(clock.now().to_string(), "2026-01-05T09:01:01Z");
    }
}
