//! Usage as answers carry it, and what stands in for it where a backend reports none.

use super::fields::Fields;
use cupola_core::usage::Usage;
use serde_json::value::RawValue;

// What no request takes, so that a count beyond it is a mistake and no fact: the longest contexts hold ten million tokens,
// and 128 choices of 131 072 tokens each are just as many as this. It is far within the integers of the ledger's store.
pub(crate) const TOKENS_MAX: u64 = 1 << 24;

// A piece of a stream up to this size counts as one token: backends send a token at a time. A larger one is several
// tokens that were sent together, four bytes each.
const TOKEN_BYTES_MAX: u64 = 32;
const BYTES_PER_TOKEN: u64 = 4;

/// The totals of a request, with their sub-totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Of the prompt, cached ones included.
    pub prompt: u64,
    /// Of the prompt, from a cache.
    pub cached: u64,
    /// Generated, reasoning included.
    pub completion: u64,
    /// Generated as reasoning.
    pub reasoning: u64,
    /// Searches, where documents were ranked.
    pub search_units: u64,
    /// Images that were made.
    pub images: u64,
}

/// A number that counts something: whole and not negative, with or without a fraction of zero. Anything else says nothing.
pub(crate) fn count(value: &RawValue) -> Option<u64> {
    let text = value.get();
    text.parse().ok().or_else(|| {
        let number: f64 = text.parse().ok()?;
        (number >= 0.0 && number.fract() == 0.0).then_some(number as u64)
    })
}

/// A count of tokens that can be one.
pub(crate) fn tokens(value: &RawValue) -> Option<u64> {
    count(value).filter(|tokens| *tokens <= TOKENS_MAX)
}

impl Totals {
    /// From the JSON of a `usage` field; `None` where it does not tell the prompt and the completion, each by itself or one
    /// by the total.
    pub fn read(json: &str) -> Option<Self> {
        let usage = Fields::read(json).ok()?;
        let said = |name: &str| usage.get(name).and_then(tokens);
        let prompt = said("prompt_tokens")?;
        let rest = || said("total_tokens")?.checked_sub(prompt);
        Some(Self {
            prompt,
            cached: detail(&usage, "prompt_tokens_details", "cached_tokens"),
            completion: said("completion_tokens").or_else(rest)?,
            reasoning: detail(&usage, "completion_tokens_details", "reasoning_tokens"),
            ..Self::default()
        })
    }

    /// The same for what generates nothing: some servers report the prompt alone, some the total.
    pub(crate) fn read_prompt(json: &str) -> Option<Self> {
        let usage = Fields::read(json).ok()?;
        let said = |name: &str| usage.get(name).and_then(tokens);
        Some(Self {
            prompt: said("prompt_tokens").or_else(|| said("total_tokens"))?,
            cached: detail(&usage, "prompt_tokens_details", "cached_tokens"),
            ..Self::default()
        })
    }

    /// The disjoint classes of the ledger.
    pub fn usage(&self) -> Usage {
        Usage {
            search_units: self.search_units,
            images: self.images,
            ..Usage::from_totals(self.prompt, self.cached, self.completion, self.reasoning)
        }
    }

    /// Writes the field's value. The total is the sum, whatever the backend made of it.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let usage = self.usage();
        let mut text = format!(
            "{{\"prompt_tokens\":{},\"completion_tokens\":{},\"total_tokens\":{}",
            self.prompt,
            self.completion,
            self.prompt + self.completion
        );
        if usage.cached_prompt > 0 {
            text.push_str(&format!(
                ",\"prompt_tokens_details\":{{\"cached_tokens\":{}}}",
                usage.cached_prompt
            ));
        }
        if usage.reasoning > 0 {
            text.push_str(&format!(
                ",\"completion_tokens_details\":{{\"reasoning_tokens\":{}}}",
                usage.reasoning
            ));
        }
        text.push('}');
        out.extend_from_slice(text.as_bytes());
    }
}

/// A sub-total; one that makes no sense is none, and leaves the total alone.
fn detail(usage: &Fields<'_>, details: &str, name: &str) -> u64 {
    let read = |details: &RawValue| Fields::read(details.get()).ok()?.get(name).and_then(tokens);
    usage.get(details).and_then(read).unwrap_or(0)
}

/// What of a completion went to the client, counted from its pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Delivered {
    /// The estimate of its tokens.
    pub tokens: u64,
}

