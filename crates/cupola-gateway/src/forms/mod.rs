//! The forms that requests have: each is read into the one demand that all backends understand, and writes its answers in
//! the shape that its clients understand. One form, one file.

mod chat;
mod cohere_chat;
mod embed;
mod embeddings;
mod extra;
mod images;
mod messages;
mod rerank;
pub(crate) mod responses;
mod text;

use crate::refusal::Refusal;
use bytes::Bytes;
use cupola_core::Operation;
use cupola_core::usage::Usage;
use cupola_wire::cohere::Version;
use cupola_wire::openai::{Broken, ChatRequest, Completion, Heading, Invalid, Surface, Whole, Writer};
use cupola_wire::{Dialect, is_plain};
use http::request::Parts;
use std::ops::Range;

/// What a body is, by its route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A chat completion, as OpenAI has it.
    Chat,
    /// A text that goes on.
    Text,
    /// Anthropic's Messages.
    Messages,
    /// A chat, as Cohere has it.
    CohereChat(Version),
    /// Vectors of texts.
    Embeddings,
    /// Vectors of pictures.
    ImageEmbeddings,
    /// Vectors of either, as Cohere has them.
    Embed(Version),
    /// Pictures.
    Images,
    /// Documents by how well they answer.
    Rerank(Version),
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

    /// The same, where it was read already.
    fn whole_read(&self, answer: &Whole<'_>, heading: &Heading<'_>) -> Result<Written, Broken> {
        self.whole(answer.bytes(), heading)
    }

    /// What writes a streamed answer, from chunks in OpenAI's shape; `None` where nothing is ever streamed.
    fn writer(&self, _heading: &Heading<'_>) -> Option<Box<dyn Writer>> {
        None
    }

    /// The type of a streamed answer.
    fn stream_type(&self) -> &'static str {
        "text/event-stream"
    }
}

/// An answer for the client.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) body: Vec<u8>,
    pub(crate) usage: Usage,
    /// Did we count it, because the backend did not?
    pub(crate) estimated: bool,
}

impl From<Completion> for Written {
    fn from(completion: Completion) -> Self {
        Self {
            body: completion.body,
            usage: completion.totals.usage(),
            estimated: completion.estimated,
        }
    }
}

impl Form {
    /// What it asks for. A body of Cohere's may turn out to ask for vectors of pictures; the demand says so.
    pub(crate) fn operation(self) -> Operation {
        match self {
            Self::Chat | Self::Messages | Self::CohereChat(_) => Operation::Chat,
            Self::Text => Operation::Completions,
            Self::Embeddings | Self::Embed(_) => Operation::Embeddings,
            Self::ImageEmbeddings => Operation::ImageEmbeddings,
            Self::Images => Operation::Images,
            Self::Rerank(_) => Operation::Rerank,
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
            Self::Text => text::read(surface, body),
            Self::Messages => messages::read(surface, body),
            Self::CohereChat(version) => cohere_chat::read(surface, body, version),
            Self::Embeddings | Self::ImageEmbeddings => {
                embeddings::read(self.operation(), surface, head, body)
            }
            Self::Embed(version) => embed::read(surface, body, version),
            Self::Images => images::read(surface, head, body),
            Self::Rerank(version) => rerank::read(surface, body, version),
        }
    }
}

/// What a chat demands that came in another form and was turned into OpenAI's.
pub(crate) fn chat_demand(
    surface: Surface,
    body: Vec<u8>,
    native: Option<(Dialect, Bytes)>,
) -> Result<Demand, Refusal> {
    let body = Bytes::from(body);
    // What was looked at is what goes to the backend: where its reading could differ from ours, it gets ours.
    let native = native.filter(|(_, body)| is_plain(body));
    // What was turned follows OpenAI's rules; a fault that is left is told in the shape of the client's own surface.
    let request = ChatRequest::read(&body, Surface::OpenAi, true).map_err(|why| invalid(surface, &why))?;
    let (edited, model_at) = request.for_backend();
    Ok(Demand {
        operation: Operation::Chat,
        model: request.model().map(std::borrow::Cow::into_owned),
        stream: request.stream,
        prompt_tokens: request.prompt_tokens,
        max_tokens: request.max_tokens,
        n: request.n,
        model_at,
        native,
        body: edited.map_or_else(|| body.clone(), Bytes::from),
    })
}

fn invalid(surface: Surface, why: &Invalid) -> Refusal {
    Refusal::invalid(surface, why)
}
