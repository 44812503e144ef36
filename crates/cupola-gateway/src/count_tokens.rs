//! `POST .../messages/count_tokens`: what a prompt weighs. The embedded engine counts with the model's own tokenizer and
//! template; of other backends it is an estimate, as the hold's is. Nothing is charged.

use crate::infer::Asked;
use crate::refusal::Refusal;
use crate::{Shared, body, select};
use bytes::Bytes;
use cupola_core::Operation;
use cupola_edge::{Body, BoxError, full};
use cupola_wire::anthropic::{count_tokens, count_tokens_request_to_chat};
use cupola_wire::openai::{ChatRequest, Surface};
use http::{HeaderValue, Response, header};

pub(crate) async fn answer<B>(gateway: &Shared, asked: &Asked<'_>, body: B) -> Result<Response<Body>, Refusal>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let Asked { surface, head, .. } = *asked;
    let body = body::read_plain(body, head, surface, &gateway.settings).await?;
    let invalid = |why| Refusal::invalid(surface, &why);
    let chat = count_tokens_request_to_chat(&body).map_err(invalid)?;
    let request = ChatRequest::read(&chat, Surface::OpenAi, true).map_err(invalid)?;
    let deployment = select::deployment(asked, Operation::Chat, request.model().as_deref())?;
    let estimate = request.prompt_tokens;
    let count = match &deployment.target {
        Ok(pool) => pool.count_tokens(&Bytes::from(chat), asked.id).await,
        Err(_) => None,
    };
    let mut response = Response::new(full(count_tokens(count.unwrap_or(estimate))));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}
