//! Documents by how many words they share with the question.

use super::Scene;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const DOCUMENTS_MAX: usize = 10_000;
// One search unit is a question with so many documents.
const UNIT_DOCUMENTS: usize = 100;

pub(super) fn answer(scene: &Scene<'_>) -> Result<Value, String> {
    let body: Value =
        serde_json::from_slice(&scene.call.body).map_err(|error| format!("The body is no JSON: {error}."))?;
    let query = body["query"].as_str().ok_or("query is required: a text.")?;
    let documents = body["documents"]
        .as_array()
        .filter(|documents| (1..=DOCUMENTS_MAX).contains(&documents.len()))
        .ok_or_else(|| format!("documents must have from 1 to {DOCUMENTS_MAX} texts."))?;
    let asked = words(query);
    let mut ranked: Vec<(usize, f64)> = documents
        .iter()
        .map(|document| score(&asked, &text(document)))
        .enumerate()
        .collect();
    // Equal scores keep the order of the request.
    ranked.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    if let Some(top) = body["top_n"].as_u64() {
        ranked.truncate(usize::try_from(top).unwrap_or(usize::MAX));
    }
    let with_documents = body["return_documents"] == true;
    let results: Vec<Value> = ranked
        .into_iter()
        .map(|(index, score)| {
            let mut result = json!({ "index": index, "relevance_score": score });
            if with_documents {
                result["document"] = json!({ "text": text(&documents[index]) });
            }
            result
        })
        .collect();
    let units = documents.len().div_ceil(UNIT_DOCUMENTS);
    let body = json!({ "results": results, "meta": { "billed_units": { "search_units": units } } });
    Ok(scene.with_usage(body, scene.usage_of_prompt()))
}

fn text(document: &Value) -> String {
    let inside = if document.is_object() {
        &document["text"]
    } else {
        document
    };
    inside
        .as_str()
        .map_or_else(|| document.to_string(), str::to_owned)
}

fn words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

// Mostly how much of the question is there, a little how much else.
fn score(asked: &BTreeSet<String>, document: &str) -> f64 {
    let found = words(document);
    let shared = asked.intersection(&found).count() as f64;
    let share = |whole: usize| shared / whole.max(1) as f64;
    let score = 0.9 * share(asked.len()) + 0.1 * share(found.len());
    (score * 1e6).round() / 1e6
}
