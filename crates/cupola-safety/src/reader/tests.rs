//! Words however they are written, and however they are cut.

use super::*;
use proptest::prelude::*;

#[derive(Default)]
struct Written(Vec<String>);

impl Listener for Written {
    fn word(&mut self, word: u16, start: usize, end: usize) {
        self.0.push(format!("{word}@{start}..{end}"));
    }
    fn stop(&mut self) {
        self.0.push("stop".to_owned());
    }
    fn fence(&mut self) {
        self.0.push("fence".to_owned());
    }
}

fn trie() -> Trie {
    let mut trie = Trie::default();
    for (number, word) in ["kill", "dont", "1488", "ass", "i"].iter().enumerate() {
        trie.insert(word, number as u16 + 1).expect("a word");
    }
    trie
}

fn check(text: &str, expected: &str) {
    let (whole, pieces) = read(text);
    assert_eq!(whole.join(" "), expected, "{text}");
    assert_eq!(pieces, whole, "{text}, character by character");
}

/// What is told of a text that comes whole, and of one that comes character by character.
fn read(text: &str) -> (Vec<String>, Vec<String>) {
    let trie = trie();
    let mut whole = Written::default();
    let mut reader = Reader::default();
    reader.feed(&trie, text, &mut whole);
    reader.finish(&trie, &mut whole);
    let mut pieces = Written::default();
    let mut reader = Reader::default();
    for character in text.chars() {
        reader.feed(&trie, character.encode_utf8(&mut [0; 4]), &mut pieces);
    }
    reader.finish(&trie, &mut pieces);
    (whole.0, pieces.0)
}

#[test]
fn words_are_found_however_they_are_written() {
    check("kill", "1@0..4");
    check("a KILL.", "0@0..1 1@2..6");
    check("k1ll 1488", "1@0..4 3@5..9");
    check("don't don’t 'kill'", "2@0..5 2@6..13 1@15..19");
    check("ki\u{200b}ll", "1@0..7");
    check("кіll kíll ki\u{301}ll", "1@0..6 1@7..12 1@13..19");
    check("ｋｉｌｌ", "1@0..12");
    check("a$$ @ass a5s", "4@0..3 4@5..8 4@9..12");
    check("kill@x.org", "0@0..6 0@7..10");
    check("455", "0@0..3");
    check("skill kills", "0@0..5 0@6..11");
    check("k i l l x", "0@0..1 5@2..3 0@4..5 0@6..7 0@8..9");
    check("k-i-l-l now", "0@0..1 5@2..3 0@4..5 0@6..7 1@0..7 0@8..11");
}

#[test]
fn sentences_end_at_a_stop_and_a_space() {
    check("i. i", "5@0..1 stop 5@3..4");
    check("i.i", "5@0..1 5@2..3");
    check("i\ni\n\ni", "5@0..1 5@2..3 stop 5@5..6");
    check("i!\" i", "5@0..1 stop 5@4..5");
    check("\"\"\"i\"\"\"", "stop fence 5@3..4 stop fence");
}

proptest! {
    #[test]
    fn a_text_is_read_whole_as_character_by_character(text in "([kilasq]{1,4}|[kilasq]{8,20}|[ ]{1,2}|[.!\"\n,/1@'é]){0,24}") {
        let (whole, pieces) = read(&text);
        prop_assert_eq!(whole, pieces);
    }

    #[test]
    fn letters_in_one_go_are_letters_one_by_one(text in "[kilLasdontqZ148@$]{0,12}", cut in 0usize..12) {
        let trie = trie();
        let mut one_by_one = Reader::default().begin(0);
        let mut in_one_go = one_by_one;
        let cut = cut.min(text.len());
        for part in [&text.as_bytes()[..cut], &text.as_bytes()[cut..]] {
            let mut at = 0;
            while at < part.len() {
                at += in_one_go.push_letters(&trie, &part[at..]);
                let Some(byte) = part.get(at) else { break };
                push(&mut in_one_go, &trie, *byte);
                at += 1;
            }
            part.iter().for_each(|byte| push(&mut one_by_one, &trie, *byte));
        }
        prop_assert_eq!(format!("{in_one_go:?}"), format!("{one_by_one:?}"));
    }
}

fn push(current: &mut Current, trie: &Trie, byte: u8) {
    match CLASS[usize::from(byte)] {
        class @ 0..36 => current.push(trie, class),
        _ => current.push_sign(trie, byte),
    }
}
