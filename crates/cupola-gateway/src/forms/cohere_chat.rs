//! Chats as Cohere has them.

use super::{Demand, Exchange, Written, chat_demand, invalid};
use crate::refusal::Refusal;
use bytes::Bytes;
use cupola_wire::Dialect;
use cupola_wire::cohere::{EventsWriter, LinesWriter, Version, answer_from_chat, request_to_chat};
use cupola_wire::openai::{Broken, Heading, Surface, Writer, completion};

struct CohereChat {
    demand: Demand,
    version: Version,
    /// The request, of which the older answer repeats the history.
    asked: Bytes,
}

pub(super) fn read(surface: Surface, body: Bytes, version: Version) -> Result<Box<dyn Exchange>, Refusal> {
    let chat = request_to_chat(&body, version).map_err(|why| invalid(surface, &why))?;
    // Backends of Cohere speak the newer version.
    let native = (version == Version::V2).then(|| (Dialect::Cohere, body.clone()));
    let demand = chat_demand(surface, chat, native)?;
    Ok(Box::new(CohereChat {
        demand,
        version,
        asked: body,
    }))
}

impl Exchange for CohereChat {
    fn demand(&self) -> &Demand {
        &self.demand
    }

    fn whole(&self, answer: &[u8], heading: &Heading<'_>) -> Result<Written, Broken> {
        let counted = completion(answer, heading, self.demand.prompt_tokens)?;
        let body = answer_from_chat(&counted.body, heading, &counted.totals, self.version, &self.asked)?;
        Ok(Written {
            body,
            ..counted.into()
        })
    }

    fn writer(&self, heading: &Heading<'_>) -> Option<Box<dyn Writer>> {
        Some(match self.version {
            Version::V1 => Box::new(LinesWriter::new(heading, &self.asked)),
            Version::V2 => Box::new(EventsWriter::new(heading)),
        })
    }

    fn stream_type(&self) -> &'static str {
        match self.version {
            Version::V1 => "application/stream+json",
            Version::V2 => "text/event-stream",
        }
    }
}
