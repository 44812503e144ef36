//! Documents by how well they answer a question.

use super::{Demand, Exchange, Written, invalid};
use crate::refusal::Refusal;
use bytes::Bytes;
use cupola_core::Operation;
use cupola_wire::cohere::Version;
use cupola_wire::openai::{Broken, Heading, Surface};
use cupola_wire::rerank::{RerankRequest, rerank};

struct Rerank {
    demand: Demand,
    version: Version,
    /// The request, read again when its answer is written: it has the documents.
    asked: Bytes,
}

pub(super) fn read(surface: Surface, body: Bytes, version: Version) -> Result<Box<dyn Exchange>, Refusal> {
    let request = RerankRequest::read(&body).map_err(|why| invalid(surface, &why))?;
    let (turned, model_at) = request.for_backend();
    let demand = Demand {
        operation: Operation::Rerank,
        model: request.model.as_ref().map(|model| model.to_string()),
        stream: false,
        prompt_tokens: request.prompt_tokens,
        max_tokens: None,
        n: 1,
        model_at: Some(model_at),
        native: None,
        body: turned.into(),
    };
    Ok(Box::new(Rerank {
        demand,
        version,
        asked: body,
    }))
}

impl Exchange for Rerank {
    fn demand(&self) -> &Demand {
        &self.demand
    }

    fn whole(&self, answer: &[u8], heading: &Heading<'_>) -> Result<Written, Broken> {
        let request = RerankRequest::read(&self.asked)
            .map_err(|_| Broken("its request cannot be read again".to_owned()))?;
        Ok(rerank(answer, heading, self.version, &request)?.into())
    }
}
