//! Anthropic's Messages.

use super::{Demand, Exchange, Written, chat_demand, invalid};
use crate::refusal::Refusal;
use bytes::Bytes;
use cupola_wire::Dialect;
use cupola_wire::anthropic::{MessagesWriter, answer_from_chat, request_to_chat};
use cupola_wire::openai::{Broken, Heading, Surface, Writer, completion};

struct Messages {
    demand: Demand,
}

pub(super) fn read(surface: Surface, body: Bytes) -> Result<Box<dyn Exchange>, Refusal> {
    let chat = request_to_chat(&body).map_err(|why| invalid(surface, &why))?;
    let demand = chat_demand(surface, chat, Some((Dialect::Anthropic, body)))?;
    Ok(Box::new(Messages { demand }))
}

impl Exchange for Messages {
    fn demand(&self) -> &Demand {
        &self.demand
    }

    fn whole(&self, answer: &[u8], heading: &Heading<'_>) -> Result<Written, Broken> {
        let counted = completion(answer, heading, self.demand.prompt_tokens)?;
        let body = answer_from_chat(&counted.body, heading, &counted.totals)?;
        Ok(Written {
            body,
            ..counted.into()
        })
    }

    fn writer(&self, heading: &Heading<'_>) -> Option<Box<dyn Writer>> {
        Some(Box::new(MessagesWriter::new(heading, self.demand.prompt_tokens)))
    }
}
