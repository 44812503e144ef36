//! The body of a streamed answer: events come from the backend, go out in the shape of the surface, and the last one
//! waits until the usage is on disk.

use crate::bill::{Bill, Outcome};
use crate::passage::{End, Passage};
use bytes::Bytes;
use cupola_backend::{AnswerBody, BackendError};
use cupola_core::quota::Standing;
use cupola_edge::{Body, BoxError};
use cupola_store::StoreError;
use cupola_wire::dialect::Reader;
use cupola_wire::openai::{Splitter, Totals};
use http_body::Frame;
use http_body_util::BodyExt as _;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

const NOT_RECORDED: &str = "The usage of this request could not be recorded, so its answer is cut.";

/// A stream on its way. Dropping it cancels the backend's work and charges what was delivered.
pub(crate) struct Relay {
    backend: Option<AnswerBody>,
    splitter: Splitter,
    /// `None` where the backend speaks in chunks anyway.
    reader: Option<Box<dyn Reader>>,
    passage: Passage,
    prompt_tokens: u64,
    /// Taken when it is settled.
    bill: Option<Bill>,
    /// Events that came before the head of the answer went out.
    primed: Vec<u8>,
    phase: Phase,
    /// The backend has ended so; external analyzers have not.
    waiting: Option<End>,
}

enum Phase {
    Streaming,
    /// The backend has ended; its last events are out.
    Ended(End),
    /// The usage is on its way to the disk.
    Recording {
        end: End,
        totals: Totals,
        written: Recording,
    },
    /// What went out is on its way; then the connection breaks.
    Cut,
    Over,
}

type Recording = Pin<Box<dyn Future<Output = Result<Standing, StoreError>> + Send>>;

impl Relay {
    pub(crate) fn new(
        backend: AnswerBody,
        bill: Bill,
        reader: Option<Box<dyn Reader>>,
        passage: Passage,
        prompt_tokens: u64,
    ) -> Self {
        Self {
            backend: Some(backend),
            splitter: Splitter::default(),
            reader,
            passage,
            prompt_tokens,
            bill: Some(bill),
            primed: Vec::new(),
            phase: Phase::Streaming,
            waiting: None,
        }
    }

    /// Waits for the first events; fails where there are none.
    pub(crate) async fn prime(&mut self) -> Result<(), BackendError> {
        while self.primed.is_empty() && matches!(self.phase, Phase::Streaming) {
            self.primed = poll_fn(|context| self.poll_events(context)).await;
        }
        match &self.phase {
            Phase::Ended(End::Failed(message)) if self.primed.is_empty() => Err(BackendError::broke(message)),
            Phase::Ended(End::Unscreened) if self.primed.is_empty() => Err(BackendError::broke("unscreened")),
            _ => Ok(()),
        }
    }

    /// Did it end because an external analyzer did not look?
    pub(crate) fn is_unscreened(&self) -> bool {
        matches!(self.phase, Phase::Ended(End::Unscreened))
    }

    pub(crate) fn standing(&self) -> Option<Standing> {
        self.bill.as_ref().map(Bill::standing)
    }

    /// Gives up before anything went out.
    pub(crate) fn into_bill(mut self) -> Option<Bill> {
        self.bill.take()
    }

    pub(crate) fn into_body(self) -> Body {
        self.boxed_unsync()
    }

    /// The next events, rendered; empty where what came was none, or the end.
    fn poll_events(&mut self, context: &mut Context<'_>) -> Poll<Vec<u8>> {
        if let Some(polled) = self.poll_analyzers(context) {
            return polled;
        }
        let Some(backend) = &mut self.backend else {
            return Poll::Ready(Vec::new());
        };
        let data = ready!(backend.poll_data(context));
        let came_bytes = data
            .as_ref()
            .and_then(|data| data.as_ref().ok())
            .map_or(0, Bytes::len);
        let mut out = Vec::with_capacity(2 * came_bytes);
        let mut end = None;
        let (passage, reader) = (&mut self.passage, &mut self.reader);
        let mut take = |payload: &[u8]| {
            // Nothing after the end counts.
            if end.is_none() {
                end = passage.take(payload, &mut out);
            }
        };
        let mut each = |payload: &[u8]| match reader {
            Some(reader) => reader.event(payload, &mut take),
            None => take(payload),
        };
        let broken = match &data {
            Some(Ok(data)) => self
                .splitter
                .feed(data, &mut each)
                .err()
                .map(|error| error.to_string()),
            Some(Err(error)) => Some(error.to_string()),
            None => {
                self.splitter.finish(&mut each);
                None
            }
        };
        if let Some(message) = broken {
            end = end.or(Some(End::Failed(message)));
        }
        if data.is_none() && end.is_none() {
            // Some servers leave `[DONE]` away; an answer with a finish reason is whole without it.
            let whole = self.passage.tally().finished();
            let broke_off = || End::Failed("the model's server broke its answer off".to_owned());
            end = Some(if whole { End::Complete } else { broke_off() });
        }
        if let Some(end) = end {
            self.hang_up(end, &mut out);
        }
        Poll::Ready(out)
    }

    /// What external analyzers said meanwhile. `Some` where the backend is not asked for more now: there is something to give,
    /// or nothing more is taken before they have said something.
    fn poll_analyzers(&mut self, context: &mut Context<'_>) -> Option<Poll<Vec<u8>>> {
        let mut out = Vec::new();
        let asked = self.passage.poll_analyzers(context, &mut out)?;
        if asked.is_stopped {
            self.waiting = None;
            self.end(End::Unscreened, &mut out);
        } else if asked.is_over && self.waiting.is_none() {
            self.hang_up(End::Filtered, &mut out);
        } else if !asked.is_asking
            && let Some(end) = self.waiting.take()
        {
            self.end(end, &mut out);
        } else if out.is_empty() {
            return (self.waiting.is_some() || asked.is_full).then_some(Poll::Pending);
        }
        Some(Poll::Ready(out))
    }

