//! Vectors as Cohere has them.

use super::{Demand, Exchange, Written, invalid};
use crate::refusal::Refusal;
use bytes::Bytes;
use cupola_wire::cohere::{EmbedRequest, Version, embed};
use cupola_wire::openai::{Broken, Heading, Surface};

struct Embed {
    demand: Demand,
    version: Version,
    /// The request, read again when its answer is written: it says in which encodings.
    asked: Bytes,
}

pub(super) fn read(surface: Surface, body: Bytes, version: Version) -> Result<Box<dyn Exchange>, Refusal> {
    let request = EmbedRequest::read(&body, version).map_err(|why| invalid(surface, &why))?;
    let (turned, model_at) = request.for_backend();
    let demand = Demand {
        operation: request.operation(),
        model: request.model.as_ref().map(|model| model.to_string()),
        stream: false,
        prompt_tokens: request.prompt_tokens,
        max_tokens: None,
        n: 1,
        model_at: Some(model_at),
        native: None,
        body: turned.into(),
    };
    Ok(Box::new(Embed {
        demand,
        version,
        asked: body,
    }))
}

impl Exchange for Embed {
    fn demand(&self) -> &Demand {
        &self.demand
    }

    fn whole(&self, answer: &[u8], heading: &Heading<'_>) -> Result<Written, Broken> {
        let request = EmbedRequest::read(&self.asked, self.version)
            .map_err(|_| Broken("its request cannot be read again".to_owned()))?;
        Ok(embed(answer, heading, self.version, &request)?.into())
    }
}
