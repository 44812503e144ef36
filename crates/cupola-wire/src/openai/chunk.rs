//! A chunk of a chat stream in OpenAI's shape, borrowed from its event. Every dialect is turned into these, and every
//! surface is written from them.

use super::fields::{Fields, Name, as_text, is_null};
use super::voices::voices;
use super::{Delivered, Totals};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Choices are numbered below this.
pub(crate) const CHOICES_MAX: u32 = 128;

/// What an event of a chat stream is.
#[derive(Debug)]
pub enum Event<'a> {
    /// A chunk; more will come.
    Chunk(Chunk<'a>),
    /// `[DONE]`
    Done,
    /// The backend says that it failed, or what it says makes no sense.
    Failed(String),
}

impl<'a> Event<'a> {
    /// Reads the payload of an event.
    pub fn read(payload: &'a [u8]) -> Self {
        if payload == b"[DONE]" {
            return Self::Done;
        }
        let Ok(text) = std::str::from_utf8(payload) else {
            return Self::Failed("an event is not UTF-8".to_owned());
        };
        let chunk: Chunk<'a> = match serde_json::from_str(text) {
            Ok(chunk) => chunk,
            Err(error) => return Self::Failed(format!("an event is no chunk: {error}")),
        };
        if let Some(error) = chunk.error {
            return Self::Failed(error_text(error));
        }
        if let Some(wrong) = chunk.choices.iter().find(|choice| choice.index >= CHOICES_MAX) {
            return Self::Failed(format!("a choice has the index {}", wrong.index));
        }
        Self::Chunk(chunk)
    }
}

/// What is known of the usage of a stream: what the backend reported, and what went out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    usage: Option<Totals>,
    delivered: Delivered,
    finished: bool,
    finish_reason: Option<&'static str>,
}

impl Tally {
    /// Notes what a chunk reports; a later report replaces an earlier one.
    pub fn report(&mut self, chunk: &Chunk<'_>) {
        if let Some(usage) = chunk.usage() {
            self.usage = Some(usage);
        }
        let mut reasons = chunk.choices.iter().filter_map(|choice| choice.finish_reason);
        if let Some(reason) = reasons.next() {
            self.finished = true;
            self.finish_reason = Some(known_reason(reason.get().trim_matches('"')));
        }
    }

    /// Notes that words went to the client.
    pub fn deliver(&mut self, tokens: u64) {
        self.delivered.tokens += tokens;
    }

    /// What the backend reported.
    pub fn usage(&self) -> Option<Totals> {
        self.usage
    }

    /// What is charged if nothing more comes: what the backend reported, or else the estimate of the prompt and what went
    /// out. The report of an answer that `is_whole` is final; one that broke off may have been reported before its last
    /// words, which went out all the same.
    pub fn totals(&self, prompt_tokens: u64, is_whole: bool) -> Totals {
        let counted = self.delivered.tokens;
        match self.usage {
            Some(usage) if is_whole => usage,
            Some(usage) => Totals {
                completion: usage.completion.max(counted),
                ..usage
            },
            None => Totals {
                prompt: prompt_tokens,
                completion: counted,
                ..Totals::default()
            },
        }
    }

    /// What went out, counted from its pieces.
    pub fn delivered(&self) -> Delivered {
        self.delivered
    }

    /// Did a choice come to its end?
    pub fn finished(&self) -> bool {
        self.finished
    }

    /// Why a choice came to its end: the last one that said so.
    pub fn finish_reason(&self) -> Option<&'static str> {
        self.finish_reason
    }
}

/// The reasons of OpenAI; what else servers say is `other`.
fn known_reason(reason: &str) -> &'static str {
    const KNOWN: [&str; 5] = ["stop", "length", "tool_calls", "content_filter", "function_call"];
    KNOWN
        .into_iter()
        .find(|known| *known == reason)
        .unwrap_or("other")
}

impl Chunk<'_> {
    /// What the chunk reports.
    pub fn usage(&self) -> Option<Totals> {
        self.usage.and_then(|usage| Totals::read(usage.get()))
    }

    /// Is it nothing but a piece of one choice, in the middle of it?
    pub(crate) fn only_says(&self) -> bool {
        let choice = match self.choices.as_slice() {
            [choice] => choice,
            _ => return false,
        };
        choice.finish_reason.is_none() && self.usage.is_none() && self.error.is_none()
    }

    /// An estimate of the tokens that the model says in it.
    pub fn said_tokens(&self) -> u64 {
        let mut delivered = Delivered::default();
        for choice in &self.choices {
            delivered.piece(choice.spoken_bytes());
        }
        delivered.tokens
    }

    /// The text that the model says in it, by choice: content, reasoning and refusals, and arguments of tool calls as
    /// they stand in the JSON.
    pub fn texts(&self) -> impl Iterator<Item = (u32, Cow<'_, str>)> {
        self.choices.iter().flat_map(|choice| {
            let said = choice.said().filter(|value| !is_null(value));
            said.map(|value| {
                let text = as_text(value).unwrap_or(Cow::Borrowed(value.get()));
                (choice.index, text)
            })
        })
    }
}

