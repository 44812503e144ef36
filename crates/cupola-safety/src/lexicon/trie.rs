//! Words by their characters: 26 letters and ten digits, one table look-up for each, and one for the first eight letters
//! together.

use super::heads::Heads;

/// Where no word goes on.
pub(crate) const DEAD: u16 = 0;
/// Where every word begins.
pub(crate) const ROOT: u16 = 1;

const SYMBOLS: usize = 36;

/// So many letters are looked up together.
pub(crate) const HEAD_BYTES: usize = 8;

/// The number of a character in a trie, from its folded byte.
pub(crate) const fn symbol(byte: u8) -> Option<u8> {
    match byte {
        b'a'..=b'z' => Some(byte - b'a'),
        b'0'..=b'9' => Some(byte - b'0' + 26),
        _ => None,
    }
}

/// A table of nodes. Node 0 is dead and stays dead.
#[derive(Debug)]
pub(crate) struct Trie {
    next: Vec<u16>,
    word: Vec<u16>,
    heads: Heads,
}

impl Default for Trie {
    fn default() -> Self {
        Self {
            next: vec![DEAD; 2 * SYMBOLS],
            word: vec![0; 2],
            heads: Heads::default(),
        }
    }
}

impl Trie {
    /// The node behind a character.
    #[inline]
    pub(crate) fn next(&self, node: u16, symbol: u8) -> u16 {
        self.next[usize::from(node) * SYMBOLS + usize::from(symbol)]
    }

    /// The number of the word that ends here; 0 when none does.
    #[inline]
    pub(crate) fn word(&self, node: u16) -> u16 {
        self.word[usize::from(node)]
    }

    /// The node behind the first eight letters of a text, or behind a word of fewer: `DEAD` where neither is known.
    #[inline]
    pub(crate) fn behind(&self, head: u64) -> u16 {
        self.heads.get(head).0
    }

    /// The number of a word of at most eight letters; 0 where it is none.
    #[inline]
    pub(crate) fn short_word(&self, letters: u64) -> u16 {
        self.heads.get(letters).1
    }

    /// Adds a word of letters and digits under `number`, and says which number it has: an older one stays.
    pub(crate) fn insert(&mut self, word: &str, number: u16) -> Result<u16, String> {
        let mut node = usize::from(ROOT);
        for byte in word.bytes() {
            let Some(symbol) = symbol(byte) else {
                return Err(format!("'{word}' is not a word: write letters a-z and digits"));
            };
            let slot = node * SYMBOLS + usize::from(symbol);
            if self.next[slot] == DEAD {
                let Ok(new) = u16::try_from(self.word.len()) else {
                    return Err("there are more words than the trie can number: remove some".to_owned());
                };
                self.next[slot] = new;
                self.next.extend_from_slice(&[DEAD; SYMBOLS]);
                self.word.push(0);
            }
            node = usize::from(self.next[slot]);
        }
        if self.word[node] == 0 {
            self.word[node] = number;
        }
        let number = self.word[node];
        self.insert_head(word);
        Ok(number)
    }

    fn insert_head(&mut self, word: &str) {
        let head = &word.as_bytes()[..word.len().min(HEAD_BYTES)];
        if !head.iter().all(u8::is_ascii_lowercase) {
            return;
        }
        let node = head
            .iter()
            .fold(ROOT, |node, letter| self.next(node, *letter - b'a'));
        let mut bytes = [0; HEAD_BYTES];
        bytes[..head.len()].copy_from_slice(head);
        self.heads.put(u64::from_le_bytes(bytes), (node, self.word(node)));
    }

    /// Marks the nodes on the way to each of the words, their ends included.
    pub(crate) fn ways_to(&self, wanted: impl Fn(u16) -> bool) -> Vec<bool> {
        let mut marked: Vec<bool> = self.word.iter().map(|word| *word != 0 && wanted(*word)).collect();
        // Children have higher numbers than their parents.
        for node in (1..marked.len()).rev() {
            let row = &self.next[node * SYMBOLS..(node + 1) * SYMBOLS];
            if row
                .iter()
                .any(|child| *child != DEAD && marked[usize::from(*child)])
            {
                marked[node] = true;
            }
        }
        // A word that has not begun is no partial word.
        marked[usize::from(ROOT)] = false;
        marked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(trie: &Trie, word: &str) -> u16 {
        word.bytes()
            .filter_map(symbol)
            .fold(ROOT, |node, symbol| trie.next(node, symbol))
    }

    #[test]
    fn finds_what_was_inserted_and_the_ways_to_it() {
        let mut trie = Trie::default();
        assert_eq!(trie.insert("kill", 1), Ok(1));
        assert_eq!(trie.insert("king", 2), Ok(2));
        assert_eq!(trie.insert("kill", 3), Ok(1));
        assert!(trie.insert("don't", 4).is_err());
        assert_eq!(trie.word(walk(&trie, "king")), 2);
        assert_eq!(trie.word(walk(&trie, "ki")), 0);
        assert_eq!(walk(&trie, "kx"), DEAD);
        let ways = trie.ways_to(|word| word == 2);
        assert!(ways[usize::from(walk(&trie, "kin"))]);
        assert!(ways[usize::from(walk(&trie, "k"))]);
        assert!(!ways[usize::from(walk(&trie, "kil"))]);
    }

    #[test]
    fn heads_are_those_of_words() {
        let mut trie = Trie::default();
        for word in ["kill", "kilogram", "kilograms", "k1ll", "abcdefgh1"] {
            trie.insert(word, 1).expect("a word");
        }
        let check = |head: &[u8; 8], word: &str| {
            assert_eq!(
                trie.behind(u64::from_le_bytes(*head)),
                walk(&trie, word),
                "{word}"
            );
        };
        check(b"kill\0\0\0\0", "kill");
        check(b"kilogram", "kilogram");
        check(b"abcdefgh", "abcdefgh");
        // On the way to a word, and none itself.
        check(b"kil\0\0\0\0\0", "x");
        check(b"kilogran", "x");
    }
}
