//! Calls out of a completion, while it comes in.

use std::collections::VecDeque;

use serde_json::Value;

use super::scan::Scanner;
use super::{Dialect, Toolbox};

/// What marks the beginning of a call.
const OPENINGS: [&str; 3] = ["<tool_call>", "<|python_tag|>", "[TOOL_CALLS]"];

/// What may stand between a call and what follows it.
const CLOSING: &str = "</tool_call>";

/// The longest text before the arguments of a Mistral call: a name and a marker or two.
const HEADER_BYTES_MAX: usize = 256;

/// A part of a completion.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Part {
    Text(String),
    Call {
        name: String,
        /// JSON.
        arguments: String,
    },
}

/// Tells calls from text. How the text is split into pieces makes no difference.
pub(crate) struct CallParser {
    names: Vec<String>,
    /// Whether an object alone may be a call.
    bare: bool,
    calls_max: usize,
    calls: usize,
    state: State,
    /// What is not decided yet.
    held: String,
    parts: VecDeque<Part>,
}

enum State {
    /// Nothing but white space came so far, or since the last call.
    Begin,
    Text,
    /// After an opening, which is kept with the white space before it in case that no call follows.
    Opened {
        before: String,
        opening: &'static str,
    },
    /// Inside the JSON of a call that began with this text.
    Json {
        before: String,
        scanner: Scanner,
    },
    /// After a call: its closing may follow.
    Closing,
    /// After the only call that is wanted.
    Deaf,
}

impl CallParser {
    pub(crate) fn new(dialect: Dialect, toolbox: &Toolbox) -> Self {
        Self {
            names: toolbox.tools.iter().map(|tool| tool.name.clone()).collect(),
            bare: dialect == Dialect::Llama,
            calls_max: if toolbox.parallel {
                super::CALLS_MAX as usize
            } else {
                1
            },
            calls: 0,
            state: State::Begin,
            held: String::new(),
            parts: VecDeque::new(),
        }
    }

    /// How many calls there were.
    pub(crate) fn calls(&self) -> usize {
        self.calls
    }

    /// Takes some more text.
    pub(crate) fn push(&mut self, text: &str) {
        self.held.push_str(text);
        while self.step(false) {}
    }

    /// No more text comes: what is held is what it is.
    pub(crate) fn finish(&mut self) {
        while self.step(true) {}
        if let State::Json { before, .. } = std::mem::replace(&mut self.state, State::Deaf) {
            let rest = before + &self.held;
            self.text(rest);
        } else if self.calls == 0 {
            let rest = std::mem::take(&mut self.held);
            self.text(rest);
        }
        self.held.clear();
    }

    /// The next part that is certain.
    pub(crate) fn next(&mut self) -> Option<Part> {
        self.parts.pop_front()
    }

    /// Decides what can be decided; false when more text is needed first.
    fn step(&mut self, last: bool) -> bool {
        match std::mem::replace(&mut self.state, State::Text) {
            State::Begin => self.begin(last),
            State::Text => self.look_for_opening(last),
            State::Opened { before, opening } => self.opened(before, opening, last),
            State::Json { before, scanner } => self.json(before, scanner),
            State::Closing => self.closing(last),
            State::Deaf => {
                self.held.clear();
                self.state = State::Deaf;
                false
            }
        }
    }

    fn begin(&mut self, last: bool) -> bool {
        let trimmed = self.held.trim_start_matches(|letter: char| {
            // Several calls of Llama are separated by semicolons.
            letter.is_whitespace() || (self.calls > 0 && self.bare && matches!(letter, ';' | ','))
        });
        if trimmed.is_empty() {
            self.state = State::Begin;
            return false;
        }
        if self.bare && trimmed.starts_with('{') {
            let at = self.held.len() - trimmed.len();
            let before: String = self.held.drain(..at).collect();
            self.state = State::Json {
                before,
                scanner: Scanner::default(),
            };
            return true;
        }
        self.look_for_opening(last)
    }

    /// Lets text through up to an opening, or to what may become one.
    fn look_for_opening(&mut self, last: bool) -> bool {
        let found = OPENINGS
            .iter()
            .filter_map(|opening| Some((self.held.find(opening)?, *opening)))
            .min();
        if let Some((at, opening)) = found {
            // White space before a call belongs to nobody.
            let end = self.held[..at].trim_end().len();
            let text: String = self.held.drain(..end).collect();
            self.text(text);
            let before = self.held.drain(..at - end + opening.len()).collect();
            self.state = State::Opened { before, opening };
            return true;
        }
        let certain = if last { self.held.len() } else { self.certain() };
        let text: String = self.held.drain(..certain).collect();
        self.text(text);
        false
    }

