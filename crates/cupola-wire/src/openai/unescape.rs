//! JSON that stands inside of a text, such as the arguments of a call, with its escapes read: for who screens it.

use std::borrow::Cow;

/// Reads escapes in a text that comes in pieces. One that is not over waits for the next piece.
#[derive(Debug, Default)]
pub struct Unescaper {
    open: String,
}

impl Unescaper {
    /// The next piece as it is read, with what was waiting.
    pub fn feed<'a>(&mut self, piece: &'a str) -> Cow<'a, str> {
        if self.open.is_empty() && memchr::memchr(b'\\', piece.as_bytes()).is_none() {
            return Cow::Borrowed(piece);
        }
        let mut text = std::mem::take(&mut self.open);
        text.push_str(piece);
        let mut read = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
            read.push_str(&rest[..at]);
            rest = &rest[at..];
            let (character, length) = match escape(rest.as_bytes()) {
                Escape::Read(character, length) => (character, length),
                Escape::None => ('\\', 1),
                Escape::Open => {
                    rest.clone_into(&mut self.open);
                    rest = "";
                    break;
                }
            };
            read.push(character);
            rest = &rest[length..];
        }
        read.push_str(rest);
        Cow::Owned(read)
    }
}

/// A whole text with its escapes read. One that is not over says nothing.
pub(crate) fn unescaped(text: &str) -> Cow<'_, str> {
    Unescaper::default().feed(text)
}

enum Escape {
    /// A character, written in so many bytes.
    Read(char, usize),
    /// More of it may follow.
    Open,
    /// A backslash and nothing more.
    None,
}

fn escape(text: &[u8]) -> Escape {
    let character = match text.get(1) {
        None => return Escape::Open,
        Some(b'u') => return unicode(text),
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(sign @ (b'"' | b'\\' | b'/')) => char::from(*sign),
        Some(_) => return Escape::None,
    };
    Escape::Read(character, 2)
}

/// `\u` and four digits; of a pair of surrogates, both. Half a pair is no character.
fn unicode(text: &[u8]) -> Escape {
    let Some(high) = unit(text) else {
        return open_or_none(text);
    };
    if let Some(character) = char::from_u32(high) {
        return Escape::Read(character, 6);
    }
    let half = Escape::Read(char::REPLACEMENT_CHARACTER, 6);
    if !(0xD800..0xDC00).contains(&high) {
        return half;
    }
    let behind = &text[6..];
    match unit(behind) {
        Some(low @ 0xDC00..0xE000) => {
            let code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
            Escape::Read(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
        }
        None if is_beginning(behind) => Escape::Open,
        _ => half,
    }
}

fn open_or_none(text: &[u8]) -> Escape {
    if is_beginning(text) {
        Escape::Open
    } else {
        Escape::None
    }
}

/// The number of a whole `\uXXXX`.
fn unit(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |unit, digit| {
        Some(unit << 4 | char::from(*digit).to_digit(16)?)
    })
}

/// May it become a `\uXXXX`?
fn is_beginning(text: &[u8]) -> bool {
    text.len() < 6
        && text.iter().enumerate().all(|(at, byte)| match at {
            0 => *byte == b'\\',
            1 => *byte == b'u',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_are_read() {
        for (text, expected) in [
            ("plain", "plain"),
            (r#"{"a":"I will \u006bill"}"#, r#"{"a":"I will kill"}"#),
            (r"a\nb\tc\rd\be\ff", "a\nb\tc\rd\u{8}e\u{c}f"),
            (r#"\"\\\/"#, "\"\\/"),
            (r"\\u006b", r"\u006b"),
            (r"M\u00fcller \ud83d\ude00", "Müller 😀"),
            (r"\ud83dx\ude00\ud83d\ud83d\ude00", "\u{fffd}x\u{fffd}\u{fffd}😀"),
            (r"C:\kill \u00zz \u00é", r"C:\kill \u00zz \u00é"),
            (r"end\", "end"),
            (r"end\ud83d\u", "end"),
        ] {
            assert_eq!(unescaped(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_pieces_end(text in r#"(\\|u|00|d83d|de00|n|"|x|é){0,24}"#, at in 0_usize..64) {
            let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let mut pieces = Unescaper::default();
            let both = pieces.feed(&text[..at]).into_owned() + &pieces.feed(&text[at..]);
            prop_assert_eq!(both, unescaped(&text));
        }

        #[test]
        fn what_json_writes_is_read(text in any::<String>()) {
            let written = serde_json::to_string(&text).expect("text");
            prop_assert_eq!(&unescaped(&written)[..], format!("\"{text}\""));
        }
    }
}
