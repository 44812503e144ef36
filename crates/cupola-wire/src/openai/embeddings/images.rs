//! A request for vectors of pictures, with or without a text. It goes to a backend as it is: the servers of OpenAI's shape
//! that take pictures as input take these objects.

use super::super::fields::{Fields, as_text, elements, is_null};
use super::super::head::{Head, wrong};
use super::super::{Invalid, Surface};
use super::request::DEFINED;
use super::{EmbeddingsRequest, InputKind, Weight};
use serde_json::value::RawValue;

// Pictures are large; nobody sends more at once.
const PICTURES_MAX: u32 = 256;
// What a picture weighs, in tokens: its bytes say nothing about that.
const PICTURE_TOKENS: u64 = 1024;
const BYTES_PER_TOKEN: u64 = 4;

impl<'a> EmbeddingsRequest<'a> {
    /// Reads a request for vectors of pictures.
    pub fn read_pictures(body: &'a [u8], surface: Surface) -> Result<Self, Invalid> {
        let head = Head::read(body, &DEFINED)?;
        let input = head.required("input", "an array of objects with an 'image'")?;
        let (mut inputs, mut tokens) = (0, 0);
        let whole = elements(input, |item| match weight(item) {
            Some(weight) => {
                inputs += 1;
                tokens += weight;
                inputs <= PICTURES_MAX
            }
            None => false,
        });
        if inputs > PICTURES_MAX {
            let rule = format!("must have at most {PICTURES_MAX} elements");
            return Err(wrong("input", input, &rule));
        }
        if !whole || inputs == 0 {
            let rule = "must be an array of objects with an 'image', a data URL, and maybe a 'text'";
            return Err(wrong("input", input, rule));
        }
        let weight = Weight {
            kind: InputKind::Pictures,
            inputs,
            tokens,
        };
        Self::of(head, weight, surface)
    }
}

/// The tokens of a picture and its text; `None` where it is no such object.
fn weight(item: &RawValue) -> Option<u64> {
    let fields = Fields::read(item.get()).ok()?;
    let value = |wanted: &str| {
        let found = fields
            .0
            .iter()
            .find(|(name, value)| name.0 == wanted && !is_null(value));
        found.map(|(_, value)| *value)
    };
    as_text(value("image")?).filter(|image| !image.is_empty())?;
    let text = match value("text") {
        Some(text) => as_text(text)?.len() as u64,
        None => 0,
    };
    Some(PICTURE_TOKENS + text.div_ceil(BYTES_PER_TOKEN))
}

#[cfg(test)]
mod tests {
    use super::super::{Encoding, InputType};
    use super::*;

    #[test]
    fn pictures_are_weighed_and_counted() {
        let body = br#"{"input":[{"image":"data:image/png;base64,iVBORw0KGgo=","text":"a cat"},{"image":"x","text":null}],"input_type":"document","encoding_format":"int8","user":"u"}"#;
        let request = EmbeddingsRequest::read_pictures(body, Surface::ModelInference).expect("a request");
        assert_eq!((request.inputs, request.prompt_tokens), (2, 2050));
        assert_eq!(request.encoding, Encoding::Int8);
        assert_eq!(request.input_type, Some(InputType::Document));
        assert_eq!(request.extra, ["user"]);
        let (edited, _) = request.for_backend(true);
        let edited = String::from_utf8(edited.expect("a body")).expect("text");
        assert!(edited.starts_with(r#"{"input":[{"image":"data:"#) && edited.contains(r#""float""#));
        assert!(
            !String::from_utf8(request.without_extra())
                .expect("text")
                .contains("user")
        );
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        for input in [
            "[]",
            "{}",
            r#""x""#,
            r#"["x"]"#,
            "[{}]",
            r#"[{"image":7}]"#,
            r#"[{"image":""}]"#,
            r#"[{"image":"x","text":7}]"#,
            r#"[{"image":"x"},{"text":"x"}]"#,
        ] {
            let body = format!(r#"{{"input":{input}}}"#);
            let refused =
                EmbeddingsRequest::read_pictures(body.as_bytes(), Surface::ModelInference).expect_err(input);
            assert!(format!("{refused:?}").contains("with an 'image'"), "{input}");
        }
        let many = format!(
            r#"{{"input":[{}{{"image":"x"}}]}}"#,
            r#"{"image":"x"},"#.repeat(256)
        );
        let refused = EmbeddingsRequest::read_pictures(many.as_bytes(), Surface::OpenAi).expect_err("many");
        assert!(format!("{refused:?}").contains("at most 256"));
    }
}
