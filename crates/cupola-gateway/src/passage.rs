//! From what a backend's stream says to what its client gets. An event is screened and written in the shape of the surface;
//! one that repeats the event before it with another text is not read for that, but copied.

use crate::screening::{Heard, Sluice, Waits};
use cupola_wire::openai::{Chunk, Event, Stencil, Tally, Writer};
use std::task::Context;

/// What the events of one answer pass through.
pub(crate) struct Passage {
    writer: Box<dyn Writer>,
    /// What screens the answer; `None` where nothing does.
    sluice: Option<Sluice>,
    stencil: Stencil,
    tally: Tally,
}

/// How an answer ended.
#[derive(Debug)]
pub(crate) enum End {
    Complete,
    /// Nothing is left to wait for: what the backend still says would be kept back.
    Filtered,
    Failed(String),
    /// An external analyzer did not look, and the policy lets nothing pass unseen.
    Unscreened,
}

/// Where an answer stands with external analyzers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    /// One did not look that had to.
    pub(crate) is_stopped: bool,
    /// There is nothing left to wait for, because all was cut.
    pub(crate) is_over: bool,
    /// They have not said all.
    pub(crate) is_asking: bool,
    /// No more is taken before they have said something.
    pub(crate) is_full: bool,
}

impl Passage {
    pub(crate) fn new(writer: Box<dyn Writer>, sluice: Option<Sluice>) -> Self {
        Self {
            writer,
            sluice,
            stencil: Stencil::default(),
            tally: Tally::default(),
        }
    }

    /// Takes the next event and writes what may go out now; says whether the answer ends here.
    pub(crate) fn take(&mut self, payload: &[u8], out: &mut Vec<u8>) -> Option<End> {
        let mut waits = None;
        if let Some(repeat) = self.stencil.repeat(payload) {
            let heard = match (&mut self.sluice, repeat.voice) {
                (None, _) => Some(Heard::Goes),
                (Some(sluice), Some(voice)) => sluice.hear(repeat.choice, voice, repeat.text),
                (Some(_), None) => None,
            };
            match heard {
                Some(Heard::Goes) => {
                    repeat.write(out);
                    self.tally.deliver(repeat.tokens);
                    return None;
                }
                Some(Heard::TellsAnew) => {
                    self.stencil.forget();
                    waits = Some(Waits::default());
                }
                Some(Heard::Waits(which)) => waits = Some(which),
                None => {}
            }
        }
        match Event::read(payload) {
            Event::Chunk(chunk) => {
                self.tally.report(&chunk);
                self.pass(chunk, waits, payload, out)
            }
            Event::Done => Some(End::Complete),
            Event::Failed(message) => Some(End::Failed(message)),
        }
    }

    /// Writes what a chunk lets out.
    fn pass(
        &mut self,
        chunk: Chunk<'_>,
        waits: Option<Waits>,
        payload: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<End> {
        let Self {
            writer,
            sluice,
            stencil,
            tally,
        } = self;
        let mut go = |chunk: &Chunk<'_>, tokens| {
            tally.deliver(tokens);
            writer.chunk(chunk, out);
            stencil.learn(payload, chunk, &mut **writer);
        };
        let Some(sluice) = sluice else {
            go(&chunk, chunk.said_tokens());
            return None;
        };
        let taken = match waits {
            Some(waits) => sluice.take_heard(chunk, payload, waits, &mut go),
            None => sluice.take(chunk, payload, &mut go),
        };
        match taken {
            Err(overflow) => Some(End::Failed(overflow.to_string())),
            Ok(()) if sluice.is_over() => Some(End::Filtered),
            Ok(()) => None,
        }
    }

    /// The answer is over: what may go out of what is held.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        let Some(sluice) = &mut self.sluice else { return };
        let (tally, writer) = (&mut self.tally, &mut self.writer);
        sluice.finish(&mut |chunk, tokens| {
            tally.deliver(tokens);
            writer.chunk(chunk, out);
        });
        tally.deliver(sluice.dropped_tokens());
    }

    /// Takes in what external analyzers said meanwhile, and writes what may go out. `None` where nobody is asked.
    pub(crate) fn poll_analyzers(&mut self, context: &mut Context<'_>, out: &mut Vec<u8>) -> Option<Asked> {
        let sluice = self.sluice.as_mut()?;
        let (tally, writer) = (&mut self.tally, &mut self.writer);
        let mut go = |chunk: &Chunk<'_>, tokens| {
            tally.deliver(tokens);
            writer.chunk(chunk, out);
        };
        if !sluice.poll_analyzers(context, &mut go) {
            return None;
        }
        Some(Asked {
            is_stopped: sluice.is_stopped(),
            is_over: sluice.is_over(),
            is_asking: sluice.is_asking(),
            is_full: sluice.is_full(),
        })
    }

    /// The backend has said all, and external analyzers are asked about the rest. Is there somebody to wait for?
    pub(crate) fn hang_up(&mut self, out: &mut Vec<u8>) -> bool {
        let Some(sluice) = &mut self.sluice else {
            return false;
        };
        let (tally, writer) = (&mut self.tally, &mut self.writer);
        sluice.hang_up(&mut |chunk, tokens| {
            tally.deliver(tokens);
            writer.chunk(chunk, out);
        })
    }

    /// What is known of the usage.
    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Was something kept back?
    pub(crate) fn has_cut(&self) -> bool {
        self.sluice.as_ref().is_some_and(Sluice::has_cut)
    }

    /// Writes what is no event of the backend's.
    pub(crate) fn writer(&mut self) -> &mut dyn Writer {
        &mut *self.writer
    }
}
