//! What may come second in the phrases that a word begins.

use super::{Element, Lexicon, Rule};
use std::collections::HashMap;

/// The words with which any of some phrases goes on, and how long one has to wait for them.
#[derive(Debug)]
pub(crate) struct Followers {
    /// A bit for each word, by its number.
    words: Box<[u64]>,
    /// A bit for the mark of each of them.
    pub(crate) marks: u64,
    /// So many other words may stand before one.
    pub(crate) gap: u8,
}

impl Followers {
    #[inline]
    pub(crate) fn have(&self, word: u16) -> bool {
        self.words[usize::from(word / 64)] & 1 << (word % 64) != 0
    }

    fn of(rules: &[&Rule], words_count: usize) -> Self {
        let mut followers = Self {
            words: vec![0; words_count.div_ceil(64)].into(),
            marks: 0,
            gap: 0,
        };
        for element in rules.iter().flat_map(|rule| rule.seconds()) {
            followers.gap = followers.gap.max(element.gap);
            for word in &element.words {
                followers.words[usize::from(word / 64)] |= 1 << (word % 64);
            }
            followers.marks |= element.marks;
        }
        followers
    }
}

impl Rule {
    /// What may come behind its first element: all up to the first that must be there.
    pub(crate) fn seconds(&self) -> impl Iterator<Item = &Element> {
        let rest = self.elements.get(1..).unwrap_or_default();
        let optional = rest.iter().take_while(|element| element.optional).count();
        rest.iter().take(optional + 1)
    }
}

/// Gives each word of a lexicon its followers.
pub(super) fn follow(lexicon: &mut Lexicon) {
    let words_count = lexicon.words.len();
    let mut known: HashMap<&[u16], u16> = HashMap::new();
    for word in &mut lexicon.words {
        let starts = &word.starts[..];
        let rules: Vec<&Rule> = starts
            .iter()
            .map(|rule| &lexicon.rules[usize::from(*rule)])
            .collect();
        word.followers = *known.entry(starts).or_insert_with(|| {
            lexicon.followers.push(Followers::of(&rules, words_count));
            // There are no more of them than words.
            (lexicon.followers.len() - 1) as u16
        });
    }
}
