//! How a completion travels from the engine thread to the connection that asked for it.
//!
//! A mailbox instead of a channel: the engine never waits for a client, and a slow client finds more text in one
//! letter instead of more letters. Its size is bounded by the completion, which is bounded by the context.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;

/// What the receiver finds when it looks: the text since the last look and, once, how it ended.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Letter {
    pub(crate) text: String,
    /// The tokens of the text, where somebody asked for their probabilities.
    pub(crate) tokens: Vec<TokenLogprob>,
    pub(crate) outcome: Option<Outcome>,
}

/// A token and how probable it was.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TokenLogprob {
    pub(crate) piece: Vec<u8>,
    /// `None` for the first token of a prompt, which nothing comes before.
    pub(crate) logprob: Option<f32>,
    /// The most probable tokens in its place.
    pub(crate) top: Vec<(Vec<u8>, f32)>,
}

/// How a completion ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    Finished { reason: FinishReason, usage: Usage },
    Failed { message: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FinishReason {
    /// The model ended its turn, or a stop string was met.
    Stop,
    /// The completion reached `max_tokens` or the end of the context.
    Length,
    /// The model made calls. The engine says `Stop`; whoever reads the text finds the calls in it.
    ToolCalls,
}

/// What a request weighed, in tokens.
///
/// The end-of-generation token is not counted: it carries no text and other engines differ on it. A completion
/// that consists of nothing else counts 1, because clients and ledgers take 0 for a request that never ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) prompt_tokens: u32,
    /// Prompt tokens that were found in a slot's cache and not computed again.
    pub(crate) cached_tokens: u32,
    pub(crate) completion_tokens: u32,
}

pub(crate) fn mailbox() -> (Sender, Receiver) {
    let shared = Arc::new(Shared::default());
    (Sender(Arc::clone(&shared)), Receiver(shared))
}

#[derive(Default)]
struct Shared {
    letter: Mutex<Letter>,
    waker: AtomicWaker,
    abandoned: AtomicBool,
    finished: AtomicBool,
}

impl Shared {
    fn letter(&self) -> MutexGuard<'_, Letter> {
        // A panic cannot leave a letter half written, so a poisoned lock is still good.
        self.letter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The engine's end.
pub(crate) struct Sender(Arc<Shared>);

impl Sender {
    /// Adds text without waking the reader; see [`Sender::post`].
    pub(crate) fn write(&self, text: &str) {
        self.0.letter().text.push_str(text);
    }

    /// Adds tokens without waking the reader.
    pub(crate) fn tell(&self, tokens: impl IntoIterator<Item = TokenLogprob>) {
        self.0.letter().tokens.extend(tokens);
    }

    /// Wakes the reader.
    pub(crate) fn post(&self) {
        self.0.waker.wake();
    }

    /// Writes the end and wakes the reader.
    pub(crate) fn finish(self, outcome: Outcome) {
        self.0.letter().outcome = Some(outcome);
        self.0.finished.store(true, Ordering::Release);
        self.0.waker.wake();
    }

    /// True once the receiver is gone: the client hung up.
    pub(crate) fn abandoned(&self) -> bool {
        self.0.abandoned.load(Ordering::Acquire)
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        // Reached without `finish` only when the engine gave up; nobody may wait for ever because of it.
        if !self.0.finished.load(Ordering::Acquire) {
            self.0.letter().outcome.get_or_insert(Outcome::Failed {
                message: "the engine stopped".to_owned(),
            });
            self.0.waker.wake();
        }
    }
}

/// The connection's end. Dropping it cancels the request.
pub(crate) struct Receiver(Arc<Shared>);

impl Receiver {
    /// Ready when there is text or an outcome.
    pub(crate) fn poll_letter(&mut self, context: &mut Context<'_>) -> Poll<Letter> {
        // Registered before looking, so that a letter posted in between still wakes us.
        self.0.waker.register(context.waker());
        let mut letter = self.0.letter();
        if letter.text.is_empty() && letter.tokens.is_empty() && letter.outcome.is_none() {
            return Poll::Pending;
        }
        Poll::Ready(std::mem::take(&mut *letter))
    }

    /// The next letter.
    pub(crate) async fn next(&mut self) -> Letter {
        std::future::poll_fn(|context| self.poll_letter(context)).await
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.0.abandoned.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(receiver: &mut Receiver) -> Poll<Letter> {
        receiver.poll_letter(&mut Context::from_waker(std::task::Waker::noop()))
    }

    #[test]
    fn a_slow_reader_finds_all_the_text_in_one_letter() {
        let (sender, mut receiver) = mailbox();
        assert_eq!(look(&mut receiver), Poll::Pending);
        sender.write("Hel");
        sender.write("lo");
        assert_eq!(
            look(&mut receiver),
            Poll::Ready(Letter {
                text: "Hello".to_owned(),
                ..Letter::default()
            })
        );
        assert_eq!(look(&mut receiver), Poll::Pending);
    }

    #[test]
    fn a_receiver_that_goes_away_is_noticed() {
        let (sender, receiver) = mailbox();
        assert!(!sender.abandoned());
        drop(receiver);
        assert!(sender.abandoned());
    }

    #[test]
    fn an_engine_that_dies_leaves_a_failure_and_not_a_silence() {
        let (sender, mut receiver) = mailbox();
        sender.write("Hel");
        drop(sender);
        let Poll::Ready(letter) = look(&mut receiver) else {
            panic!("the letter should be there")
        };
        assert_eq!(letter.text, "Hel");
        assert!(matches!(letter.outcome, Some(Outcome::Failed { .. })));
    }
}
