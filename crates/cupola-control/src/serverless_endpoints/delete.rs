//! `DELETE …/serverlessEndpoints/{name}`: gone with its keys and its name, at once.

use super::id;
use crate::dispatch::{Call, Reply};
use crate::{answer, audit, etag, operations};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use http::StatusCode;
use serde_json::json;

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    let Some(found) = work.resources().find(&id(&call)).await? else {
        return Ok(answer::bare(StatusCode::NO_CONTENT));
    };
    etag::check(&call, Some(&found))?;
    work.resources().delete(&grant, &found.id).await?;
    let region = found.location.as_deref().unwrap_or(call.control.region());
    let begun = operations::begin_done(&mut work, &call, &grant.principal().id, &found.id, region).await?;
    audit::change(&mut work, &call, &grant, "Succeeded", json!({})).await?;
    work.save().await?;
    Ok(begun.follow_both(&call, answer::bare(StatusCode::ACCEPTED)))
}
