//! A text as a sequence of words, read one character after the other, so that it does not matter where pieces end.
//!
//! Case, accents, look-alike letters, invisible characters, digits that stand for letters (`k1ll`) and letters that stand
//! alone (`k i l l`) do not hide a word. Positions are those of the original bytes.

use crate::fold::{fold, is_ignorable, is_mark, look_alike};
use crate::lexicon::{DEAD, ROOT, Trie};

mod word;

use word::{letters, short_words, word};

/// What the reader tells.
pub(crate) trait Listener {
    /// A word ended: its number in the lexicon, or 0, and where it stands.
    fn word(&mut self, word: u16, start: usize, end: usize);
    /// A sentence ended.
    fn stop(&mut self);
    /// A fence of three quotation marks, which documents in prompts stand between.
    fn fence(&mut self);
}

// What an ASCII byte is: below 26 a letter, below 36 a digit, else one of these.
const APOSTROPHE: u8 = 36;
const SIGN: u8 = 37;
const SPACE: u8 = 38;
const LINE: u8 = 39;
const STOP: u8 = 40;
const QUOTE: u8 = 41;
const OTHER: u8 = 42;
const WIDE: u8 = 43;

const CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            letter @ b'a'..=b'z' => letter - b'a',
            letter @ b'A'..=b'Z' => letter - b'A',
            digit @ b'0'..=b'9' => digit - b'0' + 26,
            b'\'' | b'`' => APOSTROPHE,
            b'@' | b'$' => SIGN,
            b' ' | b'\t' => SPACE,
            b'\n' | b'\r' => LINE,
            b'.' | b'!' | b'?' | b';' => STOP,
            b'"' => QUOTE,
            0x80..=0xFF => WIDE,
            _ => OTHER,
        };
        byte += 1;
    }
    table
}

/// The letters that the digits stand for.
const LETTER_OF_DIGIT: [u8; 10] = *b"oizeasgtbg";

/// Letters that stand alone make a word from so many on.
const SPELLED_LETTERS_MIN: u32 = 3;

/// A word that is being read.
#[derive(Debug, Clone, Copy)]
struct Current {
    /// As it is written.
    node: u16,
    /// With digits read as letters; the same as `node` until the first digit.
    plain: u16,
    diverged: bool,
    letters: u32,
    symbols: u32,
    start: usize,
    end: usize,
    /// The letter, for words of one.
    last: u8,
}

/// A run of letters that stand alone.
#[derive(Debug, Clone, Copy)]
struct Spelled {
    node: u16,
    count: u32,
    start: usize,
    end: usize,
}

/// Where the reader stands.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    offset: usize,
    current: Option<Current>,
    spelled: Option<Spelled>,
    stop: bool,
    lines: u8,
    quotes: u8,
}

