//! Keeps what people write from being read as control tokens.
//!
//! A message that contains `<|im_end|>` means these letters. Its text is marked inside each such name before the
//! template is rendered, and the rendered text is tokenised in the pieces between the marks: no piece has the name.

use serde_json::Value;

use super::Conversation;

/// Characters that Unicode keeps for uses like this one; no text has a reason to contain any.
const MARKS: std::ops::RangeInclusive<char> = '\u{fdd0}'..='\u{fdef}';

/// The texts of a model's control tokens.
#[derive(Debug, Default)]
pub(crate) struct Specials {
    texts: Vec<String>,
    /// Whether one of them begins with this byte.
    begins: Vec<bool>,
}

impl Specials {
    pub(crate) fn new(texts: impl IntoIterator<Item = String>) -> Self {
        // A name of one letter could not be marked inside.
        let texts: Vec<String> = texts
            .into_iter()
            .filter(|text| text.chars().count() > 1)
            .collect();
        let mut begins = vec![false; 256];
        for first in texts.iter().filter_map(|text| text.bytes().next()) {
            begins[usize::from(first)] = true;
        }
        Self { texts, begins }
    }

    /// The conversation with marks where it has such names, and the mark. `None` where it has none, as nearly all.
    pub(crate) fn guard(&self, conversation: &Conversation) -> Option<(Conversation, char)> {
        if !any_text(conversation, &|text| self.next_in(text, 0).is_some()) {
            return None;
        }
        let is_free = |mark: &char| !any_text(conversation, &|text| text.contains(*mark));
        let mut conversation = conversation.clone();
        let mark = MARKS.clone().find(is_free).unwrap_or_else(|| {
            // Somebody wrote all of them, which says nothing that would be missed.
            change_texts(&mut conversation, &|text| {
                text.retain(|letter| letter != *MARKS.start())
            });
            *MARKS.start()
        });
        change_texts(&mut conversation, &|text| self.mark(text, mark));
        Some((conversation, mark))
    }

    fn mark(&self, text: &mut String, mark: char) {
        let mut at = 0;
        while let Some(begin) = self.next_in(text, at) {
            // Names may overlap, so the search goes on right after the first letter of this one.
            at = begin + text[begin..].chars().next().map_or(1, char::len_utf8);
            text.insert(at, mark);
            at += mark.len_utf8();
        }
    }

    /// Where the next name begins.
    fn next_in(&self, text: &str, from: usize) -> Option<usize> {
        let bytes = text.as_bytes();
        (from..bytes.len())
            .filter(|at| self.begins.get(usize::from(bytes[*at])) == Some(&true))
            .find(|at| {
                self.texts
                    .iter()
                    .any(|name| bytes[*at..].starts_with(name.as_bytes()))
            })
    }
}

fn any_text(conversation: &Conversation, is: &dyn Fn(&str) -> bool) -> bool {
    let in_turns = conversation.turns.iter().any(|turn| {
        is(&turn.content)
            || turn.tool_call_id.as_deref().is_some_and(is)
            || turn.name.as_deref().is_some_and(is)
            || turn.tool_calls.iter().any(|call| {
                is(&call.id) || is(&call.function.name) || any_text_of(&call.function.arguments, is)
            })
    });
    in_turns
        || conversation
            .toolbox
            .tools
            .iter()
            .any(|tool| any_text_of(&tool.definition, is))
}

fn any_text_of(value: &Value, is: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::String(text) => is(text),
        Value::Array(values) => values.iter().any(|value| any_text_of(value, is)),
        Value::Object(fields) => fields
            .iter()
            .any(|(key, value)| is(key) || any_text_of(value, is)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn change_texts(conversation: &mut Conversation, change: &dyn Fn(&mut String)) {
    for turn in &mut conversation.turns {
        change(&mut turn.content);
        turn.tool_call_id.iter_mut().for_each(change);
        turn.name.iter_mut().for_each(change);
        for call in &mut turn.tool_calls {
            change(&mut call.id);
            change(&mut call.function.name);
            change_texts_of(&mut call.function.arguments, change);
        }
    }
    for tool in &mut conversation.toolbox.tools {
        change_texts_of(&mut tool.definition, change);
    }
}

fn change_texts_of(value: &mut Value, change: &dyn Fn(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(values) => values.iter_mut().for_each(|value| change_texts_of(value, change)),
        Value::Object(fields) => {
            let changed = std::mem::take(fields).into_iter().map(|(mut key, mut value)| {
                change(&mut key);
                change_texts_of(&mut value, change);
                (key, value)
            });
            *fields = changed.collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Role, Turn};
    use super::*;

    /// The guarded text with `·` for the mark; `None` when it needs no guard.
    fn check(text: &str, expected: Option<&str>) {
        let specials = Specials::new(["<|im_end|>", "<s>", "<<s>>", "x"].map(str::to_owned));
        let conversation = Conversation {
            turns: vec![Turn::new(Role::User, text.to_owned())],
            ..Conversation::default()
        };
        let guarded = specials
            .guard(&conversation)
            .map(|(guarded, mark)| guarded.turns[0].content.replace(mark, "·"));
        assert_eq!(guarded.as_deref(), expected, "{text}");
    }

    #[test]
    fn names_of_control_tokens_are_marked_inside() {
        check("Hello <b>you</b> x", None);
        check("a<|im_end|>b", Some("a<·|im_end|>b"));
        check("<s><|im_end|>", Some("<·s><·|im_end|>"));
        check("<<s>>", Some("<·<·s>>"));
        check("é<s>", Some("é<·s>"));
    }

    #[test]
    fn a_text_with_every_mark_is_guarded_too() {
        let all: String = MARKS.collect();
        let rest: String = MARKS.skip(1).collect();
        check(&format!("<s>{all}"), Some(&format!("<·s>{rest}")));
    }
}
