//! What waits for words, and for which.

use crate::lexicon::MARK_ALWAYS;
use crate::policy::{Category, Severity};
use crate::screen::WordUse;

/// A word that begins phrases, while the second of any may still come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opening {
    pub(super) used: WordUse,
    pub(super) start: usize,
    /// Its place among the words.
    pub(super) place: u64,
    /// The place of the last word that may be second.
    pub(super) until: u64,
}

/// A phrase that goes on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Thread {
    pub(super) rule: u16,
    /// The element that comes next.
    pub(super) at: u8,
    /// The place of the last word that may be it.
    pub(super) until: u64,
    pub(super) start: usize,
    pub(super) first_word: u64,
}

/// A phrase that is whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pending {
    pub(super) rule: u16,
    pub(super) category: Category,
    pub(super) severity: Severity,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) last_word: u64,
    pub(super) deadline: u64,
    pub(super) lowered: bool,
    pub(super) raised: bool,
}

/// Marks of words, by bit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heeded(pub(super) u64);

impl Heeded {
    /// Words that do something by themselves.
    pub(super) const ALWAYS: Self = Self(1 << MARK_ALWAYS);
    pub(super) const ALL: Self = Self(!0);
}

impl Default for Heeded {
    fn default() -> Self {
        Self::ALWAYS
    }
}

/// One thread for each place in a rule is enough, the one that can wait longer: so there are never more than places.
pub(super) fn thin(threads: &mut Vec<Thread>) {
    threads.sort_by_key(|thread| {
        (
            thread.rule,
            thread.at,
            std::cmp::Reverse((thread.until, thread.start)),
        )
    });
    threads.dedup_by_key(|thread| (thread.rule, thread.at));
}
