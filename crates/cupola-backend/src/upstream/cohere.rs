//! Cohere's own API, version 2.

use super::manner::{Manner, versioned};
use cupola_core::Operation;

#[derive(Debug)]
pub(super) struct Cohere;

impl Manner for Cohere {
    fn path(&self, base: &str, _model: &str, operation: Operation) -> Option<String> {
        let route = match operation {
            Operation::Chat => "chat",
            Operation::Embeddings | Operation::ImageEmbeddings => "embed",
            Operation::Rerank => "rerank",
            _ => return None,
        };
        Some(format!("{}/{route}", versioned(base, "v2")))
    }
}
