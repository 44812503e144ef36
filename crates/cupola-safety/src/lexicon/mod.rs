//! The words and phrases that the built-in analyzer knows, read once from `rules/*.txt`.
//!
//! A word is found by walking a trie while its characters arrive; a phrase is a sequence of words, followed by the matcher.

mod followers;
mod heads;
mod read;
mod trie;

use crate::policy::{Category, Detection, Severity};
use std::sync::{Arc, LazyLock};

pub(crate) use followers::Followers;
pub(crate) use trie::{DEAD, HEAD_BYTES, ROOT, Trie};

/// Why a file of rules was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {rule}")]
pub struct RuleError {
    /// The file.
    pub file: &'static str,
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub rule: String,
}

const FILES: [(&str, &str); 7] = [
    ("rules/words.txt", include_str!("../../rules/words.txt")),
    ("rules/hate.txt", include_str!("../../rules/hate.txt")),
    ("rules/self_harm.txt", include_str!("../../rules/self_harm.txt")),
    ("rules/sexual.txt", include_str!("../../rules/sexual.txt")),
    ("rules/violence.txt", include_str!("../../rules/violence.txt")),
    ("rules/attacks.txt", include_str!("../../rules/attacks.txt")),
    ("rules/profanity.txt", include_str!("../../rules/profanity.txt")),
];

static BUILT_IN: LazyLock<Result<Lexicon, RuleError>> = LazyLock::new(|| read::read(&FILES));

/// The lexicon that comes with Cupola.
pub(crate) fn built_in() -> Result<&'static Lexicon, RuleError> {
    BUILT_IN.as_ref().map_err(Clone::clone)
}

/// A set of contexts, by bit.
pub(crate) type Contexts = u32;

/// The mark of a word that is not known.
pub(crate) const MARK_UNKNOWN: u8 = 0;
/// The mark of a word that does something by itself; who makes a plan gives it.
pub(crate) const MARK_ALWAYS: u8 = 63;

/// The mark of a word that does something behind others, if at all. Many words have the same.
pub(crate) const fn mark(word: u16) -> u8 {
    match word {
        0 => MARK_UNKNOWN,
        _ => 1 + (word % 62) as u8,
    }
}

/// What a rule finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finds {
    Harm(Category, Severity),
    Detection(Detection),
    /// Not a finding: words that say what the text around them is about.
    Context(u8),
}

/// How far a context reaches, in words.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Reach {
    pub(crate) before: u64,
    pub(crate) after: u64,
}

/// One word of a phrase.
#[derive(Debug)]
pub(crate) struct Element {
    /// Words that fit, sorted.
    words: Box<[u16]>,
    /// A bit for the mark of each of them: most words that do not fit are seen at once.
    pub(crate) marks: u64,
    /// So many other words may stand before it.
    pub(crate) gap: u8,
    pub(crate) optional: bool,
}

impl Element {
    fn new(mut words: Vec<u16>, gap: u8, optional: bool) -> Self {
        words.sort_unstable();
        words.dedup();
        Self {
            marks: words.iter().fold(0, |marks, word| marks | 1 << mark(*word)),
            words: words.into(),
            gap,
            optional,
        }
    }

    #[cfg(test)]
    pub(crate) fn words(&self) -> &[u16] {
        &self.words
    }

    #[inline]
    pub(crate) fn fits(&self, word: u16) -> bool {
        self.marks & 1 << mark(word) != 0 && self.words.binary_search(&word).is_ok()
    }
}

/// A phrase and what it means.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: Arc<str>,
    pub(crate) finds: Finds,
    pub(crate) lowered_by: Contexts,
    pub(crate) raised_by: Contexts,
    pub(crate) elements: Vec<Element>,
}

/// What is known about a word.
#[derive(Debug, Default)]
pub(crate) struct Word {
    /// Rules that begin with it.
    pub(crate) starts: Vec<u16>,
    /// Contexts that it alone sets.
    pub(crate) sets: Contexts,
    /// What may come behind it, by number.
    pub(crate) followers: u16,
}

/// Words, phrases and contexts.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    pub(crate) trie: Trie,
    /// By number; 0 is no word.
    pub(crate) words: Vec<Word>,
    pub(crate) rules: Vec<Rule>,
    /// By bit.
    pub(crate) contexts: Vec<Reach>,
    /// By number; words that begin the same rules have the same.
    pub(crate) followers: Vec<Followers>,
}

impl Lexicon {
    /// The contexts in which a rule's severity changes reach so far behind it.
    pub(crate) fn lookahead(&self, rule: &Rule) -> u64 {
        let all = rule.lowered_by | rule.raised_by;
        let mut farthest = 0;
        for (bit, reach) in self.contexts.iter().enumerate() {
            if all & (1 << bit) != 0 {
                farthest = farthest.max(reach.after);
            }
        }
        farthest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_rules_can_be_read() {
        let lexicon = built_in().expect("rules");
        assert!(lexicon.rules.len() > 100, "{} rules", lexicon.rules.len());
        for category in Category::ALL {
            assert!(
                lexicon
                    .rules
                    .iter()
                    .any(|rule| matches!(rule.finds, Finds::Harm(found, _) if found == category)),
                "no rule of {}",
                category.name()
            );
        }
    }
}
