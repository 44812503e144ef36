//! Vectors, as Cohere's clients ask for them and as its servers make them.

mod answer;
mod backend;
mod request;

pub use answer::embed;
pub use backend::{embed_answer_to_openai, embed_request_from_openai, image_embed_request_from_openai};
pub use request::EmbedRequest;
