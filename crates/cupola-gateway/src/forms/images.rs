//! Pictures from a text.

use super::extra::Rules;
use super::{Demand, Exchange, Written};
use crate::refusal::Refusal;
use bytes::Bytes;
use cupola_core::Operation;
use cupola_wire::openai::{Broken, Heading, ImagesRequest, ImagesWanted, Surface, images};
use http::request::Parts;

struct Images {
    demand: Demand,
    wanted: ImagesWanted,
}

pub(super) fn read(surface: Surface, head: &Parts, body: Bytes) -> Result<Box<dyn Exchange>, Refusal> {
    let rules = Rules::read(surface, head)?;
    let body = rules.dropping(body, |body| {
        parse(body, surface).map(|request| (request.extra.is_empty(), request.without_extra()))
    })?;
    let request = parse(&body, surface)?;
    rules.check(&request.extra)?;
    let (edited, model_at) = request.for_backend();
    let demand = Demand {
        operation: Operation::Images,
        model: request.model().map(|model| model.into_owned()),
        stream: false,
        prompt_tokens: request.prompt_tokens,
        max_tokens: None,
        n: request.n,
        model_at,
        native: None,
        body: edited.map_or_else(|| body.clone(), Bytes::from),
    };
    let wanted = request.wanted();
    Ok(Box::new(Images { demand, wanted }))
}

fn parse(body: &[u8], surface: Surface) -> Result<ImagesRequest<'_>, Refusal> {
    ImagesRequest::read(body, surface).map_err(|why| Refusal::invalid(surface, &why))
}

impl Exchange for Images {
    fn demand(&self) -> &Demand {
        &self.demand
    }

    fn whole(&self, answer: &[u8], heading: &Heading<'_>) -> Result<Written, Broken> {
        Ok(images(answer, heading, &self.wanted)?.into())
    }
}
