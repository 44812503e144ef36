//! The JSON of embeddings: OpenAI's shape, and what Azure and Cohere added to it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::frame::Cut;
use crate::problem::Problem;
use crate::wire::to_json;

/// Texts in a request, as many as OpenAI takes.
pub(crate) const TEXTS_MAX: usize = 2048;

/// A checked request for embeddings.
#[derive(Debug, PartialEq)]
pub(crate) struct Embed {
    pub(crate) inputs: Vec<Input>,
    pub(crate) encoding: Encoding,
    pub(crate) dimensions: Option<usize>,
    pub(crate) cut: Cut,
}

/// Something to embed.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Input {
    Text(String),
    /// Numbers of the model's own vocabulary.
    Tokens(Vec<u32>),
}

/// How vectors are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Float,
    /// 32-bit floating-point numbers, little-endian, in base64.
    Base64,
}

#[derive(Deserialize)]
struct Raw {
    input: Option<Value>,
    encoding_format: Option<Value>,
    dimensions: Option<Value>,
    input_type: Option<Value>,
    truncate: Option<Value>,
}

impl Embed {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Problem> {
        let raw: Raw = serde_json::from_slice(body).map_err(|error| {
            Problem::invalid(None, format!("The request body is not a JSON object: {error}."))
        })?;
        // Models that distinguish queries from documents want it written into the text, which is the client's to do.
        if let Some(kind) = raw.input_type.filter(|kind| !kind.is_string()) {
            return Err(Problem::unsupported("input_type", kind));
        }
        Ok(Self {
            inputs: inputs(raw.input.unwrap_or_default())?,
            encoding: encoding(raw.encoding_format)?,
            dimensions: dimensions(raw.dimensions)?,
            cut: cut(raw.truncate)?,
        })
    }
}

/// `{"input":...}` alone.
pub(crate) fn inputs(input: Value) -> Result<Vec<Input>, Problem> {
    let inputs = match input {
        Value::Null => {
            return Err(Problem::invalid(
                Some("input"),
                "input is missing; it is what to embed.",
            ));
        }
        Value::String(text) => vec![Input::Text(text)],
        // An array of numbers is one input, not many.
        Value::Array(items) if items.first().is_some_and(Value::is_number) => {
            vec![one(Value::Array(items), 0)?]
        }
        Value::Array(items) => {
            if items.len() > TEXTS_MAX {
                let message = format!(
                    "input has {} items and takes at most {TEXTS_MAX}. Send several requests.",
                    items.len()
                );
                return Err(Problem::invalid(Some("input"), message));
            }
            let items = items.into_iter().enumerate();
            items
                .map(|(index, item)| one(item, index))
                .collect::<Result<_, _>>()?
        }
        _ => return Err(not_an_input("input")),
    };
    if inputs.is_empty() {
        return Err(Problem::invalid(
            Some("input"),
            "input is empty; it takes at least one text.",
        ));
    }
    Ok(inputs)
}

fn one(item: Value, index: usize) -> Result<Input, Problem> {
    let input = serde_json::from_value(item).map_err(|_| not_an_input(&format!("input[{index}]")))?;
    match input {
        Input::Tokens(tokens) if tokens.is_empty() => {
            let message = format!("input[{index}] is an empty array; it takes at least one token.");
            Err(Problem::invalid(Some("input"), message))
        }
        input => Ok(input),
    }
}

fn not_an_input(name: &str) -> Problem {
    let message = format!(
        "{name} is neither a text nor tokens: input takes a string, an array of strings, an array of integers or an \
         array of arrays of integers."
    );
    Problem::invalid(Some("input"), message)
}

fn encoding(format: Option<Value>) -> Result<Encoding, Problem> {
    match format {
        None => Ok(Encoding::Float),
        Some(Value::String(name)) if name == "float" => Ok(Encoding::Float),
        Some(Value::String(name)) if name == "base64" => Ok(Encoding::Base64),
        Some(other) => Err(Problem::unsupported("encoding_format", other)),
    }
}

fn dimensions(dimensions: Option<Value>) -> Result<Option<usize>, Problem> {
    let Some(value) = dimensions else { return Ok(None) };
    match value.as_u64().and_then(|count| usize::try_from(count).ok()) {
        Some(count) if count > 0 => Ok(Some(count)),
        _ => Err(Problem::unsupported("dimensions", value)),
    }
}

pub(crate) fn cut(truncate: Option<Value>) -> Result<Cut, Problem> {
    match truncate.as_ref().map(Value::as_str) {
        None | Some(Some("NONE")) => Ok(Cut::Nothing),
        Some(Some("START")) => Ok(Cut::Start),
        Some(Some("END")) => Ok(Cut::End),
        Some(_) => Err(Problem::unsupported("truncate", truncate)),
    }
}

