//! Personal data by its form: e-mail addresses, telephone numbers, cards, accounts, social security numbers, IP addresses.
//!
//! What has a checksum is checked. Names and postal addresses have no form, and are not found.

use crate::tail::Pattern;
use regex::Regex;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

/// One kind of personal data.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) rule: &'static str,
    pub(crate) pattern: Pattern,
    /// Whether a text of this form is one; the answer is how many of its bytes.
    pub(crate) check: fn(&str) -> Option<usize>,
}

/// Rule, expression, longest match in bytes, check.
type Row = (&'static str, &'static str, usize, fn(&str) -> Option<usize>);

// No expression matches a space behind anything but a digit, a capital or a closing bracket: `settled` counts on it.
const ROWS: [Row; 8] = [
    (
        "pii.email",
        r"\b[A-Za-z0-9._%+\-]{1,64}@(?:[A-Za-z0-9\-]{1,40}\.){1,3}[A-Za-z]{2,24}\b",
        64 + 1 + 3 * 41 + 24,
        whole,
    ),
    (
        "pii.phone",
        r"\+[0-9]{1,3}(?:[ .\-]?\(?[0-9]{1,4}\)?){2,6}",
        4 + 6 * 7,
        phone,
    ),
    (
        "pii.phone",
        r"(?:\([0-9]{3}\) ?|\b[0-9]{3}[ .\-])[0-9]{3}[ .\-][0-9]{4}\b",
        14,
        whole,
    ),
    ("pii.card", r"\b[2-6](?:[ \-]?[0-9]){12,18}\b", 1 + 2 * 18, card),
    (
        "pii.iban",
        r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}\b",
        4 + 2 * 30,
        iban,
    ),
    ("pii.ssn", r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b", 11, ssn),
    ("pii.ip", r"\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b", 15, ipv4),
    (
        "pii.ip",
        r"\b[0-9A-Fa-f]{1,4}(?::{1,2}[0-9A-Fa-f]{1,4}){3,7}\b",
        4 + 7 * 6,
        ipv6,
    ),
];

static KINDS: LazyLock<Result<Vec<Kind>, regex::Error>> = LazyLock::new(|| {
    let mut kinds = Vec::new();
    for (rule, expression, longest, check) in ROWS {
        kinds.push(Kind {
            rule,
            pattern: Pattern {
                regex: Regex::new(expression)?,
                longest: Some(longest),
            },
            check,
        });
    }
    Ok(kinds)
});

/// All kinds.
pub(crate) fn kinds() -> Result<&'static [Kind], regex::Error> {
    KINDS.as_ref().map(Vec::as_slice).map_err(Clone::clone)
}

/// Whether there can be personal data in a text at all.
pub(crate) fn may_be_in(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit() || byte == b'@')
}

/// Where the last space stands that no personal data goes across; the text behind it may still become some.
pub(crate) fn settled(text: &str) -> usize {
    let bytes = text.as_bytes();
    let breaks = |index: &usize| {
        let before = bytes.get(index.wrapping_sub(1)).copied().unwrap_or(b'0');
        bytes[*index].is_ascii_whitespace()
            && !before.is_ascii_digit()
            && !before.is_ascii_uppercase()
            && before != b')'
    };
    (0..bytes.len()).rev().find(breaks).map_or(0, |index| index + 1)
}

fn whole(text: &str) -> Option<usize> {
    Some(text.len())
}

fn digits(text: &str) -> impl Iterator<Item = u32> {
    text.chars().filter_map(|character| character.to_digit(10))
}

fn phone(text: &str) -> Option<usize> {
    (8..=15).contains(&digits(text).count()).then_some(text.len())
}

/// Luhn: every second digit from the right counts twice.
fn card(text: &str) -> Option<usize> {
    let all: Vec<u32> = digits(text).collect();
    let sum: u32 = all
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| match (index % 2, digit * 2) {
            (0, _) => *digit,
            (_, twice) if twice > 9 => twice - 9,
            (_, twice) => twice,
        })
        .sum();
    (sum.is_multiple_of(10)).then_some(text.len())
}

