//! Continuous batching: which tokens go into the next decode step, and what comes out of it.
//!
//! Every slot is one sequence of the decoder. A working slot always has tokens to feed: the rest of its prompt, or
//! the token that was sampled last. Each step feeds some of every slot's tokens in one batch, so that a request
//! starts while others run and nobody waits for a whole prompt of somebody else.
//!
//! Nothing here knows llama.cpp: the decoder is a trait, time is an argument.

use std::time::Duration;

use crate::grammar::Constraint;
use crate::mailbox::{FinishReason, Outcome, Sender, Usage};
use crate::queue::Waiting;
use crate::sampling::{Sampler, SamplingParameters};
use crate::text::{Growth, Transcript};

mod logprobs;
mod plan;

use logprobs::Ledger;
use plan::{best_slot, plan, reusable};

/// A token's number in the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Token(pub(crate) i32);

impl Token {
    pub(crate) fn at(index: usize) -> Self {
        Self(index as i32)
    }

    /// Where its logit stands.
    pub(crate) fn index(self) -> usize {
        // A negative number is llama.cpp's "no such token"; it becomes an index that nothing has.
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// What the scheduler needs of a model and its cache.
pub(crate) trait Decoder {
    /// Computes a batch; its tokens are then in the cache of their slots.
    fn decode(&mut self, batch: &[Entry]) -> Result<(), DecodeError>;

    /// The logits of an entry of the last batch that asked for them.
    fn logits(&self, row: usize) -> &[f32];

    /// Forgets all but the first `tokens` of a slot's cache and says how many are left: fewer, if this model
    /// cannot forget a part.
    fn keep(&mut self, slot: usize, tokens: usize) -> usize;

    /// Appends the bytes of a token.
    fn piece(&self, token: Token, bytes: &mut Vec<u8>);

    /// Whether the token ends the model's turn.
    fn ends(&self, token: Token) -> bool;
}

#[derive(Debug, thiserror::Error)]
#[error("the decode step failed: {0}")]
pub(crate) struct DecodeError(pub(crate) String);

/// One token of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) token: Token,
    pub(crate) position: usize,
    pub(crate) slot: usize,
    pub(crate) wants_logits: bool,
}

/// A request that is ready to run.
pub(crate) struct Job {
    /// At least one token, and fewer than the context has.
    pub(crate) prompt: Vec<Token>,
    pub(crate) sampling: SamplingParameters,
    pub(crate) stops: Vec<String>,
    /// At least 1, or at least 0 where the prompt's tokens are told; prompt and completion together fit the context.
    pub(crate) completion_tokens_max: u32,
    /// What the completion may say; `None` is anything.
    pub(crate) constraint: Option<Constraint>,
    /// What is told of the tokens.
    pub(crate) told: Option<Told>,
    pub(crate) mailbox: Sender,
}

/// What a client wants to know about each token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Told {
    /// How many alternatives.
    pub(crate) top: usize,
    /// Whether the prompt's tokens are told too.
    pub(crate) prompt: bool,
}

impl Waiting for Job {
    fn abandoned(&self) -> bool {
        self.mailbox.abandoned()
    }
}

/// The bounds of a step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Tokens in a batch.
    pub(crate) batch_tokens_max: usize,
    /// Prompt tokens in a batch while somebody is being answered: more would be felt as a stutter.
    pub(crate) interleaved_prompt_tokens_max: usize,
    /// Shortest time between two deliveries to one client. A small model makes tokens faster than anybody reads,
    /// and each delivery costs a system call and a context switch on a core that could compute.
    pub(crate) delivery_interval: Duration,
}

/// The slots and what runs in them.
pub(crate) struct Scheduler {
    slots: Vec<Slot>,
    limits: Limits,
    /// Counts admissions and releases: the order in which slots were taken and given back.
    ticks: u64,
    batch: Vec<Entry>,
    piece: Vec<u8>,
    shown: String,
}

#[derive(Default)]
struct Slot {
    /// The tokens that the decoder has in its cache for this slot.
    cached: Vec<Token>,
    work: Option<Work>,
    released_at: u64,
}

