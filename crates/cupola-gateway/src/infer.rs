//! One inference, from the request to the last byte. Every operation of every surface passes here and nowhere else.

use crate::bill::{Bill, Outcome, write_standing};
use crate::forms::{Demand, Exchange, Form};
use crate::keys::Credential;
use crate::observe::Visit;
use crate::passage::Passage;
use crate::refusal::Refusal;
use crate::relay::Relay;
use crate::screening::{self, Unwhole};
use crate::snapshot::Site;
use crate::{Shared, body, select};
use bytes::Bytes;
use cupola_backend::{Answer, BackendError, Call};
use cupola_edge::{Body, BoxError, full};
use cupola_wire::openai::{Heading, Surface};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use std::sync::Arc;

// An answer that is not streamed is held in memory until its usage is durable.
const ANSWER_BYTES_MAX: usize = 16 << 20;
const COMPLAINT_BYTES_MAX: usize = 64 << 10;
// An answer has so many, with its ids: room for all at once.
const HEADERS: usize = 12;
// What a completion without a bound is taken to need, unless the model holds less.
const COMPLETION_TOKENS: u64 = 1024;
// The beginning of a body that says to which conversation it belongs.
const AFFINITY_BYTES: usize = 512;

/// Who asked for what, and how.
pub(crate) struct Asked<'a> {
    pub(crate) site: &'a Arc<Site>,
    pub(crate) credential: Credential,
    pub(crate) surface: Surface,
    /// The deployment that the path names.
    pub(crate) deployment: Option<&'a str>,
    pub(crate) head: &'a Parts,
    pub(crate) id: &'a str,
    pub(crate) visit: &'a Arc<Visit>,
}

impl Asked<'_> {
    /// The same question to a site that has changed.
    fn at<'a>(&'a self, site: &'a Arc<Site>) -> Asked<'a> {
        Asked {
            site,
            credential: self.credential.clone(),
            ..*self
        }
    }
}

/// Reads, admits, dispatches, delivers, settles; in this order.
pub(crate) async fn answer<B>(
    gateway: &Shared,
    asked: &Asked<'_>,
    form: Form,
    body: B,
) -> Result<Response<Body>, Refusal>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let Asked { surface, head, .. } = *asked;
    // Who cannot be answered anyway need not send a body.
    select::before_body(asked, form.operation())?;
    let body = body::read_plain(body, head, surface, &gateway.settings).await?;
    let exchange = form.read(surface, head, body)?;
    perform(gateway, asked, &*exchange).await
}

/// Admits, dispatches, delivers, settles what was read.
pub(crate) async fn perform(
    gateway: &Shared,
    asked: &Asked<'_>,
    exchange: &dyn Exchange,
) -> Result<Response<Body>, Refusal> {
    let Asked { surface, id, .. } = *asked;
    let demand = exchange.demand();
    let (renewed, again);
    let (asked, deployment) = match select::deployment(asked, demand.operation, demand.model.as_deref()) {
        Ok(deployment) => (asked, deployment),
        Err(refusal) => {
            renewed = gateway.renewed(asked.site).await.ok_or(refusal)?;
            again = asked.at(&renewed);
            (
                &again,
                select::deployment(&again, demand.operation, demand.model.as_deref())?,
            )
        }
    };
    let target = deployment
        .target
        .as_ref()
        .map_err(|why| Refusal::not_bound(surface, why))?;
    if !gateway.deps.store.ledger().has_room() {
        return Err(Refusal::ledger_behind(surface));
    }
    let estimate = estimate(demand, deployment.model.context_tokens);
    let bill = Bill::reserve(
        gateway,
        deployment,
        asked,
        demand.operation,
        demand.prompt_tokens,
        estimate,
    )?;
    let (bill, screening) = screening::prompt(gateway, asked, deployment, demand, bill).await?;

    let call = Call {
        operation: demand.operation,
        body: demand.body.clone(),
        model_at: demand.model_at.clone(),
        native: demand.native.clone(),
        stream: demand.stream,
        request_id: id,
        affinity: affinity(&demand.body),
        prompt_tokens: demand.prompt_tokens,
        max_tokens: demand.max_tokens,
        n: demand.n,
        traceparent: asked.visit.calls(asked.head, demand),
        attempts: Some(asked.visit.attempts()),
    };
    let answer = match target.infer(&call).await {
        Ok(answer) => answer,
        Err(error) => return Err(unanswered(asked, bill, &error)),
    };
    match (answer.status, answer.events) {
        (StatusCode::OK, events) if events == demand.stream => {}
        (StatusCode::OK, _) => return Err(misunderstood(asked, bill)),
        _ => return Err(refused(asked, bill, answer).await),
    }
    let heading = Heading {
        surface,
        id,
        created: gateway.deps.clock.now().as_second(),
        model: &deployment.model.name,
    };
    if demand.stream {
        let reader = answer.dialect.reader();
        let Some(writer) = exchange.writer(&heading) else {
            return Err(misunderstood(asked, bill));
        };
        let passage = Passage::new(writer, screening.stream(demand.n));
        let mut relay = Relay::new(answer.body, bill, reader, passage, demand.prompt_tokens);
        // What fails before its first token still gets a status of its own.
        if let Err(error) = relay.prime().await {
            let is_unscreened = relay.is_unscreened();
            return Err(relay.into_bill().map_or_else(
                || Refusal::backend(surface, &error),
                |bill| match is_unscreened {
                    true => unscreened(asked, bill),
                    false => unanswered(asked, bill, &error),
                },
            ));
        }
        return Ok(streamed(relay, exchange.stream_type()));
    }
    let dialect = answer.dialect;
    let whole = match answer.body.collect(ANSWER_BYTES_MAX).await {
        Ok(whole) => whole,
        Err(error) => return Err(unanswered(asked, bill, &error)),
    };
    let written = async {
        let turned = dialect.answer(demand.operation, &whole)?;
        let answer = turned.as_deref().unwrap_or(&whole);
        asked.visit.hears(answer);
        let screened = screening.whole(answer).await?;
        let written = match (&screened.body, &screened.read) {
            (Some(other), _) => exchange.whole(other, &heading)?,
            (None, Some(read)) => exchange.whole_read(read, &heading)?,
            (None, None) => exchange.whole(answer, &heading)?,
        };
        Ok((written, screened.is_filtered))
    };
    let (written, is_filtered) = match written.await {
        Ok(written) => written,
        Err(Unwhole::Unscreened) => return Err(unscreened(asked, bill)),
        Err(Unwhole::Broken(error)) => {
            tracing::warn!(deployment = %deployment.id, error = %error, "a backend's answer could not be read");
            return Err(misunderstood(asked, bill));
        }
    };
    let outcome = if is_filtered {
        Outcome::ContentFilter
    } else if written.estimated {
        Outcome::Estimated
    } else {
        Outcome::Complete
    };
    let standing = bill
        .settle(&written.usage, outcome)
        .await
        .map_err(|error| Refusal::not_recorded(surface, &error))?;
    let mut response = Response::new(full(written.body));
    let headers = response.headers_mut();
    *headers = HeaderMap::with_capacity(HEADERS);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    write_standing(headers, &standing);
    Ok(response)
}

