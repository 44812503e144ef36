//! The older API of texts that go on, which base models have: `/completions`.

mod answer;
mod chat;
mod request;
mod stream;

pub use answer::{text_completion, text_completion_of};
pub use chat::{text_answer_from_chat, text_request_to_chat};
pub use request::TextRequest;
pub use stream::TextRenderer;

/// What its objects are called.
pub(super) const OBJECT: &str = "text_completion";
