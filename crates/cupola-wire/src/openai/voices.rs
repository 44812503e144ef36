//! What a model says, told apart by where it says it, and answers from which a choice is taken out: for who screens them.
//!
//! A text that is cut in pieces must be put together again to be looked at, and the pieces of one field belong together.

use super::chunk::{Choice, Chunk};
use super::fields::{Fields, Name, as_text, elements, is_null, write_field, write_text};
use super::said::arguments;
use super::unescape::unescaped;
use super::{Broken, CHOICES_MAX, Whole};
use serde_json::value::RawValue;
use std::borrow::Cow;

// Calls with higher numbers share the last voice.
const CALLS_MAX: u32 = 32;
const FINISH_FILTERED: &str = "\"content_filter\"";

/// Where in a message a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Voice {
    /// What the client shows.
    Content,
    /// `reasoning_content`
    Reasoning,
    /// `reasoning`
    Thought,
    /// `refusal`
    Refusal,
    /// The arguments of the call with this number.
    Call(u32),
    /// The arguments of the older `function_call`.
    Function,
}

impl Voice {
    /// Is it JSON, whose escapes are read before it is looked at?
    pub fn is_json(self) -> bool {
        matches!(self, Self::Call(_) | Self::Function)
    }
}

impl<'a> Chunk<'a> {
    /// Gives what the model says in it: the choice, the field, the text.
    pub fn voices(&self, mut each: impl FnMut(u32, Voice, &str)) {
        for choice in &self.choices {
            choice.voices(&mut |voice, text| each(choice.index, voice, text));
        }
    }

    /// The choices that it carries a piece of, by bit.
    pub fn choices(&self) -> u128 {
        bits(self.choices.iter())
    }

    /// Those that come to their end in it.
    pub fn finished(&self) -> u128 {
        bits(
            self.choices
                .iter()
                .filter(|choice| choice.finish_reason.is_some()),
        )
    }

    /// Takes choices out.
    pub fn take_out(&mut self, choices: u128) {
        self.choices
            .retain(|choice| 1_u128.checked_shl(choice.index).unwrap_or(0) & choices == 0);
    }

    /// Says something more of a choice.
    pub fn annotate(&mut self, choice: u32, name: &'a str, value: &'a RawValue) {
        for one in self.choices.iter_mut().filter(|one| one.index == choice) {
            one.rest.push((Name(Cow::Borrowed(name)), value));
        }
    }
}

fn bits<'c, 'a: 'c>(choices: impl Iterator<Item = &'c Choice<'a>>) -> u128 {
    choices.fold(0, |bits, choice| {
        bits | 1_u128.checked_shl(choice.index).unwrap_or(0)
    })
}

impl Choice<'_> {
    fn voices(&self, each: &mut impl FnMut(Voice, &str)) {
        if let Some(delta) = &self.delta {
            voices(delta, each);
        }
        for (_, value) in self.rest.iter().filter(|(name, _)| name.0 == "text") {
            content(value, each);
        }
    }
}

/// The texts of a message or a delta.
pub(super) fn voices(said: &Fields<'_>, each: &mut impl FnMut(Voice, &str)) {
    for (name, value) in said.0.iter().filter(|(_, value)| !is_null(value)) {
        let voice = match &*name.0 {
            "content" => {
                content(value, each);
                continue;
            }
            "tool_calls" => {
                calls(value, each);
                continue;
            }
            "function_call" => {
                called(value, &mut |text| each(Voice::Function, text));
                continue;
            }
            "reasoning_content" => Voice::Reasoning,
            "reasoning" => Voice::Thought,
            "refusal" => Voice::Refusal,
            _ => continue,
        };
        if let Some(text) = as_text(value) {
            each(voice, &text);
        }
    }
}

