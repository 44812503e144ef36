//! Events of a stream that differ from the one before in their text alone.
//!
//! Nearly all of a stream is the same event with another word in it. So what stands around the word, in what came and in
//! what was written for it, is kept from one event that was read in full; the next one that has the very same bytes around
//! its word is written by copying. Whatever differs in anything else is read in full, and kept in its turn.

use super::chunk::{Chunk, one_text};
use super::edits::place;
use super::fields::as_text;
use super::{Delivered, Voice, Writer};
use memchr::memmem;
use serde_json::value::RawValue;

// A stream whose events never repeat is not tried for ever.
const PATIENCE: u8 = 8;

/// What stands around the text of the event before.
#[derive(Debug)]
pub struct Stencil {
    learned: Option<Learned>,
    /// How many more events are kept before one of them must have repeated.
    patience: u8,
}

/// An event that differs from the one before in its text alone.
#[derive(Debug, Clone, Copy)]
pub struct Repeat<'s, 'p> {
    learned: &'s Learned,
    /// The choice that it carries a piece of.
    pub choice: u32,
    /// Where in the choice the text stands; `None` where the model may say something else beside it.
    pub voice: Option<Voice>,
    /// What the model says. It has no escapes.
    pub text: &'p str,
    /// An estimate of its tokens.
    pub tokens: u64,
}

#[derive(Debug)]
struct Learned {
    before: Vec<u8>,
    after: Vec<u8>,
    written_before: Vec<u8>,
    written_after: Vec<u8>,
    choice: u32,
    voice: Option<Voice>,
}

impl Default for Stencil {
    fn default() -> Self {
        Self {
            learned: None,
            patience: PATIENCE,
        }
    }
}

impl Stencil {
    /// Finds out whether an event repeats the one before with another text; `None` where it has to be read in full.
    pub fn repeat<'p>(&mut self, payload: &'p [u8]) -> Option<Repeat<'_, 'p>> {
        let learned = self.learned.as_ref()?;
        let text = plain(learned.between(payload)?)?;
        self.patience = PATIENCE;
        let mut delivered = Delivered::default();
        delivered.piece(text.len());
        Some(Repeat {
            learned,
            choice: learned.choice,
            voice: learned.voice,
            text,
            tokens: delivered.tokens,
        })
    }

    /// Events like the one before are written otherwise from now on.
    pub fn forget(&mut self) {
        self.learned = None;
    }

    /// Keeps what stands around the text of this event, which was read in full and has just been written. A chunk that is
    /// none of this event's teaches nothing.
    pub fn learn(&mut self, payload: &[u8], chunk: &Chunk<'_>, writer: &mut dyn Writer) {
        // It may just have had an escape in its text.
        let is_known = |learned: &Learned| learned.between(payload).is_some();
        let is_of_it = |text: &RawValue| payload.as_ptr_range().contains(&text.get().as_ptr());
        if !chunk.choices.first().and_then(one_text).is_some_and(is_of_it) {
            return;
        }
        if !chunk.only_says() || self.patience == 0 || self.learned.as_ref().is_some_and(is_known) {
            return;
        }
        self.patience -= 1;
        self.learned = Learned::of(payload, chunk, writer);
    }
}

impl Repeat<'_, '_> {
    /// Writes the event by copying.
    pub fn write(&self, out: &mut Vec<u8>) {
        let Learned {
            written_before,
            written_after,
            ..
        } = self.learned;
        out.reserve(written_before.len() + self.text.len() + written_after.len());
        out.extend_from_slice(written_before);
        out.extend_from_slice(self.text.as_bytes());
        out.extend_from_slice(written_after);
    }
}

impl Learned {
    fn of(payload: &[u8], chunk: &Chunk<'_>, writer: &mut dyn Writer) -> Option<Self> {
        let choice = chunk.choices.first()?;
        let text = one_text(choice)?;
        let at = place(std::str::from_utf8(payload).ok()?, text);
        let written = writer.again(chunk)?;
        // The quotes stay with what is around.
        let mut found = memmem::find_iter(&written, text.get());
        let (from, None) = (found.next()? + 1, found.next()) else {
            return None;
        };
        let text_bytes = text.get().len() - 2;
        let (from_came, to_came) = (at.start + 1, at.end - 1);
        Some(Self {
            before: payload.get(..from_came)?.to_vec(),
            after: payload.get(to_came..)?.to_vec(),
            written_before: written.get(..from)?.to_vec(),
            written_after: written.get(from + text_bytes..)?.to_vec(),
            choice: choice.index,
            voice: only_voice(chunk, text),
        })
    }

    fn between<'p>(&self, payload: &'p [u8]) -> Option<&'p [u8]> {
        payload
            .strip_prefix(self.before.as_slice())?
            .strip_suffix(self.after.as_slice())
    }
}

