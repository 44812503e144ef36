//! Vectors of texts, and of pictures with or without a text.

use super::extra::Rules;
use super::{Demand, Exchange, Written};
use crate::refusal::Refusal;
use bytes::Bytes;
use cupola_core::Operation;
use cupola_wire::openai::{Broken, EmbeddingsRequest, Heading, Surface, Wanted, embeddings};
use http::request::Parts;

struct Embeddings {
    demand: Demand,
    wanted: Wanted,
}

pub(super) fn read(
    operation: Operation,
    surface: Surface,
    head: &Parts,
    body: Bytes,
) -> Result<Box<dyn Exchange>, Refusal> {
    let rules = Rules::read(surface, head)?;
    let body = rules.dropping(body, |body| {
        parse(operation, body, surface).map(|request| (request.extra.is_empty(), request.without_extra()))
    })?;
    let request = parse(operation, &body, surface)?;
    rules.check(&request.extra)?;
    // Every backend knows floats; the client's encoding is made of them here.
    let (edited, model_at) = request.for_backend(true);
    let demand = Demand {
        operation,
        model: request.model().map(|model| model.into_owned()),
        stream: false,
        prompt_tokens: request.prompt_tokens,
        max_tokens: None,
        n: 1,
        model_at,
        native: None,
        body: edited.map_or_else(|| body.clone(), Bytes::from),
    };
    let wanted = request.wanted();
    Ok(Box::new(Embeddings { demand, wanted }))
}

fn parse(operation: Operation, body: &[u8], surface: Surface) -> Result<EmbeddingsRequest<'_>, Refusal> {
    let request = match operation {
        Operation::ImageEmbeddings => EmbeddingsRequest::read_pictures(body, surface),
        _ => EmbeddingsRequest::read(body, surface),
    };
    request.map_err(|why| Refusal::invalid(surface, &why))
}

impl Exchange for Embeddings {
    fn demand(&self) -> &Demand {
        &self.demand
    }

    fn whole(&self, answer: &[u8], heading: &Heading<'_>) -> Result<Written, Broken> {
        Ok(embeddings(answer, heading, &self.wanted)?.into())
    }
}
