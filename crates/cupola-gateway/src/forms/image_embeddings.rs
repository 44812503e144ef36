//! Vectors of pictures, with or without a text.

use super::extra::Rules;
use super::{Demand, Exchange, Written};
use crate::refusal::Refusal;
use bytes::Bytes;
use cupola_core::Operation;
use cupola_wire::openai::{Broken, Heading, ImageEmbeddingsRequest, Surface, Wanted, embeddings};
use http::request::Parts;

struct ImageEmbeddings {
    demand: Demand,
    wanted: Wanted,
}

pub(super) fn read(surface: Surface, head: &Parts, body: Bytes) -> Result<Box<dyn Exchange>, Refusal> {
    let rules = Rules::read(surface, head)?;
    let body = rules.dropping(body, |body| {
        parse(body, surface).map(|request| (request.extra.is_empty(), request.without_extra()))
    })?;
    let request = parse(&body, surface)?;
    rules.check(&request.extra)?;
    // Every backend knows floats; the client's encoding is made of them here.
    let (edited, model_at) = request.for_backend(true);
    let demand = Demand {
        operation: Operation::ImageEmbeddings,
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
    Ok(Box::new(ImageEmbeddings { demand, wanted }))
}

fn parse(body: &[u8], surface: Surface) -> Result<ImageEmbeddingsRequest<'_>, Refusal> {
    ImageEmbeddingsRequest::read(body, surface).map_err(|why| Refusal::invalid(surface, &why))
}

impl Exchange for ImageEmbeddings {
    fn demand(&self) -> &Demand {
        &self.demand
    }

    fn whole(&self, answer: &[u8], heading: &Heading<'_>) -> Result<Written, Broken> {
        Ok(embeddings(answer, heading, &self.wanted)?.into())
    }
}
