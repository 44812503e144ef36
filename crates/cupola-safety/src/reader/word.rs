//! The letters that a text begins with, many at a time.

use crate::lexicon::{DEAD, HEAD_BYTES, ROOT, Trie};

/// Where the word leads that a text begins with, and how many letters it has; nowhere where it is not known, even on the way
/// to a word that is.
#[inline]
pub(super) fn word(trie: &Trie, bytes: &[u8]) -> (u16, usize) {
    let Some((head, rest)) = bytes.split_first_chunk::<HEAD_BYTES>() else {
        return letters(trie, ROOT, bytes);
    };
    let (head, count) = leading_letters(u64::from_le_bytes(*head));
    let node = trie.behind(head);
    if count < HEAD_BYTES {
        return (node, count);
    }
    let (node, more) = letters(trie, node, rest);
    (node, HEAD_BYTES + more)
}

/// Gives the short words that a text begins with, and where they stand, as long as a word and the one space behind it are among
/// the eight bytes that are looked at together; says how many bytes they are. A letter that stands alone is none of them.
#[inline]
pub(super) fn short_words(trie: &Trie, bytes: &[u8], mut each: impl FnMut(u16, usize, usize)) -> usize {
    let mut rest = bytes;
    while let Some(eight) = rest.first_chunk::<HEAD_BYTES>() {
        let eight = u64::from_le_bytes(*eight);
        let lower = eight | (0x20 * EACH);
        // How many bits its letters are; one more than seven letters have where all eight are letters.
        let bits = others(lower).trailing_zeros() - 7;
        if !(16..=56).contains(&bits) || (eight >> bits) as u8 != b' ' {
            break;
        }
        let (at, count) = (bytes.len() - rest.len(), bits as usize / 8);
        each(trie.short_word(lower & !(!0 << bits)), at, at + count);
        rest = &rest[count + 1..];
    }
    bytes.len() - rest.len()
}

const EACH: u64 = 0x0101_0101_0101_0101;

/// The highest bit of each byte that is no letter, of bytes in lower case. All eight are looked at together: no sum of two of
/// these numbers carries over from one byte to the next.
#[inline]
fn others(lower: u64) -> u64 {
    const HIGH: u64 = 0x80 * EACH;
    let low_bits = lower & !HIGH;
    let from_a = low_bits + (0x80 - b'a' as u64) * EACH;
    let behind_z = low_bits + (0x80 - b'z' as u64 - 1) * EACH;
    !(from_a & !behind_z & !lower) & HIGH
}

/// The letters that eight bytes begin with, in lower case and with zeros behind, and how many they are.
#[inline]
fn leading_letters(bytes: u64) -> (u64, usize) {
    let lower = bytes | (0x20 * EACH);
    let count = others(lower).trailing_zeros() as usize / 8;
    // A shift by all 64 bits would be none.
    let head = match count {
        HEAD_BYTES => lower,
        count => lower & ((1 << (8 * count)) - 1),
    };
    (head, count)
}

/// Where the letters lead that a text begins with, and how many they are.
#[inline]
pub(super) fn letters(trie: &Trie, from: u16, bytes: &[u8]) -> (u16, usize) {
    let letter = |byte: u8| (byte | 0x20).wrapping_sub(b'a');
    let (mut node, mut count) = (from, 0);
    while let Some(byte) = bytes.get(count)
        && letter(*byte) < 26
        && node != DEAD
    {
        node = trie.next(node, letter(*byte));
        count += 1;
    }
    // Most words are none of ours, and soon known not to be: what is left of them is only passed over.
    if node == DEAD {
        while let Some(eight) = bytes.get(count..).and_then(<[u8]>::first_chunk::<HEAD_BYTES>) {
            let (_, more) = leading_letters(u64::from_le_bytes(*eight));
            count += more;
            if more < HEAD_BYTES {
                return (node, count);
            }
        }
        let rest = bytes[count..].iter();
        count += rest.take_while(|byte| letter(**byte) < 26).count();
    }
    (node, count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_are_told_from_all_others() {
        for byte in 0..=u8::MAX {
            let (head, count) = leading_letters(u64::from_le_bytes([byte, b'Z', byte, 0, 0, 0, 0, 0]));
            let expected: &[u8] = if byte.is_ascii_alphabetic() {
                &[byte.to_ascii_lowercase(), b'z', byte.to_ascii_lowercase()]
            } else {
                &[]
            };
            assert_eq!(count, expected.len(), "{byte}");
            assert_eq!(&head.to_le_bytes()[..count], expected, "{byte}");
        }
    }

    proptest! {
        #[test]
        fn a_word_leads_where_its_letters_lead(text in "(kil|ass|assassin|Assassinated|stabbing)?[a-eK@ ]{0,3}[é1 .x]{0,12}") {
            let lexicon = crate::lexicon::built_in().expect("rules");
            let (node, count) = word(&lexicon.trie, text.as_bytes());
            let (expected, letters) = letters(&lexicon.trie, ROOT, text.as_bytes());
            prop_assert_eq!(count, letters);
            prop_assert_eq!(lexicon.trie.word(node), lexicon.trie.word(expected));
        }
    }
}
