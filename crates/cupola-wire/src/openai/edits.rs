//! Changes to a body, made by copying around them, so that what is not ours keeps its bytes.

use super::fields::{Fields, write_field, write_text};
use serde_json::value::RawValue;
use std::ops::Range;

/// Changes to a body, made by copying around them.
pub(super) struct Edits<'a> {
    text: &'a str,
    /// Fields to add after the opening brace.
    inserts: Vec<u8>,
    /// Byte ranges and what stands there afterwards.
    replacements: Vec<(usize, usize, Vec<u8>)>,
}

impl<'a> Edits<'a> {
    /// None yet.
    pub(super) fn of(text: &'a str) -> Self {
        Self {
            text,
            inserts: Vec::new(),
            replacements: Vec::new(),
        }
    }

    /// Another text in the place of a value.
    pub(super) fn set_text(&mut self, current: &'a RawValue, text: &str) {
        let mut value = Vec::with_capacity(text.len() + 2);
        write_text(&mut value, text);
        if current.get().as_bytes() != value {
            self.replace(current, value);
        }
    }

    /// Switches the usage of a stream on; its other options stay.
    pub(super) fn include_usage(&mut self, options: Option<&'a RawValue>) {
        let Some(options) = options else {
            return self.insert("stream_options", br#"{"include_usage":true}"#);
        };
        let mut value = br#"{"include_usage":true"#.to_vec();
        for (name, field) in Fields::read(options.get()).unwrap_or_default().0 {
            if name.0 != "include_usage" {
                value.push(b',');
                write_field(&mut value, &name, field);
            }
        }
        value.push(b'}');
        self.replace(options, value);
    }

    fn insert(&mut self, name: &str, value: &[u8]) {
        write_text(&mut self.inserts, name);
        self.inserts.push(b':');
        self.inserts.extend_from_slice(value);
        // A request always has what it is about, so something follows.
        self.inserts.push(b',');
    }

    fn replace(&mut self, part: &'a RawValue, value: Vec<u8>) {
        let at = place(self.text, part);
        self.replacements.push((at.start, at.end, value));
    }

    /// Where something that is not changed will stand.
    pub(super) fn moved(&self, at: Range<usize>) -> Range<usize> {
        let mut before = self.inserts.len();
        let mut gone = 0;
        for (from, to, value) in self.replacements.iter().filter(|(from, ..)| *from < at.start) {
            before += value.len();
            gone += to - from;
        }
        at.start + before - gone..at.end + before - gone
    }

    /// The body with all of them; `None` where there are none.
    pub(super) fn apply(mut self) -> Option<Vec<u8>> {
        if self.inserts.is_empty() && self.replacements.is_empty() {
            return None;
        }
        self.replacements.sort_unstable_by_key(|(from, _, _)| *from);
        let bytes = self.text.as_bytes();
        let more: usize = self.replacements.iter().map(|(_, _, value)| value.len()).sum();
        let mut out = Vec::with_capacity(bytes.len() + self.inserts.len() + more);
        let mut done = bytes
            .iter()
            .position(|byte| *byte == b'{')
            .map_or(0, |brace| brace + 1);
        out.extend_from_slice(&bytes[..done]);
        out.extend_from_slice(&self.inserts);
        for (from, to, value) in &self.replacements {
            out.extend_from_slice(&bytes[done..*from]);
            out.extend_from_slice(value);
            done = *to;
        }
        out.extend_from_slice(&bytes[done..]);
        Some(out)
    }
}

/// Where a value stands in the text that it is borrowed from.
pub(super) fn place(text: &str, value: &RawValue) -> Range<usize> {
    // It is borrowed from there, so the distance of their addresses is its position.
    let from = value.get().as_ptr() as usize - text.as_ptr() as usize;
    from..from + value.get().len()
}