/// The one thing that the model says in this choice, where it is a text.
pub(crate) fn one_text<'a>(choice: &Choice<'a>) -> Option<&'a RawValue> {
    let mut said = choice.said().filter(|value| !is_null(value));
    let (Some(text), None) = (said.next(), said.next()) else {
        return None;
    };
    let is_text = text.get().starts_with('"') && text.get().len() > 2;
    is_text.then_some(text)
}

/// Is it a field of a message, or a delta, in which the model speaks?
pub(super) fn is_said(name: &str) -> bool {
    matches!(
        name,
        "content" | "reasoning_content" | "reasoning" | "refusal" | "tool_calls" | "function_call"
    )
}

/// How many bytes of the model's own words such a field has: of texts what they mean, of calls their arguments.
pub(super) fn spoken_bytes(name: &str, value: &RawValue) -> usize {
    let text = value.get();
    match text {
        "null" | "[]" | "{}" => 0,
        // What means nothing, such as half of a surrogate pair, goes out as it stands and counts so.
        _ if text.starts_with('"') => as_text(value).map_or(text.len() - 2, |text| text.len()),
        _ => {
            let alone = Fields(vec![(Name(Cow::Borrowed(name)), value)]);
            let mut bytes = 0;
            voices(&alone, &mut |_, text| bytes += text.len());
            bytes
        }
    }
}

impl<'a> Choice<'a> {
    /// What the model says: in the delta of a chat, or as the `text` of a completion.
    fn said(&self) -> impl Iterator<Item = &'a RawValue> {
        let delta = self.delta.iter().flat_map(|delta| &delta.0);
        let said = delta.filter(|(name, _)| is_said(&name.0));
        let text = self.rest.iter().filter(|(name, _)| name.0 == "text");
        said.chain(text).map(|(_, value)| *value)
    }

    fn spoken_bytes(&self) -> usize {
        let delta = self.delta.iter().flat_map(|delta| &delta.0);
        let said = delta.filter(|(name, _)| is_said(&name.0));
        let said = said.map(|(name, value)| spoken_bytes(&name.0, value));
        let texts = self.rest.iter().filter(|(name, _)| name.0 == "text");
        // Parts are no text of a completion's, but go out.
        let texts = texts.map(|(_, value)| spoken_bytes("content", value));
        said.chain(texts).sum()
    }
}

/// The message of an error object, or its text.
fn error_text(error: &RawValue) -> String {
    let message = Fields::read(error.get())
        .ok()
        .and_then(|fields| {
            fields
                .0
                .iter()
                .find(|(name, _)| name.0 == "message")
                .and_then(|(_, text)| as_text(text))
        })
        .map(|text| text.into_owned());
    message
        .or_else(|| as_text(error).map(|text| text.into_owned()))
        .unwrap_or_else(|| "no reason was given".to_owned())
}

/// A chunk, borrowed.
#[derive(Debug, Default)]
pub struct Chunk<'a> {
    pub(crate) choices: Vec<Choice<'a>>,
    pub(crate) usage: Option<&'a RawValue>,
    error: Option<&'a RawValue>,
    /// Fields that are meant for somebody else.
    pub(crate) rest: Vec<(Name<'a>, &'a RawValue)>,
}

/// One of the answers that a chunk carries a piece of.
#[derive(Debug, Default)]
pub(crate) struct Choice<'a> {
    pub(crate) index: u32,
    pub(crate) delta: Option<Fields<'a>>,
    pub(crate) finish_reason: Option<&'a RawValue>,
    pub(crate) rest: Vec<(Name<'a>, &'a RawValue)>,
}

impl<'de> Deserialize<'de> for Chunk<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Chunk<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a chunk")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut chunk = Chunk::default();
                while let Some(name) = map.next_key::<Name<'de>>()? {
                    match &*name.0 {
                        "choices" => chunk.choices = map.next_value::<Option<_>>()?.unwrap_or_default(),
                        "usage" => chunk.usage = some(map.next_value()?),
                        "error" => chunk.error = some(map.next_value()?),
                        // Ours stand in the head.
                        "id" | "object" | "created" | "model" => {
                            map.next_value::<serde::de::IgnoredAny>()?;
                        }
                        _ => chunk.rest.push((name, map.next_value()?)),
                    }
                }
                Ok(chunk)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

