//! Reserve before dispatch, settle once: the rate limits of one endpoint.
//!
//! Windows are whole minutes of the Unix clock and each limit is one atomic word (window number, amount used), so a
//! reservation takes no lock and `Retry-After` is exact: the limit is free again when the minute ends (decision 0004).

mod pair;

pub use pair::{Allowance, Allowances, Holds, Whose};

use std::sync::atomic::{AtomicU64, Ordering};

/// Length of a window.
pub const WINDOW_MS: u64 = 60_000;

// Bits of a word that count; 2^40 tokens a minute is out of reach, and 24 bits of minutes wrap after 31 years.
const AMOUNT_BITS: u32 = 40;
const AMOUNT_MASK: u64 = (1 << AMOUNT_BITS) - 1;

/// What an endpoint may spend in a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Tokens of all classes.
    pub tokens_per_minute: u32,
    /// Requests, whatever their size.
    pub requests_per_minute: u32,
}

/// The published limits of a serverless deployment.
pub const SERVERLESS: Limits = Limits {
    tokens_per_minute: 200_000,
    requests_per_minute: 1_000,
};

/// What a model deployment of an account may spend: a unit of capacity is 1,000 tokens a minute, with six requests where
/// the model is of format `OpenAI` and one where it is not.
pub fn of_deployment(format: &str, capacity: u32) -> Limits {
    let requests = if format.eq_ignore_ascii_case("OpenAI") {
        6
    } else {
        1
    };
    Limits {
        tokens_per_minute: capacity.saturating_mul(1_000),
        requests_per_minute: capacity.saturating_mul(requests),
    }
}

/// What an endpoint has spent in this minute. Shared by every core.
#[derive(Debug, Default)]
pub struct Book {
    tokens: AtomicU64,
    requests: AtomicU64,
}

/// A reservation. Settling consumes it; one that is dropped unsettled stays taken, so a fault can only under-serve.
#[derive(Debug)]
#[must_use = "settle the hold when the usage is known"]
pub struct Hold {
    window: u64,
    tokens: u64,
}

/// Which limit a request met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Tokens per minute.
    Tokens,
    /// Requests per minute.
    Requests,
}

/// Why a request may not start now: which limit, what of it is used, and when it is free again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The limit that was met.
    pub limit: Limit,
    /// Taken in this minute.
    pub used: u64,
    /// The limit itself.
    pub allowed: u32,
    /// Whole seconds, rounded up, until the minute ends; at least 1.
    pub retry_after_s: u32,
    /// Both limits, for the headers.
    pub standing: Standing,
}

/// Where the limits stand, for `x-ratelimit-*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The limits.
    pub limits: Limits,
    /// Tokens left in this minute; never below zero.
    pub remaining_tokens: u32,
    /// Requests left in this minute; never below zero.
    pub remaining_requests: u32,
    /// Whole seconds, rounded up, until the minute ends.
    pub reset_s: u32,
}

impl Book {
    /// Takes one request and `estimate` tokens, or says why not. An estimate above the whole limit counts as the limit,
    /// so that a single large request is served when the minute is fresh instead of never.
    pub fn reserve(&self, limits: Limits, estimate: u64, now_ms: u64) -> Result<Hold, Refusal> {
        let window = now_ms / WINDOW_MS;
        let tokens = estimate.min(u64::from(limits.tokens_per_minute));
        let refuse = |limit, used, allowed| Refusal {
            limit,
            used,
            allowed,
            retry_after_s: until_reset_s(now_ms),
            standing: self.standing(limits, now_ms),
        };
        take(&self.requests, window, 1, limits.requests_per_minute)
            .map_err(|used| refuse(Limit::Requests, used, limits.requests_per_minute))?;
        if let Err(used) = take(&self.tokens, window, tokens, limits.tokens_per_minute) {
            give(&self.requests, window, 1);
            return Err(refuse(Limit::Tokens, used, limits.tokens_per_minute));
        }
        Ok(Hold { window, tokens })
    }

    /// Corrects a reservation to what was used. What belongs to a minute that is over changes nothing.
    pub fn settle(&self, hold: Hold, used_tokens: u64) {
        if used_tokens > hold.tokens {
            add(&self.tokens, hold.window, used_tokens - hold.tokens);
        } else {
            give(&self.tokens, hold.window, hold.tokens - used_tokens);
        }
    }

    /// Gives a reservation back as if it had never been, its request too.
    pub fn cancel(&self, hold: Hold) {
        give(&self.tokens, hold.window, hold.tokens);
        give(&self.requests, hold.window, 1);
    }

    /// Where the limits stand now.
    pub fn standing(&self, limits: Limits, now_ms: u64) -> Standing {
        let window = now_ms / WINDOW_MS;
        let left = |word: &AtomicU64, limit: u32| {
            let used = amount(word.load(Ordering::Relaxed), window);
            u32::try_from(u64::from(limit).saturating_sub(used)).unwrap_or(0)
        };
        Standing {
            limits,
            remaining_tokens: left(&self.tokens, limits.tokens_per_minute),
            remaining_requests: left(&self.requests, limits.requests_per_minute),
            reset_s: until_reset_s(now_ms),
        }
    }
}

