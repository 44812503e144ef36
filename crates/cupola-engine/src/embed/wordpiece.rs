//! WordPiece as BERT's own tokenizer does it, to the token.
//!
//! llama.cpp's differs from it where usage is counted: it drops the vowel signs of Indic scripts, takes Hangul apart
//! differently and knows no longest word. Texts in those languages would get other vectors than the model's authors get.

use std::collections::HashMap;

use anyhow::{Context, anyhow};
use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::UnicodeNormalization;

use crate::scheduler::Token;

/// A longer word is unknown as a whole.
const WORD_CHARACTERS_MAX: usize = 100;

/// GGUF writes this before a token that begins a word, and nothing before one that goes on with it.
const WORD_BEGIN: char = '\u{2581}';

/// The vocabulary of a model and how it is applied.
pub(crate) struct WordPiece {
    begins: HashMap<String, Token>,
    continues: HashMap<String, Token>,
    /// Tokens that are found in a text as they are, such as `[MASK]`.
    specials: Vec<(String, Token)>,
    unknown: Token,
    /// The longest token, in characters.
    token_characters_max: usize,
    lowercase: bool,
}

impl WordPiece {
    /// From the entries of a GGUF vocabulary: token, text, and whether it is a special one.
    pub(crate) fn new(
        entries: impl Iterator<Item = (Token, String, bool)>,
        lowercase: bool,
    ) -> anyhow::Result<Self> {
        let (mut begins, mut continues) = (HashMap::new(), HashMap::new());
        let (mut specials, mut unknown) = (Vec::new(), None);
        let mut token_characters_max = 0;
        for (token, text, is_special) in entries {
            if text == "[UNK]" || text == "<unk>" {
                unknown = Some(token);
            }
            if is_special {
                specials.push((text, token));
                continue;
            }
            token_characters_max = token_characters_max.max(text.chars().count());
            match text.strip_prefix(WORD_BEGIN) {
                Some(begin) => begins.insert(begin.to_owned(), token),
                None => continues.insert(text, token),
            };
        }
        let unknown = unknown
            .ok_or_else(|| anyhow!("its vocabulary has no [UNK]"))
            .context("the WordPiece vocabulary of the model cannot be used")?;
        Ok(Self {
            begins,
            continues,
            specials,
            unknown,
            token_characters_max,
            lowercase,
        })
    }

    /// The tokens of a text, without those that begin and end a sequence.
    pub(crate) fn tokenize(&self, text: &str) -> Vec<Token> {
        let mut tokens = Vec::with_capacity(text.len() / 3);
        let mut rest = text;
        while let Some((position, special, token)) = self.next_special(rest) {
            self.tokenize_plain(&rest[..position], &mut tokens);
            tokens.push(token);
            rest = &rest[position + special.len()..];
        }
        self.tokenize_plain(rest, &mut tokens);
        tokens
    }

    /// Where the next special token stands, which one it is and its token; the longest where several begin together.
    fn next_special(&self, text: &str) -> Option<(usize, &str, Token)> {
        // One pass over the text, however many special tokens it has none of.
        text.char_indices().find_map(|(position, _)| {
            let here = self
                .specials
                .iter()
                .filter(|(special, _)| text[position..].starts_with(special));
            let (special, token) = here.max_by_key(|(special, _)| special.len())?;
            Some((position, special.as_str(), *token))
        })
    }

    fn tokenize_plain(&self, text: &str, tokens: &mut Vec<Token>) {
        let mut word: Vec<char> = Vec::new();
        for character in self.normalized(text) {
            if character.is_whitespace() {
                self.end_word(&mut word, tokens);
            } else if is_punctuation(character) {
                self.end_word(&mut word, tokens);
                word.push(character);
                self.end_word(&mut word, tokens);
            } else {
                word.push(character);
            }
        }
        self.end_word(&mut word, tokens);
    }

    /// BERT's normalisation, in its order: clean, set ideographs apart, strip accents, lower the case.
    fn normalized(&self, text: &str) -> Vec<char> {
        let mut cleaned = String::with_capacity(text.len());
        for character in text.chars().filter(|character| !is_dropped(*character)) {
            if character.is_whitespace() {
                cleaned.push(' ');
            } else if is_ideograph(character) {
                cleaned.extend([' ', character, ' ']);
            } else {
                cleaned.push(character);
            }
        }
        if !self.lowercase {
            return cleaned.chars().collect();
        }
        cleaned
            .nfd()
            .filter(|character| get_general_category(*character) != GeneralCategory::NonspacingMark)
            .flat_map(char::to_lowercase)
            .collect()
    }

    /// Splits a word into the longest tokens there are, from its begin; a word that cannot be split is unknown.
    fn end_word(&self, word: &mut Vec<char>, tokens: &mut Vec<Token>) {
        if word.is_empty() {
            return;
        }
        let before = tokens.len();
        let whole = word.len() <= WORD_CHARACTERS_MAX && self.split(word, tokens);
        if !whole {
            tokens.truncate(before);
            tokens.push(self.unknown);
        }
        word.clear();
    }

