//! What the surroundings give: the environment, the clock, chance. Made here once and passed on as arguments.

use cupola_core::{Clock, Entropy, Timestamp};
use std::collections::BTreeMap;

/// The environment variables that are text.
pub(crate) type Environment = BTreeMap<String, String>;

pub(crate) fn environment() -> Environment {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// The one system clock.
#[derive(Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the present is read"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The one source of chance: the operating system's, through the library that makes our keys.
#[derive(Debug)]
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        // Failing here means that the operating system has no randomness; going on would make guessable keys.
        #[expect(
            clippy::expect_used,
            reason = "no randomness, no secrets: stop rather than go on"
        )]
        aws_lc_rs::rand::fill(bytes).expect("the operating system gives random bytes");
    }
}
