//! OpenAI's Responses.

use super::{Demand, Exchange, Written, chat_demand, invalid};
use crate::refusal::Refusal;
use cupola_wire::openai::{Broken, Heading, Surface, Writer, completion};
use cupola_wire::responses::{Echo, ResponsesWriter, answer_from_chat, request_to_chat};

struct Responses {
    demand: Demand,
    echo: Echo,
}

/// Reads a request that goes on from a conversation, if it names one. The answer says whether it is kept.
pub(crate) fn read(
    surface: Surface,
    body: &[u8],
    conversation: Option<&[u8]>,
    store: bool,
) -> Result<Box<dyn Exchange>, Refusal> {
    let chat = request_to_chat(body, conversation).map_err(|why| invalid(surface, &why))?;
    let echo = Echo::read(body).with_store(store);
    let demand = chat_demand(surface, chat, None)?;
    Ok(Box::new(Responses { demand, echo }))
}

impl Exchange for Responses {
    fn demand(&self) -> &Demand {
        &self.demand
    }

    fn whole(&self, answer: &[u8], heading: &Heading<'_>) -> Result<Written, Broken> {
        let counted = completion(answer, heading, self.demand.prompt_tokens)?;
        let body = answer_from_chat(&counted.body, heading, &counted.totals, &self.echo)?;
        Ok(Written {
            body,
            ..counted.into()
        })
    }

    fn writer(&self, heading: &Heading<'_>) -> Option<Box<dyn Writer>> {
        Some(Box::new(ResponsesWriter::new(heading, self.echo.clone())))
    }
}
