//! Exact terms of a blocklist: all of them in one pass, whatever their case, at the borders of words.
//!
//! The text is folded into bytes with a mark where a word begins and where it ends, and so are the terms: then a term that
//! is found stands at borders, and what a term has not begun is not held back.

use crate::fold::{fold, is_ignorable, is_word};
use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, MatchKind, PatternID};
use std::collections::HashMap;
use std::ops::Range;

const WORD_BEGINS: u8 = 1;
const WORD_ENDS: u8 = 2;
const CONTROL: u8 = 3;

/// Terms, compiled.
#[derive(Debug)]
pub(crate) struct Terms {
    automaton: NFA,
    start: StateID,
    /// How many bytes of a term a state stands for.
    depths: HashMap<StateID, usize>,
    longest: usize,
}

impl Terms {
    /// Compiles folded terms; the message says why not.
    pub(crate) fn compile(folded: &[Vec<u8>]) -> Result<Self, String> {
        let automaton = NFA::builder()
            .match_kind(MatchKind::Standard)
            .build(folded)
            .map_err(|error| error.to_string())?;
        let start = automaton
            .start_state(Anchored::No)
            .map_err(|error| error.to_string())?;
        let mut depths = HashMap::new();
        for term in folded {
            let mut state = start;
            for (index, byte) in term.iter().enumerate() {
                state = automaton.next_state(Anchored::No, state, *byte);
                depths.insert(state, index + 1);
            }
        }
        let longest = folded.iter().map(Vec::len).max().unwrap_or(0);
        Ok(Self {
            automaton,
            start,
            depths,
            longest,
        })
    }
}

/// A term as it is compared; empty when nothing of it can be.
pub(crate) fn folded(term: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut folder = Folder::default();
    folder.feed(term.trim(), &mut |byte, _, _| bytes.push(byte));
    folder.finish(&mut |byte, _, _| bytes.push(byte));
    bytes
}

/// A text on its way into bytes.
#[derive(Debug, Default)]
struct Folder {
    offset: usize,
    in_word: bool,
    after_space: bool,
    word_end: usize,
}

impl Folder {
    /// Gives each byte with the place of the character that it comes from.
    fn feed(&mut self, text: &str, each: &mut impl FnMut(u8, usize, usize)) {
        for (index, character) in text.char_indices() {
            let start = self.offset + index;
            let end = start + character.len_utf8();
            if character.is_whitespace() {
                self.end_word(each);
                if !self.after_space {
                    each(b' ', start, end);
                }
                self.after_space = true;
            } else if character.is_ascii() {
                let byte = character as u8;
                let byte = if byte.is_ascii_control() {
                    CONTROL
                } else {
                    byte.to_ascii_lowercase()
                };
                self.part(byte.is_ascii_alphanumeric(), start, each);
                each(byte, start, end);
                self.word_end = end;
            } else if !is_ignorable(character) {
                fold(character, |part| {
                    self.part(is_word(part), start, each);
                    for byte in part.encode_utf8(&mut [0; 4]).bytes() {
                        each(byte, start, end);
                    }
                });
                self.word_end = end;
            }
        }
        self.offset += text.len();
    }

    fn part(&mut self, is_word: bool, start: usize, each: &mut impl FnMut(u8, usize, usize)) {
        self.after_space = false;
        if is_word && !self.in_word {
            each(WORD_BEGINS, start, start);
            self.in_word = true;
        } else if !is_word {
            self.end_word(each);
        }
    }

    fn end_word(&mut self, each: &mut impl FnMut(u8, usize, usize)) {
        if self.in_word {
            each(WORD_ENDS, self.word_end, self.word_end);
            self.in_word = false;
        }
    }

    fn finish(&mut self, each: &mut impl FnMut(u8, usize, usize)) {
        self.end_word(each);
    }
}

/// Where the search for a list's terms stands in a text.
#[derive(Debug)]
pub(crate) struct TermScan {
    folder: Folder,
    state: StateID,
    /// How many bytes there were.
    count: usize,
    /// Where the last bytes come from.
    places: Box<[usize]>,
    /// Hits that were kept.
    pub(crate) kept: usize,
}

