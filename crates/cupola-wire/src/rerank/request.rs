//! A request of `/v1/rerank` or `/v2/rerank`.

use super::search_units;
use crate::openai::fields::{Fields, as_text, elements, is_null, write_text};
use crate::openai::head::{Head, shortened, wrong};
use crate::openai::{Invalid, Place};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::ops::Range;

// Cohere's own bound, with one chunk for each.
const DOCUMENTS_MAX: usize = 10_000;
const RANK_FIELDS_MAX: usize = 32;
const BYTES_PER_TOKEN: u64 = 4;

const KNOWN: [&str; 8] = [
    "model",
    "query",
    "documents",
    "top_n",
    "return_documents",
    "rank_fields",
    "max_chunks_per_doc",
    "max_tokens_per_doc",
];

/// Documents to be ranked. The newer version of the route takes what the older one takes, because clients send it.
#[derive(Debug)]
pub struct RerankRequest<'a> {
    /// The model that the body names.
    pub model: Option<Cow<'a, str>>,
    /// What is asked.
    pub query: Cow<'a, str>,
    /// The documents as they came.
    pub(crate) documents: Vec<&'a RawValue>,
    /// What of them is ranked.
    pub texts: Vec<Cow<'a, str>>,
    /// How many the client wants back.
    pub top_n: usize,
    /// Does it want the documents with them?
    pub return_documents: bool,
    /// An estimate of the prompt, rounded up: the query goes with each document.
    pub prompt_tokens: u64,
    /// What the request is charged as.
    pub search_units: u64,
    tokens_per_document: Option<u64>,
}

impl<'a> RerankRequest<'a> {
    /// Reads the request and holds it to its bounds.
    pub fn read(body: &'a [u8]) -> Result<Self, Invalid> {
        let head = Head::read(body, &KNOWN)?;
        head.required("query", "a string")?;
        let query = head.text("query")?.unwrap_or_default();
        let fields = head.texts("rank_fields", RANK_FIELDS_MAX)?;
        let documents = documents(&head)?;
        let mut texts = Vec::with_capacity(documents.len());
        for (index, document) in documents.iter().enumerate() {
            texts.push(text(document, &fields).map_err(|rule| refused(index, document, &rule))?);
        }
        let chunks = head.whole("max_chunks_per_doc", 1, DOCUMENTS_MAX as u64)?;
        let tokens_per_document = head.whole("max_tokens_per_doc", 1, u64::from(u32::MAX))?;
        let tokens = |text: &str| (text.len() as u64).div_ceil(BYTES_PER_TOKEN).max(1);
        let query_tokens = tokens(&query);
        let document_tokens = || {
            let all = texts.iter().map(|text| tokens(text));
            all.map(|tokens| tokens.min(tokens_per_document.unwrap_or(u64::MAX)))
        };
        let top_n = head.whole("top_n", 1, u64::from(u32::MAX))?;
        Ok(Self {
            model: head.text("model")?,
            top_n: top_n.map_or(documents.len(), |count| documents.len().min(count as usize)),
            return_documents: head.truth("return_documents")?.unwrap_or(false),
            prompt_tokens: document_tokens().map(|tokens| tokens + query_tokens).sum(),
            search_units: search_units(query_tokens, document_tokens(), chunks),
            tokens_per_document,
            query,
            documents,
            texts,
        })
    }

    /// The body as a backend gets it, and where the value of `model` stands in it, for the backend to put its own name
    /// there.
    pub fn for_backend(&self) -> (Vec<u8>, Range<usize>) {
        let texts: usize = self.texts.iter().map(|text| text.len() + 3).sum();
        let mut out = Vec::with_capacity(texts + self.query.len() + 128);
        out.extend_from_slice(b"{\"model\":");
        let from = out.len();
        write_text(&mut out, self.model.as_deref().unwrap_or_default());
        let at = from..out.len();
        out.extend_from_slice(b",\"query\":");
        write_text(&mut out, &self.query);
        out.extend_from_slice(b",\"documents\":[");
        for (index, text) in self.texts.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_text(&mut out, text);
        }
        out.extend_from_slice(format!("],\"top_n\":{}", self.top_n).as_bytes());
        if let Some(tokens) = self.tokens_per_document {
            out.extend_from_slice(format!(",\"max_tokens_per_doc\":{tokens}").as_bytes());
        }
        out.push(b'}');
        (out, at)
    }
}

fn documents<'a>(head: &Head<'a>) -> Result<Vec<&'a RawValue>, Invalid> {
    let list = head.required("documents", "an array of strings or objects")?;
    let mut documents = Vec::new();
    let whole = elements(list, |document| {
        documents.push(document);
        documents.len() <= DOCUMENTS_MAX
    });
    if documents.len() > DOCUMENTS_MAX {
        let rule = format!("must have at most {DOCUMENTS_MAX} elements");
        return Err(wrong("documents", list, &rule));
    }
    match whole && !documents.is_empty() {
        true => Ok(documents),
        false => Err(wrong(
            "documents",
            list,
            "must be an array with at least one document",
        )),
    }
}