fn until_reset_s(now_ms: u64) -> u32 {
    let left_ms = WINDOW_MS - now_ms % WINDOW_MS;
    u32::try_from(left_ms.div_ceil(1000)).unwrap_or(60)
}

fn tag(window: u64) -> u64 {
    window & (u64::MAX >> AMOUNT_BITS)
}

fn word(window: u64, amount: u64) -> u64 {
    (tag(window) << AMOUNT_BITS) | amount.min(AMOUNT_MASK)
}

fn amount(word: u64, window: u64) -> u64 {
    if word >> AMOUNT_BITS == tag(window) {
        word & AMOUNT_MASK
    } else {
        0
    }
}

fn take(cell: &AtomicU64, window: u64, quantity: u64, limit: u32) -> Result<(), u64> {
    let mut seen = cell.load(Ordering::Relaxed);
    loop {
        let used = amount(seen, window);
        if used + quantity > u64::from(limit) {
            return Err(used);
        }
        match cell.compare_exchange_weak(
            seen,
            word(window, used + quantity),
            Ordering::Relaxed,
            Ordering::Relaxed,
        ) {
            Ok(_) => return Ok(()),
            Err(other) => seen = other,
        }
    }
}

fn add(cell: &AtomicU64, window: u64, quantity: u64) {
    change(cell, window, |used| used + quantity);
}

fn give(cell: &AtomicU64, window: u64, quantity: u64) {
    change(cell, window, |used| used.saturating_sub(quantity));
}

fn change(cell: &AtomicU64, window: u64, to: impl Fn(u64) -> u64) {
    let mut seen = cell.load(Ordering::Relaxed);
    while seen >> AMOUNT_BITS == tag(window) {
        let next = word(window, to(seen & AMOUNT_MASK));
        match cell.compare_exchange_weak(seen, next, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return,
            Err(other) => seen = other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SMALL: Limits = Limits {
        tokens_per_minute: 100,
        requests_per_minute: 3,
    };

    #[test]
    fn capacity_is_tokens_and_requests() {
        let check = |format, capacity, tokens, requests| {
            let limits = of_deployment(format, capacity);
            assert_eq!(
                (limits.tokens_per_minute, limits.requests_per_minute),
                (tokens, requests)
            );
        };
        check("OpenAI", 10, 10_000, 60);
        check("openai", 1, 1_000, 6);
        check("Cohere", 10, 10_000, 10);
        check("Cupola", u32::MAX, u32::MAX, u32::MAX);
    }

    #[test]
    fn a_request_over_the_limit_learns_when_the_minute_ends() {
        let book = Book::default();
        let hold = book.reserve(SMALL, 60, 60_500).expect("fits");
        let refusal = book.reserve(SMALL, 60, 61_200).expect_err("over");
        assert_eq!(
            (refusal.limit, refusal.used, refusal.retry_after_s),
            (Limit::Tokens, 60, 59)
        );
        assert_eq!(
            refusal.standing.remaining_requests, 2,
            "a refused request is not counted"
        );
        book.settle(hold, 10);
        assert_eq!(book.standing(SMALL, 61_300).remaining_tokens, 90);
        assert!(book.reserve(SMALL, 60, 61_400).is_ok());
    }

    #[test]
    fn a_new_minute_is_free() {
        let book = Book::default();
        for _ in 0..3 {
            let _ = book.reserve(SMALL, 1, 0).expect("fits");
        }
        assert_eq!(
            book.reserve(SMALL, 1, 59_999).expect_err("over").limit,
            Limit::Requests
        );
        assert!(book.reserve(SMALL, 1, 60_000).is_ok());
    }

    #[test]
    fn a_large_request_is_served_in_a_fresh_minute() {
        let book = Book::default();
        let hold = book.reserve(SMALL, 1_000_000, 0).expect("counts as the limit");
        book.settle(hold, 250);
        assert_eq!(book.standing(SMALL, 1).remaining_tokens, 0, "never below zero");
    }

    #[test]
    fn settling_a_past_minute_changes_nothing() {
        let book = Book::default();
        let old = book.reserve(SMALL, 50, 0).expect("fits");
        let _new = book.reserve(SMALL, 50, 60_000).expect("fits");
        book.settle(old, 0);
        assert_eq!(book.standing(SMALL, 60_001).remaining_tokens, 50);
    }

    proptest! {
        #[test]
        fn what_was_admitted_never_exceeds_the_limit(steps in prop::collection::vec((0u64..200, 0u64..200, any::<bool>()), 1..60)) {
            let book = Book::default();
            let mut held = 0u64;
            let mut open = Vec::new();
            for (estimate, used, settle) in steps {
                if let Ok(hold) = book.reserve(Limits { tokens_per_minute: 500, requests_per_minute: 1000 }, estimate, 5) {
                    held += estimate.min(500);
                    prop_assert!(held <= 500);
                    open.push((hold, estimate.min(500), used));
                }
                if settle && let Some((hold, estimate, used)) = open.pop() {
                    let used = used.min(estimate);
                    book.settle(hold, used);
                    held = held - estimate + used;
                }
                prop_assert_eq!(u64::from(book.standing(Limits { tokens_per_minute: 500, requests_per_minute: 1000 }, 5).remaining_tokens), 500 - held);
            }
        }
    }
}
