//! A customer's own list of what is not to pass: exact terms and regular expressions.

use crate::tail::{BOUNDED_BYTES_MAX, Pattern};
use crate::terms::{Terms, folded};
use regex::RegexBuilder;
use std::sync::Arc;

const ITEMS_MAX: usize = 10_000;
const EXPRESSIONS_MAX: usize = 100;
const PATTERN_CHARACTERS_MAX: usize = 1_000;
const EXPRESSION_PROGRAM_BYTES_MAX: usize = 1 << 20;
const EXPRESSION_DEPTH_MAX: u32 = 50;

/// An entry as the customer wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item<'a> {
    /// Its name; hits carry it.
    pub id: &'a str,
    /// A term or a regular expression.
    pub pattern: &'a str,
    /// Which of the two.
    pub is_regex: bool,
}

/// Why a list was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("blocklist '{list}', item {position} ('{item}'): {rule}")]
pub struct BlocklistError {
    /// The list.
    pub list: String,
    /// The item's place, from 1.
    pub position: usize,
    /// The item's id.
    pub item: String,
    /// What is wrong and what would be right.
    pub rule: String,
}

/// A list that can be looked for.
#[derive(Debug)]
pub struct Blocklist {
    pub(crate) name: Arc<str>,
    pub(crate) terms: Option<Terms>,
    /// By number of the term.
    pub(crate) term_ids: Vec<Arc<str>>,
    pub(crate) patterns: Vec<(Arc<str>, Pattern)>,
}

impl Blocklist {
    /// Compiles a list. Terms are met in any case at the borders of words; regular expressions in any case too, unless they
    /// begin with `(?-i)`.
    pub fn compile<'a>(
        name: &str,
        items: impl IntoIterator<Item = Item<'a>>,
    ) -> Result<Self, BlocklistError> {
        let mut list = Self {
            name: name.into(),
            terms: None,
            term_ids: Vec::new(),
            patterns: Vec::new(),
        };
        let mut terms = Vec::new();
        let mut last = (0, "");
        for (index, item) in items.into_iter().enumerate() {
            last = (index + 1, item.id);
            list.add(index, item, &mut terms).map_err(|rule| BlocklistError {
                list: name.to_owned(),
                position: index + 1,
                item: item.id.to_owned(),
                rule,
            })?;
        }
        if !terms.is_empty() {
            let compiled = Terms::compile(&terms).map_err(|rule| BlocklistError {
                list: name.to_owned(),
                position: last.0,
                item: last.1.to_owned(),
                rule,
            })?;
            list.terms = Some(compiled);
        }
        Ok(list)
    }

    /// The list's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn add(&mut self, index: usize, item: Item<'_>, terms: &mut Vec<Vec<u8>>) -> Result<(), String> {
        if index == ITEMS_MAX {
            return Err(format!("a list has at most {ITEMS_MAX} items: use a second one"));
        }
        if item.pattern.chars().count() > PATTERN_CHARACTERS_MAX {
            return Err(format!(
                "the pattern is longer than {PATTERN_CHARACTERS_MAX} characters: shorten it"
            ));
        }
        if item.is_regex {
            if self.patterns.len() == EXPRESSIONS_MAX {
                return Err(format!(
                    "a list has at most {EXPRESSIONS_MAX} regular expressions: join some with '|', or use exact terms"
                ));
            }
            self.patterns.push((item.id.into(), expression(item.pattern)?));
        } else {
            let folded = folded(item.pattern);
            if folded.is_empty() {
                return Err("the term is empty: write what is to be found".to_owned());
            }
            terms.push(folded);
            self.term_ids.push(item.id.into());
        }
        Ok(())
    }
}

fn expression(text: &str) -> Result<Pattern, String> {
    let hir = regex_syntax::ParserBuilder::new()
        .case_insensitive(true)
        .nest_limit(EXPRESSION_DEPTH_MAX)
        .build()
        .parse(text)
        .map_err(|error| format!("not a regular expression: {error}"))?;
    let properties = hir.properties();
    match properties.minimum_len() {
        None => return Err("the expression matches nothing at all: correct it".to_owned()),
        Some(0) => {
            return Err(
                "the expression matches an empty text, and so everything: ask for a character, such as 'a+' for 'a*'"
                    .to_owned(),
            );
        }
        Some(_) => {}
    }
    let regex = RegexBuilder::new(text)
        .case_insensitive(true)
        .nest_limit(EXPRESSION_DEPTH_MAX)
        .size_limit(EXPRESSION_PROGRAM_BYTES_MAX)
        .dfa_size_limit(EXPRESSION_PROGRAM_BYTES_MAX)
        .build()
        .map_err(|error| format!("the expression cannot be used: {error}"))?;
    Ok(Pattern {
        regex,
        longest: properties
            .maximum_len()
            .filter(|longest| *longest <= BOUNDED_BYTES_MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, is_regex: bool, expected: &str) {
        let good = Item {
            id: "first",
            pattern: "good",
            is_regex: false,
        };
        let item = Item {
            id: "second",
            pattern,
            is_regex,
        };
        let found = match Blocklist::compile("mine", [good, item]) {
            Ok(list) => format!(
                "{} terms, {} expressions",
                list.term_ids.len(),
                list.patterns.len()
            ),
            Err(error) => error.to_string(),
        };
        assert!(found.starts_with(expected), "{pattern}: {found}");
    }

    #[test]
    fn a_refusal_names_the_item_and_the_rule() {
        check("two words", false, "2 terms, 0 expressions");
        check(r"\bproject\s+\w+", true, "1 terms, 1 expressions");
        check(
            " ",
            false,
            "blocklist 'mine', item 2 ('second'): the term is empty",
        );
        check(
            "a*",
            true,
            "blocklist 'mine', item 2 ('second'): the expression matches an empty text",
        );
        check(
            "a(",
            true,
            "blocklist 'mine', item 2 ('second'): not a regular expression",
        );
        check(
            r"(\w{100}){100}",
            true,
            "blocklist 'mine', item 2 ('second'): the expression cannot be used",
        );
        check(
            &"a".repeat(1001),
            false,
            "blocklist 'mine', item 2 ('second'): the pattern is longer",
        );
        check(
            r"[a&&b]",
            true,
            "blocklist 'mine', item 2 ('second'): the expression matches nothing",
        );
    }
}
