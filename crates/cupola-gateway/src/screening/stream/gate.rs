//! External analyzers at the sluice: what a field says is asked about in excerpts, one at a time, and goes out when they have
//! cleared it. Where the policy screens while the text goes out, they are asked all the same, and cut off what they find.

use super::super::external::{Asker, Judged, Unseen};
use super::{Listener, Sluice, each};
use cupola_safety::{Direction, Excerpts, Hit, Mode};
use cupola_wire::openai::Chunk;
use std::ops::Range;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::task::JoinSet;

// A backend that is quicker than the analyzers is not read further when so much waits.
const BACKLOG_BYTES_MAX: usize = 256 << 10;
// Places of a field that are kept for the record; what blocks is kept beyond.
const HITS_MAX: usize = 64;

/// Who is asked about all fields of an answer.
pub(super) struct Gate {
    asker: Arc<Asker>,
    /// Which field, which bytes of it, and what was said.
    asks: JoinSet<(usize, Range<usize>, Judged)>,
    /// Does text wait for what is said of it?
    holds: bool,
    /// Did somebody not look who had to?
    is_stopped: bool,
}

/// What is asked about one field.
pub(super) struct Ear {
    excerpts: Excerpts,
    fed: usize,
    /// Up to here it may go out.
    cleared: usize,
    is_asking: bool,
    /// Will nothing more be said?
    is_over: bool,
    pub(super) is_settled: bool,
    pub(super) hits: Vec<Hit>,
    /// Did somebody not look who did not have to?
    pub(super) is_unseen: bool,
}

impl Gate {
    pub(super) fn new(asker: &Arc<Asker>, mode: Mode) -> Self {
        Self {
            asker: Arc::clone(asker),
            asks: JoinSet::new(),
            holds: mode == Mode::Buffered,
            is_stopped: false,
        }
    }

    /// For a field that begins.
    pub(super) fn ear(&self) -> Ear {
        Ear {
            excerpts: Excerpts::new(self.asker.parts(Direction::Completion)),
            fed: 0,
            cleared: 0,
            is_asking: false,
            is_over: false,
            is_settled: false,
            hits: Vec::new(),
            is_unseen: false,
        }
    }

    /// So much of a field may go out, of what its window lets out: all of it when there is nothing left to say.
    pub(super) fn lets_out(&self, ear: &Ear, released: usize) -> usize {
        match (ear.is_settled, self.holds) {
            (true, _) => released,
            (false, true) => released.min(ear.cleared),
            // Text need not wait, but the end does.
            (false, false) => released.min(usize::MAX - 1),
        }
    }

    /// Asks about what has come, unless somebody is being asked.
    fn pump(&mut self, field: usize, ear: &mut Ear) {
        if ear.is_asking || ear.is_settled {
            return;
        }
        let Some(excerpt) = ear.excerpts.next(ear.is_over) else {
            ear.is_settled = ear.is_over;
            return;
        };
        ear.is_asking = true;
        let span = excerpt.span.clone();
        let asked = Arc::clone(&self.asker).judge(Direction::Completion, false, excerpt);
        self.asks.spawn(async move { (field, span, asked.await) });
    }
}

impl Ear {
    /// Takes what the field says next.
    pub(super) fn push(&mut self, text: &str) {
        self.excerpts.push(text);
        self.fed += text.len();
    }

    /// The field is over.
    pub(super) fn close(&mut self) {
        self.is_over = true;
    }

    /// Whatever is said of it does not count any more.
    pub(super) fn give_up(&mut self) {
        self.is_over = true;
        self.is_settled = true;
    }
}

impl Sluice {
    /// Asks about what fields have said since.
    pub(super) fn pump(&mut self) {
        let Some(gate) = &mut self.gate else {
            return;
        };
        for (field, listener) in self.voices.iter_mut().enumerate() {
            if let Some(ear) = &mut listener.ear {
                gate.pump(field, ear);
            }
        }
    }

    /// Fields of choices that end of which external analyzers have not said all: the end waits for them.
    pub(super) fn unsettled(&self, ending: u128) -> Vec<(usize, usize)> {
        let waits = |(place, listener): (usize, &Listener)| {
            let is_ending = ending & (1 << listener.choice) != 0;
            let is_settled = listener.ear.as_ref().is_none_or(|ear| ear.is_settled);
            (is_ending && !is_settled).then_some((place, usize::MAX))
        };
        self.voices.iter().enumerate().filter_map(waits).collect()
    }

    /// Choices that say more, as far as is known.
    pub(super) fn open(&self) -> u128 {
        self.voices
            .iter()
            .filter(|listener| listener.window.is_some())
            .fold(0, |open, listener| open | 1 << listener.choice)
    }

    /// Brings what was found in choices that are over to the record, when everybody has said all.
    pub(super) fn settle(&mut self) {
        if self.ended & !self.noted == 0 {
            return;
        }
        let unsettled = self
            .voices
            .iter()
            .filter(|listener| listener.ear.as_ref().is_some_and(|ear| !ear.is_settled))
            .fold(0, |choices, listener| choices | 1 << listener.choice);
        let fresh = self.ended & !self.noted & !unsettled;
        self.noted |= fresh;
        for listener in &mut self.voices {
            if fresh & (1 << listener.choice) != 0
                && let (Some(ear), Some(verdict)) = (&listener.ear, &mut listener.verdict)
            {
                verdict.take_in(&ear.hits);
            }
        }
        for choice in each(fresh) {
            self.note(choice);
        }
    }