    fn split(&self, word: &[char], tokens: &mut Vec<Token>) -> bool {
        let mut begin = 0;
        let mut piece = String::new();
        while begin < word.len() {
            let vocabulary = if begin == 0 { &self.begins } else { &self.continues };
            let longest = word.len().min(begin + self.token_characters_max);
            let found = (begin + 1..=longest).rev().find_map(|end| {
                piece.clear();
                piece.extend(&word[begin..end]);
                vocabulary.get(piece.as_str()).map(|token| (end, *token))
            });
            let Some((end, token)) = found else {
                return false;
            };
            tokens.push(token);
            begin = end;
        }
        true
    }
}

/// What the tokenizer does not see: control, format and private characters.
fn is_dropped(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => false,
        '\0' | char::REPLACEMENT_CHARACTER => true,
        _ => matches!(
            get_general_category(character),
            GeneralCategory::Control | GeneralCategory::Format | GeneralCategory::PrivateUse
        ),
    }
}

fn is_punctuation(character: char) -> bool {
    // BERT takes every ASCII sign for punctuation, also those that Unicode calls symbols.
    character.is_ascii_punctuation()
        || matches!(
            get_general_category(character),
            GeneralCategory::ConnectorPunctuation
                | GeneralCategory::DashPunctuation
                | GeneralCategory::OpenPunctuation
                | GeneralCategory::ClosePunctuation
                | GeneralCategory::InitialPunctuation
                | GeneralCategory::FinalPunctuation
                | GeneralCategory::OtherPunctuation
        )
}

/// The blocks of ideographs that BERT reads as words of their own.
fn is_ideograph(character: char) -> bool {
    matches!(
        u32::from(character),
        0x4E00..=0x9FFF
            | 0x3400..=0x4DBF
            | 0x2_0000..=0x2_A6DF
            | 0x2_A700..=0x2_B73F
            | 0x2_B740..=0x2_B81F
            // The implementation that everybody uses begins here, not at 0x2B820.
            | 0x2_B920..=0x2_CEAF
            | 0xF900..=0xFAFF
            | 0x2_F800..=0x2_FA1F
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOCABULARY: [&str; 19] = [
        "[UNK]", "[CLS]", "[SEP]", "[MASK]", "▁un", "aff", "able", "▁hello", "▁,", "▁!", "▁world", "▁我",
        "▁a", "▁क", "ा", "▁~", "s", "▁[", "▁cafe",
    ];

    fn wordpiece(lowercase: bool) -> WordPiece {
        let entries = (0..).map(Token).zip(VOCABULARY).map(|(token, text)| {
            let is_special = text.starts_with('[');
            (token, text.to_owned(), is_special)
        });
        WordPiece::new(entries, lowercase).expect("a vocabulary")
    }

    fn check(text: &str, expected: &[&str]) {
        let tokens = wordpiece(true).tokenize(text);
        let tokens: Vec<&str> = tokens.iter().map(|token| VOCABULARY[token.index()]).collect();
        assert_eq!(tokens, expected, "{text:?}");
    }

    #[test]
    fn words_become_their_longest_pieces() {
        check("unaffable", &["▁un", "aff", "able"]);
        check("unaffables", &["▁un", "aff", "able", "s"]);
        check("unaffablex", &["[UNK]"]);
        check("s", &["[UNK]"]);
        check("", &[]);
        check(" \t\u{3000}\n", &[]);
    }

    #[test]
    fn case_and_accents_go_and_vowel_signs_stay() {
        check("HELLO, Café", &["▁hello", "▁,", "▁cafe"]);
        check("cafe\u{301}", &["▁cafe"]);
        check("का", &["▁क", "ा"]);
        assert_eq!(wordpiece(false).tokenize("Hello"), [Token(0)]);
    }

    #[test]
    fn signs_and_ideographs_stand_alone() {
        check("hello,world!", &["▁hello", "▁,", "▁world", "▁!"]);
        check("a~a", &["▁a", "▁~", "▁a"]);
        check("我我a", &["▁我", "▁我", "▁a"]);
    }

    #[test]
    fn what_cannot_be_seen_is_dropped() {
        check("he\u{200b}llo\0", &["▁hello"]);
        check("\u{feff}hello\u{a0}world\u{e000}", &["▁hello", "▁world"]);
    }

    #[test]
    fn special_tokens_are_read_as_such_and_only_whole() {
        check("a[MASK]a", &["▁a", "[MASK]", "▁a"]);
        check("[MASK", &["▁[", "[UNK]"]);
        check("[mask]a", &["▁[", "[UNK]", "[UNK]", "▁a"]);
    }

    #[test]
    fn a_word_without_end_is_unknown() {
        check(&"a".repeat(101), &["[UNK]"]);
        assert!(wordpiece(true).tokenize(&"我".repeat(500)).len() == 500);
    }
}
