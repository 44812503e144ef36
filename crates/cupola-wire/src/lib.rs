//! Every JSON shape that Cupola speaks, by API. Services think in domain types; JSON lives here.

pub mod anthropic;
pub mod arm;
pub mod cohere;
pub mod content_safety;
pub mod dialect;
mod json;
pub mod openai;
pub mod rerank;
pub mod responses;
pub mod timegen;

pub use dialect::Dialect;
pub use json::is_plain;
