//! `POST .../responses`: a request with the conversation that it goes on from, and an answer that is kept before it is
//! whole.

use super::keeper::Errand;
use super::stream::Keeping as KeepingStream;
use super::{chain, owner};
use crate::forms::responses;
use crate::infer::{self, Asked};
use crate::refusal::Refusal;
use crate::{Shared, body, select};
use bytes::Bytes;
use cupola_core::Operation;
use cupola_edge::{Body, BoxError, full};
use cupola_wire::responses::{Keeping, response_id, unkept};
use http::Response;
use http_body_util::BodyExt as _;

pub(super) async fn answer<B>(gateway: &Shared, asked: &Asked<'_>, body: B) -> Result<Response<Body>, Refusal>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let surface = asked.surface;
    select::before_body(asked, Operation::Chat)?;
    let request = body::read_plain(body, asked.head, surface, &gateway.settings).await?;
    let keeping = Keeping::read(&request).map_err(|why| Refusal::invalid(surface, &why))?;
    let conversation = match &keeping.previous {
        Some(previous) => Some(chain::conversation(gateway, asked, previous).await?),
        None => None,
    };
    let store = keeping.store && gateway.keeper.keeps();
    let exchange = responses::read(surface, &request, conversation.as_deref(), store)?;
    // The backend has what it needs of it.
    drop(conversation);
    let answer = infer::perform(gateway, asked, &*exchange).await?;
    if !store {
        return Ok(answer);
    }
    let errand = Errand {
        owner: owner(asked),
        id: response_id(asked.id),
        previous: keeping.previous,
        made_at: gateway.deps.clock.now(),
        request,
    };
    let keeper = gateway.keeper.clone();
    let (mut head, body) = answer.into_parts();
    if exchange.demand().stream {
        let body = KeepingStream::new(body, keeper, errand).boxed_unsync();
        return Ok(Response::from_parts(head, body));
    }
    let whole = match body.collect().await {
        Ok(whole) => whole.to_bytes(),
        Err(error) => return Err(Refusal::answer_lost(surface, &error)),
    };
    let whole = match keeper.keep(errand, &whole).await {
        true => whole,
        false => unkept(&whole).into(),
    };
    head.headers.remove(http::header::CONTENT_LENGTH);
    Ok(Response::from_parts(head, full(whole)))
}
