//! Embeddings: texts in, one vector for each out.
//!
//! A request goes through here from top to bottom: `http` reads it, `wire` checks it, `frame` and the model's tokenizer
//! make tokens of it, the queue holds it, and `collector` computes its texts together with those of others, in batches.

pub(crate) mod collector;
pub(crate) mod engine;
pub(crate) mod frame;
pub(crate) mod http;
pub(crate) mod vector;
pub(crate) mod wire;
pub(crate) mod wordpiece;
