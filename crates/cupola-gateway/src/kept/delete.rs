//! `DELETE .../responses/ID`: forgets a response. What goes on from it can no longer be gone on from.

use super::{owner, since};
use crate::Shared;
use crate::infer::Asked;
use crate::refusal::Refusal;
use cupola_edge::{Body, json};
use cupola_store::StoreError;
use http::{Response, StatusCode};
use serde_json::json;

pub(super) async fn answer(gateway: &Shared, asked: &Asked<'_>, id: &str) -> Result<Response<Body>, Refusal> {
    let since = since(gateway.deps.clock.now());
    let deleted = async {
        let mut work = gateway.deps.store.begin().await?;
        let deleted = work.responses().delete(&owner(asked), id, since).await?;
        work.save_quietly().await?;
        Ok::<_, StoreError>(deleted)
    };
    match deleted.await {
        Ok(true) => Ok(json(
            StatusCode::OK,
            &json!({ "id": id, "object": "response", "deleted": true }),
        )),
        Ok(false) => Err(Refusal::no_such_response(asked.surface, id)),
        Err(error) => Err(Refusal::response_not_deleted(asked.surface, &error)),
    }
}
