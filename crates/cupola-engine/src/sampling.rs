//! Choosing the next token from the logits: greedy, or by chance within the nucleus.

mod advice;

use std::collections::HashMap;

use crate::grammar::Constraint;
use crate::scheduler::Token;

pub(crate) use advice::Advice;

/// How one request wants its tokens chosen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SamplingParameters {
    /// 0 is greedy.
    pub(crate) temperature: f32,
    /// Probability mass of the nucleus; 1 is all of it.
    pub(crate) top_p: f32,
    /// Tokens with less than this share of the greatest probability are left out.
    pub(crate) min_p: f32,
    /// How many of the most probable tokens are left; 0 is all.
    pub(crate) top_k: usize,
    pub(crate) frequency_penalty: f32,
    pub(crate) presence_penalty: f32,
    /// Added to a token's logit; negative infinity bans it.
    pub(crate) bias: Vec<(Token, f32)>,
    /// The same seed, parameters and logits choose the same tokens.
    pub(crate) seed: u64,
}

/// The state of sampling over one completion.
pub(crate) struct Sampler {
    parameters: SamplingParameters,
    dice: Dice,
    /// How often each token was chosen; kept only when a penalty needs it.
    chosen: HashMap<Token, u32>,
    adjusted: Vec<f32>,
    allowed: Vec<f32>,
    candidates: Vec<Candidate>,
}

/// The grammar of an answer wants something that no token of the model can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no token of the model fits the grammar of the answer")]
pub(crate) struct NothingFits;

#[derive(Debug, Clone, Copy)]
struct Candidate {
    token: Token,
    /// Not normalised: the greatest is 1.
    weight: f32,
}

impl Sampler {
    pub(crate) fn new(parameters: SamplingParameters) -> Self {
        let dice = Dice(parameters.seed);
        Self {
            parameters,
            dice,
            chosen: HashMap::new(),
            adjusted: Vec::new(),
            allowed: Vec::new(),
            candidates: Vec::new(),
        }
    }

    /// The next token, which the constraint then has taken.
    pub(crate) fn sample(
        &mut self,
        logits: &[f32],
        constraint: Option<&mut Constraint>,
    ) -> Result<Token, NothingFits> {
        let token = match constraint {
            Some(constraint) => self.constrained(logits, constraint)?,
            None => self.unconstrained(logits),
        };
        if self.penalises() {
            *self.chosen.entry(token).or_default() += 1;
        }
        Ok(token)
    }

    fn unconstrained(&mut self, logits: &[f32]) -> Token {
        if !self.adjusts() {
            return self.choose(logits);
        }
        let mut adjusted = std::mem::take(&mut self.adjusted);
        adjusted.clear();
        adjusted.extend_from_slice(logits);
        self.adjust(&mut adjusted);
        let token = self.choose(&adjusted);
        self.adjusted = adjusted;
        token
    }

    /// Draws as if there were no constraint, and only if that does not fit from what fits: the probabilities are
    /// those of drawing from what fits at once, and most of the time the vocabulary need not be walked through.
    fn constrained(&mut self, logits: &[f32], constraint: &mut Constraint) -> Result<Token, NothingFits> {
        let token = self.unconstrained(logits);
        if constraint.take(token) {
            return Ok(token);
        }
        let mut adjusted = std::mem::take(&mut self.adjusted);
        adjusted.clear();
        adjusted.extend_from_slice(logits);
        self.adjust(&mut adjusted);
        constraint.mask(&mut adjusted, &mut self.allowed);
        let token = greatest(&adjusted)
            .1
            .is_finite()
            .then(|| self.choose(&adjusted))
            .filter(|token| constraint.take(*token));
        self.adjusted = adjusted;
        token.ok_or(NothingFits)
    }

    fn adjusts(&self) -> bool {
        !self.parameters.bias.is_empty() || !self.chosen.is_empty()
    }

    fn penalises(&self) -> bool {
        self.parameters.frequency_penalty != 0.0 || self.parameters.presence_penalty != 0.0
    }

    // Penalties weigh what this completion has said, as OpenAI defines them; the prompt is not counted.
    fn adjust(&self, logits: &mut [f32]) {
        for (token, bias) in &self.parameters.bias {
            if let Some(logit) = logits.get_mut(token.index()) {
                *logit += bias;
            }
        }
        for (token, count) in &self.chosen {
            if let Some(logit) = logits.get_mut(token.index()) {
                let repeated = self.parameters.frequency_penalty * *count as f32;
                *logit -= repeated + self.parameters.presence_penalty;
            }
        }
    }

