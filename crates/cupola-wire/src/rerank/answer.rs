//! Ranks on their way to the client.

use super::RerankRequest;
use crate::cohere::Version;
use crate::openai::fields::{Fields, write_text};
use crate::openai::{Broken, Completion, Heading, TOKENS_MAX, Totals, count};
use serde::Deserialize;
use serde_json::value::RawValue;

// The estimate has four bytes to a token, and a token is a byte at least. The rest is for what a model's template puts
// around each document.
const TIMES_ESTIMATE_MAX: u64 = 16;

#[derive(Deserialize)]
struct Answer<'a> {
    results: Vec<Rank>,
    /// Whatever it says, the ranks are good.
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Rank {
    index: usize,
    relevance_score: f64,
}

/// Reads a backend's ranks and writes them in Cohere's shape: the best first, no more than were asked for, with what they
/// are charged as.
pub fn rerank(
    body: &[u8],
    heading: &Heading<'_>,
    version: Version,
    request: &RerankRequest<'_>,
) -> Result<Completion, Broken> {
    let answer: Answer<'_> = serde_json::from_slice(body).map_err(|error| Broken(error.to_string()))?;
    let ranks = sorted(answer.results, request)?;
    let reported = answer.usage.and_then(|usage| reported(usage, request));
    let mut out = b"{\"id\":".to_vec();
    write_text(&mut out, heading.id);
    out.extend_from_slice(b",\"results\":[");
    for (at, rank) in ranks.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        let score = serde_json::Value::from(rank.relevance_score);
        let opening = format!("{{\"index\":{},\"relevance_score\":{score}", rank.index);
        out.extend_from_slice(opening.as_bytes());
        if request.return_documents {
            let document = request
                .documents
                .get(rank.index)
                .map_or("null", |document| document.get());
            let is_text = document.starts_with('"');
            out.extend_from_slice(if is_text {
                b",\"document\":{\"text\":"
            } else {
                b",\"document\":"
            });
            out.extend_from_slice(document.as_bytes());
            out.extend_from_slice(if is_text { b"}" } else { b"" });
        }
        out.push(b'}');
    }
    let meta = format!(
        "],\"meta\":{{\"api_version\":{{\"version\":\"{}\"}},\"billed_units\":{{\"search_units\":{}}}}}}}",
        version.number(),
        request.search_units
    );
    out.extend_from_slice(meta.as_bytes());
    Ok(Completion {
        body: out,
        totals: Totals {
            prompt: reported.unwrap_or(request.prompt_tokens),
            search_units: request.search_units,
            ..Totals::default()
        },
        estimated: reported.is_none(),
    })
}

/// What the backend counted; vLLM and Jina report the total alone. Each document is read with the query before it, so that
/// many documents take more than any context holds.
fn reported(usage: &RawValue, request: &RerankRequest<'_>) -> Option<u64> {
    let usage = Fields::read(usage.get()).ok()?;
    let most = TOKENS_MAX.max(request.prompt_tokens.saturating_mul(TIMES_ESTIMATE_MAX));
    let said = |name: &str| usage.get(name).and_then(count).filter(|tokens| *tokens <= most);
    said("prompt_tokens").or_else(|| said("total_tokens"))
}

