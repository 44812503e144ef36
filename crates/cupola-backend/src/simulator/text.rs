//! What is said: words that follow from the request and the seed.

use super::Scene;
use super::chance::{hashed, mixed};
use super::settings::{Filter, Rule};
use std::borrow::Cow;

const LABEL: [&str; 5] = ["[simulated]", " No", " model", " was", " asked."];
const WORDS: [&str; 16] = [
    " The",
    " answer",
    " stands",
    " here",
    " only",
    " to",
    " show",
    " that",
    " requests",
    " arrive",
    " and",
    " replies",
    " return,",
    " token",
    " by",
    " token.",
];
const TOKENS_MIN: u64 = 24;
const TOKENS_SPREAD: u64 = 40;

/// Tokens, and why there are no more.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) reasoning: Vec<Cow<'static, str>>,
    pub(super) content: Vec<Cow<'static, str>>,
    pub(super) finish_reason: &'static str,
}

impl Words {
    /// `asked` is what decides: the messages alone, so that a stream says the same as an answer that is not one.
    pub(super) fn of(scene: &Scene<'_>, asked: &[u8]) -> Self {
        let rule = scene.rule;
        let mut state = state(scene.settings.seed, asked);
        let thinking = rule.reasoning.map_or(0, u64::from);
        let bound = scene.call.max_tokens.unwrap_or(u64::MAX);
        let mut reasoning = Vec::new();
        while (reasoning.len() as u64) < thinking.min(bound) {
            reasoning.push(word(&mut state));
        }
        let mut content = said(scene, rule, &mut state);
        let left = bound.saturating_sub(reasoning.len() as u64);
        let mut finish_reason = "stop";
        if (content.len() as u64) > left || thinking > bound {
            content.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            finish_reason = "length";
        }
        if rule.content_filter == Some(Filter::Completion) {
            content.truncate(content.len() / 2);
            finish_reason = "content_filter";
        }
        Self {
            reasoning,
            content,
            finish_reason,
        }
    }
}

/// Where the words begin.
pub(super) fn state(seed: u64, asked: &[u8]) -> u64 {
    // The seed that nobody set leaves the words as they always were.
    hashed(asked) ^ if seed == 0 { 0 } else { mixed(seed) }
}

fn said(scene: &Scene<'_>, rule: &Rule, state: &mut u64) -> Vec<Cow<'static, str>> {
    if rule.empty {
        return Vec::new();
    }
    if let Some(text) = &rule.text {
        return pieces(text);
    }
    let fixed = rule.tokens.or(scene.settings.tokens).map(u64::from);
    let length = fixed.unwrap_or(TOKENS_MIN + *state % TOKENS_SPREAD);
    let mut tokens: Vec<Cow<'static, str>> = LABEL.iter().map(|word| Cow::Borrowed(*word)).collect();
    while (tokens.len() as u64) < length {
        tokens.push(word(state));
    }
    tokens.truncate(usize::try_from(length).unwrap_or(usize::MAX));
    tokens
}

fn word(state: &mut u64) -> Cow<'static, str> {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    Cow::Borrowed(WORDS[(*state >> 60) as usize])
}

// Each space begins a token.
fn pieces(text: &str) -> Vec<Cow<'static, str>> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for (at, _) in text.match_indices(' ').filter(|(at, _)| *at > 0) {
        pieces.push(Cow::Owned(text[from..at].to_owned()));
        from = at;
    }
    if from < text.len() {
        pieces.push(Cow::Owned(text[from..].to_owned()));
    }
    pieces
}
