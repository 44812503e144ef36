//! What rerankers sell: searches. One is a query with up to a hundred documents. A document that is longer than a chunk,
//! with the query before it, is split, and every chunk counts as a document.

/// How many documents a search has.
const DOCUMENTS_PER_SEARCH: u64 = 100;
/// How long a chunk is, with the query.
const CHUNK_TOKENS: u64 = 500;
// A longer query does not make chunks of the documents smaller than this, or one long query would cost like a library.
const CHUNK_DOCUMENT_TOKENS_MIN: u64 = 250;

/// The searches that documents of these lengths take.
pub(crate) fn search_units(
    query_tokens: u64,
    document_tokens: impl Iterator<Item = u64>,
    chunks_per_document_max: Option<u64>,
) -> u64 {
    let room = CHUNK_TOKENS
        .saturating_sub(query_tokens)
        .max(CHUNK_DOCUMENT_TOKENS_MIN);
    let most = chunks_per_document_max.unwrap_or(u64::MAX);
    let chunks: u64 = document_tokens
        .map(|tokens| tokens.div_ceil(room).clamp(1, most.max(1)))
        .sum();
    chunks.div_ceil(DOCUMENTS_PER_SEARCH).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_search_is_a_query_with_a_hundred_documents() {
        let check = |query: u64, documents: &[(u64, usize)], most: Option<u64>, expected: u64| {
            let tokens = documents
                .iter()
                .flat_map(|(tokens, count)| std::iter::repeat_n(*tokens, *count));
            assert_eq!(
                search_units(query, tokens, most),
                expected,
                "{query} {documents:?}"
            );
        };
        check(10, &[(1, 1)], None, 1);
        check(10, &[(1, 100)], None, 1);
        check(10, &[(1, 101)], None, 2);
        check(10, &[(490, 100)], None, 1);
        check(10, &[(491, 1), (1, 99)], None, 2);
        check(10, &[(4900, 10)], None, 1);
        check(10, &[(4900, 11)], None, 2);
        check(10, &[(490_000, 1)], None, 10);
        check(10, &[(490_000, 1)], Some(10), 1);
        check(9_000, &[(500, 50)], None, 1);
        check(9_000, &[(500, 51)], None, 2);
    }

    proptest! {
        #[test]
        fn more_never_costs_less(query in 0u64..2000, tokens in prop::collection::vec(0u64..5000, 1..50), more in 0u64..5000) {
            let before = search_units(query, tokens.iter().copied(), None);
            let mut longer = tokens.clone();
            longer[0] += more;
            prop_assert!(search_units(query, longer.iter().copied(), None) >= before);
            longer.push(more);
            prop_assert!(search_units(query + more, longer.into_iter(), None) >= before);
        }
    }
}
