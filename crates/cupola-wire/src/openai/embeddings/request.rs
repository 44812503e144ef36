//! A request for vectors of texts.

use super::super::edits::{Edits, place};
use super::super::fields::{as_text, elements, is_null};
use super::super::head::{Head, wrong};
use super::super::{Invalid, Surface};
use super::{Encoding, Wanted};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::ops::Range;

/// The most inputs of a request, as OpenAI has it.
pub(crate) const INPUTS_MAX: u32 = 2048;
// The longest context of embedding models is far below; a longer array of tokens is no text.
const TOKENS_MAX: u64 = 1 << 20;
const DIMENSIONS_MAX: u64 = 1 << 16;
const BYTES_PER_TOKEN: u64 = 4;

// What the Model Inference API defines, in all of its versions.
pub(super) const DEFINED: [&str; 5] = ["input", "dimensions", "encoding_format", "input_type", "model"];

/// What of a request for vectors, of texts or of pictures, decides what we do with it.
#[derive(Debug)]
pub struct EmbeddingsRequest<'a> {
    head: Head<'a>,
    /// In which form the inputs came.
    pub kind: InputKind,
    /// How many vectors are asked for.
    pub inputs: u32,
    /// How the client wants them; floats, unless it says otherwise.
    pub encoding: Encoding,
    /// How long they shall be.
    pub dimensions: Option<u32>,
    /// What the inputs are for, where the client says it.
    pub input_type: Option<InputType>,
    /// An estimate of the prompt, rounded up; exact, where tokens came.
    pub prompt_tokens: u64,
    /// Keys that the Model Inference API does not define.
    pub extra: Vec<Cow<'a, str>>,
}

/// In which form inputs come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// One text.
    Text,
    /// Texts.
    Texts,
    /// One text, as tokens.
    Tokens,
    /// Texts, as tokens.
    TokenLists,
    /// Pictures, with or without a text.
    Pictures,
}

/// What texts are turned into vectors for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputType {
    /// Whatever.
    Text,
    /// To search with.
    Query,
    /// To be found.
    Document,
}

impl InputType {
    const ALL: [Self; 3] = [Self::Text, Self::Query, Self::Document];

    /// The name at the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Query => "query",
            Self::Document => "document",
        }
    }

    /// The value of the parameter.
    pub(super) fn read(head: &Head<'_>) -> Result<Option<Self>, Invalid> {
        let Some(name) = head.text("input_type")? else {
            return Ok(None);
        };
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == name);
        match (found, head.value("input_type")) {
            (None, Some(value)) => {
                let rule = "must be one of text, query and document";
                Err(wrong("input_type", value, rule))
            }
            _ => Ok(found),
        }
    }
}

impl<'a> EmbeddingsRequest<'a> {
    /// Reads the head fields and checks them by the rules of the surface. What the Model Inference API defines for this
    /// route is the same in all of its versions.
    pub fn read(body: &'a [u8], surface: Surface) -> Result<Self, Invalid> {
        let head = Head::read(body, &DEFINED)?;
        let input = head.required("input", "a string or an array of strings")?;
        let weight = Weight::of("input", input, surface != Surface::ModelInference)?;
        if weight.inputs > INPUTS_MAX {
            let rule = format!("must have at most {INPUTS_MAX} elements");
            return Err(wrong("input", input, &rule));
        }
        Self::of(head, weight, surface)
    }