impl Delivered {
    /// Counts a piece of text (or of a tool call's arguments) of this many bytes.
    pub fn piece(&mut self, bytes: usize) {
        let bytes = bytes as u64;
        self.tokens += match bytes {
            0 => 0,
            1..=TOKEN_BYTES_MAX => 1,
            _ => bytes.div_ceil(BYTES_PER_TOKEN),
        };
    }

    /// Counts text that came whole.
    pub fn whole(&mut self, bytes: usize) {
        self.tokens += (bytes as u64).div_ceil(BYTES_PER_TOKEN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: Option<(u64, u64, u64, u64)>, written: &str) {
        let totals = Totals::read(json);
        assert_eq!(
            totals.map(|t| (t.prompt, t.cached, t.completion, t.reasoning)),
            expected,
            "{json}"
        );
        let mut out = Vec::new();
        totals.unwrap_or_default().write(&mut out);
        assert_eq!(String::from_utf8_lossy(&out), written);
    }

    #[test]
    fn totals_are_read_and_written_consistently() {
        check(
            r#"{"prompt_tokens":9,"completion_tokens":5,"total_tokens":99}"#,
            Some((9, 0, 5, 0)),
            r#"{"prompt_tokens":9,"completion_tokens":5,"total_tokens":14}"#,
        );
        check(
            r#"{"prompt_tokens":9,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":2},"x":[]}"#,
            Some((9, 4, 5, 2)),
            r#"{"prompt_tokens":9,"completion_tokens":5,"total_tokens":14,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}"#,
        );
        check(
            r#"{"prompt_tokens":5.0,"completion_tokens":null,"total_tokens":12,"prompt_tokens_details":null}"#,
            Some((5, 0, 7, 0)),
            r#"{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}"#,
        );
        check(
            r#"{"prompt_tokens":5,"total_tokens":5}"#,
            Some((5, 0, 0, 0)),
            r#"{"prompt_tokens":5,"completion_tokens":0,"total_tokens":5}"#,
        );
    }

    #[test]
    fn sub_totals_that_make_no_sense_leave_the_totals_alone() {
        let nonsense = [
            "-1",
            "1.5",
            "\"2\"",
            "1e400",
            "[]",
            "null",
            "99999999999999999999",
        ];
        for odd in nonsense {
            check(
                &format!(
                    r#"{{"prompt_tokens":9,"completion_tokens":5,"prompt_tokens_details":{{"cached_tokens":{odd}}},"completion_tokens_details":{{"reasoning_tokens":{odd}}}}}"#
                ),
                Some((9, 0, 5, 0)),
                r#"{"prompt_tokens":9,"completion_tokens":5,"total_tokens":14}"#,
            );
        }
        check(
            r#"{"prompt_tokens":9,"completion_tokens":5,"prompt_tokens_details":7,"completion_tokens_details":"x"}"#,
            Some((9, 0, 5, 0)),
            r#"{"prompt_tokens":9,"completion_tokens":5,"total_tokens":14}"#,
        );
    }

    #[test]
    fn what_cannot_be_a_count_is_not_reported() {
        for usage in [
            "null",
            r#"{"input_tokens":3}"#,
            r#"{"prompt_tokens":9}"#,
            r#"{"prompt_tokens":9,"completion_tokens":null}"#,
            r#"{"prompt_tokens":9,"total_tokens":8}"#,
            r#"{"prompt_tokens":9,"completion_tokens":10000000000000,"total_tokens":10000000000009}"#,
            r#"{"prompt_tokens":9,"completion_tokens":16777217}"#,
            r#"{"prompt_tokens":1e13,"completion_tokens":1}"#,
            r#"{"prompt_tokens":-1,"completion_tokens":1}"#,
            r#"{"prompt_tokens":1.5,"completion_tokens":1}"#,
            r#"{"prompt_tokens":"9","completion_tokens":1}"#,
        ] {
            assert_eq!(Totals::read(usage), None, "{usage}");
        }
        let most = r#"{"prompt_tokens":16777216,"completion_tokens":16777216}"#;
        assert_eq!(
            Totals::read(most).map(|totals| totals.completion),
            Some(TOKENS_MAX)
        );
    }

    #[test]
    fn pieces_count_as_tokens() {
        let mut delivered = Delivered::default();
        for bytes in [0, 1, 32, 400] {
            delivered.piece(bytes);
        }
        assert_eq!(delivered.tokens, 102);
    }
}