fn streamed(relay: Relay, stream_type: &'static str) -> Response<Body> {
    let standing = relay.standing();
    let mut response = Response::new(relay.into_body());
    let headers = response.headers_mut();
    *headers = HeaderMap::with_capacity(HEADERS);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(stream_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Some(standing) = standing {
        write_standing(headers, &standing);
    }
    response
}

/// Requests that begin alike, and after the head of the body that is mostly the same text, want the same prefix cache.
fn affinity(body: &[u8]) -> u64 {
    let beginning = &body[..body.len().min(AFFINITY_BYTES)];
    // FNV-1a, eight bytes at a time: quick, and even enough to choose one of a few.
    let words = beginning.chunks(8).map(|word| {
        let mut bytes = [0; 8];
        bytes[..word.len()].copy_from_slice(word);
        u64::from_le_bytes(bytes)
    });
    words.fold(0xcbf2_9ce4_8422_2325, |hash, word| {
        (hash ^ word).wrapping_mul(0x0100_0000_01b3)
    })
}

/// What the request may spend, rounded up.
fn estimate(demand: &Demand, context_tokens: u32) -> u64 {
    use cupola_core::Operation::{Chat, Completions};
    if !matches!(demand.operation, Chat | Completions) {
        return demand.prompt_tokens;
    }
    let context = u64::from(context_tokens);
    let completion = demand
        .max_tokens
        .unwrap_or_else(|| COMPLETION_TOKENS.min(context / 2))
        .min(context);
    demand.prompt_tokens + completion * demand.n
}

fn unanswered(asked: &Asked<'_>, bill: Bill, error: &BackendError) -> Refusal {
    let causes = error.causes();
    tracing::warn!(site = %asked.site.id, error = %error, causes, "a backend did not answer");
    let standing = bill.standing();
    bill.cancel();
    Refusal::backend(asked.surface, error).standing(standing)
}

/// Nothing was shown of it, so nothing is charged.
fn unscreened(asked: &Asked<'_>, bill: Bill) -> Refusal {
    let standing = bill.standing();
    bill.cancel();
    Refusal::unscreened(asked.surface).standing(standing)
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
    let veil = answer.body.veil();
    let body = answer.body.collect(COMPLAINT_BYTES_MAX).await.unwrap_or_default();
    let body = String::from_utf8_lossy(&body);
    let body = veil.over(&body);
    bill.cancel();
    if !status.is_client_error() {
        tracing::warn!(site = %asked.site.id, status = status.as_u16(), "a backend answered with a failure");
    }
    Refusal::by_backend(asked.surface, status, retry_after_s, body.as_bytes())
}
