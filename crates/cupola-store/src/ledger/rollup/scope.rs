//! Whose usage, and when: what a question to the rollups is about.

use super::{DAY_MS, HOUR_MS, MINUTE_MS, begin};
use crate::ledger::Period;

// The year 10000: later than anything that is asked for.
const LAST_MS: i64 = 253_402_300_800_000;

/// Whose usage is asked for.
#[derive(Debug, Clone, Copy)]
pub struct UsageScope<'a> {
    /// The subscription that pays.
    pub subscription: &'a str,
    /// Only endpoints at or below this resource id; empty: all of the subscription.
    pub below: &'a str,
    /// Only this deployment of an account.
    pub deployment: Option<&'a str>,
}

impl<'a> UsageScope<'a> {
    /// All that a subscription pays for.
    pub fn of_subscription(subscription: &'a str) -> Self {
        Self {
            subscription,
            below: "",
            deployment: None,
        }
    }

    /// `below` as the store compares it: folded, and with a slash, so that no name is the beginning of another.
    fn prefix(&self) -> String {
        match self.below.trim_end_matches('/') {
            "" => String::new(),
            id => format!("{}/", id.to_ascii_lowercase()),
        }
    }
}

/// With which contexts a query begins.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whose<'a> {
    /// What is at or below something.
    Scope(&'a UsageScope<'a>),
    /// One endpoint, whoever pays for it.
    Endpoint {
        /// Its resource id, in any case.
        id: &'a str,
        /// Only what this credential used.
        credential: Option<&'a str>,
    },
}

impl Whose<'_> {
    /// The condition on `c`, the contexts. Its numbered arguments are those of [`Whose::arguments`].
    pub(super) fn condition(&self) -> &'static str {
        match self {
            Self::Scope(_) => {
                "c.subscription = $1 AND substr(lower(c.endpoint) || '/', 1, length($2)) = $2 \
                 AND ($3 = '' OR lower(c.deployment) = $3)"
            }
            Self::Endpoint { .. } => "c.endpoint = $1 COLLATE NOCASE AND ($2 IS NULL OR c.credential = $2)",
        }
    }

    /// What `$1`, `$2` and `$3` are.
    pub(super) fn arguments(&self) -> [Option<String>; 3] {
        match self {
            Self::Scope(scope) => [
                scope.subscription.to_ascii_lowercase(),
                scope.prefix(),
                scope.deployment.unwrap_or_default().to_ascii_lowercase(),
            ]
            .map(Some),
            Self::Endpoint { id, credential } => {
                [Some((*id).to_owned()), credential.map(str::to_owned), None]
            }
        }
    }
}

/// When, and how finely.
#[derive(Debug, Clone, Copy, Default)]
pub struct Timeline {
    /// Which time.
    pub period: Period,
    /// The width of its pieces, which begin at multiples of it since 1970; `None`: the period as one. A multiple of a
    /// minute that an hour holds, of an hour that a day holds, or a day.
    pub width_ms: Option<i64>,
}

impl Timeline {
    pub(super) fn bounds_ms(&self) -> (i64, i64) {
        let (from, to) = self.period.bounds_ms();
        (from.clamp(0, LAST_MS), to.clamp(0, LAST_MS))
    }

    /// Where the piece of time begins in which an instant lies.
    pub(super) fn start_ms(&self, at_ms: i64) -> i64 {
        self.width_ms.map_or(0, |width_ms| begin(at_ms, width_ms))
    }

    /// The widths of the rollups that can answer, the widest first.
    pub(super) fn widths_ms(&self) -> &'static [i64] {
        match self.width_ms {
            None => &[DAY_MS, HOUR_MS],
            Some(width) if width % DAY_MS == 0 => &[DAY_MS, HOUR_MS],
            Some(width) if width % HOUR_MS == 0 => &[HOUR_MS],
            Some(_) => &[MINUTE_MS],
        }
    }

    /// How finely the ledger itself is cut where it answers: for less than an hour, and no less finely than it is asked.
    pub(super) fn finest_ms(&self) -> i64 {
        self.width_ms.map_or(HOUR_MS, |width_ms| width_ms.min(HOUR_MS))
    }
}
