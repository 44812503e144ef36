//! What clients of a streamed answer are told of it: on the chunks that it is about, or later.

use super::super::summary::Summary;
use super::{Sluice, each};
use cupola_safety::Mode;
use cupola_wire::openai::{Chunk, Event};
use serde_json::value::RawValue;

const ANNOTATION: &str = "content_filter_results";

/// What is told of a choice, as it was written last.
pub(super) struct Annotated {
    choice: u32,
    summary: Summary,
    written: Box<RawValue>,
}

impl Sluice {
    /// Lets a chunk out, with what is to be told of its choices.
    pub(super) fn give(&mut self, chunk: Chunk<'_>, tokens: u64, out: &mut impl FnMut(&Chunk<'_>, u64)) {
        if !self.active.annotates {
            return out(&chunk, tokens);
        }
        let mut told = 0_u128;
        chunk.voices(|choice, _, text| told |= u128::from(!text.is_empty()) << choice);
        let finished = chunk.finished();
        // Without a window between model and client nothing is known yet when a text goes out: it is told in the end.
        if self.tells_later() {
            told = 0;
            for choice in each(finished) {
                self.tell_later(choice, out);
            }
        }
        told |= finished;
        for choice in each(told) {
            self.summarize(choice);
        }
        let mut chunk = chunk;
        for one in &self.annotations {
            if told & (1 << one.choice) != 0 {
                chunk.annotate(one.choice, ANNOTATION, &one.written);
            }
        }
        out(&chunk, tokens);
    }

    pub(super) fn tells_later(&self) -> bool {
        self.active.screen.policy().mode == Mode::Asynchronous
    }

    /// Brings what is told of a choice up to date.
    pub(super) fn summarize(&mut self, choice: u32) {
        let mut summary = self.silence.clone();
        for listener in self.of(choice) {
            let found = match (&listener.window, &listener.verdict) {
                (Some(window), _) => Some(window.so_far()),
                (None, verdict) => verdict.as_ref(),
            };
            match (found, &listener.ear) {
                (Some(found), Some(ear)) => {
                    let mut found = found.clone();
                    found.take_in(&ear.hits);
                    summary.add(&found);
                    if ear.is_unseen {
                        summary.note_unseen();
                    }
                }
                (Some(found), None) => summary.add(found),
                (None, _) => {}
            }
        }
        let known = self.annotations.iter_mut().find(|one| one.choice == choice);
        if known.as_ref().is_some_and(|one| one.summary == summary) {
            return;
        }
        let Some(written) = raw(summary.written()) else {
            return;
        };
        match known {
            Some(one) => (one.summary, one.written) = (summary, written),
            None => self.annotations.push(Annotated {
                choice,
                summary,
                written,
            }),
        }
        self.tells_anew = true;
    }

    /// An event that only annotates, about everything that a choice has said.
    fn tell_later(&mut self, choice: u32, out: &mut impl FnMut(&Chunk<'_>, u64)) {
        self.summarize(choice);
        let Some(one) = self.annotations.iter().find(|one| one.choice == choice) else {
            return;
        };
        let end: u64 = self.of(choice).map(|listener| listener.characters).sum();
        let event = format!(
            r#"{{"choices":[{{"index":{choice},"finish_reason":null,"{ANNOTATION}":{},"content_filter_offsets":{{"check_offset":{end},"start_offset":0,"end_offset":{end}}}}}]}}"#,
            one.written.get()
        );
        if let Event::Chunk(chunk) = Event::read(event.as_bytes()) {
            out(&chunk, 0);
        }
    }

    /// Before everything else: what was found in the prompt.
    pub(super) fn tell_of_the_prompt(&mut self, out: &mut impl FnMut(&Chunk<'_>, u64)) {
        let Some(results) = self.active.prompt.take() else {
            return;
        };
        let mut event = br#"{"choices":[],"prompt_filter_results":"#.to_vec();
        event.extend_from_slice(&results);
        event.push(b'}');
        if let Event::Chunk(chunk) = Event::read(&event) {
            out(&chunk, 0);
        }
    }
}

fn raw(json: Vec<u8>) -> Option<Box<RawValue>> {
    RawValue::from_string(String::from_utf8(json).ok()?).ok()
}