impl TermScan {
    pub(crate) fn new(terms: &Terms) -> Self {
        Self {
            folder: Folder::default(),
            state: terms.start,
            count: 0,
            places: vec![0; (terms.longest + 1).next_power_of_two()].into(),
            kept: 0,
        }
    }

    /// Searches on, and gives the number of each term that ends here, with its place.
    pub(crate) fn feed(&mut self, terms: &Terms, text: &str, mut found: impl FnMut(usize, Range<usize>)) {
        let mut folder = std::mem::take(&mut self.folder);
        folder.feed(text, &mut |byte, start, end| {
            self.step(terms, byte, start, end, &mut found)
        });
        self.folder = folder;
    }

    /// The text is over, and so is its last word.
    pub(crate) fn finish(&mut self, terms: &Terms, mut found: impl FnMut(usize, Range<usize>)) {
        let mut folder = std::mem::take(&mut self.folder);
        folder.finish(&mut |byte, start, end| self.step(terms, byte, start, end, &mut found));
        self.folder = folder;
    }

    /// From here on there may be a term.
    pub(crate) fn held(&self, terms: &Terms) -> Option<usize> {
        let depth = terms.depths.get(&self.state)?;
        Some(self.place(self.count - depth))
    }

    fn place(&self, count: usize) -> usize {
        self.places[count & (self.places.len() - 1)]
    }

    fn step(
        &mut self,
        terms: &Terms,
        byte: u8,
        start: usize,
        end: usize,
        found: &mut impl FnMut(usize, Range<usize>),
    ) {
        let mask = self.places.len() - 1;
        self.places[self.count & mask] = start;
        self.count += 1;
        self.state = terms.automaton.next_state(Anchored::No, self.state, byte);
        if !terms.automaton.is_match(self.state) {
            return;
        }
        for index in 0..terms.automaton.match_len(self.state) {
            let pattern: PatternID = terms.automaton.match_pattern(self.state, index);
            let length = terms.automaton.pattern_len(pattern);
            found(pattern.as_usize(), self.place(self.count - length)..end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(terms: &[&str], text: &str, expected: &[&str]) {
        let folded: Vec<Vec<u8>> = terms.iter().map(|term| folded(term)).collect();
        let terms = Terms::compile(&folded).expect("terms");
        let mut found = Vec::new();
        let mut scan = TermScan::new(&terms);
        for character in text.chars() {
            let piece = character.to_string();
            scan.feed(&terms, &piece, |_, span| found.push(&text[span]));
        }
        scan.finish(&terms, |_, span| found.push(&text[span]));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn terms_stand_at_the_borders_of_words() {
        check(&["acme"], "Acme, ACME corp; acmes", &["Acme", "ACME"]);
        check(&["acme corp"], "the acme \n corp!", &["acme \n corp"]);
        check(&["c++"], "C++ and c+++", &["C++", "c++"]);
        check(&["ab", "abc", "b c"], "ab abc b  c", &["ab", "abc", "b  c"]);
        check(
            &["straße"],
            "STRASSE, strasse, Straße",
            &["STRASSE", "strasse", "Straße"],
        );
        check(&["café"], "cafe\u{301} CAFÉ cafe", &["cafe\u{301}", "CAFÉ"]);
        check(&["禁止"], "これは禁止です", &["禁止"]);
        check(&["ac\u{200b}me"], "a\u{200b}cme", &["a\u{200b}cme"]);
        check(&["москва"], "МОСКВА москвач", &["МОСКВА"]);
    }

    #[test]
    fn only_what_may_become_a_term_is_held() {
        let terms = Terms::compile(&[folded("acme corp")]).expect("terms");
        let check = |text: &str, expected: Option<usize>| {
            let mut scan = TermScan::new(&terms);
            scan.feed(&terms, text, |_, _| {});
            assert_eq!(scan.held(&terms), expected, "{text}");
        };
        check("the ac", Some(4));
        check("the acme cor", Some(4));
        check("the mac", None);
        check("the acme x", None);
        check("the acme acm", Some(9));
    }
}
