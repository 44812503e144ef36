//! Characters as they are compared: case, accents, full-width and look-alike letters, invisible characters.

use unicode_normalization::char::decompose_compatible;

/// What a character that is not ASCII is made of, in lower case and without invisible parts.
pub(crate) fn fold(character: char, mut each: impl FnMut(char)) {
    if is_ignorable(character) {
        return;
    }
    decompose_compatible(character, |part| {
        if is_ignorable(part) {
            return;
        }
        if part.is_ascii() {
            each(part.to_ascii_lowercase());
            return;
        }
        for lower in part.to_lowercase() {
            match lower {
                'ß' => {
                    each('s');
                    each('s');
                }
                'ς' => each('σ'),
                // Lower case of U+0130 brings a dot of its own.
                mark if is_ignorable(mark) => {}
                other => each(other),
            }
        }
    });
}

/// Characters that a reader does not see, and that split words for a program.
pub(crate) fn is_ignorable(character: char) -> bool {
    matches!(
        character,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{180B}'..='\u{180E}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
            | '\u{E0000}'..='\u{E01EF}'
    )
}

/// Marks that sit on a letter.
pub(crate) fn is_mark(character: char) -> bool {
    matches!(
        character,
        '\u{0300}'..='\u{036F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}'
            | '\u{FE20}'..='\u{FE2F}'
    )
}

/// The Latin letter for which a folded letter of another script passes at a glance.
pub(crate) fn look_alike(character: char) -> Option<char> {
    Some(match character {
        'а' | 'α' | 'ɑ' => 'a',
        'в' | 'ь' | 'β' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' | 'ɗ' | 'đ' => 'd',
        'е' | 'ε' | 'є' | 'ҽ' => 'e',
        'ɡ' => 'g',
        'һ' | 'н' => 'h',
        'і' | 'ι' | 'ı' | 'ɩ' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'ӏ' | 'ł' | 'ɫ' => 'l',
        'м' | 'μ' => 'm',
        'п' | 'η' | 'ո' => 'n',
        'о' | 'ο' | 'σ' | 'ø' | 'օ' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'г' => 'r',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ս' | 'ц' => 'u',
        'ѵ' | 'ν' => 'v',
        'ԝ' | 'ω' | 'ш' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        _ => return None,
    })
}

/// Whether a folded character is part of a word for blocklists. Scripts that put no spaces between words have none:
/// their terms are found anywhere.
pub(crate) fn is_word(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric();
    }
    (character.is_alphanumeric() || is_mark(character)) && !is_unspaced(character)
}

fn is_unspaced(character: char) -> bool {
    matches!(
        character,
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{11FF}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{30FF}'
            | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
            | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut folded = String::new();
        for character in text.chars() {
            fold(character, |part| folded.push(part));
        }
        assert_eq!(folded, expected, "{text}");
    }

    #[test]
    fn folds_what_looks_alike() {
        check("KILL", "kill");
        check("ｋｉｌｌ", "kill");
        check("𝐤𝐢𝐥𝐥", "kill");
        check("ki\u{200b}ll", "kill");
        check("STRASSE Straße ẞ", "strasse strasse ss");
        check("ΣΊΣΥΦΟΣ", "σι\u{301}συφοσ");
        check("é", "e\u{301}");
        check("İ", "i\u{307}");
        assert_eq!("кіӏӏ".chars().filter_map(look_alike).collect::<String>(), "kill");
    }
}
