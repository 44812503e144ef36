//! The tokens around a text, and what happens to a text that is too long.

use crate::scheduler::Token;

/// How a model marks the begin and the end of what it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    first: Option<Token>,
    between: Vec<Token>,
    last: Option<Token>,
}

/// Which end of a text that is too long is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Cut {
    /// None: the text is refused.
    #[default]
    Nothing,
    Start,
    End,
}

/// A text does not fit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong {
    /// What it takes, the marks included.
    pub(crate) tokens: usize,
}

impl Frame {
    /// `between` two texts of a pair, `first` and `last` around everything.
    pub(crate) fn new(first: Option<Token>, between: Vec<Token>, last: Option<Token>) -> Self {
        Self { first, between, last }
    }

    /// One text, of at most `limit` tokens.
    pub(crate) fn single(&self, text: &[Token], limit: usize, cut: Cut) -> Result<Vec<Token>, TooLong> {
        // Whoever sends tokens may have marked them.
        let text = match (self.first, text) {
            (Some(first), [begin, rest @ ..]) if *begin == first => rest,
            _ => text,
        };
        let text = match (self.last, text) {
            (Some(last), [rest @ .., end]) if *end == last => rest,
            _ => text,
        };
        let marks = usize::from(self.first.is_some()) + usize::from(self.last.is_some());
        let text = shorten(text, limit.saturating_sub(marks), cut).ok_or(TooLong {
            tokens: text.len() + marks,
        })?;
        Ok(self
            .first
            .into_iter()
            .chain(text.iter().copied())
            .chain(self.last)
            .collect())
    }

    /// A query and a document, of at most `limit` tokens together; only the document is cut.
    pub(crate) fn pair(
        &self,
        query: &[Token],
        document: &[Token],
        limit: usize,
        cut: Cut,
    ) -> Result<Vec<Token>, TooLong> {
        let others = query.len() + self.pair_marks();
        let document = shorten(document, limit.saturating_sub(others), cut).ok_or(TooLong {
            tokens: document.len() + others,
        })?;
        Ok(self
            .first
            .into_iter()
            .chain(query.iter().copied())
            .chain(self.between.iter().copied())
            .chain(document.iter().copied())
            .chain(self.last)
            .collect())
    }

    /// Marks in a pair.
    pub(crate) fn pair_marks(&self) -> usize {
        usize::from(self.first.is_some()) + self.between.len() + usize::from(self.last.is_some())
    }
}

fn shorten(text: &[Token], room: usize, cut: Cut) -> Option<&[Token]> {
    if text.len() <= room {
        return Some(text);
    }
    match cut {
        Cut::Nothing => None,
        Cut::Start => Some(&text[text.len() - room..]),
        Cut::End => Some(&text[..room]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(numbers: &[i32]) -> Vec<Token> {
        numbers.iter().copied().map(Token).collect()
    }

    fn bert() -> Frame {
        Frame::new(Some(Token(101)), tokens(&[102]), Some(Token(102)))
    }

    #[test]
    fn a_text_is_marked_once() {
        let check = |text: &[i32], expected: &[i32]| {
            assert_eq!(
                bert().single(&tokens(text), 8, Cut::Nothing),
                Ok(tokens(expected))
            );
        };
        check(&[7, 8], &[101, 7, 8, 102]);
        check(&[101, 7, 8, 102], &[101, 7, 8, 102]);
        check(&[], &[101, 102]);
        check(&[101], &[101, 102]);
    }

    #[test]
    fn a_text_that_is_too_long_is_refused_or_cut_at_the_end_that_was_asked_for() {
        let check = |cut: Cut, expected: Result<&[i32], usize>| {
            let answer = bert().single(&tokens(&[1, 2, 3, 4, 5]), 5, cut);
            assert_eq!(answer, expected.map(tokens).map_err(|tokens| TooLong { tokens }));
        };
        check(Cut::Nothing, Err(7));
        check(Cut::Start, Ok(&[101, 3, 4, 5, 102]));
        check(Cut::End, Ok(&[101, 1, 2, 3, 102]));
    }

    #[test]
    fn a_pair_keeps_its_query_whole() {
        let pair = |limit, cut| bert().pair(&tokens(&[1, 2]), &tokens(&[3, 4, 5]), limit, cut);
        assert_eq!(pair(8, Cut::Nothing), Ok(tokens(&[101, 1, 2, 102, 3, 4, 5, 102])));
        assert_eq!(pair(7, Cut::End), Ok(tokens(&[101, 1, 2, 102, 3, 4, 102])));
        assert_eq!(pair(7, Cut::Nothing), Err(TooLong { tokens: 8 }));
    }
}
