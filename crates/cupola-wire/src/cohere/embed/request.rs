//! A request of `/v1/embed` or `/v2/embed`.

use crate::cohere::Version;
use crate::json::Json;
use crate::openai::fields::{Fields, as_text, elements, items};
use crate::openai::head::{Head, wrong};
use crate::openai::{Encoding, INPUTS_MAX, Invalid};
use cupola_core::operation::Operation;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::ops::Range;

const PICTURES_MAX: usize = 256;
const DIMENSIONS_MAX: u64 = 1 << 16;
// What a picture weighs, in tokens: its bytes say nothing about that.
const PICTURE_TOKENS: u64 = 1024;
const BYTES_PER_TOKEN: u64 = 4;

const KNOWN: [&str; 9] = [
    "model",
    "texts",
    "images",
    "inputs",
    "input_type",
    "embedding_types",
    "truncate",
    "output_dimension",
    "max_tokens",
];

/// What of an embed request decides what we do with it.
#[derive(Debug)]
pub struct EmbedRequest<'a> {
    /// The model that the body names.
    pub model: Option<Cow<'a, str>>,
    /// In which encodings the client wants its vectors; none, where it wants the plain lists of the older answer.
    pub types: Vec<Encoding>,
    /// An estimate of the prompt, rounded up.
    pub prompt_tokens: u64,
    items: Vec<Item<'a>>,
    /// The texts as they came, which the answer repeats.
    pub(super) texts: Option<&'a RawValue>,
    input_type: Option<&'static str>,
    truncate: Option<Cow<'a, str>>,
    dimensions: Option<u64>,
}

/// One input.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Item<'a> {
    text: Option<Cow<'a, str>>,
    image: Option<Cow<'a, str>>,
}

impl<'a> EmbedRequest<'a> {
    /// Reads the request and holds it to its bounds.
    pub fn read(body: &'a [u8], version: Version) -> Result<Self, Invalid> {
        let head = Head::read(body, &KNOWN)?;
        let items = inputs(&head)?;
        let truncate = head.text("truncate")?;
        if let (Some(how), Some(value)) = (&truncate, head.value("truncate"))
            && !matches!(&**how, "NONE" | "START" | "END")
        {
            return Err(wrong("truncate", value, "must be one of NONE, START and END"));
        }
        Ok(Self {
            model: head.text("model")?,
            types: types(&head, version)?,
            prompt_tokens: items.iter().map(Item::tokens).sum(),
            items,
            texts: head.value("texts"),
            input_type: input_type(&head)?,
            truncate,
            dimensions: head.whole("output_dimension", 1, DIMENSIONS_MAX)?,
        })
    }

    /// Vectors of texts, or vectors of pictures.
    pub fn operation(&self) -> Operation {
        match self.items.iter().any(|item| item.image.is_some()) {
            true => Operation::ImageEmbeddings,
            false => Operation::Embeddings,
        }
    }

    /// How many vectors are asked for.
    pub fn inputs(&self) -> u32 {
        self.items.len() as u32
    }

    /// How many pictures there are.
    pub(super) fn images(&self) -> usize {
        self.items.iter().filter(|item| item.image.is_some()).count()
    }

    /// The body in OpenAI's shape, and where the value of `model` stands in it, for the backend to put its own name there.
    pub fn for_backend(&self) -> (Vec<u8>, Range<usize>) {
        let item = |item: &'_ Item<'a>| match (&item.image, &item.text) {
            (None, text) => Json::Text(text.clone().unwrap_or_default()),
            (Some(image), text) => {
                let mut fields = vec![("image", Json::Text(image.clone()))];
                fields.extend(text.clone().map(|text| ("text", Json::Text(text))));
                Json::Object(fields)
            }
        };
        let model = Json::Text(self.model.clone().unwrap_or_default());
        let from = "{\"model\":".len();
        let at = from..from + model.bytes().len();
        let mut fields = vec![
            ("model", model),
            ("input", Json::Array(self.items.iter().map(item).collect())),
        ];
        fields.extend(self.input_type.map(|kind| ("input_type", Json::text(kind))));
        fields.extend(self.truncate.clone().map(|how| ("truncate", Json::Text(how))));
        fields.extend(self.dimensions.map(|count| ("dimensions", Json::Number(count))));
        (Json::Object(fields).bytes(), at)
    }
}