    fn choose(&mut self, logits: &[f32]) -> Token {
        if self.parameters.temperature <= 0.0 {
            return greatest(logits).0;
        }
        self.weigh(logits);
        self.narrow();
        let nucleus = self.nucleus();
        self.draw(nucleus)
    }

    /// Fills `candidates` with every token and its weight at this temperature.
    fn weigh(&mut self, logits: &[f32]) {
        let (_, highest) = greatest(logits);
        let scale = 1.0 / self.parameters.temperature;
        self.candidates.clear();
        self.candidates
            .extend(logits.iter().enumerate().map(|(index, logit)| Candidate {
                token: Token::at(index),
                weight: ((logit - highest) * scale).exp(),
            }));
    }

    /// Leaves the `top_k` heaviest candidates, and of these the ones that `min_p` leaves.
    fn narrow(&mut self) {
        let top_k = self.parameters.top_k;
        if (1..self.candidates.len()).contains(&top_k) {
            self.candidates.select_nth_unstable_by(top_k - 1, heavier);
            self.candidates.truncate(top_k);
        }
        let least = self.parameters.min_p;
        if least > 0.0 {
            // The heaviest weighs 1.
            self.candidates.retain(|candidate| candidate.weight >= least);
        }
    }

    /// Sorts the heaviest candidates to the front and says how many of them hold `top_p` of the mass.
    fn nucleus(&mut self) -> usize {
        let count = self.candidates.len();
        if self.parameters.top_p >= 1.0 {
            return count;
        }
        let wanted = self.parameters.top_p * total(&self.candidates);
        // A nucleus is usually small, so only as many candidates are sorted as it turns out to need.
        let mut front = 64.min(count);
        loop {
            if front < count {
                self.candidates.select_nth_unstable_by(front, heavier);
            }
            self.candidates[..front].sort_unstable_by(heavier);
            if let Some(size) = reaches(&self.candidates[..front], wanted) {
                return size;
            }
            if front == count {
                return count;
            }
            front = (front * 8).min(count);
        }
    }

    fn draw(&mut self, nucleus: usize) -> Token {
        let nucleus = &self.candidates[..nucleus];
        let mut left = self.dice.roll() * total(nucleus);
        for candidate in nucleus {
            left -= candidate.weight;
            if left < 0.0 {
                return candidate.token;
            }
        }
        // Rounding can leave a crumb of the mass after the last candidate.
        nucleus
            .iter()
            .rev()
            .find(|candidate| candidate.weight > 0.0)
            .map_or(Token(0), |candidate| candidate.token)
    }
}

fn total(candidates: &[Candidate]) -> f32 {
    candidates.iter().map(|candidate| candidate.weight).sum()
}

/// How many of the sorted candidates are needed for `wanted`, if they have that much.
fn reaches(sorted: &[Candidate], wanted: f32) -> Option<usize> {
    let mut sum = 0.0;
    sorted
        .iter()
        .position(|candidate| {
            sum += candidate.weight;
            sum >= wanted
        })
        .map(|index| index + 1)
}

// Equal weights are ordered by token, so that a seed decides alone.
fn heavier(a: &Candidate, b: &Candidate) -> std::cmp::Ordering {
    b.weight.total_cmp(&a.weight).then(a.token.cmp(&b.token))
}

/// The token with the greatest logit, the first of equals, and that logit.
fn greatest(logits: &[f32]) -> (Token, f32) {
    // Two passes that the compiler turns into vector instructions beat one pass that remembers an index.
    let mut lanes = [f32::NEG_INFINITY; 16];
    let chunks = logits.chunks_exact(16);
    let mut highest = chunks
        .remainder()
        .iter()
        .copied()
        .fold(f32::NEG_INFINITY, f32::max);
    for chunk in chunks {
        for (lane, logit) in lanes.iter_mut().zip(chunk) {
            *lane = if *logit > *lane { *logit } else { *lane };
        }
    }
    highest = lanes.into_iter().fold(highest, f32::max);
    let index = logits.iter().position(|logit| *logit == highest).unwrap_or(0);
    (Token::at(index), highest)
}

/// SplitMix64: small, fast, and the same on every machine.
struct Dice(u64);

impl Dice {
    /// A number in [0, 1).
    fn roll(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        // 24 bits are what an f32 can tell apart below 1.
        (mixed >> 40) as f32 / (1u64 << 24) as f32
    }
}

#[cfg(test)]
mod tests;