/// Text, or parts of which some are text.
fn content(value: &RawValue, each: &mut impl FnMut(Voice, &str)) {
    if let Some(text) = as_text(value) {
        return each(Voice::Content, &text);
    }
    elements(value, |part| {
        let part = Fields::read(part.get()).unwrap_or_default();
        for (field, voice) in [
            ("text", Voice::Content),
            ("refusal", Voice::Refusal),
            ("thinking", Voice::Thought),
        ] {
            for value in part.each(field) {
                texts(value, &mut |text| each(voice, text));
            }
        }
        true
    });
}

/// A text, or objects with texts.
fn texts(value: &RawValue, each: &mut impl FnMut(&str)) {
    if let Some(text) = as_text(value) {
        return each(&text);
    }
    elements(value, |inner| {
        let inner = Fields::read(inner.get()).unwrap_or_default();
        inner
            .each("text")
            .filter_map(as_text)
            .for_each(|text| each(&text));
        true
    });
}

fn calls(value: &RawValue, each: &mut impl FnMut(Voice, &str)) {
    let mut place = 0;
    elements(value, |call| {
        let call = Fields::read(call.get()).unwrap_or_default();
        let index = call.get("index").and_then(|index| index.get().parse().ok());
        let index = index.unwrap_or(place).min(CALLS_MAX);
        place += 1;
        for function in call.each("function") {
            called(function, &mut |text| each(Voice::Call(index), text));
        }
        true
    });
}

/// The arguments of a function that is called.
fn called(function: &RawValue, each: &mut impl FnMut(&str)) {
    let function = Fields::read(function.get()).unwrap_or_default();
    for value in function.each("arguments").filter(|value| !is_null(value)) {
        each(&arguments(value));
    }
}

/// A choice of a whole answer and what it says, field by field.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    /// Its number.
    pub choice: u32,
    /// Each field once, in the order in which they stand, as it is looked at.
    pub texts: Vec<(Voice, String)>,
}

/// What becomes of a choice.
#[derive(Debug, Default)]
pub struct Edit {
    /// Its number.
    pub choice: u32,
    /// `content_filter_results`, as JSON.
    pub annotation: Option<Vec<u8>>,
    /// All that is left of what it said; then it ends with `content_filter`.
    pub left: Option<String>,
}

/// What every choice of a whole answer says.
pub fn said(answer: &Whole<'_>) -> Result<Vec<Said>, Broken> {
    let mut found: Vec<Said> = Vec::new();
    for (place, choice) in answer.choices.iter().enumerate() {
        let mut one = Said {
            choice: number(place, choice.index)?,
            texts: Vec::new(),
        };
        let mut each = |voice, text: &str| match one.texts.iter_mut().find(|(known, _)| *known == voice) {
            Some((_, known)) => known.push_str(text),
            None => one.texts.push((voice, text.to_owned())),
        };
        if let Some(message) = &choice.message {
            voices(message, &mut each);
        }
        if let Some(text) = choice.text {
            content(text, &mut each);
        }
        for (_, text) in one.texts.iter_mut().filter(|(voice, _)| voice.is_json()) {
            *text = unescaped(text).into_owned();
        }
        found.push(one);
    }
    Ok(found)
}

/// The answer with its choices edited and, where it is given, `prompt_filter_results`.
pub fn edited(answer: &[u8], edits: &[Edit], prompt: Option<&[u8]>) -> Result<Vec<u8>, Broken> {
    let fields = Fields::read(as_utf8(answer)?).map_err(|error| Broken(error.to_string()))?;
    let mut out = Vec::with_capacity(answer.len() + 512);
    out.push(b'{');
    for (name, value) in &fields.0 {
        match &*name.0 {
            "choices" => {
                out.extend_from_slice(b"\"choices\":[");
                for (at, (index, choice)) in choices(&fields)?.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    let edit = edits.iter().find(|edit| edit.choice == *index);
                    write_choice(choice, edit, &mut out);
                }
                out.push(b']');
            }
            "prompt_filter_results" => continue,
            _ => write_field(&mut out, name, value),
        }
        out.push(b',');
    }
    match prompt {
        Some(prompt) => {
            out.extend_from_slice(b"\"prompt_filter_results\":");
            out.extend_from_slice(prompt);
        }
        None => {
            out.pop();
        }
    }
    out.push(b'}');
    Ok(out)
}