impl Item<'_> {
    fn tokens(&self) -> u64 {
        let text = self.text.as_ref().map_or(0, |text| text.len() as u64);
        let picture = if self.image.is_some() { PICTURE_TOKENS } else { 0 };
        (picture + text.div_ceil(BYTES_PER_TOKEN)).max(1)
    }
}

/// One of the three ways to give inputs.
fn inputs<'a>(head: &Head<'a>) -> Result<Vec<Item<'a>>, Invalid> {
    let given = ["texts", "images", "inputs"];
    let mut given = given
        .into_iter()
        .filter_map(|param| Some((param, head.value(param)?)));
    let (param, value) = given.next().ok_or_else(|| Invalid::Missing {
        param: "texts",
        message: "The request needs 'texts', 'images' or 'inputs'.".to_owned(),
    })?;
    if let Some((other, value)) = given.next() {
        return Err(wrong(other, value, &format!("cannot stand beside '{param}'")));
    }
    let most = if param == "texts" {
        INPUTS_MAX as usize
    } else {
        PICTURES_MAX
    };
    let (read, rule): (fn(&'a RawValue) -> Option<Item<'a>>, _) = match param {
        "texts" => (text_item, "must be an array of strings"),
        "images" => (image_item, "must be an array of data URLs"),
        _ => (
            content_item,
            "must be an array of objects with a 'content' of texts and pictures",
        ),
    };
    let mut items = Vec::new();
    let whole = elements(value, |input| {
        let item = read(input);
        let good = item.is_some();
        items.extend(item);
        good && items.len() <= most
    });
    let pictures = items.iter().filter(|item| item.image.is_some()).count();
    match () {
        () if items.len() > most => Err(wrong(param, value, &format!("must have at most {most} elements"))),
        () if !whole => Err(wrong(param, value, rule)),
        () if items.is_empty() => Err(wrong(param, value, "must not be empty")),
        () if pictures > 0 && pictures < items.len() => {
            let rule = "must have a picture in every element, or in none; ask for the others in a request of their own";
            Err(wrong(param, value, rule))
        }
        () => Ok(items),
    }
}

fn text_item(input: &RawValue) -> Option<Item<'_>> {
    Some(Item {
        text: Some(as_text(input)?),
        image: None,
    })
}

fn image_item(input: &RawValue) -> Option<Item<'_>> {
    Some(Item {
        text: None,
        image: Some(as_text(input)?),
    })
}

/// Parts of content: the texts are one text, and there is at most one picture.
fn content_item(input: &RawValue) -> Option<Item<'_>> {
    let content = Fields::read(input.get()).ok()?.get("content")?;
    let mut item = Item {
        text: None,
        image: None,
    };
    for part in items(content)? {
        let part = Fields::read(part.get()).ok()?;
        match &*part.text("type")? {
            "text" => {
                let text = part.text("text")?;
                item.text = Some(match item.text.take() {
                    None => text,
                    Some(before) => format!("{before}\n{text}").into(),
                });
            }
            "image_url" => {
                let url = part.get("image_url")?;
                let url = as_text(url).or_else(|| Fields::read(url.get()).ok()?.text("url"))?;
                if item.image.replace(url).is_some() {
                    return None;
                }
            }
            _ => return None,
        }
    }
    (item.text.is_some() || item.image.is_some()).then_some(item)
}

/// The encodings that were asked for. The newer route writes floats by name where nothing was.
fn types(head: &Head<'_>, version: Version) -> Result<Vec<Encoding>, Invalid> {
    let Some(value) = head.value("embedding_types") else {
        return Ok(match version {
            Version::V1 => Vec::new(),
            Version::V2 => vec![Encoding::Float],
        });
    };
    let mut types = Vec::new();
    for name in head.texts("embedding_types", Encoding::ALL.len())? {
        let Some(encoding) = Encoding::parse(&name) else {
            let rule = "must be an array of float, base64, int8, uint8, binary and ubinary";
            return Err(wrong("embedding_types", value, rule));
        };
        if !types.contains(&encoding) {
            types.push(encoding);
        }
    }
    if types.is_empty() {
        return Err(wrong("embedding_types", value, "must not be empty"));
    }
    Ok(types)
}

