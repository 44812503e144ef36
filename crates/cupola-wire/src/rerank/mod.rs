//! Documents by how well they answer a question: Cohere's routes, which are everybody's. A backend gets
//! `{model, query, documents, top_n}` and answers `{results: [{index, relevance_score}]}`, as vLLM, Jina, Cohere and our own
//! workers all do.

mod answer;
mod request;
mod units;

pub use answer::rerank;
pub use request::RerankRequest;
pub(crate) use units::search_units;
