//! Embeddings: vectors of texts and of pictures.

mod answer;
mod azure;
mod encoding;
mod images;
mod request;
mod vectors;

pub use answer::embeddings;
pub(crate) use answer::write_vector;
pub use azure::embeddings_request_to_azure;
pub use encoding::Encoding;
pub use request::{EmbeddingsRequest, InputKind, InputType};
pub(crate) use request::{INPUTS_MAX, Weight};

pub(crate) use vectors::Vectors;

/// What of a request decides how its answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// How the client wants its vectors.
    pub encoding: Encoding,
    /// How many vectors there have to be.
    pub inputs: u32,
    /// What stands in where the backend reports no usage.
    pub prompt_tokens: u64,
}
