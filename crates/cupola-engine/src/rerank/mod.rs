//! Re-ranking: which documents answer a query best.
//!
//! A cross-encoder reads query and document together and gives a score. With an embedding model, both are read apart and
//! their likeness is the score: cruder, and the answer says so.

pub(crate) mod wire;

use self::wire::{Method, Rerank, Scored};
use crate::embed::engine::Ready;
use crate::embed::http::{EmbeddingWorker, TOKENIZE_INLINE_BYTES_MAX, beside, count};
use crate::embed::vector::{cosine, normalized};
use crate::problem::Problem;
use crate::scheduler::Token;

/// Scores the documents and writes the answer.
pub(crate) async fn answer(
    worker: &'static EmbeddingWorker,
    ready: &'static Ready,
    request: Rerank,
) -> Result<Vec<u8>, Problem> {
    let bytes = request.query.len() * request.documents.len()
        + request.documents.iter().map(String::len).sum::<usize>();
    let texts = beside(bytes <= TOKENIZE_INLINE_BYTES_MAX, move || {
        let texts = if ready.model.scores_pairs() {
            pairs(ready, &request)
        } else {
            query_and_documents(ready, &request)
        };
        texts.map(|texts| (texts, request))
    });
    let (texts, request) = texts.await??;
    let tokens = count(&texts);
    let vectors = worker.engine.encode(texts).await?;
    let (method, scores) = if ready.model.scores_pairs() {
        (Method::CrossEncoder, relevance(ready, &vectors))
    } else {
        (Method::EmbeddingSimilarity, likeness(vectors))
    };
    let best = best(&scores, request.top_n);
    let id = worker.chance.request_id();
    Ok(wire::answer(
        &id,
        &worker.served_name,
        &request,
        &best,
        tokens,
        method,
    ))
}

/// Query and document together, for each document.
fn pairs(ready: &Ready, request: &Rerank) -> Result<Vec<Vec<Token>>, Problem> {
    let (model, limit) = (&ready.model, ready.context_tokens as usize);
    if let Some(template) = model.pair_template() {
        let pairs = request.documents.iter().enumerate().map(|(index, document)| {
            // The document last: what stands in it is text, also where it looks like a field.
            let (before, after) = template.split_once("{document}").unwrap_or((template, ""));
            let written = [
                &before.replace("{query}", &request.query),
                document.as_str(),
                &after.replace("{query}", &request.query),
            ];
            let tokens = model.tokenize(&written.concat());
            // Cut, it would lose the end of the template, where the model is asked for its answer.
            let framed = model
                .frame()
                .single(&tokens, limit, crate::embed::frame::Cut::Nothing);
            framed.map_err(|long| Problem::document_too_long(index, long.tokens, ready.context_tokens))
        });
        return pairs.collect();
    }
    let query = model.tokenize(&request.query);
    check_query(query.len() + model.frame().pair_marks(), ready.context_tokens)?;
    let pairs = request.documents.iter().enumerate().map(|(index, document)| {
        let document = shortened(model.tokenize(document), request.tokens_per_document_max);
        let framed = model.frame().pair(&query, &document, limit, request.cut);
        framed.map_err(|long| Problem::document_too_long(index, long.tokens, ready.context_tokens))
    });
    pairs.collect()
}

/// The query, then the documents.
fn query_and_documents(ready: &Ready, request: &Rerank) -> Result<Vec<Vec<Token>>, Problem> {
    let (model, limit) = (&ready.model, ready.context_tokens as usize);
    let query = model.tokenize(&request.query);
    let query = model
        .frame()
        .single(&query, limit, crate::embed::frame::Cut::Nothing);
    let query = query.map_err(|long| Problem::query_too_long(long.tokens, ready.context_tokens))?;
    let mut texts = vec![query];
    for (index, document) in request.documents.iter().enumerate() {
        let document = shortened(model.tokenize(document), request.tokens_per_document_max);
        let framed = model.frame().single(&document, limit, request.cut);
        texts.push(
            framed.map_err(|long| Problem::document_too_long(index, long.tokens, ready.context_tokens))?,
        );
    }
    Ok(texts)
}

/// Some of the document must fit beside the query.
fn check_query(tokens: usize, context_tokens: u32) -> Result<(), Problem> {
    if tokens >= context_tokens as usize {
        return Err(Problem::query_too_long(tokens, context_tokens));
    }
    Ok(())
}

fn shortened(mut document: Vec<Token>, tokens_max: Option<usize>) -> Vec<Token> {
    document.truncate(tokens_max.unwrap_or(usize::MAX));
    document
}

/// The scores of a cross-encoder, from 0 to 1.
fn relevance(ready: &Ready, scores: &[Vec<f32>]) -> Vec<f64> {
    let are_probabilities = ready.model.scores_are_probabilities();
    let score = |score: &Vec<f32>| {
        let score = f64::from(score.first().copied().unwrap_or_default());
        if are_probabilities {
            score
        } else {
            1.0 / (1.0 + (-score).exp())
        }
    };
    scores.iter().map(score).collect()
}

/// How like the query each document is, from 0 for the opposite to 1 for the same.
fn likeness(vectors: Vec<Vec<f32>>) -> Vec<f64> {
    let mut vectors = vectors.into_iter().map(|vector| normalized(vector, usize::MAX));
    let Some(query) = vectors.next() else {
        return Vec::new();
    };
    vectors
        .map(|document| f64::midpoint(cosine(&query, &document), 1.0))
        .collect()
}

/// The best first; of equals, the one that came first.
fn best(scores: &[f64], top_n: Option<usize>) -> Vec<Scored> {
    let mut scored: Vec<Scored> = scores
        .iter()
        .enumerate()
        .map(|(index, score)| Scored {
            index,
            relevance_score: *score,
        })
        .collect();
    scored.sort_by(|one, other| other.relevance_score.total_cmp(&one.relevance_score));
    scored.truncate(top_n.unwrap_or(usize::MAX));
    scored
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_come_first_and_equals_keep_their_order() {
        let check = |top_n, expected: &[usize]| {
            let best: Vec<usize> = best(&[0.2, 0.9, 0.2, 1.0], top_n)
                .iter()
                .map(|scored| scored.index)
                .collect();
            assert_eq!(best, expected);
        };
        check(None, &[3, 1, 0, 2]);
        check(Some(1), &[3]);
        check(Some(9), &[3, 1, 0, 2]);
    }

    #[test]
    fn likeness_goes_from_zero_to_one() {
        let vectors = vec![vec![2.0, 0.0], vec![4.0, 0.0], vec![0.0, 1.0], vec![-3.0, 0.0]];
        assert_eq!(likeness(vectors), [1.0, 0.5, 0.0]);
    }
}
