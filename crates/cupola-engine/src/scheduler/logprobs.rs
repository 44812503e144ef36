//! What is told of each token: its log-probability and the tokens that were more probable, from the raw logits.

use std::collections::VecDeque;

use super::{Decoder, Token, Told};
use crate::mailbox::TokenLogprob;

/// The tokens of one completion that were sampled and whose text is not shown yet.
pub(super) struct Ledger {
    told: Told,
    /// Each with where its text begins; `None` for the prompt, whose text is shown by whoever has it.
    waiting: VecDeque<(Option<usize>, TokenLogprob)>,
    /// Bytes of text that were sampled and that were shown.
    sampled_bytes: usize,
    shown_bytes: usize,
}

impl Ledger {
    pub(super) fn new(told: Told, prompt: &[Token], decoder: &impl Decoder) -> Self {
        let mut ledger = Self {
            told,
            waiting: VecDeque::new(),
            sampled_bytes: 0,
            shown_bytes: 0,
        };
        if let Some(first) = prompt.first().filter(|_| told.prompt) {
            let first = TokenLogprob {
                piece: piece(*first, decoder),
                logprob: None,
                top: Vec::new(),
            };
            ledger.waiting.push_back((None, first));
        }
        ledger
    }

    pub(super) fn tells_prompt(&self) -> bool {
        self.told.prompt
    }

    /// A token of the prompt, with the logits before it.
    pub(super) fn note_prompt(&mut self, token: Token, logits: &[f32], decoder: &impl Decoder) {
        let piece = piece(token, decoder);
        let told = told(token, piece, logits, self.told.top, decoder);
        self.waiting.push_back((None, told));
    }

    /// A sampled token, its text and the logits that it was sampled from.
    pub(super) fn note(&mut self, token: Token, piece: &[u8], logits: &[f32], decoder: &impl Decoder) {
        let told = told(token, piece.to_vec(), logits, self.told.top, decoder);
        self.waiting.push_back((Some(self.sampled_bytes), told));
        self.sampled_bytes += piece.len();
    }

    /// The tokens that begin in the text that is shown now.
    pub(super) fn shown(&mut self, text: &str) -> Vec<TokenLogprob> {
        self.shown_bytes += text.len();
        let mut shown = Vec::new();
        let is_shown = |begin: &Option<usize>| begin.is_none_or(|begin| begin < self.shown_bytes);
        while self.waiting.front().is_some_and(|(begin, _)| is_shown(begin)) {
            shown.extend(self.waiting.pop_front().map(|(_, token)| token));
        }
        shown
    }

    /// All that wait.
    pub(super) fn rest(&mut self) -> Vec<TokenLogprob> {
        self.waiting.drain(..).map(|(_, token)| token).collect()
    }
}

fn piece(token: Token, decoder: &impl Decoder) -> Vec<u8> {
    let mut bytes = Vec::new();
    decoder.piece(token, &mut bytes);
    bytes
}

fn told(token: Token, piece_of: Vec<u8>, logits: &[f32], top: usize, decoder: &impl Decoder) -> TokenLogprob {
    let whole = log_of_sum(logits);
    let mut best: Vec<(Token, f32)> = Vec::with_capacity(top + 1);
    for (index, logit) in logits.iter().enumerate().filter(|_| top > 0) {
        if best.len() == top && best.last().is_some_and(|(_, least)| logit <= least) {
            continue;
        }
        let at = best.partition_point(|(_, other)| other >= logit);
        best.insert(at, (Token::at(index), *logit));
        best.truncate(top);
    }
    TokenLogprob {
        piece: piece_of,
        logprob: logits.get(token.index()).map(|logit| logit - whole),
        top: best
            .into_iter()
            .map(|(token, logit)| (piece(token, decoder), logit - whole))
            .collect(),
    }
}

/// The logarithm of the sum of the exponentials, which turns logits into log-probabilities.
fn log_of_sum(logits: &[f32]) -> f32 {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    // Summed in double precision: a vocabulary has a hundred thousand small terms.
    let sum: f64 = logits
        .iter()
        .map(|logit| f64::from((logit - highest).exp()))
        .sum();
    highest + sum.ln() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logits_become_probabilities() {
        let logits = [1.0, 2.0, 3.0, -50.0];
        let whole = log_of_sum(&logits);
        let sum: f32 = logits.iter().map(|logit| (logit - whole).exp()).sum();
        assert!((sum - 1.0).abs() < 1e-6, "{sum}");
        assert!((log_of_sum(&[1000.0, 1000.0]) - 1000.0 - 2f32.ln()).abs() < 1e-3);
    }
}
