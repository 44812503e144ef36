//! Cohere's own API: as a surface that clients call, and as what a backend speaks. Both meet in OpenAI's shape; what
//! clients and backend both speak is not turned at all.

mod backend;
mod chat;
mod embed;

pub use backend::{ChatReader, answer_to_chat, request_from_chat};
pub use chat::{EventsWriter, LinesWriter, answer_from_chat, request_to_chat};
pub use embed::{
    EmbedRequest, embed, embed_answer_to_openai, embed_request_from_openai, image_embed_request_from_openai,
};

/// Which version of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// `/v1/...`
    V1,
    /// `/v2/...`
    V2,
}

impl Version {
    /// Its number, as answers carry it.
    pub fn number(self) -> &'static str {
        match self {
            Self::V1 => "1",
            Self::V2 => "2",
        }
    }
}
