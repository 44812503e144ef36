//! `POST .../responses/ID/cancel`: refused, because no response is made in the background.

use super::chain;
use crate::Shared;
use crate::infer::Asked;
use crate::refusal::Refusal;
use cupola_edge::Body;
use http::Response;

pub(super) async fn answer(gateway: &Shared, asked: &Asked<'_>, id: &str) -> Result<Response<Body>, Refusal> {
    chain::one(gateway, asked, id).await?;
    Err(Refusal::not_in_background(asked.surface))
}