    /// The backend has said all, or need not say more; what external analyzers still have to say is waited for.
    fn hang_up(&mut self, end: End, out: &mut Vec<u8>) {
        match self.passage.hang_up(out) {
            true => self.waiting = Some(end),
            false => self.end(end, out),
        }
    }

    /// Nothing more comes.
    fn end(&mut self, end: End, out: &mut Vec<u8>) {
        self.passage.finish(out);
        self.phase = Phase::Ended(end);
    }

    /// What is charged. A report that comes early says nothing of what came after it, unless nothing more was to come.
    fn totals(&self, is_complete: bool) -> Totals {
        let tally = self.passage.tally();
        tally.totals(self.prompt_tokens, is_complete || tally.finished())
    }

    fn note_delivered(&mut self) {
        let totals = self.totals(false);
        if let Some(bill) = &mut self.bill {
            bill.deliver(totals.usage());
        }
    }

    /// Settles: what the backend reported, or else what we counted.
    fn record(&mut self, end: End) -> Phase {
        let totals = self.totals(matches!(end, End::Complete));
        let reported = self.passage.tally().usage().is_some();
        let is_filtered = self.passage.has_cut();
        let outcome = match (&end, reported) {
            (End::Filtered, _) => Outcome::ContentFilter,
            (End::Complete, _) if is_filtered => Outcome::ContentFilter,
            (End::Complete, true) => Outcome::Complete,
            (End::Complete, false) => Outcome::Estimated,
            (End::Failed(_), _) => Outcome::BackendFailed,
            // What could not be looked at is kept back, as what is filtered is.
            (End::Unscreened, _) => Outcome::ContentFilter,
        };
        match self
            .bill
            .take()
            .inspect(|bill| bill.finishes(self.passage.tally().finish_reason()))
        {
            Some(bill) => Phase::Recording {
                end,
                totals,
                written: Box::pin(bill.settle(&totals.usage(), outcome)),
            },
            None => Phase::Over,
        }
    }

    /// The last events, now that the usage is on disk.
    fn last(&mut self, end: &End, totals: &Totals) -> Vec<u8> {
        let mut out = Vec::new();
        match end {
            End::Complete => {
                self.passage.writer().end(totals, &mut out);
                if let Some(backend) = self.backend.take() {
                    backend.finish();
                }
            }
            End::Filtered => {
                self.passage.writer().end(totals, &mut out);
                self.backend = None;
            }
            End::Unscreened => {
                self.passage.writer().break_off(
                    "content_filter_error",
                    "The contents could not be filtered, so the answer is cut.",
                    totals,
                    &mut out,
                );
                self.backend = None;
            }
            End::Failed(message) => {
                let veil = self.backend.as_ref().map(AnswerBody::veil).unwrap_or_default();
                tracing::warn!(reason = &*veil.over(message), "a backend broke an answer off");
                self.passage.writer().break_off(
                    "BackendFailed",
                    "The model's server broke its answer off.",
                    totals,
                    &mut out,
                );
                self.backend = None;
            }
        }
        out
    }

    /// The usage is not on disk, so the answer does not complete; what tells it, where the clients see that.
    fn withheld(&mut self, error: &StoreError) -> Option<Frame<Bytes>> {
        tracing::error!(error = %error, "usage could not be recorded; the stream is cut");
        self.backend = None;
        if !self.passage.writer().shows_errors() {
            return None;
        }
        let mut out = Vec::new();
        self.passage
            .writer()
            .break_off("LedgerUnavailable", NOT_RECORDED, &Totals::default(), &mut out);
        Some(Frame::data(out.into()))
    }
}

impl http_body::Body for Relay {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        loop {
            if !this.primed.is_empty() {
                let events = std::mem::take(&mut this.primed);
                this.note_delivered();
                return Poll::Ready(Some(Ok(Frame::data(events.into()))));
            }
            match std::mem::replace(&mut this.phase, Phase::Over) {
                Phase::Streaming => {
                    this.phase = Phase::Streaming;
                    this.primed = ready!(this.poll_events(context));
                    if this.primed.is_empty() && this.passage.tally().usage().is_some() {
                        // A report of its own is nothing that goes out, and counts from now on.
                        this.note_delivered();
                    }
                }
                Phase::Ended(end) => this.phase = this.record(end),
                Phase::Recording {
                    end,
                    totals,
                    mut written,
                } => match written.as_mut().poll(context) {
                    Poll::Pending => {
                        this.phase = Phase::Recording { end, totals, written };
                        return Poll::Pending;
                    }
                    Poll::Ready(Ok(_)) => {
                        let events = this.last(&end, &totals);
                        return Poll::Ready(Some(Ok(Frame::data(events.into()))));
                    }
                    Poll::Ready(Err(error)) => match this.withheld(&error) {
                        Some(frame) => return Poll::Ready(Some(Ok(frame))),
                        // A body that fails at once would take the head of its answer with it; this lets that go out.
                        None => {
                            this.phase = Phase::Cut;
                            context.waker().wake_by_ref();
                            return Poll::Pending;
                        }
                    },
                },
                Phase::Cut => return Poll::Ready(Some(Err(NOT_RECORDED.into()))),
                Phase::Over => return Poll::Ready(None),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.phase, Phase::Over) && self.primed.is_empty()
    }
}