impl Reader {
    /// Reads on.
    pub(crate) fn feed(&mut self, trie: &Trie, text: &str, listener: &mut impl Listener) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let class = CLASS[usize::from(bytes[at])];
            if class < 26 && self.current.is_none() {
                let length = self.plain_words(trie, &bytes[at..], self.offset + at, listener);
                at += length;
                if length > 0 {
                    continue;
                }
            }
            let position = self.offset + at;
            match class {
                0..36 => {
                    // A word in one go: the common case stays in registers.
                    let mut current = self.begin(position);
                    loop {
                        at += current.push_letters(trie, &bytes[at..]);
                        let class = bytes.get(at).map_or(OTHER, |byte| CLASS[usize::from(*byte)]);
                        if class >= 36 {
                            break;
                        }
                        current.push(trie, class);
                        at += 1;
                    }
                    current.end = self.offset + at;
                    self.current = Some(current);
                    continue;
                }
                APOSTROPHE if self.current.is_some() => {}
                SIGN => match &mut self.current {
                    Some(current) => {
                        current.push_sign(trie, bytes[at]);
                        current.end = position + 1;
                    }
                    None => self.separator(OTHER, trie, listener),
                },
                WIDE => {
                    let character = text[at..].chars().next().unwrap_or(char::REPLACEMENT_CHARACTER);
                    let length = character.len_utf8();
                    self.wide(character, position, length, trie, listener);
                    at += length;
                    continue;
                }
                separator => self.separator(separator, trie, listener),
            }
            at += 1;
        }
        self.offset += bytes.len();
    }

    /// The text is over.
    pub(crate) fn finish(&mut self, trie: &Trie, listener: &mut impl Listener) {
        self.end_word(trie, listener);
        self.end_spelled(trie, listener);
    }

    /// From here on what was read may be part of a word that is not over; `leads` says whether a node leads to a word that
    /// matters.
    pub(crate) fn pending(&self, leads: impl Fn(u16) -> bool) -> Option<usize> {
        let spelled = self
            .spelled
            .filter(|spelled| leads(spelled.node))
            .map(|spelled| spelled.start);
        let current = self
            .current
            .filter(|current| leads(current.node) || leads(current.plain))
            .map(|current| current.start);
        [spelled, current].into_iter().flatten().min()
    }

    /// Reads words that are whole and nothing but letters, and what parts them; says how many bytes that were. Most of
    /// most texts is that, so it has a loop of its own, which the compiler keeps in registers.
    #[inline(never)]
    fn plain_words(
        &mut self,
        trie: &Trie,
        bytes: &[u8],
        position: usize,
        listener: &mut impl Listener,
    ) -> usize {
        let mut at = 0;
        loop {
            if self.spelled.is_none() {
                at += short_words(trie, &bytes[at..], |word, start, end| {
                    listener.word(word, position + at + start, position + at + end);
                });
            }
            let (node, count) = word(trie, &bytes[at..]);
            let Some(behind) = bytes.get(at + count) else {
                break;
            };
            // What follows ends the word: an apostrophe or a sign would not, nor would what is not ASCII.
            let behind = CLASS[usize::from(*behind)];
            if count == 0 || !(SPACE..=OTHER).contains(&behind) {
                break;
            }
            let (start, end) = (position + at, position + at + count);
            if count == 1 {
                self.spell(trie, CLASS[usize::from(bytes[at])], start, end);
            } else if self.spelled.is_some() {
                self.end_spelled(trie, listener);
            }
            listener.word(trie.word(node), start, end);
            at += count;
            // What only parts words changes nothing behind one.
            let parting = |byte: &&u8| matches!(CLASS[usize::from(**byte)], SPACE | OTHER);
            match bytes[at..].iter().take_while(parting).count() {
                0 => break,
                parting => at += parting,
            }
        }
        if at > 0 {
            self.stop = false;
            self.lines = 0;
            self.quotes = 0;
        }
        at
    }

    fn begin(&mut self, position: usize) -> Current {
        self.stop = false;
        self.lines = 0;
        self.quotes = 0;
        self.current.take().unwrap_or(Current {
            node: ROOT,
            plain: ROOT,
            diverged: false,
            letters: 0,
            symbols: 0,
            start: position,
            end: position,
            last: 0,
        })
    }

    fn wide(
        &mut self,
        character: char,
        position: usize,
        length: usize,
        trie: &Trie,
        listener: &mut impl Listener,
    ) {
        if is_ignorable(character) {
            return;
        }
        match character {
            '’' | '‘' | 'ʼ' => return self.apostrophe(trie, listener),
            '“' | '”' => return self.separator(QUOTE, trie, listener),
            '。' | '！' | '？' | '…' => return self.separator(STOP, trie, listener),
            '\u{2028}' | '\u{2029}' | '\u{0085}' => return self.separator(LINE, trie, listener),
            _ if character.is_whitespace() => return self.separator(SPACE, trie, listener),
            _ => {}
        }
        // A mark belongs to the letter before it and changes nothing.
        if is_mark(character) {
            return;
        }
        if !character.is_alphanumeric() {
            return self.separator(OTHER, trie, listener);
        }
        let mut current = self.begin(position);
        fold(character, |part| {
            if is_mark(part) {
                return;
            }
            let latin = if part.is_ascii() {
                Some(part)
            } else {
                look_alike(part)
            };
            match latin.map(|latin| CLASS[latin as usize & 0xFF]) {
                Some(class @ 0..36) => current.push(trie, class),
                _ => current.push_foreign(),
            }
        });
        current.end = position + length;
        self.current = Some(current);
    }

    fn apostrophe(&mut self, trie: &Trie, listener: &mut impl Listener) {
        if self.current.is_none() {
            self.separator(OTHER, trie, listener);
        }
    }

    fn separator(&mut self, class: u8, trie: &Trie, listener: &mut impl Listener) {
        self.end_word(trie, listener);
        match class {
            SPACE | LINE => {
                self.lines = self.lines.saturating_add(u8::from(class == LINE));
                if self.stop || self.lines == 2 {
                    self.stop = false;
                    self.end_spelled(trie, listener);
                    listener.stop();
                }
            }
            STOP => self.stop = true,
            QUOTE => {
                self.quotes += 1;
                if self.quotes == 3 {
                    self.quotes = 0;
                    self.end_spelled(trie, listener);
                    listener.stop();
                    listener.fence();
                }
                return;
            }
            _ => {}
        }
        self.quotes = 0;
    }

    fn end_word(&mut self, trie: &Trie, listener: &mut impl Listener) {
        let Some(current) = self.current.take() else {
            return;
        };
        let mut word = trie.word(current.node);
        if word == 0 && current.diverged && current.letters > 0 {
            word = trie.word(current.plain);
        }
        if current.symbols == 1 && current.letters == 1 {
            self.spell(trie, current.last, current.start, current.end);
        } else {
            self.end_spelled(trie, listener);
        }
        listener.word(word, current.start, current.end);
    }

    /// A letter stands alone.
    fn spell(&mut self, trie: &Trie, letter: u8, start: usize, end: usize) {
        let spelled = self.spelled.get_or_insert(Spelled {
            node: ROOT,
            count: 0,
            start,
            end,
        });
        spelled.node = trie.next(spelled.node, letter);
        spelled.count = spelled.count.saturating_add(1);
        spelled.end = end;
    }

    fn end_spelled(&mut self, trie: &Trie, listener: &mut impl Listener) {
        let Some(spelled) = self.spelled.take() else {
            return;
        };
        let word = trie.word(spelled.node);
        if word != 0 && spelled.count >= SPELLED_LETTERS_MIN {
            listener.word(word, spelled.start, spelled.end);
        }
    }
}

