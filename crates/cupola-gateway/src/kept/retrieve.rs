//! `GET .../responses/ID`: the response as it was answered.

use super::chain;
use crate::Shared;
use crate::infer::Asked;
use crate::query;
use crate::refusal::Refusal;
use cupola_edge::{Body, full};
use http::{HeaderValue, Response, header};

pub(super) async fn answer(gateway: &Shared, asked: &Asked<'_>, id: &str) -> Result<Response<Body>, Refusal> {
    let kept = chain::one(gateway, asked, id).await?;
    let stream = query::value(asked.head.uri.query().unwrap_or_default(), "stream");
    if stream.is_some_and(|stream| stream.eq_ignore_ascii_case("true")) {
        return Err(Refusal::not_streamed_again(asked.surface, id));
    }
    Ok(found(chain::response(asked, &kept)?))
}

/// JSON that was written already.
pub(super) fn found(body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(full(body));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
