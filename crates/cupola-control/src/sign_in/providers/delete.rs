//! `DELETE /providers/Cupola.Identity/identityProviders/{name}`: its people stay, and cannot sign in.

use crate::dispatch::{Call, Reply};
use crate::{answer, audit};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use http::StatusCode;
use serde_json::json;

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    if !work
        .sign_ins()
        .delete_provider(&grant, call.param("name"))
        .await?
    {
        return Ok(answer::bare(StatusCode::NO_CONTENT));
    }
    audit::change(&mut work, &call, &grant, "Succeeded", json!({})).await?;
    work.save().await?;
    Ok(answer::bare(StatusCode::OK))
}