impl Current {
    /// Takes the letters that a text begins with, where nothing but letters came before; says how many.
    #[inline]
    fn push_letters(&mut self, trie: &Trie, bytes: &[u8]) -> usize {
        if self.diverged {
            return 0;
        }
        let (node, count) = letters(trie, self.node, bytes);
        if let Some(last) = count.checked_sub(1) {
            let added = u32::try_from(count).unwrap_or(u32::MAX);
            self.symbols = self.symbols.saturating_add(added);
            self.letters = self.letters.saturating_add(added);
            self.last = CLASS[usize::from(bytes[last])];
            (self.node, self.plain) = (node, node);
        }
        count
    }

    #[inline]
    fn push(&mut self, trie: &Trie, class: u8) {
        self.symbols = self.symbols.saturating_add(1);
        self.last = class;
        if class < 26 {
            self.letters = self.letters.saturating_add(1);
            self.node = trie.next(self.node, class);
            if self.diverged {
                self.plain = trie.next(self.plain, class);
            } else {
                self.plain = self.node;
            }
            return;
        }
        self.diverged = true;
        self.plain = trie.next(self.plain, LETTER_OF_DIGIT[usize::from(class - 26)] - b'a');
        self.node = trie.next(self.node, class);
    }

    /// `@` and `$` in a word stand for letters.
    fn push_sign(&mut self, trie: &Trie, sign: u8) {
        self.symbols = self.symbols.saturating_add(1);
        self.diverged = true;
        self.node = DEAD;
        let letter = if sign == b'@' { b'a' } else { b's' };
        self.plain = trie.next(self.plain, letter - b'a');
    }

    /// A letter that passes for none of ours.
    fn push_foreign(&mut self) {
        self.symbols = self.symbols.saturating_add(1);
        self.node = DEAD;
        self.plain = DEAD;
        self.diverged = true;
    }
}

#[cfg(test)]
mod tests;
