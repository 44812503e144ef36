//! A streamed answer under a screen. A chunk goes on at once where no blocked text can end in it; where one may, it is held
//! until that is known, and so are the later chunks of its choice, so that what goes out keeps its order.

mod gate;
mod told;

use super::summary::Summary;
use super::{Active, found_something};
use cupola_safety::{Direction, Verdict, Window};
use cupola_wire::openai::{Chunk, Event, Unescaper, Voice};
use gate::{Ear, Gate};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use told::Annotated;

// Screens hold back a phrase and the match of an expression, which is far less; an answer that needs more is broken.
const HELD_BYTES_MAX: usize = 1 << 20;

/// More of an answer waits for its screening than is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overflow;

impl fmt::Display for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "more than {HELD_BYTES_MAX} bytes of an answer would have to wait for their screening"
        )
    }
}

/// What becomes of a chunk whose text was heard.
#[derive(Debug)]
pub(crate) enum Heard {
    /// It may go out, and nothing else with it.
    Goes,
    /// It may go out, and from now on something else is told with it.
    TellsAnew,
    /// It has to be taken.
    Waits(Waits),
}

/// Listeners, and how much of each must be released before a chunk may go out.
#[derive(Debug, Default)]
pub(crate) struct Waits(Vec<(usize, usize)>);

/// What a streamed answer passes through.
pub(crate) struct Sluice {
    active: Active,
    /// Of these choices an answer consists.
    wanted: u128,
    voices: Vec<Listener>,
    held: VecDeque<Held>,
    held_bytes: usize,
    /// Choices of which something was blocked.
    cut: u128,
    /// Those of them whose end was told.
    closed: u128,
    /// Choices that came to their end.
    ended: u128,
    /// Tokens of chunks that did not go out and never will.
    dropped_tokens: u64,
    /// What is told of a choice that has said nothing.
    silence: Summary,
    annotations: Vec<Annotated>,
    /// They changed since a chunk was last copied.
    tells_anew: bool,
    /// Choices of which the record has what was found.
    noted: u128,
    /// Who asks external analyzers; `None` where nobody is asked.
    gate: Option<Gate>,
}

/// One field of one choice.
struct Listener {
    choice: u32,
    voice: Voice,
    /// `None` once it is over.
    window: Option<Window>,
    unescaper: Unescaper,
    fed: usize,
    released: usize,
    /// Of the field, when it is over.
    verdict: Option<Verdict>,
    /// What annotations count in.
    characters: u64,
    /// What external analyzers are asked about it.
    ear: Option<Ear>,
}

/// A chunk that waits.
struct Held {
    payload: Vec<u8>,
    choices: u128,
    tokens: u64,
    /// Listeners, and how much of each must be released.
    waits: Vec<(usize, usize)>,
}

impl fmt::Debug for Sluice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sluice")
            .field("held", &self.held.len())
            .field("cut", &self.cut)
            .finish_non_exhaustive()
    }
}

impl Sluice {
    pub(super) fn new(active: Active, choices: u64) -> Self {
        let wanted = u32::try_from(choices)
            .ok()
            .and_then(|choices| 1_u128.checked_shl(choices))
            .map_or(u128::MAX, |above| above - 1);
        let mut silence = Summary::default();
        silence.add(&active.screen.clean(Direction::Completion));
        let mode = active.screen.policy().mode;
        let gate = active.asks_of_completion().map(|asker| Gate::new(asker, mode));
        Self {
            gate,
            noted: 0,
            active,
            wanted,
            voices: Vec::new(),
            held: VecDeque::new(),
            held_bytes: 0,
            cut: 0,
            closed: 0,
            ended: 0,
            dropped_tokens: 0,
            silence,
            annotations: Vec::new(),
            tells_anew: false,
        }
    }

    /// Hears what the next chunk says, where it need not be read for that; `None` where it has to be taken whole.
    pub(crate) fn hear(&mut self, choice: u32, voice: Voice, text: &str) -> Option<Heard> {
        // Whoever waits, was cut, is to be told something or asks others makes the next chunk one that is not simply copied.
        let is_plain = self.gate.is_none()
            && self.active.prompt.is_none()
            && self.held.is_empty()
            && self.cut == 0
            && self.ended == 0
            && !(self.active.annotates && self.tells_later());
        if !is_plain {
            return None;
        }
        let mut waits = Vec::new();
        if self.active.screen.needs(Direction::Completion) {
            self.hear_text(choice, voice, text, &mut waits);
        }
        if !waits.is_empty() || self.cut != 0 {
            return Some(Heard::Waits(Waits(waits)));
        }
        if self.active.annotates {
            self.summarize(choice);
        }
        let tells_anew = std::mem::take(&mut self.tells_anew);
        Some(if tells_anew { Heard::TellsAnew } else { Heard::Goes })
    }

