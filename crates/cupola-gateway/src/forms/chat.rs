//! Chat completions of the Model Inference API and of OpenAI.

use super::{Demand, Exchange, Written};
use crate::refusal::Refusal;
use crate::route;
use bytes::Bytes;
use cupola_core::Operation;
use cupola_wire::openai::{
    Broken, ChatRequest, ExtraParameters, Heading, Renderer, Surface, Writer, completion,
};
use http::request::Parts;
use http::{HeaderName, HeaderValue};

const EXTRA_PARAMETERS: HeaderName = HeaderName::from_static("extra-parameters");

struct Chat {
    demand: Demand,
    include_usage: bool,
}

pub(super) fn read(surface: Surface, head: &Parts, body: Bytes) -> Result<Box<dyn Exchange>, Refusal> {
    let rules = Rules::read(surface, head)?;
    let body = rules.dropping(body)?;
    let request = rules.parse(&body)?;
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
        let written = completion(answer, heading, self.demand.prompt_tokens)?;
        Ok(Written {
            body: written.body,
            usage: written.totals.usage(),
            estimated: written.estimated,
        })
    }

    fn writer(&self, heading: &Heading<'_>) -> Box<dyn Writer> {
        Box::new(Renderer::new(heading, self.include_usage))
    }
}

/// How the body is to be read.
struct Rules {
    surface: Surface,
    security_context: bool,
    extra: ExtraParameters,
}

impl Rules {
    fn read(surface: Surface, head: &Parts) -> Result<Self, Refusal> {
        if surface == Surface::OpenAi {
            return Ok(Self {
                surface,
                security_context: true,
                extra: ExtraParameters::PassThrough,
            });
        }
        let option = head.headers.get(EXTRA_PARAMETERS).map(HeaderValue::as_bytes);
        Ok(Self {
            surface,
            security_context: route::api_version(head)?,
            extra: ExtraParameters::read(option)
                .map_err(|sentence| Refusal::extra_parameters_option(&sentence))?,
        })
    }

    /// With `drop`, the body without its extra parameters.
    fn dropping(&self, body: Bytes) -> Result<Bytes, Refusal> {
        if self.extra != ExtraParameters::Drop {
            return Ok(body);
        }
        let request = self.chat_request(&body)?;
        if request.extra.is_empty() {
            return Ok(body);
        }
        Ok(request.without_extra().into())
    }

    fn parse<'a>(&self, body: &'a [u8]) -> Result<ChatRequest<'a>, Refusal> {
        let request = self.chat_request(body)?;
        if self.extra == ExtraParameters::Error && !request.extra.is_empty() {
            return Err(Refusal::extra_parameters(&request.extra));
        }
        Ok(request)
    }

    fn chat_request<'a>(&self, body: &'a [u8]) -> Result<ChatRequest<'a>, Refusal> {
        ChatRequest::read(body, self.surface, self.security_context)
            .map_err(|why| Refusal::invalid(self.surface, &why))
    }
}
