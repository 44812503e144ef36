//! Usage as answers carry it, and what stands in for it where a backend reports none.

use cupola_core::usage::Usage;
use serde::Deserialize;

// Far beyond any real request, and far within the integers of the ledger's store.
const TOKENS_MAX: u64 = 1 << 40;

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

#[derive(Deserialize)]
struct Wire {
    prompt_tokens: Option<u64>,
    #[serde(default)]
    completion_tokens: Option<u64>,
    #[serde(default)]
    prompt_tokens_details: Option<PromptDetails>,
    #[serde(default)]
    completion_tokens_details: Option<CompletionDetails>,
}

#[derive(Deserialize)]
struct PromptDetails {
    #[serde(default)]
    cached_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct CompletionDetails {
    #[serde(default)]
    reasoning_tokens: Option<u64>,
}

impl Totals {
    /// From the JSON of a `usage` field; `None` where it has no prompt tokens or is not one.
    pub fn read(json: &str) -> Option<Self> {
        let wire: Wire = serde_json::from_str(json).ok()?;
        let bounded = |count: Option<u64>| count.unwrap_or(0).min(TOKENS_MAX);
        Some(Self {
            prompt: wire.prompt_tokens?.min(TOKENS_MAX),
            cached: bounded(
                wire.prompt_tokens_details
                    .and_then(|details| details.cached_tokens),
            ),
            completion: bounded(wire.completion_tokens),
            reasoning: bounded(
                wire.completion_tokens_details
                    .and_then(|details| details.reasoning_tokens),
            ),
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
            r#"{"prompt_tokens":9,"completion_tokens":null,"prompt_tokens_details":null}"#,
            Some((9, 0, 0, 0)),
            r#"{"prompt_tokens":9,"completion_tokens":0,"total_tokens":9}"#,
        );
        check(
            "null",
            None,
            r#"{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}"#,
        );
        check(
            r#"{"input_tokens":3}"#,
            None,
            r#"{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}"#,
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