/// What of a document is ranked: all of a text; of an object its `text`, or the fields that the client names. Several are
/// ranked with their names, as Cohere's guide says that objects are best written.
fn text<'a>(document: &'a RawValue, names: &[Cow<'_, str>]) -> Result<Cow<'a, str>, String> {
    if let Some(text) = as_text(document) {
        return Ok(text);
    }
    let fields = Fields::read(document.get()).map_err(|_| "must be a string or an object".to_owned())?;
    let value = |wanted: &str| {
        let found = fields
            .0
            .iter()
            .find(|(name, value)| name.0 == wanted && !is_null(value));
        found.map(|(_, value)| as_text(value).unwrap_or(Cow::Borrowed(value.get())))
    };
    match names {
        [] => value("text").ok_or_else(|| "needs a 'text', or the request 'rank_fields'".to_owned()),
        [name] => value(name).ok_or_else(|| "has no field of 'rank_fields'".to_owned()),
        names => {
            let lines: Vec<String> = names
                .iter()
                .filter_map(|name| value(name).map(|value| format!("{name}: {value}")))
                .collect();
            match lines.is_empty() {
                true => Err("has no field of 'rank_fields'".to_owned()),
                false => Ok(Cow::Owned(lines.join("\n"))),
            }
        }
    }
}

fn refused(index: usize, document: &RawValue, rule: &str) -> Invalid {
    Invalid::Value {
        place: Place {
            param: "documents",
            message: Some((index, "text")),
        },
        input: shortened(document),
        message: format!("documents[{index}] {rule}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(fields: &str, expected: &str) {
        let body = format!(r#"{{"model":"x","query":"q\"","documents":["a",{{"text":"b","t":7}}]{fields}}}"#);
        let request = RerankRequest::read(body.as_bytes()).expect(fields);
        let (written, at) = request.for_backend();
        let written = String::from_utf8(written).expect("text");
        assert_eq!(&written[at], "\"x\"");
        assert_eq!(written, format!(r#"{{"model":"x","query":"q\"",{expected}}}"#));
    }

    fn refused(body: &str, expected: &str) {
        let found = format!("{:?}", RerankRequest::read(body.as_bytes()).expect_err(body));
        assert!(found.contains(expected), "{body}: {found}");
    }

    #[test]
    fn backends_get_texts() {
        check("", r#""documents":["a","b"],"top_n":2"#);
        check(
            r#","max_tokens_per_doc":64"#,
            r#""documents":["a","b"],"top_n":2,"max_tokens_per_doc":64"#,
        );
        check(
            r#","top_n":1,"return_documents":true"#,
            r#""documents":["a","b"],"top_n":1"#,
        );
        check(
            r#","top_n":null,"rank_fields":["t"]"#,
            r#""documents":["a","7"],"top_n":2"#,
        );
        check(
            r#","top_n":9,"rank_fields":["t","x","text"]"#,
            r#""documents":["a","t: 7\ntext: b"],"top_n":2"#,
        );
    }

    #[test]
    fn what_is_charged_follows_from_the_texts() {
        let long = "x".repeat(4 * 4900);
        let read = |fields: &str| {
            let documents = vec![long.as_str(); 11];
            let body = serde_json::json!({ "query": "0123456789012345678901234567890123456789", "documents": documents });
            let body = format!(
                "{}{fields}}}",
                body.to_string().strip_suffix('}').expect("an object")
            );
            let request = RerankRequest::read(body.as_bytes()).expect("a request");
            (request.prompt_tokens, request.search_units)
        };
        assert_eq!(read(""), (11 * 4910, 2));
        assert_eq!(read(r#","max_chunks_per_doc":9"#), (11 * 4910, 1));
        assert_eq!(read(r#","max_tokens_per_doc":490"#), (11 * 500, 1));
    }

    #[test]
    fn what_is_wrong_is_named() {
        refused("{}", "The request needs 'query'");
        refused(r#"{"query":7,"documents":["a"]}"#, "'query' must be a string");
        refused(r#"{"query":"q"}"#, "The request needs 'documents'");
        refused(r#"{"query":"q","documents":[]}"#, "at least one document");
        refused(r#"{"query":"q","documents":"a"}"#, "at least one document");
        refused(
            r#"{"query":"q","documents":["a",7]}"#,
            "documents[1] must be a string or an object",
        );
        refused(
            r#"{"query":"q","documents":[{"x":"a"}]}"#,
            "documents[0] needs a 'text'",
        );
        refused(
            r#"{"query":"q","documents":[{"x":"a"}],"rank_fields":["y","z"]}"#,
            "documents[0] has no field of 'rank_fields'",
        );
        refused(
            r#"{"query":"q","documents":["a"],"top_n":0}"#,
            "'top_n' must be a whole number",
        );
        refused(
            r#"{"query":"q","documents":["a"],"query":"r"}"#,
            "duplicate field `query`",
        );
        let many = format!(
            r#"{{"query":"q","documents":[{}"a"]}}"#,
            r#""a","#.repeat(DOCUMENTS_MAX)
        );
        refused(&many, "at most 10000 elements");
    }
}
