//! Regular expressions over a text that comes in pieces: the end of the text is kept until no match can begin there any more.
//!
//! The matches are those of the whole text. A pattern whose matches cannot be longer than [`BOUNDED_BYTES_MAX`] waits for so
//! many bytes behind the place where a match may begin. Any other pattern is looked for in blocks that begin at multiples of
//! [`REACH_BYTES`] and reach over the next one, so that matches of up to that length are found wherever they stand.

use regex::Regex;
use std::ops::Range;

/// The longest match for which a stream waits.
pub(crate) const BOUNDED_BYTES_MAX: usize = 256;
/// Matches of patterns without a longest match are found up to this length.
pub(crate) const REACH_BYTES: usize = 256;
/// What a pattern may look at around a match: one character.
const AROUND_BYTES: usize = 4;
/// So much that is no longer needed may lie in front before it is moved away.
const SLACK_BYTES: usize = 2048;

/// A pattern and how far it reaches.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) regex: Regex,
    /// The longest match, when there is one.
    pub(crate) longest: Option<usize>,
}

/// The end of a text.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    text: String,
    /// How many bytes of the text stood before it.
    base: usize,
}

impl Tail {
    pub(crate) fn push(&mut self, piece: &str) {
        self.text.push_str(piece);
    }

    /// Where the text ends so far.
    pub(crate) fn end(&self) -> usize {
        self.base + self.text.len()
    }

    /// Forgets what stands before a place and is not looked at from there.
    pub(crate) fn forget(&mut self, before: usize) {
        let keep = before.saturating_sub(self.base + AROUND_BYTES);
        if keep > SLACK_BYTES {
            let keep = self.text.floor_char_boundary(keep);
            self.text.drain(..keep);
            self.base += keep;
        }
    }

    /// The text from a place on.
    pub(crate) fn from(&self, place: usize) -> &str {
        self.text
            .get(place.saturating_sub(self.base)..)
            .unwrap_or_default()
    }

    /// The last place at or before this one where a character begins.
    fn floor(&self, place: usize) -> usize {
        self.base + self.text.floor_char_boundary(place.saturating_sub(self.base))
    }
}

/// How far one pattern has been looked for.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct PatternScan {
    /// Matches that begin before are known.
    pub(crate) from: usize,
    block: usize,
    /// Hits that were kept.
    pub(crate) kept: usize,
}

impl PatternScan {
    /// From here on there may be a match.
    pub(crate) fn held(&self) -> usize {
        self.from
    }

    /// Searches as far as the text allows. `settled` is a place that no match stands across; `found` answers whether it
    /// accepts a match; a match that it refuses does not hide those that begin in it.
    pub(crate) fn advance(
        &mut self,
        pattern: &Pattern,
        tail: &Tail,
        over: bool,
        settled: usize,
        mut found: impl FnMut(Range<usize>, &str) -> bool,
    ) {
        match pattern.longest {
            Some(longest) => {
                let frontier = if over {
                    tail.end()
                } else {
                    tail.floor(tail.end().saturating_sub(longest + AROUND_BYTES))
                        .max(settled)
                };
                self.search(pattern, tail, tail.end(), frontier, &mut found);
            }
            None => {
                while tail.end() >= self.block + 2 * REACH_BYTES + AROUND_BYTES {
                    let limit = tail.floor(self.block + 2 * REACH_BYTES + AROUND_BYTES);
                    self.block += REACH_BYTES;
                    let frontier = tail.floor(self.block);
                    self.search(pattern, tail, limit, frontier, &mut found);
                }
                if over {
                    self.search(pattern, tail, tail.end(), tail.end(), &mut found);
                }
            }
        }
    }

    /// Gives the matches that begin before `frontier`, in the text up to `limit`.
    fn search(
        &mut self,
        pattern: &Pattern,
        tail: &Tail,
        limit: usize,
        frontier: usize,
        found: &mut impl FnMut(Range<usize>, &str) -> bool,
    ) {
        let text = &tail.text[..limit - tail.base];
        while self.from < frontier {
            let Some(next) = pattern.regex.find_at(text, self.from - tail.base) else {
                break;
            };
            let span = tail.base + next.start()..tail.base + next.end();
            if span.start >= frontier {
                break;
            }
            let start = next.start();
            self.from = if found(span, next.as_str()) {
                tail.base + next.end()
            } else {
                tail.base + text.ceil_char_boundary(start + 1)
            };
        }
        self.from = self.from.max(frontier);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expression: &str, longest: Option<usize>, text: &str) {
        let pattern = Pattern {
            regex: Regex::new(expression).expect("a pattern"),
            longest,
        };
        let whole: Vec<Range<usize>> = pattern.regex.find_iter(text).map(|one| one.range()).collect();
        assert!(!whole.is_empty());
        for size in [1, 2, 7, 100, 5000] {
            let mut tail = Tail::default();
            let mut scan = PatternScan::default();
            let mut spans = Vec::new();
            let mut rest = text;
            while !rest.is_empty() {
                let (piece, behind) = rest.split_at(rest.ceil_char_boundary(size.min(rest.len())));
                rest = behind;
                tail.push(piece);
                scan.advance(&pattern, &tail, false, 0, |span, _| {
                    spans.push(span);
                    true
                });
                tail.forget(scan.from);
            }
            scan.advance(&pattern, &tail, true, 0, |span, _| {
                spans.push(span);
                true
            });
            assert_eq!(spans, whole, "{expression} in pieces of {size}");
            assert!(tail.text.len() < SLACK_BYTES + 5000 + 3 * REACH_BYTES);
        }
    }

    #[test]
    fn pieces_change_nothing() {
        let text = "ábc 12-34 x ".repeat(700) + "99-99";
        check(r"\b\d{2}-\d{2}\b", Some(5), &text);
        check(r"^á", Some(2), &text);
        check(r"99$", Some(2), &text);
        check(r"\d+-\d+", None, &text);
        check(r"12-34\s+x", None, &text);
        check(r"\w+", None, &text);
    }
}
