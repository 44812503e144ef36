//! The vectors of a backend's answer: numbers, or the same as base64. Both are read; neither has to be asked for.

use super::super::fields::as_text;
use super::super::{Broken, Totals};
use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde_json::value::RawValue;

// Some servers leave the padding away.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// An answer in OpenAI's shape, its vectors in the order of the inputs.
#[derive(Debug)]
pub(crate) struct Vectors<'a> {
    pub(crate) items: Vec<&'a RawValue>,
    /// What the backend reported.
    pub(crate) totals: Option<Totals>,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    data: Vec<Item<'a>>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(default)]
    index: Option<u32>,
    #[serde(borrow)]
    embedding: &'a RawValue,
}

impl<'a> Vectors<'a> {
    /// Reads an answer that has to have a vector for each of `inputs`.
    pub(crate) fn read(body: &'a [u8], inputs: u32) -> Result<Self, Broken> {
        let mut answer: Answer<'a> =
            serde_json::from_slice(body).map_err(|error| Broken(error.to_string()))?;
        if answer.data.len() != inputs as usize {
            let count = answer.data.len();
            return Err(Broken(format!("it has {count} vectors for {inputs} inputs")));
        }
        for (position, item) in answer.data.iter_mut().enumerate() {
            item.index.get_or_insert(position as u32);
        }
        answer.data.sort_by_key(|item| item.index);
        let mut numbers = answer.data.iter().zip(0..);
        if let Some((item, _)) = numbers.find(|(item, position)| item.index != Some(*position)) {
            let index = item.index.unwrap_or_default();
            return Err(Broken(format!("the index {index} is not one of each")));
        }
        Ok(Self {
            items: answer.data.iter().map(|item| item.embedding).collect(),
            totals: answer.usage.and_then(|usage| Totals::read_prompt(usage.get())),
        })
    }
}

/// Reads a vector into `vector`, which is emptied first.
pub(super) fn read_floats(embedding: &RawValue, vector: &mut Vec<f32>) -> Result<(), Broken> {
    vector.clear();
    match embedding.get().as_bytes() {
        [b'[', inner @ .., b']'] => numbers(inner, vector)?,
        [b'"', ..] => {
            let text = as_text(embedding).unwrap_or_default();
            let bytes = LENIENT
                .decode(text.as_bytes())
                .map_err(|error| Broken(format!("a vector is no base64: {error}")))?;
            let (values, []) = bytes.as_chunks::<4>() else {
                return Err(Broken("a vector is no whole number of floats".to_owned()));
            };
            vector.extend(values.iter().map(|value| f32::from_le_bytes(*value)));
        }
        _ => return Err(Broken("a vector is neither a list nor base64".to_owned())),
    }
    // JSON has no way to write the others, and no distance can be told with them.
    match vector.iter().all(|value| value.is_finite()) {
        true => Ok(()),
        false => Err(no_number()),
    }
}

/// The vector as it came, where that is a list; `None` where it has to be read. In what was found to be JSON nothing but
/// numbers is written with bytes up to the digits, without quotes, and the sign of an exponent.
pub(super) fn as_list(embedding: &RawValue) -> Result<Option<&str>, Broken> {
    let text = embedding.get();
    let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return Ok(None);
    };
    // Without a way out of the loop it is done many bytes at a time.
    let is_numbers = inner.bytes().fold(true, |is_numbers, byte| {
        is_numbers & (((byte <= b'9') & (byte != b'"')) | (byte | 0x20 == b'e'))
    });
    match is_numbers {
        true => Ok(Some(text)),
        false => Err(no_number()),
    }
}

fn no_number() -> Broken {
    Broken("a vector has an element that is no number".to_owned())
}

/// The numbers of a list that was found to be JSON. What is no number in it, such as a list, is refused.
fn numbers(inner: &[u8], vector: &mut Vec<f32>) -> Result<(), Broken> {
    if inner.trim_ascii().is_empty() {
        return Ok(());
    }
    for number in inner.split(|byte| *byte == b',') {
        let text = std::str::from_utf8(number.trim_ascii()).unwrap_or_default();
        let value = text.parse().map_err(|_| no_number())?;
        vector.push(value);
    }
    Ok(())
}