/// Where this text stands, as who screens it is told; `None` unless it is all that they are told of the chunk.
fn only_voice(chunk: &Chunk<'_>, text: &RawValue) -> Option<Voice> {
    let text = as_text(text)?;
    let (mut only, mut others) = (None, false);
    chunk.voices(|_, voice, said| {
        others |= !said.is_empty() && (only.is_some() || said != text);
        if said == text {
            only = Some(voice);
        }
    });
    only.filter(|_| !others)
}

/// Bytes that mean themselves between two quotes of JSON, and at least one of them: nothing in them ends the string.
fn plain(bytes: &[u8]) -> Option<&str> {
    // Without a way out of the loop it is done many bytes at a time.
    let is_special = bytes.iter().fold(false, |is_special, byte| {
        is_special | (*byte < 0x20) | (*byte == b'"') | (*byte == b'\\')
    });
    if bytes.is_empty() || is_special {
        return None;
    }
    std::str::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::super::{Event, Heading, Renderer, Surface, Tally, TextRenderer};
    use super::*;
    use proptest::prelude::*;

    fn writer(kind: u8) -> Box<dyn Writer> {
        let heading = |surface| Heading {
            surface,
            id: "0123456789abcdef0123456789abcdef",
            created: 5,
            model: "word",
        };
        match kind {
            0 => Box::new(Renderer::new(&heading(Surface::ModelInference), false)),
            1 => Box::new(Renderer::new(&heading(Surface::OpenAi), true)),
            _ => Box::new(TextRenderer::new(&heading(Surface::OpenAi), true)),
        }
    }

    /// What is written for the events, what they say, what who screens them is told, what the tally says; and how many were
    /// copied.
    fn write(kind: u8, events: &[String], mut stencil: Option<Stencil>) -> (String, usize) {
        let (mut writer, mut tally) = (writer(kind), Tally::default());
        let (mut out, mut said, mut copied) = (Vec::new(), Vec::new(), 0);
        let mut heard = Vec::new();
        let voices = |chunk: &Chunk<'_>, heard: &mut Vec<String>| {
            chunk.voices(|choice, voice, text| {
                if !text.is_empty() {
                    heard.push(format!("{choice} {voice:?} {text}"));
                }
            });
        };
        for event in events {
            let payload = event.as_bytes();
            if let Some(repeat) = stencil.as_mut().and_then(|stencil| stencil.repeat(payload)) {
                repeat.write(&mut out);
                tally.deliver(repeat.tokens);
                said.push(format!("{} {}", repeat.choice, repeat.text));
                match (repeat.voice, Event::read(payload)) {
                    (Some(voice), _) => heard.push(format!("{} {voice:?} {}", repeat.choice, repeat.text)),
                    (None, Event::Chunk(chunk)) => voices(&chunk, &mut heard),
                    (None, other) => panic!("{other:?}"),
                }
                copied += 1;
                continue;
            }
            match Event::read(payload) {
                Event::Chunk(chunk) => {
                    tally.report(&chunk);
                    tally.deliver(chunk.said_tokens());
                    said.extend(chunk.texts().map(|(choice, text)| format!("{choice} {text}")));
                    voices(&chunk, &mut heard);
                    writer.chunk(&chunk, &mut out);
                    if let Some(stencil) = &mut stencil {
                        stencil.learn(payload, &chunk, &mut *writer);
                    }
                }
                other => out.extend_from_slice(format!("{other:?}").as_bytes()),
            }
        }
        let out = String::from_utf8(out).expect("text");
        (format!("{out}{said:?}{heard:?}{tally:?}"), copied)
    }

    fn check(events: &[&str], copied: usize) {
        let events: Vec<String> = events.iter().map(|event| (*event).to_owned()).collect();
        for kind in [0, 1, 2] {
            let (plain, copying) = (
                write(kind, &events, None),
                write(kind, &events, Some(Stencil::default())),
            );
            assert_eq!(plain.0, copying.0);
            assert_eq!(copying.1, copied, "{kind} {events:?}");
        }
    }

    #[test]
    fn events_that_repeat_are_copied_and_others_are_read() {
        let word = |text: &str| {
            format!(
                r#"{{"id":"u","choices":[{{"index":0,"delta":{{"content":"{text}"}},"finish_reason":null}}]}}"#
            )
        };
        let (a, b, c) = (word(" a"), word("天b"), word("word"));
        let stop = r#"{"id":"u","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
        check(&[&a, &b, &a, stop], 2);
        // `word` is the name of the model too, so that its place would be told by its quotes alone, which it shares.
        check(&[&c, &a, &b], 1);
        // What is no plain text is read: nothing, escapes, an end that stands in the text, what is not UTF-8.
        check(
            &[
                &a,
                &word(""),
                &word("\\n"),
                &b,
                &word("x\",\"tool\":\"y"),
                &word("\\"),
            ],
            1,
        );
        check(&[&a, &word("\u{1}"), &b], 1);
        // The end of a choice is never copied, nor learned.
        let last = a.replace("null", "\"length\"");
        check(&[&last, &last], 0);
        // Two texts, or another text of the same bytes.
        let two = a.replace("\"content\"", "\"reasoning\":\"r\",\"content\"");
        check(&[&two, &two], 0);
        let logged = a.replace(
            "\"finish_reason\"",
            "\"logprobs\":{\"token\":\" a\"},\"finish_reason\"",
        );
        check(&[&logged], 0);
    }

    #[test]
    fn a_stream_that_never_repeats_is_given_up() {
        let events: Vec<String> = (0..40)
            .map(|at| format!(r#"{{"id":"{at}","choices":[{{"index":0,"delta":{{"content":"a"}}}}]}}"#))
            .collect();
        let mut stencil = Stencil::default();
        let mut writer = writer(1);
        for event in &events {
            let Event::Chunk(chunk) = Event::read(event.as_bytes()) else {
                panic!("{event}");
            };
            stencil.learn(event.as_bytes(), &chunk, &mut *writer);
        }
        assert_eq!(stencil.patience, 0);
        let last = events[usize::from(PATIENCE) - 1].as_bytes();
        assert!(stencil.repeat(last).is_some());
        assert_eq!(stencil.patience, PATIENCE);
    }

    fn run() -> impl Strategy<Value = Vec<String>> {
        let text = prop_oneof![
            4 => "[a-z 天é]{0,40}".prop_map(|text| text),
            1 => Just(r#"\n\"\\ \u00e9"#.to_owned()),
            1 => Just(r#""},"finish_reason":"stop","x":{"y":""#.to_owned()),
            1 => Just("word".to_owned()),
            1 => Just("\u{2}\\q".to_owned()),
            1 => Just("\\ud800".to_owned()),
        ];
        let shape = prop_oneof![
            8 => Just(r#"{"id":"u","model":"x","choices":[{"index":0,"delta":{"content":"T"},"finish_reason":null}],"usage":null}"#),
            2 => Just(r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":"T"}}]}"#),
            2 => Just(r#"{"choices":[{"index":1,"delta":{"reasoning_content":"T","content":null}}],"x":"T"}"#),
            2 => Just(r#"{"choices":[{"index":0,"delta":{"content":"T"},"logprobs":{"content":[{"token":"T"}]}}]}"#),
            1 => Just(r#"{"choices":[{"index":0,"delta":{"content":"T"},"finish_reason":"stop"}]}"#),
            1 => Just(r#"{"choices":[{"index":0,"delta":{"content":"T"}}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#),
            1 => Just(r#"{"choices":[{"index":0,"delta":{"content":"T"}},{"index":1,"delta":{"content":"T"}}]}"#),
            1 => Just(r#"{"choices":[{"index":0,"delta":{"content":"a","content":"T"}}]}"#),
            1 => Just(r#"{"choices":[{"index":0,"delta":{"content":"T","tool_calls":[{"function":{"arguments":"T"}}]}}]}"#),
            1 => Just(r#"{"choices":[{"index":0,"text":"T","finish_reason":null}]}"#),
            2 => Just(r#"{"choices":[{"index":0,"delta":{"content":"T","function_call":{"arguments":"{}"}}}]}"#),
            1 => Just(r#"{"choices":[{"index":0,"delta":{"content":"T","function_call":{"arguments":"T"}}}]}"#),
            1 => Just(r#"{"choices":[{"index":0,"delta":{"refusal":"T","content":"\ud800"}}]}"#),
            1 => Just(r#"{"choices":[],"prompt_filter_results":"T"}"#),
            1 => Just(r#"{"error":{"message":"T"},"choices":[{"index":0,"delta":{"content":"T"}}]}"#),
        ];
        (shape, prop::collection::vec(text, 1..5)).prop_map(|(shape, texts)| {
            let event = |text: &String| shape.replace("\"T\"", &format!("\"{text}\""));
            texts.iter().map(event).collect()
        })
    }

    proptest! {
        #[test]
        fn copying_is_the_same_as_reading(
            kind in 0u8..3,
            runs in prop::collection::vec(run(), 0..12),
        ) {
            let events = runs.concat();
            let (plain, copying) = (write(kind, &events, None), write(kind, &events, Some(Stencil::default())));
            prop_assert_eq!(plain.0, copying.0);
        }
    }
}
