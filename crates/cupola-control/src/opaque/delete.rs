//! `DELETE` of a resource that is kept as it is: gone at once, with what is below it.

use super::id;
use crate::dispatch::{Call, Reply};
use crate::{answer, audit, etag};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use http::StatusCode;
use serde_json::json;

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let id = id(&call)?;
    let mut work = call.control.store().begin().await?;
    let Some(found) = work.resources().find(&id).await? else {
        return Ok(answer::bare(StatusCode::NO_CONTENT));
    };
    etag::check(&call, Some(&found))?;
    let gone = work.resources().delete(&grant, &id).await?;
    audit::change(&mut work, &call, &grant, "Succeeded", json!({"resources": gone})).await?;
    work.save().await?;
    Ok(answer::bare(StatusCode::OK))
}