struct Work {
    /// The prompt, then what was sampled. What `cached` does not have yet is still to be fed.
    tokens: Vec<Token>,
    prompt_tokens: usize,
    reused_tokens: usize,
    completion_tokens: u32,
    completion_tokens_max: u32,
    admitted_at: u64,
    sampler: Sampler,
    constraint: Option<Constraint>,
    transcript: Transcript,
    ledger: Option<Ledger>,
    mailbox: Sender,
    delivered_at: Option<Duration>,
}

impl Scheduler {
    pub(crate) fn new(slots: usize, limits: Limits) -> Self {
        assert!(
            slots <= limits.batch_tokens_max,
            "every slot needs room in the batch"
        );
        Self {
            slots: (0..slots).map(|_| Slot::default()).collect(),
            limits,
            ticks: 0,
            batch: Vec::with_capacity(limits.batch_tokens_max),
            piece: Vec::new(),
            shown: String::new(),
        }
    }

    /// Slots that work.
    pub(crate) fn busy(&self) -> usize {
        self.slots.iter().filter(|slot| slot.work.is_some()).count()
    }

    pub(crate) fn has_room(&self) -> bool {
        self.busy() < self.slots.len()
    }

    /// Gives the job the idle slot whose cache begins most like its prompt. Call only when there is room.
    pub(crate) fn admit(&mut self, job: Job, decoder: &mut impl Decoder) {
        let Some(index) = best_slot(&self.slots, &job.prompt) else {
            return;
        };
        self.ticks += 1;
        let slot = &mut self.slots[index];
        // What is told of a prompt has to be computed.
        let tells_prompt = job.told.is_some_and(|told| told.prompt);
        let wanted = if tells_prompt {
            0
        } else {
            reusable(&slot.cached, &job.prompt)
        };
        let reused_tokens = decoder.keep(index, wanted);
        slot.cached.truncate(reused_tokens);
        let ledger = job.told.map(|told| Ledger::new(told, &job.prompt, decoder));
        slot.work = Some(Work {
            prompt_tokens: job.prompt.len(),
            tokens: job.prompt,
            reused_tokens,
            completion_tokens: 0,
            completion_tokens_max: job.completion_tokens_max,
            admitted_at: self.ticks,
            sampler: Sampler::new(job.sampling),
            constraint: job.constraint,
            transcript: Transcript::new(job.stops),
            ledger,
            mailbox: job.mailbox,
            delivered_at: None,
        });
    }

    /// One decode step for everybody who still listens. `now` is any clock that does not go back.
    pub(crate) fn step(&mut self, decoder: &mut impl Decoder, now: Duration) {
        self.release_abandoned();
        plan(&self.slots, &self.limits, &mut self.batch);
        if self.batch.is_empty() {
            return;
        }
        let batch = std::mem::take(&mut self.batch);
        match decoder.decode(&batch) {
            Ok(()) => self.advance(&batch, decoder, now),
            Err(error) => self.fail(&batch, decoder, &error),
        }
        self.batch = batch;
    }

    fn release_abandoned(&mut self) {
        for index in 0..self.slots.len() {
            if self.slots[index]
                .work
                .as_ref()
                .is_some_and(|work| work.mailbox.abandoned())
            {
                self.release(index);
            }
        }
    }

    fn advance(&mut self, batch: &[Entry], decoder: &impl Decoder, now: Duration) {
        for (row, entry) in batch.iter().enumerate() {
            self.slots[entry.slot].cached.push(entry.token);
            if entry.wants_logits {
                self.advance_slot(entry, decoder.logits(row), decoder, now);
            }
        }
    }

