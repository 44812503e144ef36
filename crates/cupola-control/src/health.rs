//! `GET /healthz`: does the store answer? For load balancers and supervisors.

use crate::answer;
use crate::dispatch::{Call, Reply, Route, anonymous, unversioned};
use cupola_core::Problem;
use serde_json::json;

pub(crate) const ROUTES: &[Route] = &[unversioned("GET", "/healthz", anonymous!(get))];

async fn get(call: Call) -> Result<Reply, Problem> {
    call.control
        .store()
        .reader()
        .await?
        .access()
        .fact("tenant")
        .await?;
    Ok(answer::ok(&json!({"status": "ok"})))
}