/// What the vectors are for, in the words of the Model Inference API.
fn input_type(head: &Head<'_>) -> Result<Option<&'static str>, Invalid> {
    let (Some(name), Some(value)) = (head.text("input_type")?, head.value("input_type")) else {
        return Ok(None);
    };
    match &*name {
        "search_document" => Ok(Some("document")),
        "search_query" => Ok(Some("query")),
        "classification" | "clustering" => Ok(Some("text")),
        "image" => Ok(None),
        _ => {
            let rule = "must be one of search_document, search_query, classification, clustering and image";
            Err(wrong("input_type", value, rule))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(fields: &str, version: Version, operation: Operation, expected: &str) {
        let body = format!(r#"{{"model":"e",{fields}}}"#);
        let request = EmbedRequest::read(body.as_bytes(), version).expect(fields);
        let (pivot, at) = request.for_backend();
        let pivot = String::from_utf8(pivot).expect("text");
        assert_eq!(&pivot[at], "\"e\"");
        assert_eq!(request.operation(), operation, "{fields}");
        assert_eq!(pivot, format!(r#"{{"model":"e",{expected}}}"#));
    }

    #[test]
    fn inputs_meet_in_openais_shape() {
        check(
            r#""texts":["a","b\n"],"input_type":"search_query","truncate":"END","output_dimension":4"#,
            Version::V2,
            Operation::Embeddings,
            r#""input":["a","b\n"],"input_type":"query","truncate":"END","dimensions":4"#,
        );
        check(
            r#""images":["data:image/png;base64,AA=="],"input_type":"image""#,
            Version::V1,
            Operation::ImageEmbeddings,
            r#""input":[{"image":"data:image/png;base64,AA=="}]"#,
        );
        check(
            r#""inputs":[{"content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"u"}},{"type":"text","text":"b"}]}]"#,
            Version::V2,
            Operation::ImageEmbeddings,
            r#""input":[{"image":"u","text":"a\nb"}]"#,
        );
        check(
            r#""inputs":[{"content":[{"type":"text","text":"a"}]}],"input_type":"clustering","images":null"#,
            Version::V2,
            Operation::Embeddings,
            r#""input":["a"],"input_type":"text""#,
        );
    }

    #[test]
    fn types_are_known() {
        let types = |fields: &str, version: Version| {
            let body = format!(r#"{{"texts":["a"]{fields}}}"#);
            EmbedRequest::read(body.as_bytes(), version).expect(fields).types
        };
        assert_eq!(types("", Version::V1), []);
        assert_eq!(types("", Version::V2), [Encoding::Float]);
        assert_eq!(
            types(r#","embedding_types":["int8","float","int8"]"#, Version::V1),
            [Encoding::Int8, Encoding::Float]
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        let refused = |fields: &str, expected: &str| {
            let body = format!("{{{fields}}}");
            let found = format!(
                "{:?}",
                EmbedRequest::read(body.as_bytes(), Version::V2).expect_err(fields)
            );
            assert!(found.contains(expected), "{fields}: {found}");
        };
        refused("", "needs 'texts', 'images' or 'inputs'");
        refused(r#""texts":"a""#, "an array of strings");
        refused(r#""texts":["a",7]"#, "an array of strings");
        refused(r#""texts":[]"#, "must not be empty");
        refused(
            r#""texts":["a"],"images":["u"]"#,
            "'images' cannot stand beside 'texts'",
        );
        refused(r#""inputs":[{"content":[{"type":"audio"}]}]"#, "with a 'content'");
        refused(
            r#""inputs":[{"content":[{"type":"text","text":"a"}]},{"content":[{"type":"image_url","image_url":"u"}]}]"#,
            "in every element, or in none",
        );
        refused(r#""texts":["a"],"embedding_types":["hex"]"#, "float, base64");
        refused(r#""texts":["a"],"embedding_types":[]"#, "must not be empty");
        refused(r#""texts":["a"],"truncate":"MIDDLE""#, "NONE, START and END");
        refused(r#""texts":["a"],"input_type":"poem""#, "search_document");
        let many = format!(r#""texts":[{}"a"]"#, r#""a","#.repeat(INPUTS_MAX as usize));
        refused(&many, "at most 2048");
    }
}
