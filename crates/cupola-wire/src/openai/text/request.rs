//! A request for texts that go on.

use super::super::Invalid;
use super::super::edits::{Edits, place};
use super::super::embeddings::{InputKind, Weight};
use super::super::fields::{Fields, as_text};
use super::super::head::{Head, wrong};
use std::borrow::Cow;
use std::ops::Range;

// What a chunk may number its choices to.
const CHOICES_MAX: u64 = 128;
const LOGPROBS_MAX: u64 = 100;

const KNOWN: [&str; 15] = [
    "model",
    "prompt",
    "stream",
    "stream_options",
    "max_tokens",
    "n",
    "best_of",
    "temperature",
    "top_p",
    "frequency_penalty",
    "presence_penalty",
    "logprobs",
    "echo",
    "suffix",
    "stop",
];

/// What of a completions request decides what we do with it.
#[derive(Debug)]
pub struct TextRequest<'a> {
    head: Head<'a>,
    /// In which form the prompt came.
    pub kind: InputKind,
    /// Is the answer streamed?
    pub stream: bool,
    /// Did the client ask for a usage chunk?
    pub include_usage: bool,
    /// How long the texts may become.
    pub max_tokens: Option<u64>,
    /// How many texts are made, for all prompts together, those that the client does not get among them.
    pub n: u64,
    /// An estimate of the prompt, rounded up; exact, where tokens came.
    pub prompt_tokens: u64,
}

impl<'a> TextRequest<'a> {
    /// Reads the head fields and checks them. What is not known goes through.
    pub fn read(body: &'a [u8]) -> Result<Self, Invalid> {
        let head = Head::read(body, &KNOWN)?;
        let prompt = head.required("prompt", "a string or an array of strings")?;
        let weight = Weight::of("prompt", prompt, true)?;
        head.number("temperature", 0.0, 2.0)?;
        head.number("top_p", 0.0, 1.0)?;
        head.number("frequency_penalty", -2.0, 2.0)?;
        head.number("presence_penalty", -2.0, 2.0)?;
        head.whole("logprobs", 0, LOGPROBS_MAX)?;
        head.truth("echo")?;
        let n = head.whole("n", 1, CHOICES_MAX)?.unwrap_or(1);
        let best_of = head.whole("best_of", n, CHOICES_MAX)?.unwrap_or(n);
        if u64::from(weight.inputs) * n > CHOICES_MAX {
            let rule = format!("times 'n' must be at most {CHOICES_MAX} texts");
            return Err(wrong("prompt", prompt, &rule));
        }
        Ok(Self {
            kind: weight.kind,
            stream: head.truth("stream")?.unwrap_or(false),
            include_usage: include_usage(&head)?,
            max_tokens: head.whole("max_tokens", 0, u64::from(u32::MAX))?,
            n: best_of * u64::from(weight.inputs),
            prompt_tokens: weight.tokens,
            head,
        })
    }

    /// The model that the client names.
    pub fn model(&self) -> Option<Cow<'a, str>> {
        self.head.raw("model").and_then(as_text)
    }

    /// The body as a backend gets it, with usage switched on for streams; `None` where it can go as it came. Then where
    /// the value of `model` stands in it, for the backend to put its own name there.
    pub fn for_backend(&self) -> (Option<Vec<u8>>, Option<Range<usize>>) {
        let at = self.head.raw("model").map(|model| place(self.head.text, model));
        if !self.stream || self.include_usage {
            return (None, at);
        }
        let mut edits = Edits::of(self.head.text);
        edits.include_usage(self.head.raw("stream_options"));
        let at = at.map(|at| edits.moved(at));
        (edits.apply(), at)
    }
}

fn include_usage(head: &Head<'_>) -> Result<bool, Invalid> {
    let Some(options) = head.value("stream_options") else {
        return Ok(false);
    };
    let fields =
        Fields::read(options.get()).map_err(|_| wrong("stream_options", options, "must be an object"))?;
    let asked = fields.0.iter().rfind(|(name, _)| name.0 == "include_usage");
    Ok(asked.is_some_and(|(_, value)| value.get() == "true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(fields: &str, expected: (u64, u64, Option<u64>)) {
        let body = format!("{{{fields}}}");
        let request = TextRequest::read(body.as_bytes()).expect(fields);
        assert_eq!(
            (request.prompt_tokens, request.n, request.max_tokens),
            expected,
            "{fields}"
        );
    }

    fn refused(fields: &str, expected: &str) {
        let found = format!(
            "{:?}",
            TextRequest::read(format!("{{{fields}}}").as_bytes()).expect_err(fields)
        );
        assert!(found.contains(expected), "{fields}: {found}");
    }

    #[test]
    fn the_head_is_read() {
        check(r#""prompt":"12345""#, (2, 1, None));
        check(r#""prompt":["12345","x"],"n":2,"max_tokens":7"#, (3, 4, Some(7)));
        check(r#""prompt":[1,2,3],"best_of":4,"max_tokens":0"#, (3, 4, Some(0)));
        check(
            r#""prompt":[[1],[2,3]],"n":2,"best_of":3,"whatever":{}"#,
            (3, 6, None),
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        refused("", "The request needs 'prompt'");
        refused(r#""prompt":7"#, "'prompt' must be a string");
        refused(r#""prompt":[]"#, "'prompt' must not be empty");
        refused(
            r#""prompt":"a","n":3,"best_of":2"#,
            "'best_of' must be a whole number from 3",
        );
        refused(r#""prompt":["a","b"],"n":65"#, "at most 128 texts");
        refused(r#""prompt":"a","echo":1"#, "true or false");
        refused(r#""prompt":"a","temperature":3"#, "'temperature'");
        refused(r#""prompt":"a","stream_options":true"#, "an object");
        refused(r#""prompt":"a","prompt":"b""#, "duplicate field `prompt`");
    }

    #[test]
    fn usage_is_switched_on_for_streams() {
        let check = |body: &str, expected: Option<&str>, model: Option<&str>| {
            let request = TextRequest::read(body.as_bytes()).expect(body);
            let (edited, at) = request.for_backend();
            let edited = edited.map(|body| String::from_utf8(body).expect("text"));
            assert_eq!(edited.as_deref(), expected);
            assert_eq!(at.map(|at| &edited.as_deref().unwrap_or(body)[at]), model);
        };
        check(r#"{"prompt":"a","model":"m"}"#, None, Some("\"m\""));
        check(
            r#"{"prompt":"a","stream":true,"model":"m"}"#,
            Some(r#"{"stream_options":{"include_usage":true},"prompt":"a","stream":true,"model":"m"}"#),
            Some("\"m\""),
        );
        check(
            r#"{"prompt":"a","stream":true,"stream_options":{"include_usage":true}}"#,
            None,
            None,
        );
    }
}
