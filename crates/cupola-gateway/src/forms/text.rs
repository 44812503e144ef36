//! Texts that go on: the older completions.

use super::{Demand, Exchange, Written, invalid};
use crate::refusal::Refusal;
use bytes::Bytes;
use cupola_core::Operation;
use cupola_wire::openai::{
    Broken, Heading, Surface, TextRenderer, TextRequest, Whole, Writer, text_completion, text_completion_of,
};

struct Text {
    demand: Demand,
    include_usage: bool,
}

pub(super) fn read(surface: Surface, body: Bytes) -> Result<Box<dyn Exchange>, Refusal> {
    let request = TextRequest::read(&body).map_err(|why| invalid(surface, &why))?;
    let (edited, model_at) = request.for_backend();
    let demand = Demand {
        operation: Operation::Completions,
        model: request.model().map(|model| model.into_owned()),
        stream: request.stream,
        prompt_tokens: request.prompt_tokens,
        max_tokens: request.max_tokens,
        n: request.n,
        model_at,
        native: None,
        body: edited.map_or_else(|| body.clone(), Bytes::from),
    };
    let include_usage = request.include_usage;
    Ok(Box::new(Text {
        demand,
        include_usage,
    }))
}

impl Exchange for Text {
    fn demand(&self) -> &Demand {
        &self.demand
    }

    fn whole(&self, answer: &[u8], heading: &Heading<'_>) -> Result<Written, Broken> {
        Ok(text_completion(answer, heading, self.demand.prompt_tokens)?.into())
    }

    fn whole_read(&self, answer: &Whole<'_>, heading: &Heading<'_>) -> Result<Written, Broken> {
        Ok(text_completion_of(answer, heading, self.demand.prompt_tokens)?.into())
    }

    fn writer(&self, heading: &Heading<'_>) -> Option<Box<dyn Writer>> {
        Some(Box::new(TextRenderer::new(heading, self.include_usage)))
    }
}