/// The best first. A backend that names a document twice, or one that there is not, is broken.
fn sorted(mut ranks: Vec<Rank>, request: &RerankRequest<'_>) -> Result<Vec<Rank>, Broken> {
    let mut seen = vec![false; request.documents.len()];
    for rank in &ranks {
        match seen.get_mut(rank.index) {
            Some(seen) if !*seen => *seen = true,
            _ => return Err(Broken(format!("the index {} is not one of each", rank.index))),
        }
    }
    if ranks.len() < request.top_n {
        let (count, wanted) = (ranks.len(), request.top_n);
        return Err(Broken(format!(
            "it has {count} ranks, and {wanted} were asked for"
        )));
    }
    ranks.sort_by(|one, other| {
        other
            .relevance_score
            .total_cmp(&one.relevance_score)
            .then(one.index.cmp(&other.index))
    });
    ranks.truncate(request.top_n);
    Ok(ranks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openai::Surface;

    const BODY: &[u8] =
        br#"{"model":"rerank","query":"q","documents":[{"text":"a","x":1},"b","c"],"top_n":2,"return_documents":true}"#;

    fn write(body: &[u8], answer: &str) -> Result<(String, Totals, bool), Broken> {
        let request = RerankRequest::read(body).expect("a request");
        let heading = Heading {
            surface: Surface::Cohere,
            id: "r1",
            created: 5,
            model: "m",
        };
        let written = rerank(answer.as_bytes(), &heading, Version::V2, &request)?;
        let text = String::from_utf8(written.body).expect("text");
        Ok((text, written.totals, written.estimated))
    }

    #[test]
    fn the_best_come_first_with_their_documents() {
        let answer = r#"{"id":"u","results":[{"index":0,"relevance_score":0.25},{"index":2,"relevance_score":1e-3,"document":{"text":"c"}},{"index":1,"relevance_score":1}],"usage":{"total_tokens":7}}"#;
        let (text, totals, estimated) = write(BODY, answer).expect("an answer");
        assert_eq!(
            text,
            r#"{"id":"r1","results":[{"index":1,"relevance_score":1.0,"document":{"text":"b"}},{"index":0,"relevance_score":0.25,"document":{"text":"a","x":1}}],"meta":{"api_version":{"version":"2"},"billed_units":{"search_units":1}}}"#
        );
        assert_eq!((totals.prompt, totals.search_units, estimated), (7, 1, false));
        assert_eq!(totals.usage().search_units, 1);
    }

    #[test]
    fn the_published_example_comes_out_as_it_is() {
        let body = br#"{"model":"rerank","query":"capital of the US","documents":["Carson City","Washington DC"],"top_n":1}"#;
        let answer = r#"{"results":[{"index":0,"relevance_score":1.0}]}"#;
        let (text, totals, estimated) = write(body, answer).expect("an answer");
        assert_eq!(
            text,
            r#"{"id":"r1","results":[{"index":0,"relevance_score":1.0}],"meta":{"api_version":{"version":"2"},"billed_units":{"search_units":1}}}"#
        );
        assert!(estimated && totals.prompt == 5 + 3 + 5 + 4);
    }

    #[test]
    fn usage_that_makes_no_sense_leaves_the_ranks_alone() {
        let check = |usage: &str, expected: Option<u64>| {
            let answer = format!(
                r#"{{"results":[{{"index":0,"relevance_score":1}},{{"index":1,"relevance_score":0}}],"usage":{usage}}}"#
            );
            let (_, totals, estimated) = write(BODY, &answer).expect(usage);
            assert_eq!((!estimated).then_some(totals.prompt), expected, "{usage}");
            assert!(!estimated || totals.prompt > 0, "{usage}");
        };
        for usage in [
            "null",
            "5.0",
            "\"x\"",
            "[]",
            "{}",
            r#"{"prompt_tokens":-1}"#,
            r#"{"prompt_tokens":5.5}"#,
            r#"{"prompt_tokens":"5"}"#,
            r#"{"total_tokens":10000000000000}"#,
            r#"{"total_tokens":1e400}"#,
        ] {
            check(usage, None);
        }
        check(r#"{"prompt_tokens":5.0}"#, Some(5));
        check(r#"{"prompt_tokens":-1,"total_tokens":7}"#, Some(7));
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for answer in [
            "",
            "{}",
            r#"{"results":[{"index":0,"relevance_score":1}]}"#,
            r#"{"results":[{"index":0,"relevance_score":1},{"index":0,"relevance_score":1}]}"#,
            r#"{"results":[{"index":0,"relevance_score":1},{"index":3,"relevance_score":1}]}"#,
            r#"{"results":[{"index":0,"relevance_score":null},{"index":1,"relevance_score":1}]}"#,
        ] {
            assert!(write(BODY, answer).is_err(), "{answer}");
        }
    }
}
