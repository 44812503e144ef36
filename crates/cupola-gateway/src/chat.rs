//! A chat completion, from the request to the last byte.

use crate::Shared;
use crate::bill::{Bill, Outcome, write_standing};
use crate::refusal::Refusal;
use crate::relay::Relay;
use crate::snapshot::Endpoint;
use crate::{body, route};
use bytes::Bytes;
use cupola_backend::{Answer, BackendError, Call};
use cupola_core::Operation;
use cupola_edge::{Body, BoxError, full};
use cupola_wire::openai::{ChatRequest, ExtraParameters, Heading, Renderer, Surface, completion};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use std::sync::Arc;

const EXTRA_PARAMETERS: HeaderName = HeaderName::from_static("extra-parameters");
// An answer that is not streamed is held in memory until its usage is durable.
const ANSWER_BYTES_MAX: usize = 16 << 20;
const COMPLAINT_BYTES_MAX: usize = 64 << 10;
// What a completion without a bound is taken to need, unless the model holds less.
const COMPLETION_TOKENS: u64 = 1024;

/// Who asked for what, and how.
pub(crate) struct Asked<'a> {
    pub(crate) endpoint: &'a Arc<Endpoint>,
    pub(crate) surface: Surface,
    pub(crate) head: &'a Parts,
    pub(crate) id: &'a str,
}

/// Reads, admits, dispatches, delivers, settles; in this order, here and nowhere else.
pub(crate) async fn answer<B>(gateway: &Shared, asked: &Asked<'_>, body: B) -> Result<Response<Body>, Refusal>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let Asked {
        endpoint,
        surface,
        head,
        id,
    } = *asked;
    let rules = Rules::read(surface, head)?;
    if let Some(refusal) = Refusal::not_serving(surface, endpoint) {
        return Err(refusal);
    }
    let target = endpoint
        .target
        .as_ref()
        .map_err(|why| Refusal::not_bound(surface, why))?;

    let settings = &gateway.settings;
    let body = body::read(
        body,
        head,
        surface,
        settings.body_bytes_max,
        settings.body_time_max,
    )
    .await?;
    let body = rules.dropping(body)?;
    let request = rules.parse(&body)?;
    if !gateway.deps.store.ledger().has_room() {
        return Err(Refusal::ledger_behind(surface));
    }

    let estimate = (
        request.prompt_tokens,
        estimate(&request, endpoint.model.context_tokens),
    );
    let bill = Bill::reserve(gateway, endpoint, surface, id, estimate)?;

    let call = Call {
        body: request
            .edited(target.model())
            .map_or_else(|| body.clone(), Bytes::from),
        operation: Operation::Chat,
        native: None,
        stream: request.stream,
        request_id: id,
        affinity: 0,
        prompt_tokens: request.prompt_tokens,
        max_tokens: request.max_tokens,
        n: request.n,
    };
    let answer = match target.infer(call).await {
        Ok(answer) => answer,
        Err(error) => return Err(unanswered(asked, bill, &error)),
    };

    let created = gateway.deps.clock.now().as_second();
    let heading = Heading {
        surface,
        id,
        created,
        model: &endpoint.model.name,
    };
    match (answer.status, answer.events) {
        (StatusCode::OK, events) if events == request.stream => {}
        (StatusCode::OK, _) => return Err(misunderstood(asked, bill)),
        _ => return Err(refused(asked, bill, answer).await),
    }
    if request.stream {
        let writer = Box::new(Renderer::new(&heading, request.include_usage));
        let mut relay = Relay::new(answer.body, bill, None, writer, request.prompt_tokens);
        // What fails before its first token still gets a status of its own.
        if let Err(error) = relay.prime().await {
            return Err(relay.into_bill().map_or_else(
                || Refusal::backend(surface, &error),
                |bill| unanswered(asked, bill, &error),
            ));
        }
        return Ok(streamed(relay));
    }
    let whole = match answer.body.collect(ANSWER_BYTES_MAX).await {
        Ok(whole) => whole,
        Err(error) => return Err(unanswered(asked, bill, &error)),
    };
    let written = match completion(&whole, &heading, request.prompt_tokens) {
        Ok(written) => written,
        Err(error) => {
            tracing::warn!(endpoint = %endpoint.id, error = %error, "a backend's answer could not be read");
            return Err(misunderstood(asked, bill));
        }
    };
    let outcome = if written.estimated {
        Outcome::Estimated
    } else {
        Outcome::Complete
    };
    let standing = bill
        .settle(&written.totals, outcome)
        .await
        .map_err(|error| Refusal::not_recorded(surface, &error))?;
    let mut response = Response::new(full(written.body));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    write_standing(response.headers_mut(), &standing);
    Ok(response)
}

fn streamed(relay: Relay) -> Response<Body> {
    let standing = relay.standing();
    let mut response = Response::new(relay.into_body());
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Some(standing) = standing {
        write_standing(headers, &standing);
    }
    response
}

/// What the request may spend, rounded up.
fn estimate(request: &ChatRequest<'_>, context_tokens: u32) -> u64 {
    let context = u64::from(context_tokens);
    let completion = request
        .max_tokens
        .unwrap_or_else(|| COMPLETION_TOKENS.min(context / 2))
        .min(context);
    request.prompt_tokens + completion * request.n
}

fn unanswered(asked: &Asked<'_>, bill: Bill, error: &BackendError) -> Refusal {
    let causes = error.causes();
    tracing::warn!(endpoint = %asked.endpoint.id, error = %error, causes, "a backend did not answer");
    let standing = bill.standing();
    bill.cancel();
    Refusal::backend(asked.surface, error).standing(standing)
}

fn misunderstood(asked: &Asked<'_>, bill: Bill) -> Refusal {
    bill.cancel();
    Refusal::backend_failed(
        asked.surface,
        "The model's server answered with something that is no completion.",
    )
}

/// The backend itself said no.
async fn refused(asked: &Asked<'_>, bill: Bill, answer: Answer) -> Refusal {
    let (status, retry_after_s) = (answer.status, answer.retry_after_s);
    // A complaint that cannot be read is none; the status says the most of it anyway.
    let body = answer.body.collect(COMPLAINT_BYTES_MAX).await.unwrap_or_default();
    bill.cancel();
    if !status.is_client_error() {
        tracing::warn!(endpoint = %asked.endpoint.id, status = status.as_u16(), "a backend answered with a failure");
    }
    Refusal::by_backend(asked.surface, status, retry_after_s, &body)
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
