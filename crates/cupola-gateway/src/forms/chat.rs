//! Chat completions of the Model Inference API and of OpenAI.

use super::extra::Rules;
use super::{Demand, Exchange, Written};
use crate::refusal::Refusal;
use bytes::Bytes;
use cupola_core::Operation;
use cupola_wire::openai::{
    Broken, ChatRequest, Heading, Renderer, Surface, Whole, Writer, completion, completion_of,
};
use http::request::Parts;

struct Chat {
    demand: Demand,
    include_usage: bool,
}

pub(super) fn read(surface: Surface, head: &Parts, body: Bytes) -> Result<Box<dyn Exchange>, Refusal> {
    let rules = Rules::read(surface, head)?;
    let read = |body: &Bytes| {
        ChatRequest::read(body, surface, rules.security_context)
            .map(|request| (request.extra.is_empty(), request.without_extra()))
            .map_err(|why| Refusal::invalid(surface, &why))
    };
    let body = rules.dropping(body, read)?;
    let request = ChatRequest::read(&body, surface, rules.security_context)
        .map_err(|why| Refusal::invalid(surface, &why))?;
    rules.check(&request.extra)?;
    let (edited, model_at) = request.for_backend();
    let demand = Demand {
        operation: Operation::Chat,
        model: request.model().map(|model| model.into_owned()),
        stream: request.stream,
        prompt_tokens: request.prompt_tokens,
        max_tokens: request.max_tokens,
        n: request.n,
        model_at,
        native: None,
        body: edited.map_or_else(|| body.clone(), Bytes::from),
    };
    Ok(Box::new(Chat {
        include_usage: request.include_usage,
        demand,
    }))
}

impl Exchange for Chat {
    fn demand(&self) -> &Demand {
        &self.demand
    }

    fn whole(&self, answer: &[u8], heading: &Heading<'_>) -> Result<Written, Broken> {
        Ok(completion(answer, heading, self.demand.prompt_tokens)?.into())
    }

    fn whole_read(&self, answer: &Whole<'_>, heading: &Heading<'_>) -> Result<Written, Broken> {
        Ok(completion_of(answer, heading, self.demand.prompt_tokens)?.into())
    }

    fn writer(&self, heading: &Heading<'_>) -> Option<Box<dyn Writer>> {
        Some(Box::new(Renderer::new(heading, self.include_usage)))
    }
}
