//! The circuit breaker of a member: who fails again and again is left alone for a while, and then asked once.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

// Failures in a row.
const FAILURES_MAX: u32 = 5;
const PAUSE_FIRST: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// What it lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Circuit {
    /// Everything.
    Closed,
    /// Nothing, for this long.
    Open {
        /// What is left of the pause.
        left: Duration,
    },
    /// The pause is over: one request, to see.
    HalfOpen,
    /// That request is on its way.
    Probing,
}

impl Circuit {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open { .. } => "open",
            Self::HalfOpen | Self::Probing => "half-open",
        }
    }
}

/// Times are milliseconds since the member was made.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    failures: AtomicU32,
    /// How often in a row it opened.
    opened: AtomicU32,
    /// Zero while it is closed.
    open_until_ms: AtomicU64,
    probing: AtomicBool,
}

impl Breaker {
    pub(crate) fn circuit(&self, now_ms: u64) -> Circuit {
        match self.open_until_ms.load(Relaxed) {
            0 => Circuit::Closed,
            until if now_ms < until => Circuit::Open {
                left: Duration::from_millis(until - now_ms),
            },
            _ if self.probing.load(Relaxed) => Circuit::Probing,
            _ => Circuit::HalfOpen,
        }
    }

    /// May a request go? `Some(true)`: as the one that tries whether the member is back.
    pub(crate) fn enter(&self, now_ms: u64) -> Option<bool> {
        match self.circuit(now_ms) {
            Circuit::Closed => Some(false),
            Circuit::HalfOpen => (!self.probing.swap(true, Relaxed)).then_some(true),
            Circuit::Open { .. } | Circuit::Probing => None,
        }
    }

    /// The member began to answer: that closes it.
    pub(crate) fn answers(&self) {
        // Looked at first: while all is well, threads that share it need not take it from one another.
        if self.open_until_ms.load(Relaxed) != 0 {
            self.open_until_ms.store(0, Relaxed);
            self.failures.store(0, Relaxed);
            self.probing.store(false, Relaxed);
        }
    }

    /// An answer came to its end: whatever was before is forgotten.
    pub(crate) fn answered(&self) {
        for count in [&self.failures, &self.opened] {
            if count.load(Relaxed) != 0 {
                count.store(0, Relaxed);
            }
        }
    }

    /// A request failed.
    pub(crate) fn failed(&self, now_ms: u64) {
        let failures = self.failures.fetch_add(1, Relaxed).saturating_add(1);
        let opens = match self.circuit(now_ms) {
            Circuit::Closed => failures >= FAILURES_MAX,
            // What was sent before it opened says nothing new.
            Circuit::Open { .. } => false,
            Circuit::HalfOpen | Circuit::Probing => true,
        };
        if opens {
            let opened = self.opened.fetch_add(1, Relaxed);
            let until = now_ms.saturating_add(pause(opened).as_millis() as u64);
            self.open_until_ms.store(until.max(1), Relaxed);
            self.probing.store(false, Relaxed);
        }
    }

    /// The request that tried was given up before it had an outcome.
    pub(crate) fn gave_up(&self) {
        self.probing.store(false, Relaxed);
    }
}

fn pause(opened: u32) -> Duration {
    PAUSE_FIRST.saturating_mul(1 << opened.min(16)).min(PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened_at(now_ms: u64) -> Breaker {
        let breaker = Breaker::default();
        for _ in 0..FAILURES_MAX {
            assert_eq!(breaker.enter(now_ms), Some(false));
            breaker.failed(now_ms);
        }
        assert_eq!(breaker.enter(now_ms), None);
        breaker
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_not_before() {
        let breaker = Breaker::default();
        for _ in 0..100 {
            breaker.failed(0);
            breaker.answers();
            breaker.answered();
        }
        assert_eq!(breaker.circuit(0), Circuit::Closed);
        assert_eq!(
            opened_at(0).circuit(999),
            Circuit::Open {
                left: Duration::from_millis(1)
            }
        );
    }

    #[test]
    fn one_request_tries_whether_it_is_back() {
        let breaker = opened_at(0);
        assert_eq!((breaker.enter(1000), breaker.enter(1000)), (Some(true), None));
        breaker.gave_up();
        assert_eq!(breaker.enter(1000), Some(true));
        breaker.answers();
        assert_eq!(
            (breaker.enter(1000), breaker.circuit(1000)),
            (Some(false), Circuit::Closed)
        );
    }

    #[test]
    fn pauses_grow_to_a_minute_until_an_answer_is_whole() {
        let breaker = opened_at(0);
        let mut now = 1000;
        for seconds in [2, 4, 8, 16, 32, 60, 60] {
            assert_eq!(breaker.enter(now), Some(true));
            breaker.failed(now);
            // Late failures of requests that were on their way do not make it longer.
            breaker.failed(now);
            let left = Duration::from_secs(seconds);
            assert_eq!(breaker.circuit(now), Circuit::Open { left });
            now += seconds * 1000;
        }
        assert_eq!(breaker.enter(now), Some(true));
        breaker.answers();
        breaker.answered();
        for _ in 0..FAILURES_MAX {
            breaker.failed(now);
        }
        assert_eq!(breaker.circuit(now), Circuit::Open { left: PAUSE_FIRST });
    }
}