/// Writes a list of numbers, each as short as it can be without becoming another one.
pub(super) fn write_floats(vector: &[f32], out: &mut Vec<u8>) {
    out.push(b'[');
    for (at, value) in vector.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        // Writing to memory cannot fail.
        let _ = serde_json::to_writer(&mut *out, value);
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use super::super::Encoding;
    use super::*;
    use proptest::prelude::*;

    fn floats(embedding: &str) -> Result<Vec<f32>, Broken> {
        let raw: &RawValue = serde_json::from_str(embedding).expect("JSON");
        let mut vector = vec![7.0];
        read_floats(raw, &mut vector).map(|()| vector)
    }

    #[test]
    fn lists_and_base64_are_read() {
        let check = |embedding: &str, expected: &[f32]| {
            assert_eq!(floats(embedding).as_deref(), Ok(expected), "{embedding}");
        };
        check("[0.1, -2e-1 ,3]", &[0.1, -0.2, 3.0]);
        check("[ ]", &[]);
        check(r#""zczMPc3MTD6amZk+zczMPg==""#, &[0.1, 0.2, 0.3, 0.4]);
        check(r#""zczMPc3MTD6amZk\u002bzczMPg""#, &[0.1, 0.2, 0.3, 0.4]);
        check("\"\"", &[]);
        for embedding in [
            "[[1]]",
            "[1e99]",
            "[\"1\"]",
            "[null]",
            "[true]",
            "\"AAA\"",
            "\"?\"",
            "7",
            "null",
            "\"AADAfw==\"",
        ] {
            assert!(floats(embedding).is_err(), "{embedding}");
        }
    }

    #[test]
    fn lists_go_on_as_they_came_where_they_are_numbers() {
        let list = |embedding: &str| {
            let raw: &RawValue = serde_json::from_str(embedding).expect("JSON");
            as_list(raw).map(|list| list.map(str::to_owned))
        };
        for numbers in ["[0.1, -2e-1 ,3E+4]", "[ ]", "[]", "[1,\t2\r\n]"] {
            assert_eq!(list(numbers), Ok(Some(numbers.to_owned())));
        }
        for other in ["\"AAAAAA==\"", "7", "null", "{}"] {
            assert_eq!(list(other), Ok(None), "{other}");
        }
        for wrong in [
            "[\"x\"]", "[\"\"]", "[null]", "[1,true]", "[false]", "[[1]]", "[[]]", "[{}]",
        ] {
            assert!(list(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn vectors_come_in_the_order_of_the_inputs() {
        let check = |data: &str, inputs: u32, expected: Option<&[&str]>| {
            let body = format!(r#"{{"data":{data},"usage":{{"prompt_tokens":3,"total_tokens":3}}}}"#);
            let read = Vectors::read(body.as_bytes(), inputs);
            let items = read
                .as_ref()
                .map(|read| read.items.iter().map(|item| item.get()).collect::<Vec<_>>());
            assert_eq!(items.ok().as_deref(), expected, "{data}");
        };
        check(
            r#"[{"embedding":[1],"index":1},{"index":0,"embedding":"A"}]"#,
            2,
            Some(&["\"A\"", "[1]"]),
        );
        check(
            r#"[{"embedding":[1]},{"embedding":[2],"object":"embedding"}]"#,
            2,
            Some(&["[1]", "[2]"]),
        );
        check("[]", 0, Some(&[]));
        check("[]", 1, None);
        check(
            r#"[{"embedding":[1],"index":1},{"index":1,"embedding":"A"}]"#,
            2,
            None,
        );
        check(r#"[{"embedding":[1],"index":1}]"#, 1, None);
        check("7", 1, None);
        check("[{}]", 1, None);
    }

    proptest! {
        #[test]
        fn base64_and_lists_are_exact(vector in prop::collection::vec(-1e30_f32..1e30, 0..40)) {
            for encoding in [Encoding::Float, Encoding::Base64] {
                let mut out = Vec::new();
                encoding.write(&vector, &mut out);
                let text = String::from_utf8(out).expect("text");
                let back = floats(&text);
                prop_assert_eq!(back.as_ref(), Ok(&vector));
            }
        }
    }
}