    /// Choices came to their end: what is cut is not asked about any more, the rest is.
    pub(super) fn ask_the_rest(&mut self) {
        for listener in &mut self.voices {
            if let Some(ear) = &mut listener.ear
                && self.cut & (1 << listener.choice) != 0
            {
                ear.give_up();
            }
        }
        self.pump();
    }

    /// So much of a field may go out.
    pub(super) fn lets_out(&self, listener: &Listener) -> usize {
        let released = match listener.window {
            _ if self.cut & (1 << listener.choice) != 0 => 0,
            Some(_) => listener.released,
            // Over, and not cut: all of it, and its end.
            None => usize::MAX,
        };
        match (&self.gate, &listener.ear) {
            (Some(gate), Some(ear)) => gate.lets_out(ear, released),
            _ => released,
        }
    }

    /// Takes in what was said meanwhile, and gives what may go out. False where nobody is asked.
    pub(crate) fn poll_analyzers(
        &mut self,
        context: &mut Context<'_>,
        out: &mut impl FnMut(&Chunk<'_>, u64),
    ) -> bool {
        loop {
            let Some(gate) = &mut self.gate else {
                return false;
            };
            match gate.asks.poll_join_next(context) {
                Poll::Ready(Some(Ok((field, span, judged)))) => self.judged(field, span, judged, out),
                Poll::Ready(Some(Err(error))) => {
                    tracing::error!(error = %error, "asking an external analyzer failed");
                    gate.is_stopped = true;
                }
                Poll::Ready(None) | Poll::Pending => return true,
            }
        }
    }

    /// Did an analyzer not look that had to?
    pub(crate) fn is_stopped(&self) -> bool {
        self.gate.as_ref().is_some_and(|gate| gate.is_stopped)
    }

    /// Is somebody being asked whose word still counts?
    pub(crate) fn is_asking(&self) -> bool {
        self.voices
            .iter()
            .filter_map(|listener| listener.ear.as_ref())
            .any(|ear| ear.is_asking && !ear.is_settled)
    }

    /// Does so much wait for those who are asked that no more should be taken?
    pub(crate) fn is_full(&self) -> bool {
        self.held_bytes > BACKLOG_BYTES_MAX && self.is_asking()
    }

    /// The backend has said all: what was not asked about is asked about now. Is somebody being asked?
    pub(crate) fn hang_up(&mut self, out: &mut impl FnMut(&Chunk<'_>, u64)) -> bool {
        if self.gate.is_none() || self.is_stopped() {
            return false;
        }
        self.end(self.open());
        self.close(self.cut & !self.closed, out);
        self.is_asking()
    }

    fn judged(
        &mut self,
        field: usize,
        span: Range<usize>,
        judged: Judged,
        out: &mut impl FnMut(&Chunk<'_>, u64),
    ) {
        let Some(listener) = self.voices.get_mut(field) else {
            return;
        };
        let choice = listener.choice;
        let Some(ear) = listener.ear.as_mut().filter(|ear| !ear.is_settled) else {
            return;
        };
        ear.is_asking = false;
        if let Some(unseen) = judged.stopped.as_ref().or(judged.passed.as_ref()) {
            let is_stopped = judged.stopped.is_some();
            // A stream has many excerpts, and the record shall not say the same of each.
            if is_stopped || !ear.is_unseen {
                note_unseen(&self.active, choice, unseen, is_stopped);
            }
            ear.is_unseen = true;
            if is_stopped {
                // It waits for ever, so that none of it goes out.
                if let Some(gate) = &mut self.gate {
                    gate.is_stopped = true;
                }
                return;
            }
        }
        let is_blocked = judged.hits.iter().any(|hit| hit.blocking);
        for hit in judged.hits {
            // Excerpts begin alike, so what is found in one is found again in the next: its last place tells it all.
            let same = |known: &Hit| {
                known.rule == hit.rule && known.analyzer == hit.analyzer && known.span.start == hit.span.start
            };
            match ear.hits.iter().position(same) {
                Some(known) => ear.hits[known] = hit,
                None if hit.blocking || ear.hits.len() < HITS_MAX => ear.hits.push(hit),
                None => {}
            }
        }
        if is_blocked {
            self.cut |= 1 << choice;
            self.end(1 << choice);
            self.close(1 << choice, out);
        } else {
            ear.cleared = match ear.is_over && span.end == ear.fed {
                true => ear.fed,
                false => ear.cleared.max(ear.excerpts.releasable()),
            };
            self.pump();
            self.settle();
        }
        self.release(out);
    }
}

fn note_unseen(active: &super::Active, choice: u32, unseen: &Unseen, is_stopped: bool) {
    active
        .source
        .unseen(Direction::Completion, Some(choice), Some(unseen), is_stopped);
}