/// The answer. `vectors` have the length that was asked for.
pub(crate) fn answer(
    id: &str,
    model: &str,
    vectors: &[Vec<f32>],
    encoding: Encoding,
    tokens: usize,
) -> Vec<u8> {
    #[derive(Serialize)]
    struct Answer<'a> {
        id: &'a str,
        object: &'static str,
        model: &'a str,
        data: Vec<Item<'a>>,
        usage: Usage,
    }
    #[derive(Serialize)]
    struct Item<'a> {
        object: &'static str,
        index: usize,
        embedding: Embedding<'a>,
    }
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Embedding<'a> {
        Float(&'a [f32]),
        Base64(String),
    }
    let data = vectors.iter().enumerate().map(|(index, vector)| Item {
        object: "embedding",
        index,
        embedding: match encoding {
            Encoding::Float => Embedding::Float(vector),
            Encoding::Base64 => Embedding::Base64(base64_of(vector)),
        },
    });
    to_json(&Answer {
        id,
        object: "list",
        model,
        data: data.collect(),
        usage: Usage::of(tokens),
    })
}

fn base64_of(vector: &[f32]) -> String {
    let bytes: Vec<u8> = vector
        .iter()
        .flat_map(|component| component.to_le_bytes())
        .collect();
    STANDARD.encode(bytes)
}

/// What a request weighed; nothing is written, so all of it is prompt.
#[derive(Serialize)]
pub(crate) struct Usage {
    prompt_tokens: usize,
    total_tokens: usize,
}

impl Usage {
    pub(crate) fn of(tokens: usize) -> Self {
        Self {
            prompt_tokens: tokens,
            total_tokens: tokens,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(body: Value) -> Result<Embed, String> {
        Embed::parse(body.to_string().as_bytes())
            .map_err(|problem| String::from_utf8(problem.body()).expect("text"))
    }

    #[test]
    fn an_input_has_four_shapes() {
        let check = |input: Value, expected: &[Input]| {
            let inputs = parse(json!({ "input": input })).map(|request| request.inputs);
            assert_eq!(inputs.as_deref(), Ok(expected));
        };
        let text = |text: &str| Input::Text(text.to_owned());
        check(json!("one"), &[text("one")]);
        check(json!(["one", ""]), &[text("one"), text("")]);
        check(json!([1, 2]), &[Input::Tokens(vec![1, 2])]);
        check(
            json!([[1], [2, 3]]),
            &[Input::Tokens(vec![1]), Input::Tokens(vec![2, 3])],
        );
    }

    #[test]
    fn anything_else_is_named() {
        let check = |body: Value, expected: &str| {
            let complaint = parse(body.clone()).err().unwrap_or_default();
            assert!(complaint.contains(expected), "{body} gave {complaint}");
        };
        check(json!({}), "input is missing");
        check(json!({ "input": null }), "input is missing");
        check(json!({ "input": [] }), "input is empty");
        check(json!({ "input": {} }), "input is neither");
        check(json!({ "input": ["a", 7] }), "input[1] is neither");
        check(json!({ "input": [1, -2] }), "input[0] is neither");
        check(json!({ "input": [[1], []] }), "input[1] is an empty array");
        check(json!({ "input": vec!["a"; TEXTS_MAX + 1] }), "takes at most 2048");
        check(
            json!({ "input": "a", "encoding_format": "int8" }),
            "\"encoding_format\"],\"input\":\"int8\"",
        );
        check(
            json!({ "input": "a", "dimensions": 0 }),
            "\"dimensions\"],\"input\":0",
        );
        check(json!({ "input": "a", "dimensions": "many" }), "\"dimensions\"");
        check(
            json!({ "input": "a", "truncate": "MIDDLE" }),
            "\"truncate\"],\"input\":\"MIDDLE\"",
        );
        check(json!({ "input": "a", "input_type": 7 }), "\"input_type\"");
        check(json!([1]), "not a JSON object");
    }

    #[test]
    fn what_openai_and_cohere_send_beside_it_is_taken() {
        let request = parse(json!({
            "input": "a", "model": null, "user": "u", "input_type": "query", "encoding_format": "base64",
            "dimensions": 256, "truncate": "END", "something": [1],
        }));
        let expected = Embed {
            inputs: vec![Input::Text("a".to_owned())],
            encoding: Encoding::Base64,
            dimensions: Some(256),
            cut: Cut::End,
        };
        assert_eq!(request, Ok(expected));
        let nulls = json!({ "input": "a", "encoding_format": null, "dimensions": null, "truncate": null });
        assert_eq!(parse(nulls).map(|request| request.encoding), Ok(Encoding::Float));
    }

    #[test]
    fn both_encodings_carry_the_same_bits() {
        let vector = vec![vec![0.1_f32, -2.5, 1e-7]];
        let read = |encoding| {
            let answer = answer("id", "m", &vector, encoding, 4);
            let answer: Value = serde_json::from_slice(&answer).expect("JSON");
            assert_eq!(answer["usage"], json!({ "prompt_tokens": 4, "total_tokens": 4 }));
            answer["data"][0]["embedding"].clone()
        };
        let floats: Vec<f32> = serde_json::from_value(read(Encoding::Float)).expect("numbers");
        assert_eq!(floats, vector[0]);
        let text = read(Encoding::Base64);
        let bytes = STANDARD.decode(text.as_str().expect("a string")).expect("base64");
        let decoded: Vec<f32> = bytes
            .chunks_exact(4)
            .map(|four| f32::from_le_bytes(four.try_into().expect("four bytes")))
            .collect();
        assert_eq!(decoded, vector[0]);
    }
}
