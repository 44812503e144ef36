//! Percent-encoding of RFC 3986: what cannot stand in a part of an address, as a percent sign and two digits for each byte.

use std::fmt::Write as _;

/// Text that can stand in a query or as one segment of a path: all but letters, digits and `-._~` is encoded.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Undoes it; in a form, `+` is a space too. What is no escape stays as it is. The bytes need not be UTF-8.
pub fn decode(text: &str, form: bool) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = match (first, after) {
            (b'%', [high, low, after @ ..]) if let (Some(high), Some(low)) = (digit(*high), digit(*low)) => {
                bytes.push(high << 4 | low);
                after
            }
            (b'+', after) if form => {
                bytes.push(b' ');
                after
            }
            (other, after) => {
                bytes.push(*other);
                after
            }
        };
    }
    bytes
}

fn digit(hexadecimal: u8) -> Option<u8> {
    let value = char::from(hexadecimal).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_escape_stays() {
        let check = |text: &str, form: bool, expected: &[u8]| {
            assert_eq!(decode(text, form), expected, "{text}");
        };
        check("a%2Fb+c%", false, b"a/b+c%");
        check("a%2Fb+c%", true, b"a/b c%");
        check("%e5%A4%a9", false, "天".as_bytes());
        check("%FF%zz%4", false, b"\xff%zz%4");
        check("%+1", false, b"%+1");
        check("", true, b"");
    }

    #[test]
    fn names_cannot_leave_their_segment() {
        assert_eq!(encode("a/b c?é"), "a%2Fb%20c%3F%C3%A9");
        assert_eq!(encode("Phi-4_x.y~"), "Phi-4_x.y~");
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(text in ".{0,40}") {
            let encoded = encode(&text);
            let plain = encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte));
            prop_assert!(plain, "{}", encoded);
            prop_assert_eq!(decode(&encoded, false), text.as_bytes());
            prop_assert_eq!(decode(&encoded, true), text.as_bytes());
        }
    }
}
