//! OpenAI-shaped inference: requests, answers, streams, errors.
//!
//! Bodies are read with borrowed fields and written by splicing, so that what is meant for somebody else passes through
//! as it came and no JSON tree stands between client and backend.

mod answer;
pub(crate) mod calls;
mod chunk;
mod completion;
mod edits;
mod embeddings;
mod error;
mod extra;
pub(crate) mod fields;
pub(crate) mod head;
mod images;
mod model_inference;
mod models;
mod prompt;
mod request;
pub mod safety;
pub(crate) mod said;
mod sse;
mod stencil;
mod stream;
mod text;
mod unescape;
mod usage;
mod voices;
mod whole;

pub(crate) use chunk::CHOICES_MAX;
pub use chunk::{Chunk, Event, Tally};
pub use completion::{Broken, Completion, completion, completion_of};
pub use embeddings::{
    EmbeddingsRequest, Encoding, InputKind, InputType, Wanted, embeddings, embeddings_request_to_azure,
};
pub(crate) use embeddings::{INPUTS_MAX, Vectors, write_vector};
pub use error::{Complaint, endpoint_not_found, envelope, invalid, parameter_not_supported, type_by_status};
pub use extra::{ExtraParameters, extra_parameters_refused};
pub use images::{
    ImageFormat, ImagesRequest, ImagesWanted, images, images_answer_from_model_inference,
    images_request_is_openais, images_request_to_model_inference,
};
pub use model_inference::chat_request_to_model_inference;
pub use models::{Model, models};
pub use prompt::prompt_texts;
pub use request::{ChatRequest, Invalid, Place};
pub use sse::{Splitter, TooLong};
pub use stencil::{Repeat, Stencil};
pub use stream::{Renderer, Writer};
pub use text::{
    TextRenderer, TextRequest, text_answer_from_chat, text_completion, text_completion_of,
    text_request_to_chat,
};
pub use unescape::Unescaper;
pub use usage::{Delivered, Totals};
pub(crate) use usage::{TOKENS_MAX, count, tokens};
pub use voices::{Edit, Said, Voice, edited, said};
pub use whole::Whole;

/// Whose rules a request follows; the path decides, never the client's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// `/chat/completions` of a serverless endpoint, and below `/models`: the Model Inference API.
    ModelInference,
    /// `/v1/...`: OpenAI's own.
    OpenAi,
    /// `/openai/...`: OpenAI's, with the annotations of Azure.
    AzureOpenAi,
    /// `/anthropic/v1/messages`
    Anthropic,
    /// `/v1/chat`, `/v2/chat` and their like: Cohere's own.
    Cohere,
    /// `/forecast` and its like: Nixtla's TimeGEN.
    TimeGen,
}

/// What all chunks of an answer, or the whole answer, begin with.
#[derive(Debug, Clone)]
pub struct Heading<'a> {
    /// Whose shape.
    pub surface: Surface,
    /// 32 hexadecimal digits; one for the request.
    pub id: &'a str,
    /// Unix seconds.
    pub created: i64,
    /// The model's name in the catalog, not the deployment's.
    pub model: &'a str,
}

impl Heading<'_> {
    /// The opening of a JSON object with the four fields, without a closing brace.
    fn write(&self, out: &mut Vec<u8>, object: &str) {
        out.extend_from_slice(b"{\"id\":\"");
        match self.surface {
            Surface::ModelInference if object != text::OBJECT => out.extend_from_slice(self.id.as_bytes()),
            // Azure's own suite asks for exactly 29 characters after the hyphen.
            _ => {
                let is_text = object == text::OBJECT;
                out.extend_from_slice(if is_text { b"cmpl-" } else { b"chatcmpl-" });
                out.extend_from_slice(self.id.get(..29).unwrap_or(self.id).as_bytes());
            }
        }
        out.extend_from_slice(b"\",\"object\":\"");
        out.extend_from_slice(object.as_bytes());
        out.extend_from_slice(b"\",\"created\":");
        out.extend_from_slice(self.created.to_string().as_bytes());
        out.extend_from_slice(b",\"model\":");
        fields::write_text(out, self.model);
    }
}
