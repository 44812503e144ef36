//! A request for vectors of pictures, with or without a text. It goes to a backend as it is: the servers of OpenAI's shape
//! that take pictures as input take these objects.

use super::super::fields::{Fields, as_text, elements, is_null};
use super::super::head::{Head, wrong};
use super::super::{Invalid, Surface};
use super::request::{dimensions, for_backend};
use super::{Encoding, InputType, Wanted};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::ops::Range;

// Pictures are large; nobody sends more at once.
const PICTURES_MAX: u32 = 256;
// What a picture weighs, in tokens: its bytes say nothing about that.
const PICTURE_TOKENS: u64 = 1024;
const BYTES_PER_TOKEN: u64 = 4;

const DEFINED: [&str; 5] = ["input", "dimensions", "encoding_format", "input_type", "model"];

/// What of an image embeddings request decides what we do with it.
#[derive(Debug)]
pub struct ImageEmbeddingsRequest<'a> {
    head: Head<'a>,
    /// How many vectors are asked for.
    pub inputs: u32,
    /// How the client wants them; floats, unless it says otherwise.
    pub encoding: Encoding,
    /// How long they shall be.
    pub dimensions: Option<u32>,
    /// What the pictures are for, where the client says it.
    pub input_type: Option<InputType>,
    /// An estimate of the prompt, rounded up.
    pub prompt_tokens: u64,
    /// Keys that the Model Inference API does not define.
    pub extra: Vec<Cow<'a, str>>,
}

impl<'a> ImageEmbeddingsRequest<'a> {
    /// Reads the head fields and checks them by the rules of the surface.
    pub fn read(body: &'a [u8], surface: Surface) -> Result<Self, Invalid> {
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
        let extra = match surface {
            Surface::ModelInference => head.extra(&DEFINED),
            _ => Vec::new(),
        };
        Ok(Self {
            inputs,
            encoding: Encoding::read(&head)?,
            dimensions: dimensions(&head)?,
            input_type: InputType::read(&head)?,
            prompt_tokens: tokens,
            extra,
            head,
        })
    }

    /// The body as a backend gets it: floats asked for, where `float` is set, because not every backend can write other
    /// encodings, and we can. `None` where it can go as it came. Then where the value of `model` stands in it, for the
    /// backend to put its own name there.
    pub fn for_backend(&self, float: bool) -> (Option<Vec<u8>>, Option<Range<usize>>) {
        for_backend(&self.head, float)
    }

    /// The model that the client names.
    pub fn model(&self) -> Option<Cow<'a, str>> {
        self.head.raw("model").and_then(as_text)
    }

    /// The body without the keys that the Model Inference API does not define.
    pub fn without_extra(&self) -> Vec<u8> {
        self.head.without_extra(&DEFINED)
    }

    /// What the answer has to be.
    pub fn wanted(&self) -> Wanted {
        Wanted {
            encoding: self.encoding,
            inputs: self.inputs,
            prompt_tokens: self.prompt_tokens,
        }
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
    use super::*;

    #[test]
    fn pictures_are_weighed_and_counted() {
        let body = br#"{"input":[{"image":"data:image/png;base64,iVBORw0KGgo=","text":"a cat"},{"image":"x","text":null}],"input_type":"document","encoding_format":"int8","user":"u"}"#;
        let request = ImageEmbeddingsRequest::read(body, Surface::ModelInference).expect("a request");
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
                ImageEmbeddingsRequest::read(body.as_bytes(), Surface::ModelInference).expect_err(input);
            assert!(format!("{refused:?}").contains("with an 'image'"), "{input}");
        }
        let many = format!(
            r#"{{"input":[{}{{"image":"x"}}]}}"#,
            r#"{"image":"x"},"#.repeat(256)
        );
        let refused = ImageEmbeddingsRequest::read(many.as_bytes(), Surface::OpenAi).expect_err("many");
        assert!(format!("{refused:?}").contains("at most 256"));
    }
}
