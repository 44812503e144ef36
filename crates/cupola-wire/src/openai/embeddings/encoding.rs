//! The forms in which vectors go out. All are made from floats.
//!
//! Integers are scaled by vector: the element with the largest magnitude becomes 127 or -127, so the angles between
//! vectors stay what they were, as near as eight bits allow; lengths do not. `uint8` is `int8` plus 128. Bits say which
//! elements are above zero, the first in the highest place of its byte; the last byte is filled with zeros. `binary` is
//! `ubinary` minus 128, as every library that reads it expects.

use super::super::Invalid;
use super::super::head::{Head, wrong};
use super::vectors::write_floats;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// How vectors are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Encoding {
    /// A list of numbers.
    #[default]
    Float,
    /// The same numbers as text: 32 bits each, the lowest byte first.
    Base64,
    /// Numbers from -127 to 127.
    Int8,
    /// Numbers from 1 to 255.
    Uint8,
    /// A bit for an element, in bytes from -128 to 127.
    Binary,
    /// A bit for an element, in bytes from 0 to 255.
    Ubinary,
}

impl Encoding {
    /// Every encoding.
    pub const ALL: [Self; 6] = [
        Self::Float,
        Self::Base64,
        Self::Int8,
        Self::Uint8,
        Self::Binary,
        Self::Ubinary,
    ];

    /// The name at the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Float => "float",
            Self::Base64 => "base64",
            Self::Int8 => "int8",
            Self::Uint8 => "uint8",
            Self::Binary => "binary",
            Self::Ubinary => "ubinary",
        }
    }

    /// The encoding of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|encoding| encoding.as_str() == text)
    }

    /// The value of the parameter.
    pub(super) fn read(head: &Head<'_>) -> Result<Self, Invalid> {
        let Some(name) = head.text("encoding_format")? else {
            return Ok(Self::Float);
        };
        match (Self::parse(&name), head.value("encoding_format")) {
            (None, Some(value)) => {
                let rule = "must be one of float, base64, int8, uint8, binary and ubinary";
                Err(wrong("encoding_format", value, rule))
            }
            (found, _) => Ok(found.unwrap_or_default()),
        }
    }

    /// Writes a vector as JSON.
    pub(crate) fn write(self, vector: &[f32], out: &mut Vec<u8>) {
        match self {
            Self::Float => write_floats(vector, out),
            Self::Base64 => {
                let bytes: Vec<u8> = vector.iter().flat_map(|value| value.to_le_bytes()).collect();
                out.push(b'"');
                let from = out.len();
                out.resize(from + bytes.len().div_ceil(3) * 4, 0);
                // The place is exactly as long as the text, so nothing is left over.
                let written = STANDARD.encode_slice(&bytes, &mut out[from..]).unwrap_or(0);
                out.truncate(from + written);
                out.push(b'"');
            }
            Self::Int8 => write_integers(scaled(vector), out),
            Self::Uint8 => write_integers(scaled(vector).map(|value| value + 128), out),
            Self::Binary => write_integers(bits(vector).map(|value| value - 128), out),
            Self::Ubinary => write_integers(bits(vector), out),
        }
    }
}

/// The elements, so that the largest magnitude is 127.
fn scaled(vector: &[f32]) -> impl Iterator<Item = i16> {
    let largest = vector
        .iter()
        .fold(0.0_f32, |largest, value| largest.max(value.abs()));
    // In 64 bits, so that neither the smallest nor the largest numbers leave the range.
    let scale = if largest > 0.0 {
        127.0 / f64::from(largest)
    } else {
        0.0
    };
    vector
        .iter()
        .map(move |value| (f64::from(*value) * scale).round() as i16)
}

fn bits(vector: &[f32]) -> impl Iterator<Item = i16> {
    vector.chunks(8).map(|chunk| {
        let set = |(at, value): (usize, &f32)| i16::from(*value > 0.0) << (7 - at);
        chunk.iter().enumerate().map(set).sum()
    })
}

fn write_integers(values: impl Iterator<Item = i16>, out: &mut Vec<u8>) {
    out.push(b'[');
    for (at, value) in values.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(value.to_string().as_bytes());
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(encoding: Encoding, vector: &[f32]) -> String {
        let mut out = Vec::new();
        encoding.write(vector, &mut out);
        String::from_utf8(out).expect("text")
    }

    fn check(encoding: Encoding, vector: &[f32], expected: &str) {
        assert_eq!(
            written(encoding, vector),
            expected,
            "{} {vector:?}",
            encoding.as_str()
        );
    }

    #[test]
    fn every_encoding_is_written_as_its_readers_expect() {
        let vector = [0.1, 0.2, 0.3, 0.4];
        check(Encoding::Float, &vector, "[0.1,0.2,0.3,0.4]");
        check(Encoding::Base64, &vector, r#""zczMPc3MTD6amZk+zczMPg==""#);
        check(Encoding::Int8, &[0.5, -1.0, 0.0, 0.25], "[64,-127,0,32]");
        check(Encoding::Uint8, &[0.5, -1.0, 0.0, 0.25], "[192,1,128,160]");
        check(Encoding::Int8, &[0.0, 0.0], "[0,0]");
        let nine = [1.0, -1.0, 0.0, 1.0, 1.0, -1.0, -1.0, 1.0, 1.0];
        check(Encoding::Ubinary, &nine, "[153,128]");
        check(Encoding::Binary, &nine, "[25,0]");
        check(Encoding::Base64, &[], "\"\"");
        check(Encoding::Float, &[], "[]");
        check(Encoding::Int8, &[f32::MAX, f32::MIN_POSITIVE], "[127,0]");
    }

    #[test]
    fn every_encoding_is_found_by_its_name() {
        for encoding in Encoding::ALL {
            assert_eq!(Encoding::parse(encoding.as_str()), Some(encoding));
        }
    }

    proptest! {
        #[test]
        fn integers_are_within_half_a_step(vector in prop::collection::vec(-1e3_f32..1e3, 1..40)) {
            let integers: Vec<i16> = serde_json::from_str(&written(Encoding::Int8, &vector)).expect("integers");
            let unsigned: Vec<i16> = serde_json::from_str(&written(Encoding::Uint8, &vector)).expect("integers");
            let largest = vector.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
            for ((value, integer), unsigned) in vector.iter().zip(&integers).zip(&unsigned) {
                prop_assert!((-127..=127).contains(integer));
                prop_assert_eq!(integer + 128, *unsigned);
                let back = f64::from(*integer) * f64::from(largest) / 127.0;
                prop_assert!((back - f64::from(*value)).abs() <= f64::from(largest) / 127.0 * 0.5001);
            }
        }

        #[test]
        fn bits_say_which_elements_are_above_zero(vector in prop::collection::vec(-1.0_f32..1.0, 1..40)) {
            let bytes: Vec<u8> = serde_json::from_str(&written(Encoding::Ubinary, &vector)).expect("bytes");
            let signed: Vec<i8> = serde_json::from_str(&written(Encoding::Binary, &vector)).expect("bytes");
            prop_assert_eq!(bytes.len(), vector.len().div_ceil(8));
            for (at, value) in vector.iter().enumerate() {
                prop_assert_eq!(bytes[at / 8] >> (7 - at % 8) & 1 == 1, *value > 0.0);
            }
            for (byte, signed) in bytes.iter().zip(signed) {
                prop_assert_eq!(i16::from(*byte) - 128, i16::from(signed));
            }
        }
    }
}
