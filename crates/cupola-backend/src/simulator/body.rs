//! The body of a simulated answer: pieces, each at its time.

use crate::error::{BackendError, Kind};
use bytes::Bytes;
use std::collections::VecDeque;
use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// Pieces before they are sent.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    pieces: VecDeque<(Duration, String)>,
    /// Where the body breaks off instead of ending.
    broken: Option<Duration>,
}

impl Pieces {
    /// Adds a piece; what is due at the same time is sent together.
    pub(super) fn push(&mut self, due: Duration, piece: String) {
        match self.pieces.back_mut() {
            Some((last, text)) if *last == due => text.push_str(&piece),
            _ => self.pieces.push_back((due, piece)),
        }
    }

    /// Nothing comes before this time.
    pub(super) fn delay(&mut self, due: Duration) {
        for (at, _) in &mut self.pieces {
            *at = (*at).max(due);
        }
    }

    /// Breaks off at this time, after what came until then.
    pub(super) fn break_off(&mut self, due: Duration) {
        self.broken = Some(due);
    }

    /// Makes JSON nonsense; the frame of a stream stays, as it does when a server prints a wrong object.
    pub(super) fn garble(&mut self) {
        for (_, text) in &mut self.pieces {
            *text = text.replace('"', "'");
        }
    }

    /// Breaks off after half of the bytes.
    pub(super) fn cut_in_half(&mut self) {
        let mut left = self.pieces.iter().map(|(_, text)| text.len()).sum::<usize>() / 2;
        let mut kept = VecDeque::new();
        for (due, mut text) in self.pieces.drain(..) {
            self.broken = Some(due);
            if text.len() <= left {
                left -= text.len();
                kept.push_back((due, text));
                continue;
            }
            text.truncate(text.floor_char_boundary(left));
            kept.push_back((due, text));
            break;
        }
        self.pieces = kept;
    }
}

/// A body on its way.
#[derive(Debug)]
pub(crate) struct Simulated {
    pieces: VecDeque<(Duration, Option<Bytes>)>,
    start: Instant,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Simulated {
    pub(super) fn new(pieces: Pieces) -> Self {
        let whole = pieces
            .pieces
            .into_iter()
            .map(|(due, text)| (due, Some(Bytes::from(text))));
        Self {
            pieces: whole.chain(pieces.broken.map(|due| (due, None))).collect(),
            start: Instant::now(),
            sleep: None,
        }
    }

    pub(crate) fn poll_data(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BackendError>>> {
        let Some((due, _)) = self.pieces.front() else {
            return Poll::Ready(None);
        };
        if !due.is_zero() {
            let at = self.start + *due;
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(at)));
            ready!(sleep.as_mut().poll(context));
            self.sleep = None;
        }
        Poll::Ready(self.pieces.pop_front().map(|(_, piece)| {
            piece.ok_or_else(|| {
                self.pieces.clear();
                BackendError::new(
                    Kind::Broke,
                    "The simulator broke its answer off, as it was told to.",
                )
            })
        }))
    }
}