    /// Takes the next chunk and gives what may go out: chunks, and their tokens.
    pub(crate) fn take(
        &mut self,
        chunk: Chunk<'_>,
        payload: &[u8],
        out: &mut impl FnMut(&Chunk<'_>, u64),
    ) -> Result<(), Overflow> {
        self.tell_of_the_prompt(out);
        let mut chunk = chunk;
        let tokens = chunk.said_tokens();
        if chunk.choices() & self.cut != 0 {
            chunk.take_out(self.cut);
            if chunk.choices() == 0 {
                self.dropped_tokens += tokens;
                return Ok(());
            }
        }
        if !self.active.needs_completion() {
            out(&chunk, tokens);
            return Ok(());
        }
        let waits = Waits(self.listen(&chunk));
        self.take_heard(chunk, payload, waits, out)
    }

    /// Takes a chunk whose text was heard.
    pub(crate) fn take_heard(
        &mut self,
        chunk: Chunk<'_>,
        payload: &[u8],
        waits: Waits,
        out: &mut impl FnMut(&Chunk<'_>, u64),
    ) -> Result<(), Overflow> {
        let (mut chunk, Waits(mut waits)) = (chunk, waits);
        let tokens = chunk.said_tokens();
        let ending = chunk.finished();
        self.end(ending);
        waits.extend(self.unsettled(ending));
        waits.retain(|(listener, _)| self.cut & (1 << self.voices[*listener].choice) == 0);
        let newly_cut = chunk.choices() & self.cut;
        if newly_cut != 0 {
            chunk.take_out(self.cut);
            self.close(newly_cut, out);
            if chunk.choices() == 0 {
                self.dropped_tokens += tokens;
                self.release(out);
                return Ok(());
            }
        }
        let behind = self.release(out);
        if self.is_waiting(&waits) || behind & chunk.choices() != 0 {
            self.held_bytes += payload.len();
            if self.held_bytes > HELD_BYTES_MAX {
                return Err(Overflow);
            }
            self.held.push_back(Held {
                payload: payload.to_vec(),
                choices: chunk.choices(),
                tokens,
                waits,
            });
            return Ok(());
        }
        self.give(chunk, tokens, out);
        Ok(())
    }

    /// The answer is over, as it should be or not: what may go out of what is held.
    pub(crate) fn finish(&mut self, out: &mut impl FnMut(&Chunk<'_>, u64)) {
        self.end(self.open());
        self.close(self.cut & !self.closed, out);
        self.release(out);
    }

    /// Was something taken out?
    pub(crate) fn has_cut(&self) -> bool {
        self.cut != 0
    }

    /// Is there nothing left to wait for, because choices were cut?
    pub(crate) fn is_over(&self) -> bool {
        self.cut != 0 && self.wanted & !(self.cut | self.ended) == 0
    }

    /// Tokens that were generated and taken out.
    pub(crate) fn dropped_tokens(&self) -> u64 {
        self.dropped_tokens
    }

    /// Listens to what a chunk says, and gives what has to be released before it may go out.
    fn listen(&mut self, chunk: &Chunk<'_>) -> Vec<(usize, usize)> {
        let mut waits = Vec::new();
        chunk.voices(|choice, voice, text| self.hear_text(choice, voice, text, &mut waits));
        if self.gate.is_some() {
            self.pump();
        }
        waits
    }

    fn hear_text(&mut self, choice: u32, voice: Voice, text: &str, waits: &mut Vec<(usize, usize)>) {
        let place = self.listener(choice, voice);
        let listener = &mut self.voices[place];
        let Some(window) = &mut listener.window else {
            return;
        };
        let text = match voice.is_json() {
            true => listener.unescaper.feed(text),
            false => Cow::Borrowed(text),
        };
        let progress = window.feed(&text);
        if let Some(ear) = &mut listener.ear {
            ear.push(&text);
        }
        listener.fed += text.len();
        listener.characters += text.chars().count() as u64;
        listener.released = progress.released_bytes_total;
        if progress.verdict.is_some() {
            self.cut |= 1 << choice;
        }
        if listener.released < listener.fed || (listener.ear.is_some() && !text.is_empty()) {
            waits.push((place, listener.fed));
        }
    }

    fn listener(&mut self, choice: u32, voice: Voice) -> usize {
        // Who goes on after the end of a choice says something new.
        let known = |listener: &Listener| {
            listener.choice == choice && listener.voice == voice && listener.window.is_some()
        };
        self.voices.iter().position(known).unwrap_or_else(|| {
            self.voices.push(Listener {
                choice,
                voice,
                window: Some(Window::new(&self.active.screen, Direction::Completion)),
                unescaper: Unescaper::default(),
                fed: 0,
                released: 0,
                verdict: None,
                characters: 0,
                ear: self.gate.as_ref().map(Gate::ear),
            });
            self.voices.len() - 1
        })
    }

    /// What choices say is over: what is found in the end counts too.
    fn end(&mut self, choices: u128) {
        // A choice that is cut says nothing more, so its other fields are over too.
        let choices = choices | (self.cut & !self.ended);
        if choices == 0 {
            return;
        }
        for listener in &mut self.voices {
            if choices & (1 << listener.choice) == 0 {
                continue;
            }
            if let Some(window) = listener.window.take() {
                let (progress, verdict) = window.finish();
                listener.released = progress.released_bytes_total;
                if verdict.is_blocked() {
                    self.cut |= 1 << listener.choice;
                }
                listener.verdict = Some(verdict);
            }
            if let Some(ear) = &mut listener.ear {
                ear.close();
            }
        }
        self.ended |= choices;
        if self.gate.is_some() {
            self.ask_the_rest();
        }
        self.settle();
    }

    fn note(&self, choice: u32) {
        let found: Vec<(usize, Verdict)> = self
            .of(choice)
            .enumerate()
            .filter_map(|(place, listener)| Some((place, listener.verdict.clone()?)))
            .filter(|(_, verdict)| found_something(verdict))
            .collect();
        self.active
            .source
            .note(Direction::Completion, Some(choice), &found);
    }

    fn of(&self, choice: u32) -> impl Iterator<Item = &Listener> {
        self.voices
            .iter()
            .filter(move |listener| listener.choice == choice)
    }

    /// Ends choices that were cut: what is held of them never goes out.
    fn close(&mut self, choices: u128, out: &mut impl FnMut(&Chunk<'_>, u64)) {
        if choices == 0 {
            return;
        }
        self.closed |= choices;
        for held in &mut self.held {
            let others = held.choices & !choices;
            if others == 0 {
                self.dropped_tokens += held.tokens;
                self.held_bytes -= held.payload.len();
            }
            held.choices = others;
            held.waits
                .retain(|(listener, _)| choices & (1 << self.voices[*listener].choice) == 0);
        }
        self.held.retain(|held| held.choices != 0);
        for choice in each(choices) {
            let last = format!(
                r#"{{"choices":[{{"index":{choice},"delta":{{}},"finish_reason":"content_filter"}}]}}"#
            );
            if let Event::Chunk(chunk) = Event::read(last.as_bytes()) {
                self.give(chunk, 0, out);
            }
        }
    }

    /// Gives what is held and need not be any more; says of which choices something is still held.
    fn release(&mut self, out: &mut impl FnMut(&Chunk<'_>, u64)) -> u128 {
        let mut behind = 0;
        let mut place = 0;
        while let Some(held) = self.held.get(place) {
            if held.choices & behind != 0 || self.is_waiting(&held.waits) {
                behind |= held.choices;
                place += 1;
                continue;
            }
            let Some(held) = self.held.remove(place) else {
                break;
            };
            self.held_bytes -= held.payload.len();
            if let Event::Chunk(mut chunk) = Event::read(&held.payload) {
                chunk.take_out(!held.choices);
                self.give(chunk, held.tokens, out);
            }
        }
        behind
    }

    fn is_waiting(&self, waits: &[(usize, usize)]) -> bool {
        waits
            .iter()
            .any(|(listener, end)| self.lets_out(&self.voices[*listener]) < *end)
    }
}

/// The numbers of the bits that are set.
fn each(mut bits: u128) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let lowest = (bits != 0).then(|| bits.trailing_zeros())?;
        bits &= bits - 1;
        Some(lowest)
    })
}