/// ISO 13616: the first four characters behind the rest, letters as numbers, remainder 1 by 97.
fn iban(text: &str) -> Option<usize> {
    let length = iban_length(text.get(..2)?);
    let mut end = text.len();
    let mut characters = Vec::new();
    for (index, character) in text.char_indices().filter(|(_, character)| *character != ' ') {
        characters.push(character);
        if Some(characters.len()) == length {
            end = index + 1;
            break;
        }
    }
    if length.is_some_and(|length| characters.len() != length) {
        return None;
    }
    characters.rotate_left(4);
    let remainder = characters.iter().fold(0, |remainder, character| {
        let value = character.to_digit(36).unwrap_or(0);
        if value < 10 {
            (remainder * 10 + value) % 97
        } else {
            (remainder * 100 + value) % 97
        }
    });
    (remainder == 1).then_some(end)
}

fn iban_length(country: &str) -> Option<usize> {
    Some(match country {
        "NO" => 15,
        "BE" => 16,
        "DK" | "FI" | "NL" => 18,
        "MK" | "SI" => 19,
        "AT" | "BA" | "EE" | "LT" | "LU" => 20,
        "CH" | "HR" | "LI" | "LV" => 21,
        "BG" | "DE" | "GB" | "GE" | "IE" | "ME" | "RS" => 22,
        "AE" | "GI" | "IL" => 23,
        "CZ" | "ES" | "RO" | "SA" | "SE" | "SK" => 24,
        "PT" => 25,
        "IS" | "TR" => 26,
        "FR" | "GR" | "IT" | "MC" | "SM" => 27,
        "CY" | "HU" | "PL" => 28,
        "MT" => 31,
        _ => return None,
    })
}

fn ssn(text: &str) -> Option<usize> {
    let mut parts = text.split('-');
    let (area, group, serial) = (parts.next()?, parts.next()?, parts.next()?);
    let never = area == "000" || area == "666" || area.starts_with('9') || group == "00" || serial == "0000";
    (!never).then_some(text.len())
}

/// Four small numbers are a version more often than an address.
fn ipv4(text: &str) -> Option<usize> {
    let address: Ipv4Addr = text.parse().ok()?;
    address
        .octets()
        .iter()
        .any(|octet| *octet >= 10)
        .then_some(text.len())
}

fn ipv6(text: &str) -> Option<usize> {
    let is_address = text.parse::<Ipv6Addr>().is_ok() && text.bytes().any(|byte| byte.is_ascii_digit());
    is_address.then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let mut found = Vec::new();
        for kind in kinds().expect("kinds") {
            for one in kind.pattern.regex.find_iter(text) {
                assert!(Some(one.len()) <= kind.pattern.longest, "{text}");
                if let Some(length) = (kind.check)(one.as_str()) {
                    found.push(format!("{} {}", kind.rule, &one.as_str()[..length]));
                }
            }
        }
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn forms_and_checksums() {
        check(
            "to a.b+c@mail.example.co.uk.",
            &["pii.email a.b+c@mail.example.co.uk"],
        );
        check("a@b", &[]);
        check(
            "+44 20 7946 0958 or (425) 555-0123",
            &["pii.phone +44 20 7946 0958", "pii.phone (425) 555-0123"],
        );
        check("2024-05-01 10:30:00", &[]);
        check("4111 1111 1111 1111", &["pii.card 4111 1111 1111 1111"]);
        check("4111 1111 1111 1112", &[]);
        check(
            "DE89 3704 0044 0532 0130 00 AND",
            &["pii.iban DE89 3704 0044 0532 0130 00"],
        );
        check("DE88 3704 0044 0532 0130 00", &[]);
        check("536-22-1234 666-22-1234", &["pii.ssn 536-22-1234"]);
        check("203.0.113.42 1.2.3.4 300.1.1.1", &["pii.ip 203.0.113.42"]);
        check(
            "2001:db8:85a3:0:0:8a2e:370:7334 fe80::1:2:3",
            &["pii.ip 2001:db8:85a3:0:0:8a2e:370:7334", "pii.ip fe80::1:2:3"],
        );
    }

    #[test]
    fn a_number_may_go_on_behind_a_space() {
        assert_eq!(settled("call me"), 5);
        assert_eq!(settled("call 555 0"), 5);
        assert_eq!(settled("DE89 37"), 0);
        assert_eq!(settled("x (425) 5"), 2);
    }
}