    fn advance_slot(&mut self, entry: &Entry, logits: &[f32], decoder: &impl Decoder, now: Duration) {
        let Some(work) = &mut self.slots[entry.slot].work else {
            return;
        };
        if let Some(next) = work.tokens.get(entry.position + 1) {
            // A token of the prompt, which is told and not chosen.
            if let Some(ledger) = &mut work.ledger {
                ledger.note_prompt(*next, logits, decoder);
            }
            return;
        }
        self.shown.clear();
        if work.completion_tokens_max == 0 {
            self.finish(entry.slot, FinishReason::Length);
            return;
        }
        let token = match work.sampler.sample(logits, work.constraint.as_mut()) {
            Ok(token) => token,
            Err(error) => return self.give_up(entry.slot, &error.to_string()),
        };
        let finish_reason = if decoder.ends(token) {
            Some(FinishReason::Stop)
        } else {
            self.piece.clear();
            decoder.piece(token, &mut self.piece);
            if let Some(ledger) = &mut work.ledger {
                ledger.note(token, &self.piece, logits, decoder);
            }
            work.take(token, &self.piece, &mut self.shown)
        };
        match finish_reason {
            Some(reason) => self.finish(entry.slot, reason),
            None => work.deliver(&self.shown, now, self.limits.delivery_interval),
        }
    }

    /// Ends a request that cannot go on. Its cache is as good as ever.
    fn give_up(&mut self, index: usize, message: &str) {
        if let Some(work) = self.release(index) {
            let message = message.to_owned();
            work.mailbox.finish(Outcome::Failed { message });
        }
    }

    fn finish(&mut self, index: usize, reason: FinishReason) {
        let Some(mut work) = self.release(index) else {
            return;
        };
        let stopped = work.transcript.is_stopped();
        work.transcript.finish(&mut self.shown);
        if let Some(ledger) = &mut work.ledger {
            // The tokens of a stop string are no part of the text.
            let told = if stopped {
                ledger.shown(&self.shown)
            } else {
                ledger.rest()
            };
            work.mailbox.tell(told);
        }
        work.mailbox.write(&self.shown);
        let usage = work.usage();
        work.mailbox.finish(Outcome::Finished { reason, usage });
    }

    /// What a failed step left in the cache is unknown, so its slots start over.
    fn fail(&mut self, batch: &[Entry], decoder: &mut impl Decoder, error: &DecodeError) {
        tracing::error!(error = %error, busy = self.busy(), "a decode step failed; its requests end here");
        for entry in batch {
            if let Some(work) = self.release(entry.slot) {
                work.mailbox.finish(Outcome::Failed {
                    message: error.to_string(),
                });
                decoder.keep(entry.slot, 0);
                self.slots[entry.slot].cached.clear();
            }
        }
    }

    fn release(&mut self, index: usize) -> Option<Work> {
        self.ticks += 1;
        self.slots[index].released_at = self.ticks;
        self.slots[index].work.take()
    }
}

impl Work {
    /// Adds a sampled token to the completion; the answer is the reason if that was the last.
    fn take(&mut self, token: Token, piece: &[u8], shown: &mut String) -> Option<FinishReason> {
        self.completion_tokens += 1;
        if self.transcript.push(piece, shown) == Growth::Stopped {
            return Some(FinishReason::Stop);
        }
        if self.constraint.as_ref().is_some_and(Constraint::is_closed) {
            return Some(FinishReason::Stop);
        }
        if self.completion_tokens >= self.completion_tokens_max {
            return Some(FinishReason::Length);
        }
        self.tokens.push(token);
        None
    }

    fn deliver(&mut self, shown: &str, now: Duration, interval: Duration) {
        if shown.is_empty() {
            return;
        }
        if let Some(ledger) = &mut self.ledger {
            self.mailbox.tell(ledger.shown(shown));
        }
        self.mailbox.write(shown);
        if self
            .delivered_at
            .is_none_or(|before| now.saturating_sub(before) >= interval)
        {
            self.mailbox.post();
            self.delivered_at = Some(now);
        }
    }

    fn usage(&self) -> Usage {
        Usage {
            prompt_tokens: self.prompt_tokens as u32,
            cached_tokens: self.reused_tokens as u32,
            completion_tokens: self.completion_tokens.max(1),
        }
    }
}

#[cfg(test)]
mod tests;