fn as_utf8(answer: &[u8]) -> Result<&str, Broken> {
    std::str::from_utf8(answer).map_err(|_| Broken("it is not UTF-8".to_owned()))
}

/// The number of a choice: that which it names, or else its place.
fn number(place: usize, index: Option<&RawValue>) -> Result<u32, Broken> {
    let number = match index {
        Some(index) => index.get().parse().ok(),
        None => u32::try_from(place).ok(),
    };
    number
        .filter(|number| *number < CHOICES_MAX)
        .ok_or_else(|| Broken(format!("its choice {place} has no usable index")))
}

fn choices<'a>(fields: &Fields<'a>) -> Result<Vec<(u32, Fields<'a>)>, Broken> {
    let all: Vec<Fields<'a>> = match fields.get("choices") {
        Some(choices) => serde_json::from_str(choices.get()).map_err(|error| Broken(error.to_string()))?,
        None => Vec::new(),
    };
    let numbered = all.into_iter().enumerate();
    let numbered = numbered.map(|(place, fields)| Ok((number(place, fields.get("index"))?, fields)));
    numbered.collect()
}

fn write_choice(choice: &Fields<'_>, edit: Option<&Edit>, out: &mut Vec<u8>) {
    let left = edit.and_then(|edit| edit.left.as_deref());
    out.push(b'{');
    let mut first = true;
    for (name, value) in &choice.0 {
        if name.0 == "content_filter_results" {
            continue;
        }
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        match (&*name.0, left) {
            ("message", Some(left)) => {
                out.extend_from_slice(b"\"message\":{\"role\":\"assistant\",\"content\":");
                write_text(out, left);
                out.push(b'}');
            }
            ("text", Some(left)) => {
                out.extend_from_slice(b"\"text\":");
                write_text(out, left);
            }
            ("finish_reason", Some(_)) => {
                out.extend_from_slice(b"\"finish_reason\":");
                out.extend_from_slice(FINISH_FILTERED.as_bytes());
            }
            // Whatever else is said of what is gone, its tokens above all, goes too.
            (known, Some(_)) if known != "index" => {
                write_text(out, known);
                out.extend_from_slice(b":null");
            }
            _ => write_field(out, name, value),
        }
    }
    if let Some(annotation) = edit.and_then(|edit| edit.annotation.as_ref()) {
        if !first {
            out.push(b',');
        }
        out.extend_from_slice(b"\"content_filter_results\":");
        out.extend_from_slice(annotation);
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::super::Event;
    use super::*;

    fn said_of(answer: &[u8]) -> Result<Vec<Said>, Broken> {
        said(&Whole::read(answer)?)
    }

    fn check_chunk(payload: &str, expected: &[(u32, Voice, &str)]) {
        let Event::Chunk(chunk) = Event::read(payload.as_bytes()) else {
            panic!("{payload}");
        };
        let mut found = Vec::new();
        chunk.voices(|choice, voice, text| found.push((choice, voice, text.to_owned())));
        let found: Vec<_> = found
            .iter()
            .map(|(choice, voice, text)| (*choice, *voice, text.as_str()))
            .collect();
        assert_eq!(found, expected, "{payload}");
    }

    #[test]
    fn every_field_has_a_voice_of_its_own() {
        check_chunk(
            r#"{"choices":[{"index":1,"delta":{"role":"assistant","content":"a\n","reasoning_content":"b","reasoning":"c","refusal":"d","x":"e"}},{"index":0,"delta":{"content":null}}]}"#,
            &[
                (1, Voice::Content, "a\n"),
                (1, Voice::Reasoning, "b"),
                (1, Voice::Thought, "c"),
                (1, Voice::Refusal, "d"),
            ],
        );
        check_chunk(
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":2,"function":{"name":"f","arguments":"{\"a\""}},{"function":{"arguments":":1}"}}],"function_call":{"arguments":"x"}}}]}"#,
            &[
                (0, Voice::Call(2), "{\"a\""),
                (0, Voice::Call(1), ":1}"),
                (0, Voice::Function, "x"),
            ],
        );
        check_chunk(
            r#"{"choices":[{"index":0,"text":"a"},{"index":3,"delta":{"content":[{"type":"text","text":"b"},{"type":"thinking","thinking":[{"type":"text","text":"c"}]}]}}]}"#,
            &[
                (0, Voice::Content, "a"),
                (3, Voice::Content, "b"),
                (3, Voice::Thought, "c"),
            ],
        );
    }

    #[test]
    fn choices_are_taken_out_and_annotated() {
        let payload =
            br#"{"choices":[{"index":0,"delta":{"content":"a"}},{"index":127,"delta":{},"finish_reason":"stop"}]}"#;
        let Event::Chunk(mut chunk) = Event::read(payload) else {
            panic!("a chunk");
        };
        assert_eq!(chunk.choices(), 1 | 1 << 127);
        assert_eq!(chunk.finished(), 1 << 127);
        let note: Box<RawValue> = serde_json::from_str("{}").expect("JSON");
        chunk.annotate(127, "note", &note);
        chunk.take_out(1);
        assert_eq!(chunk.choices(), 1 << 127);
        assert_eq!(chunk.choices[0].rest.len(), 1);
    }

    #[test]
    fn of_fields_with_one_name_the_last_counts_as_it_does_for_clients() {
        let answer = br#"{"choices":[],"choices":[{"index":7,"index":1,"message":{"content":"a"},"m\u0065ssage":{"content":"b","content":"c"},"text":null}]}"#;
        let said = said_of(answer).expect("an answer");
        assert_eq!((said.len(), said[0].choice), (1, 1));
        assert_eq!(said[0].texts, [(Voice::Content, "bc".to_owned())]);
    }

    #[test]
    fn a_choice_of_a_whole_answer_is_cut_and_the_others_stay() {
        let answer = br#"{"id":"i","choices":[{"index":0,"message":{"role":"assistant","content":"ab","tool_calls":[{"function":{"arguments":"c"}}]},"logprobs":{"content":[1]},"finish_reason":"stop"},{"message":{"content":"d"},"finish_reason":"stop"}],"usage":{"x":1}}"#;
        let expected = [
            Said {
                choice: 0,
                texts: vec![(Voice::Content, "ab".into()), (Voice::Call(0), "c".into())],
            },
            Said {
                choice: 1,
                texts: vec![(Voice::Content, "d".into())],
            },
        ];
        assert_eq!(said_of(answer).expect("an answer"), expected);
        let edits = [
            Edit {
                choice: 0,
                annotation: Some(b"{}".to_vec()),
                left: Some("a".into()),
            },
            Edit {
                choice: 1,
                annotation: Some(b"{}".to_vec()),
                left: None,
            },
        ];
        let written = edited(answer, &edits, Some(b"[]")).expect("an answer");
        assert_eq!(
            String::from_utf8(written).expect("text"),
            r#"{"id":"i","choices":[{"index":0,"message":{"role":"assistant","content":"a"},"logprobs":null,"finish_reason":"content_filter","content_filter_results":{}},{"message":{"content":"d"},"finish_reason":"stop","content_filter_results":{}}],"usage":{"x":1},"prompt_filter_results":[]}"#
        );
        let untouched = edited(answer, &[], None).expect("an answer");
        assert_eq!(untouched, answer);
        assert!(said_of(br#"{"choices":[{"index":128}]}"#).is_err());
        assert!(said_of(b"[]").is_err());
        assert!(said_of(br#"{"choices":[[0,{"content":"a"}]]}"#).is_err());
        assert!(said_of(br#"{"choices":[{"message":"a"}]}"#).is_err());
        assert_eq!(said_of(br#"{"choices":null}"#), Ok(vec![]));
    }
}
