//! The forms that requests have: each is read into the one demand that all backends understand, and writes its answers in
//! the shape that its clients understand. One form, one file.

mod chat;

use crate::refusal::Refusal;
use bytes::Bytes;
use cupola_core::Operation;
use cupola_core::usage::Usage;
use cupola_wire::Dialect;
use cupola_wire::openai::{Broken, Heading, Surface, Writer};
use http::request::Parts;
use std::ops::Range;

/// What a body is, by its route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A chat completion, as OpenAI has it.
    Chat,
}

/// What a backend is asked, and what it may cost.
#[derive(Debug)]
pub(crate) struct Demand {
    pub(crate) operation: Operation,
    /// The model that the body names.
    pub(crate) model: Option<String>,
    pub(crate) stream: bool,
    /// An estimate, rounded up.
    pub(crate) prompt_tokens: u64,
    pub(crate) max_tokens: Option<u64>,
    pub(crate) n: u64,
    /// The body in OpenAI's shape.
    pub(crate) body: Bytes,
    /// Where `model`'s value stands in it.
    pub(crate) model_at: Option<Range<usize>>,
    /// The client's own body, where it speaks another dialect.
    pub(crate) native: Option<(Dialect, Bytes)>,
}

/// A request that was read: what it demands, and how its answer is written.
pub(crate) trait Exchange: Send + Sync {
    /// What is asked.
    fn demand(&self) -> &Demand;

    /// A whole answer, from one in OpenAI's shape.
    fn whole(&self, answer: &[u8], heading: &Heading<'_>) -> Result<Written, Broken>;

    /// What writes a streamed answer, from chunks in OpenAI's shape.
    fn writer(&self, heading: &Heading<'_>) -> Box<dyn Writer>;
}

/// An answer for the client.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) body: Vec<u8>,
    pub(crate) usage: Usage,
    /// Did we count it, because the backend did not?
    pub(crate) estimated: bool,
}

impl Form {
    /// What it asks for.
    pub(crate) fn operation(self) -> Operation {
        match self {
            Self::Chat => Operation::Chat,
        }
    }

    /// Reads the body by the rules of the surface.
    pub(crate) fn read(
        self,
        surface: Surface,
        head: &Parts,
        body: Bytes,
    ) -> Result<Box<dyn Exchange>, Refusal> {
        match self {
            Self::Chat => chat::read(surface, head, body),
        }
    }
}