    /// Length in bytes of the text that is no beginning of an opening, nor white space before one.
    fn certain(&self) -> usize {
        let possible = OPENINGS
            .iter()
            .filter_map(|opening| {
                (1..opening.len())
                    .rev()
                    .find(|length| self.held.ends_with(&opening[..*length]))
            })
            .max()
            .unwrap_or(0);
        self.held[..self.held.len() - possible].trim_end().len()
    }

    fn opened(&mut self, before: String, opening: &'static str, last: bool) -> bool {
        let trimmed = self.held.trim_start();
        let spaces = self.held.len() - trimmed.len();
        let header_ends = if opening == "[TOOL_CALLS]" {
            // A name and markers may stand before the arguments, but no list of calls has them.
            trimmed
                .find(['{', '['])
                .and_then(|at| match trimmed[at..].chars().next() {
                    Some('[') if at > 0 => trimmed.find('{'),
                    _ => Some(at),
                })
        } else {
            trimmed.starts_with(['{', '[']).then_some(0)
        };
        if let Some(at) = header_ends.filter(|at| *at <= HEADER_BYTES_MAX) {
            let header: String = self.held.drain(..spaces + at).collect();
            self.state = State::Json {
                before: before + &header,
                scanner: Scanner::default(),
            };
            return true;
        }
        let may_come = trimmed.is_empty() || (opening == "[TOOL_CALLS]" && trimmed.len() <= HEADER_BYTES_MAX);
        if may_come && !last {
            self.state = State::Opened { before, opening };
            return false;
        }
        // Not a call after all.
        self.text(before);
        self.state = State::Text;
        true
    }

    fn json(&mut self, before: String, mut scanner: Scanner) -> bool {
        let Some(end) = scanner.end(&self.held) else {
            self.state = State::Json { before, scanner };
            return false;
        };
        let json: String = self.held.drain(..end).collect();
        match self.understood(&before, &json) {
            Some(calls) => {
                for (name, arguments) in calls {
                    if self.calls < self.calls_max {
                        self.calls += 1;
                        self.parts.push_back(Part::Call { name, arguments });
                    }
                }
                self.state = if self.calls >= self.calls_max {
                    State::Deaf
                } else {
                    State::Closing
                };
            }
            None => {
                self.text(before + &json);
                self.state = State::Text;
            }
        }
        true
    }

    fn closing(&mut self, last: bool) -> bool {
        let trimmed = self.held.trim_start();
        if let Some(rest) = trimmed.strip_prefix(CLOSING) {
            self.held = rest.to_owned();
            self.state = State::Begin;
            return true;
        }
        if !last && (trimmed.is_empty() || CLOSING.starts_with(trimmed)) {
            self.state = State::Closing;
            return false;
        }
        self.state = State::Begin;
        !trimmed.is_empty()
    }

    /// The calls of a piece of JSON, and of the name before it.
    fn understood(&self, before: &str, json: &str) -> Option<Vec<(String, String)>> {
        let value: Value = serde_json::from_str(json).ok()?;
        let header = before
            .trim_start()
            .strip_prefix("[TOOL_CALLS]")
            .unwrap_or_default()
            .trim();
        if !header.is_empty() {
            let name = header.split('[').next().unwrap_or_default().trim();
            return (!name.is_empty() && value.is_object())
                .then(|| vec![(name.to_owned(), value.to_string())]);
        }
        let calls: Option<Vec<(String, String)>> = match &value {
            Value::Array(values) => values.iter().map(call).collect(),
            other => call(other).map(|call| vec![call]),
        };
        let calls = calls.filter(|calls| !calls.is_empty())?;
        let opened = !before.trim().is_empty();
        // JSON without an opening is a call only if it names a tool; otherwise it may be the answer itself.
        let known = |(name, _): &(String, String)| self.names.iter().any(|known| known == name);
        (opened || calls.iter().all(known)).then_some(calls)
    }

    fn text(&mut self, text: String) {
        if text.is_empty() {
            return;
        }
        match self.parts.back_mut() {
            Some(Part::Text(before)) => before.push_str(&text),
            _ => self.parts.push_back(Part::Text(text)),
        }
    }
}

/// The name and the arguments of one call.
fn call(value: &Value) -> Option<(String, String)> {
    let name = value.get("name")?.as_str()?.to_owned();
    let arguments = value.get("arguments").or_else(|| value.get("parameters"));
    let arguments = match arguments {
        None | Some(Value::Null) => "{}".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    Some((name, arguments))
}

#[cfg(test)]
mod tests;