    /// The same for the inputs that this weighs.
    pub(super) fn of(head: Head<'a>, weight: Weight, surface: Surface) -> Result<Self, Invalid> {
        let extra = match surface {
            Surface::ModelInference => head.extra(&DEFINED),
            _ => Vec::new(),
        };
        Ok(Self {
            kind: weight.kind,
            inputs: weight.inputs,
            encoding: Encoding::read(&head)?,
            dimensions: dimensions(&head)?,
            input_type: InputType::read(&head)?,
            prompt_tokens: weight.tokens,
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

/// The body with an encoding that every backend knows, and where its model stands.
fn for_backend(head: &Head<'_>, float: bool) -> (Option<Vec<u8>>, Option<Range<usize>>) {
    let at = head.raw("model").map(|model| place(head.text, model));
    let mut edits = Edits::of(head.text);
    if float && let Some(current) = head.value("encoding_format") {
        edits.set_text(current, "float");
    }
    let at = at.map(|at| edits.moved(at));
    (edits.apply(), at)
}

/// The length that the vectors shall have.
fn dimensions(head: &Head<'_>) -> Result<Option<u32>, Invalid> {
    let dimensions = head.whole("dimensions", 1, DIMENSIONS_MAX)?;
    Ok(dimensions.map(|count| count as u32))
}

/// What texts or tokens weigh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Weight {
    pub(crate) kind: InputKind,
    pub(crate) inputs: u32,
    pub(crate) tokens: u64,
}

impl Weight {
    /// Weighs a text, texts, and, where they are allowed, tokens and lists of tokens.
    pub(crate) fn of(param: &'static str, input: &RawValue, tokens_allowed: bool) -> Result<Self, Invalid> {
        let rule = if tokens_allowed {
            "must be a string, an array of strings, an array of tokens, or an array of arrays of tokens"
        } else {
            "must be a string or an array of strings"
        };
        if input.get().starts_with('"') {
            return Ok(Self {
                kind: InputKind::Text,
                inputs: 1,
                tokens: text_tokens(input),
            });
        }
        let mut found: Option<Self> = None;
        let whole = elements(input, |item| {
            let weighed = match item.get().as_bytes() {
                [b'"', ..] => Some((InputKind::Texts, text_tokens(item))),
                [b'[', ..] if tokens_allowed => token_count(item).map(|count| (InputKind::TokenLists, count)),
                _ if tokens_allowed && is_token(item) => Some((InputKind::Tokens, 1)),
                _ => None,
            };
            let Some((kind, tokens)) = weighed else {
                return false;
            };
            let sum = found.get_or_insert(Self {
                kind,
                inputs: 0,
                tokens: 0,
            });
            sum.inputs += 1;
            sum.tokens += tokens;
            sum.kind == kind && u64::from(sum.inputs) <= TOKENS_MAX
        });
        match found {
            Some(found) if whole && found.kind == InputKind::Tokens => Ok(Self { inputs: 1, ..found }),
            Some(found) if whole => Ok(found),
            None if whole => Err(wrong(param, input, "must not be empty")),
            _ => Err(wrong(param, input, rule)),
        }
    }
}

/// An estimate that rounds up, so that many small texts stay inside the rate.
fn text_tokens(text: &RawValue) -> u64 {
    (text.get().len() as u64 - 2).div_ceil(BYTES_PER_TOKEN).max(1)
}

fn token_count(list: &RawValue) -> Option<u64> {
    let mut count = 0;
    let whole = elements(list, |item| {
        count += 1;
        is_token(item) && count <= TOKENS_MAX
    });
    (whole && count > 0).then_some(count)
}

fn is_token(item: &RawValue) -> bool {
    !is_null(item) && item.get().parse::<u32>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(input: &str, surface: Surface, expected: (InputKind, u32, u64)) {
        let body = format!(r#"{{"input":{input}}}"#);
        let request = EmbeddingsRequest::read(body.as_bytes(), surface).expect(input);
        assert_eq!(
            (request.kind, request.inputs, request.prompt_tokens),
            expected,
            "{input}"
        );
    }

    fn refused(body: &str, surface: Surface, expected: &str) {
        let found = format!(
            "{:?}",
            EmbeddingsRequest::read(body.as_bytes(), surface).expect_err(body)
        );
        assert!(found.contains(expected), "{body}: {found}");
    }

    #[test]
    fn inputs_come_in_four_forms() {
        check(r#""hello""#, Surface::ModelInference, (InputKind::Text, 1, 2));
        check(
            r#"["alpha","beta",""]"#,
            Surface::ModelInference,
            (InputKind::Texts, 3, 4),
        );
        check("[1, 2,3]", Surface::OpenAi, (InputKind::Tokens, 1, 3));
        check(
            "[[1,2],[4000000000]]",
            Surface::AzureOpenAi,
            (InputKind::TokenLists, 2, 3),
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for input in [
            "7",
            "{}",
            "[null]",
            "[7]",
            "[[7]]",
            r#"["a",7]"#,
            r#"["a",["b"]]"#,
            "true",
        ] {
            let body = format!(r#"{{"input":{input}}}"#);
            refused(
                &body,
                Surface::ModelInference,
                "must be a string or an array of strings.",
            );
        }
        for input in ["[-1]", "[1.5]", r#"[1,"a"]"#, "[[1],2]", "[[]]", r#"[["a"]]"#] {
            refused(
                &format!(r#"{{"input":{input}}}"#),
                Surface::OpenAi,
                "an array of arrays of tokens",
            );
        }
        refused(r#"{"input":[]}"#, Surface::OpenAi, "must not be empty");
        refused(r#"{"input":null}"#, Surface::OpenAi, "The request needs 'input'");
        refused("{}", Surface::OpenAi, "The request needs 'input'");
        refused(
            r#"{"input":"a","input":"b"}"#,
            Surface::OpenAi,
            "duplicate field `input`",
        );
        refused(
            r#"{"input":"a","dimensions":0}"#,
            Surface::OpenAi,
            "from 1 to 65536",
        );
        refused(
            r#"{"input":"a","encoding_format":"hex"}"#,
            Surface::OpenAi,
            "float, base64, int8",
        );
        refused(
            r#"{"input":"a","input_type":"poem"}"#,
            Surface::ModelInference,
            "text, query and document",
        );
        let many = format!(r#"{{"input":[{}"a"]}}"#, r#""a","#.repeat(2048));
        refused(&many, Surface::OpenAi, "at most 2048 elements");
    }

    #[test]
    fn extra_parameters_are_found_on_the_model_inference_surface_alone() {
        let body = br#"{"input":"a","user":"u","truncate":"END","dimensions":4}"#;
        let request = EmbeddingsRequest::read(body, Surface::ModelInference).expect("a request");
        assert_eq!(request.extra, ["user", "truncate"]);
        assert_eq!(request.without_extra(), br#"{"input":"a","dimensions":4}"#);
        let request = EmbeddingsRequest::read(body, Surface::OpenAi).expect("a request");
        assert!(request.extra.is_empty());
        assert_eq!(request.dimensions, Some(4));
    }

    #[test]
    fn bodies_are_edited_by_splicing() {
        let check = |body: &str, float: bool, expected: Option<&str>, model: Option<&str>| {
            let request = EmbeddingsRequest::read(body.as_bytes(), Surface::OpenAi).expect(body);
            let (edited, at) = request.for_backend(float);
            let edited = edited.map(|body| String::from_utf8(body).expect("text"));
            assert_eq!(edited.as_deref(), expected, "{body}");
            let text = edited.as_deref().unwrap_or(body);
            assert_eq!(at.map(|at| &text[at]), model, "{body}");
        };
        check(r#"{"input":"a"}"#, true, None, None);
        check(r#"{"input":"a","encoding_format":"float"}"#, true, None, None);
        check(
            r#"{"encoding_format": "base64","model":"m","input":"a"}"#,
            true,
            Some(r#"{"encoding_format": "float","model":"m","input":"a"}"#),
            Some(r#""m""#),
        );
        check(
            r#"{"model":null,"encoding_format":"base64","input":"a"}"#,
            false,
            None,
            Some("null"),
        );
    }

    proptest! {
        #[test]
        fn estimates_grow_with_the_input(texts in prop::collection::vec("[a-z天\\\\\"]{0,20}", 1..6), more in "[a-z]{0,9}") {
            let tokens = |texts: &[String]| {
                let body = serde_json::json!({ "input": texts }).to_string();
                EmbeddingsRequest::read(body.as_bytes(), Surface::ModelInference).expect("a request").prompt_tokens
            };
            let before = tokens(&texts);
            let mut longer = texts.clone();
            longer[0].push_str(&more);
            prop_assert!(tokens(&longer) >= before);
            longer.push(String::new());
            prop_assert!(tokens(&longer) > before);
        }
    }
}