impl<'de> Deserialize<'de> for Choice<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Choice<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a choice")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut choice = Choice::default();
                while let Some(name) = map.next_key::<Name<'de>>()? {
                    match &*name.0 {
                        "index" => choice.index = map.next_value()?,
                        "delta" => choice.delta = map.next_value()?,
                        "finish_reason" => choice.finish_reason = some(map.next_value()?),
                        _ => choice.rest.push((name, map.next_value()?)),
                    }
                }
                Ok(choice)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

fn some(value: &RawValue) -> Option<&RawValue> {
    (!is_null(value)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_the_backend_are_told_from_chunks() {
        let failed = |payload: &[u8]| match Event::read(payload) {
            Event::Failed(why) => why,
            other => panic!("{other:?}"),
        };
        assert!(matches!(Event::read(b"[DONE]"), Event::Done));
        assert_eq!(
            failed(br#"{"error":{"message":"out of \"memory\""}}"#),
            "out of \"memory\""
        );
        assert_eq!(failed(br#"{"error":"x"}"#), "x");
        assert!(failed(b"{").contains("no chunk"));
        assert!(failed(b"\xff").contains("UTF-8"));
        assert!(failed(br#"{"choices":[{"index":4000000000}]}"#).contains("4000000000"));
    }

    #[test]
    fn an_early_report_does_not_replace_what_went_out_after_it() {
        let check = |usage: Option<&str>, is_whole: bool, expected: (u64, u64)| {
            let mut tally = Tally::default();
            let payload = usage.map(|usage| format!(r#"{{"choices":[],"usage":{usage}}}"#));
            if let Some(Event::Chunk(chunk)) = payload.as_ref().map(|payload| Event::read(payload.as_bytes()))
            {
                tally.report(&chunk);
            }
            tally.deliver(50);
            let totals = tally.totals(9, is_whole);
            assert_eq!(
                (totals.prompt, totals.completion),
                expected,
                "{usage:?} {is_whole}"
            );
        };
        let early = Some(r#"{"prompt_tokens":5,"completion_tokens":0}"#);
        check(early, false, (5, 50));
        check(early, true, (5, 0));
        let later = Some(r#"{"prompt_tokens":5,"completion_tokens":70}"#);
        check(later, false, (5, 70));
        check(later, true, (5, 70));
        check(None, false, (9, 50));
        check(None, true, (9, 50));
    }

    #[test]
    fn tokens_are_those_of_what_is_said_however_it_is_written() {
        let check = |delta: &str, expected: u64| {
            let payload = format!(r#"{{"choices":[{{"index":0,"delta":{delta}}}]}}"#);
            let Event::Chunk(chunk) = Event::read(payload.as_bytes()) else {
                panic!("a chunk");
            };
            assert_eq!(chunk.said_tokens(), expected, "{delta}");
        };
        check(r#"{"content":"abc "}"#, 1);
        check(
            r#"{"tool_calls":[{"index":0,"function":{"arguments":"abc "}}]}"#,
            1,
        );
        check(r#"{"function_call":{"name":"f","arguments":"abc "}}"#, 1);
        check(r#"{"content":[{"type":"text","text":"abc "}]}"#, 1);
        // A call's name, its number and its kind are not counted, as a role is not.
        check(
            r#"{"role":"assistant","content":"","tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":""}}]}"#,
            0,
        );
        check(r#"{"content":null,"tool_calls":[],"function_call":{}}"#, 0);
        check(r#"{"content":"\u5929\u5929\u5929\u5929\u5929\u5929"}"#, 1);
        check(r#"{"content":"天天天天天天"}"#, 1);
        let long = "ab\\\"".repeat(20);
        check(&format!(r#"{{"content":"{long}"}}"#), 15);
        check(
            &format!(r#"{{"tool_calls":[{{"function":{{"arguments":"{long}"}}}}]}}"#),
            15,
        );
        check(
            &format!(r#"{{"content":[{{"type":"text","text":"{long}"}}]}}"#),
            15,
        );
        // Half of a surrogate pair means nothing.
        check(&format!(r#"{{"content":"\ud800{}"}}"#, "a".repeat(31)), 10);
    }

    #[test]
    fn texts_are_what_the_model_says() {
        let payload = br#"{"choices":[{"index":1,"delta":{"role":"assistant","content":"a\n","reasoning_content":"b"}},{"index":0,"delta":{"content":null}}]}"#;
        let Event::Chunk(chunk) = Event::read(payload) else {
            panic!("a chunk");
        };
        let texts: Vec<_> = chunk
            .texts()
            .map(|(index, text)| (index, text.into_owned()))
            .collect();
        assert_eq!(texts, [(1, "a\n".to_owned()), (1, "b".to_owned())]);
    }
}
