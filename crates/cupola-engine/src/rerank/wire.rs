//! The JSON of re-ranking, in the shape that Cohere and those after it gave it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::embed::frame::Cut;
use crate::embed::wire::{Usage, cut};
use crate::problem::Problem;
use crate::wire::to_json;

/// Documents in a request, as many as Cohere takes.
const DOCUMENTS_MAX: usize = 10_000;

/// A checked request.
#[derive(Debug, PartialEq)]
pub(crate) struct Rerank {
    pub(crate) query: String,
    pub(crate) documents: Vec<String>,
    pub(crate) top_n: Option<usize>,
    pub(crate) return_documents: bool,
    pub(crate) tokens_per_document_max: Option<usize>,
    /// What happens to documents that are too long.
    pub(crate) cut: Cut,
}

#[derive(Deserialize)]
struct Raw {
    query: Option<Value>,
    documents: Option<Value>,
    top_n: Option<Value>,
    return_documents: Option<Value>,
    max_tokens_per_doc: Option<Value>,
    truncate: Option<Value>,
}

impl Rerank {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Problem> {
        let raw: Raw = serde_json::from_slice(body).map_err(|error| {
            Problem::invalid(None, format!("The request body is not a JSON object: {error}."))
        })?;
        let Some(Value::String(query)) = raw.query else {
            return Err(Problem::invalid(
                Some("query"),
                "query takes a string: what to look for.",
            ));
        };
        let return_documents = match raw.return_documents {
            None => false,
            Some(Value::Bool(wanted)) => wanted,
            Some(_) => {
                let message = "return_documents takes true or false.";
                return Err(Problem::invalid(Some("return_documents"), message));
            }
        };
        Ok(Self {
            query,
            documents: documents(raw.documents)?,
            top_n: count("top_n", raw.top_n)?,
            return_documents,
            tokens_per_document_max: count("max_tokens_per_doc", raw.max_tokens_per_doc)?,
            // The begin of a long document says most about it.
            cut: match raw.truncate {
                None => Cut::End,
                named => cut(named)?,
            },
        })
    }
}

fn documents(documents: Option<Value>) -> Result<Vec<String>, Problem> {
    let refuse = |message: String| Err(Problem::invalid(Some("documents"), message));
    let Some(Value::Array(items)) = documents else {
        return refuse("documents takes an array of strings.".to_owned());
    };
    if items.is_empty() || items.len() > DOCUMENTS_MAX {
        let count = items.len();
        return refuse(format!(
            "documents has {count} items and takes from 1 to {DOCUMENTS_MAX}."
        ));
    }
    let mut texts = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        match item {
            Value::String(text) => texts.push(text),
            _ => return refuse(format!("documents[{index}] is not a string.")),
        }
    }
    Ok(texts)
}

fn count(name: &'static str, value: Option<Value>) -> Result<Option<usize>, Problem> {
    let Some(value) = value else { return Ok(None) };
    match value.as_u64().and_then(|count| usize::try_from(count).ok()) {
        Some(count) if count > 0 => Ok(Some(count)),
        _ => Err(Problem::invalid(
            Some(name),
            format!("{name} takes a whole number from 1."),
        )),
    }
}

/// How the scores came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Method {
    CrossEncoder,
    EmbeddingSimilarity,
}

/// A document and its score, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scored {
    pub(crate) index: usize,
    pub(crate) relevance_score: f64,
}

/// The answer, with the results in their order.
pub(crate) fn answer(
    id: &str,
    model: &str,
    request: &Rerank,
    results: &[Scored],
    tokens: usize,
    method: Method,
) -> Vec<u8> {
    #[derive(Serialize)]
    struct Answer<'a> {
        id: &'a str,
        model: &'a str,
        results: Vec<Result<'a>>,
        usage: Usage,
        method: Method,
    }
    #[derive(Serialize)]
    struct Result<'a> {
        index: usize,
        relevance_score: f64,
        #[serde(skip_serializing_if = "Option::is_none")]
        document: Option<Document<'a>>,
    }
    #[derive(Serialize)]
    struct Document<'a> {
        text: &'a str,
    }
    let results = results.iter().map(|scored| Result {
        index: scored.index,
        relevance_score: scored.relevance_score,
        document: request
            .documents
            .get(scored.index)
            .filter(|_| request.return_documents)
            .map(|text| Document { text }),
    });
    to_json(&Answer {
        id,
        model,
        results: results.collect(),
        usage: Usage::of(tokens),
        method,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(body: &Value) -> Result<Rerank, String> {
        Rerank::parse(body.to_string().as_bytes())
            .map_err(|problem| String::from_utf8(problem.body()).expect("text"))
    }

    #[test]
    fn what_is_wrong_is_named() {
        let check = |body: Value, expected: &str| {
            let complaint = parse(&body).err().unwrap_or_default();
            assert!(complaint.contains(expected), "{body} gave {complaint}");
        };
        check(json!({ "documents": ["a"] }), "query takes");
        check(json!({ "query": 1, "documents": ["a"] }), "query takes");
        check(json!({ "query": "q" }), "documents takes an array");
        check(json!({ "query": "q", "documents": [] }), "documents has 0 items");
        check(
            json!({ "query": "q", "documents": ["a", {}] }),
            "documents[1] is not a string",
        );
        check(
            json!({ "query": "q", "documents": ["a"], "top_n": 0 }),
            "top_n takes",
        );
        check(
            json!({ "query": "q", "documents": ["a"], "return_documents": 1 }),
            "return_documents takes",
        );
        check(
            json!({ "query": "q", "documents": ["a"], "truncate": "LEFT" }),
            "truncate",
        );
    }

    #[test]
    fn an_answer_carries_the_documents_when_they_are_asked_for() {
        let body =
            |wanted: bool| json!({ "query": "q", "documents": ["a", "b"], "return_documents": wanted });
        let written = |wanted: bool| {
            let request = parse(&body(wanted)).expect("a request");
            let best = [Scored {
                index: 1,
                relevance_score: 0.75,
            }];
            let answer = answer("id", "m", &request, &best, 7, Method::EmbeddingSimilarity);
            serde_json::from_slice::<Value>(&answer).expect("JSON")
        };
        assert_eq!(
            written(true),
            json!({
                "id": "id", "model": "m",
                "results": [{ "index": 1, "relevance_score": 0.75, "document": { "text": "b" } }],
                "usage": { "prompt_tokens": 7, "total_tokens": 7 },
                "method": "embedding-similarity",
            })
        );
        assert_eq!(
            written(false)["results"],
            json!([{ "index": 1, "relevance_score": 0.75 }])
        );
    }
}
