//! What of a text an external analyzer is asked about: all of it, in parts that overlap, and of a stream as it comes.
//!
//! The parts of a text are the same whether it came whole or in pieces. Of a stream the beginnings of a part are asked about
//! too, as soon as enough has come, so that text can go out before the part is whole. What reaches from one part into the next
//! and is no longer than the overlap lies whole in one of them, and none of it goes out before it was asked about whole.

use std::ops::Range;

/// How a text is parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// A part has so many characters at most.
    pub characters_max: usize,
    /// So many characters of a part are in the next one too; less than half of `characters_max`.
    pub overlap_characters: usize,
    /// A stream is asked about when so many new characters have come.
    pub step_characters: usize,
}

impl Parts {
    /// The parts of a whole text.
    pub fn of(&self, text: &str) -> Vec<Range<usize>> {
        let mut excerpts = Excerpts::new(*self);
        excerpts.push(text);
        let mut parts = Vec::new();
        while let Some(excerpt) = excerpts.next(true) {
            parts.push(excerpt.span);
        }
        parts
    }
}

/// What is asked about: these bytes of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// Where it stands.
    pub span: Range<usize>,
    /// What stands there.
    pub text: String,
}

/// One text that comes in pieces.
#[derive(Debug, Clone)]
pub struct Excerpts {
    parts: Parts,
    /// The text from the beginning of the part that is not over.
    kept: String,
    /// Where that is.
    begin: usize,
    /// Characters in `kept`.
    kept_characters: usize,
    /// Characters of `kept` that were asked about.
    asked_characters: usize,
    /// Up to here it was asked about.
    asked: usize,
}

impl Excerpts {
    /// A text that is parted so.
    pub fn new(parts: Parts) -> Self {
        let characters_max = parts.characters_max.max(1);
        Self {
            parts: Parts {
                characters_max,
                overlap_characters: parts.overlap_characters.min((characters_max - 1) / 2),
                step_characters: parts.step_characters.max(1),
            },
            kept: String::new(),
            begin: 0,
            kept_characters: 0,
            asked_characters: 0,
            asked: 0,
        }
    }

    /// Takes the next piece.
    pub fn push(&mut self, piece: &str) {
        self.kept.push_str(piece);
        self.kept_characters += piece.chars().count();
    }

    /// What to ask about next, if there is enough; `is_over` when no more will come.
    pub fn next(&mut self, is_over: bool) -> Option<Excerpt> {
        let Parts {
            characters_max,
            overlap_characters,
            step_characters,
        } = self.parts;
        if self.kept_characters >= characters_max && self.asked_characters < characters_max {
            let end = place(&self.kept, characters_max);
            let excerpt = self.excerpt(end);
            // The next part begins where the overlap does.
            let next = place(&self.kept, characters_max - overlap_characters);
            self.kept.drain(..next);
            self.begin += next;
            self.kept_characters -= characters_max - overlap_characters;
            self.asked_characters = overlap_characters;
            return Some(excerpt);
        }
        let fresh = self.kept_characters - self.asked_characters;
        if fresh == 0 || (fresh < step_characters && !is_over) {
            return None;
        }
        self.asked_characters = self.kept_characters;
        Some(self.excerpt(self.kept.len()))
    }

    /// So many bytes may go out when everything up to the end of what was asked about last is cleared, and more will come.
    pub fn releasable(&self) -> usize {
        let asked = &self.kept[..self.asked - self.begin];
        let held = asked
            .char_indices()
            .rev()
            .take(self.parts.overlap_characters)
            .last();
        self.begin + held.map_or(asked.len(), |(at, _)| at)
    }

    fn excerpt(&mut self, end: usize) -> Excerpt {
        self.asked = self.begin + end;
        Excerpt {
            span: self.begin..self.asked,
            text: self.kept[..end].to_owned(),
        }
    }
}

/// Where this character begins.
fn place(text: &str, character: usize) -> usize {
    text.char_indices()
        .nth(character)
        .map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(characters_max: usize, overlap_characters: usize, step_characters: usize) -> Parts {
        Parts {
            characters_max,
            overlap_characters,
            step_characters,
        }
    }

    #[test]
    fn a_text_is_parted() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<&str> = parts(6, 2, 3)
                .of(text)
                .into_iter()
                .map(|span| &text[span])
                .collect();
            assert_eq!(found, expected, "{text:?}");
        };
        check("", &[]);
        check("abc", &["abc"]);
        check("abcdef", &["abcdef"]);
        check("abcdefg", &["abcdef", "efg"]);
        check("äöüäöüäöüäö", &["äöüäöü", "öüäöüä", "üäö"]);
    }

    #[test]
    fn a_stream_is_asked_about_in_steps() {
        let mut excerpts = Excerpts::new(parts(10, 2, 4));
        excerpts.push("abc");
        assert_eq!(excerpts.next(false), None);
        excerpts.push("de");
        assert_eq!(excerpts.next(false).map(|one| one.text), Some("abcde".into()));
        assert_eq!(excerpts.next(false), None);
        assert_eq!(excerpts.releasable(), 3, "the overlap stays");
        excerpts.push("fghijkl");
        assert_eq!(excerpts.next(false).map(|one| one.span), Some(0..10));
        assert_eq!(excerpts.next(false), None);
        assert_eq!(excerpts.next(true).map(|one| one.text), Some("ijkl".into()));
        assert_eq!(excerpts.next(true), None);
        assert_eq!(excerpts.releasable(), 10);
    }

    proptest! {
        #[test]
        fn what_is_no_longer_than_the_overlap_never_goes_out_before_it_was_asked_about_whole(
            pieces in prop::collection::vec("[a-cäö🦀 ]{0,9}", 0..20),
            characters_max in 3usize..20,
            overlap in 0usize..8,
            step in 1usize..8,
            at in 0usize..200,
        ) {
            let text = pieces.concat();
            let parts = parts(characters_max, overlap, step);
            let overlap = overlap.min((characters_max - 1) / 2);
            let mut excerpts = Excerpts::new(parts);
            let (mut asked, mut released): (Vec<Range<usize>>, usize) = (Vec::new(), 0);
            // A phrase somewhere in the text.
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let from = at % places.len();
            let phrase = places[from]..places[(from + overlap).min(places.len() - 1)];
            let is_whole = |asked: &[Range<usize>]| asked.iter().any(|one| one.start <= phrase.start && phrase.end <= one.end);
            for piece in &pieces {
                excerpts.push(piece);
                while let Some(excerpt) = excerpts.next(false) {
                    prop_assert_eq!(&text[excerpt.span.clone()], &excerpt.text);
                    asked.push(excerpt.span);
                }
                if !asked.is_empty() {
                    let now = excerpts.releasable();
                    prop_assert!(now >= released && text.is_char_boundary(now));
                    released = now;
                }
                prop_assert!(released <= phrase.start || phrase.is_empty() || is_whole(&asked));
            }
            while let Some(excerpt) = excerpts.next(true) {
                asked.push(excerpt.span);
            }
            prop_assert!(phrase.is_empty() || is_whole(&asked));
            // Every part of the whole text was asked about, and nothing that is longer.
            for part in parts.of(&text) {
                prop_assert!(asked.contains(&part), "{:?} of {:?}", part, asked);
            }
            for one in &asked {
                prop_assert!(text[one.clone()].chars().count() <= characters_max);
            }
        }
    }
}
