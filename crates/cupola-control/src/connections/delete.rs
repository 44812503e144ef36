//! `DELETE …/connections/{name}`: gone at once, with its credentials. Clients want 200 or 204, never 202.

use super::id;
use crate::dispatch::{Call, Reply};
use crate::{answer, audit, etag};
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
    audit::change(&mut work, &call, &grant, "Succeeded", json!({})).await?;
    work.save().await?;
    Ok(answer::bare(StatusCode::OK))
}
