//! Holds the sampler of one request to a grammar.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Grammar;
use super::machine::{Machine, Ways};
use super::vocabulary::Vocabulary;
use crate::scheduler::Token;

/// Places of which it is remembered what may come next. Each is up to 4 bytes for a token of the vocabulary.
const PLACES_KNOWN_MAX: usize = 8;

/// A grammar and how far a completion has come in it.
#[derive(Debug)]
pub(crate) struct Constraint {
    machine: Machine,
    vocabulary: Arc<Vocabulary>,
    now: Ways,
    next: Ways,
    /// What may come next at places where this was asked before, such as inside a string; the latest is the last.
    known: VecDeque<(Ways, Arc<[Token]>)>,
}

impl Constraint {
    pub(crate) fn new(grammar: Arc<Grammar>, vocabulary: Arc<Vocabulary>) -> Self {
        let mut machine = Machine::new(grammar);
        Self {
            now: machine.start(),
            next: Ways::default(),
            known: VecDeque::new(),
            machine,
            vocabulary,
        }
    }

    /// Takes the token if it may come next; otherwise nothing happens.
    pub(crate) fn take(&mut self, token: Token) -> bool {
        if self.vocabulary.ends(token) {
            return self.now.is_complete();
        }
        let vocabulary = Arc::clone(&self.vocabulary);
        let piece = vocabulary.piece(token);
        if piece.is_empty() {
            return false;
        }
        let mark = self.machine.mark();
        let mut now = self.now.clone();
        for byte in piece {
            if !self.machine.advance(&now, *byte, &mut self.next) {
                self.machine.forget_since(mark);
                return false;
            }
            std::mem::swap(&mut now, &mut self.next);
        }
        self.now = now;
        if self.machine.compact(&mut self.now) {
            self.known.clear();
        }
        true
    }

    /// Whether the text is whole and nothing may follow.
    pub(crate) fn is_closed(&self) -> bool {
        self.now.is_closed()
    }

    /// Sets the logits of all tokens that may not come next to negative infinity.
    pub(crate) fn mask(&mut self, logits: &mut [f32], allowed: &mut Vec<f32>) {
        allowed.clear();
        allowed.resize(logits.len(), f32::NEG_INFINITY);
        for token in self.allowed().iter() {
            if let (Some(to), Some(from)) = (allowed.get_mut(token.index()), logits.get(token.index())) {
                *to = *from;
            }
        }
        logits.copy_from_slice(allowed);
    }

    /// The tokens that may come next.
    fn allowed(&mut self) -> Arc<[Token]> {
        if let Some((_, tokens)) = self.known.iter().find(|(ways, _)| *ways == self.now) {
            return Arc::clone(tokens);
        }
        let mut tokens = Vec::new();
        self.each_allowed(|token| tokens.push(token));
        let tokens: Arc<[Token]> = tokens.into();
        if self.known.len() == PLACES_KNOWN_MAX {
            self.known.pop_front();
        }
        self.known.push_back((self.now.clone(), Arc::clone(&tokens)));
        tokens
    }

    fn each_allowed(&mut self, mut allow: impl FnMut(Token)) {
        let vocabulary = Arc::clone(&self.vocabulary);
        if self.now.is_complete() {
            vocabulary.end_tokens().for_each(&mut allow);
        }
        let mark = self.machine.mark();
        // The ways after each byte of the token at hand; its neighbour goes on from the bytes that both have.
        let mut path = vec![self.now.clone()];
        let mut alive = 0;
        for (token, shared) in vocabulary.neighbours() {
            // The bytes up to `alive` were possible and the next one was not.
            if shared > alive {
                continue;
            }
            let piece = vocabulary.piece(token);
            alive = shared;
            while alive < piece.len() {
                if path.len() == alive + 1 {
                    path.push(Ways::default());
                }
                let (before, after) = path.split_at_mut(alive + 1);
                if !self.machine.advance(&before[alive], piece[alive], &mut after[0]) {
                    break;
                }
                alive += 1;
            }
            if alive == piece.len() {
                allow(token);
            }
        }
        self.machine.forget_since(mark);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Builder, Symbol, literal};
    use super::*;

    const END: i32 = 9;

    fn constraint() -> Constraint {
        let mut builder = Builder::default();
        let digit = builder.rule(vec![vec![Symbol::Range(b'0', b'9')]]);
        let root = builder.rule(vec![
            vec![
                Symbol::Byte(b'['),
                Symbol::Repeat(digit, 1, Some(3)),
                Symbol::Byte(b']'),
            ],
            literal("no"),
        ]);
        let texts = [
            "[", "[1", "1", "12", "]", "no", "n", "o", "", "end", "2]", "[12]", "[1x",
        ];
        let tokens = texts
            .iter()
            .map(|text| (text.as_bytes().to_vec(), *text == "end"));
        let grammar = builder.finish(root).expect("a grammar");
        Constraint::new(Arc::new(grammar), Arc::new(Vocabulary::new(tokens)))
    }

    fn allowed(constraint: &mut Constraint) -> Vec<i32> {
        let mut logits = vec![0.0; 13];
        constraint.mask(&mut logits, &mut Vec::new());
        (0..13).filter(|token| logits[*token as usize] == 0.0).collect()
    }

    #[test]
    fn only_what_may_come_next_is_left() {
        let mut constraint = constraint();
        assert_eq!(allowed(&mut constraint), [0, 1, 5, 6, 11]);
        assert!(!constraint.take(Token(2)) && !constraint.take(Token(8)) && !constraint.take(Token(END)));
        assert!(constraint.take(Token(1)));
        assert_eq!(allowed(&mut constraint), [2, 3, 4, 10]);
        assert!(constraint.take(Token(3)));
        assert_eq!(allowed(&mut constraint), [4]);
        assert!(constraint.take(Token(4)));
        assert!(constraint.is_closed());
        assert_eq!(allowed(&mut constraint), [END]);
    }

    #[test]
    fn a_mask_agrees_with_taking_each_token() {
        for prefix in [&[][..], &[0], &[0, 2], &[6], &[11]] {
            let start = || {
                let mut constraint = constraint();
                assert!(prefix.iter().all(|token| constraint.take(Token(*token))));
                constraint
            };
            let one_by_one: Vec<i32> = (0..13).filter(|token| start().take(Token(*token))).collect();
            assert_eq!(allowed(&mut start()), one_by_one, "{prefix:?}");
        }
    }

    #[test]
    fn what_is_remembered_is_what_was_found() {
        let mut remembering = constraint();
        let first = allowed(&mut remembering);
        assert_eq!(allowed(&mut remembering), first);
        assert_eq!(remembering.known.len(), 1);
        assert!(remembering.take(Token(0)));
        assert_ne!(allowed(&mut remembering), first);
        assert_eq!(remembering.known.len(), 2);
    }
}
