//! `DELETE …/raiBlocklistItems/{name}`

use super::super::steps;
use super::id;
use crate::dispatch::{Call, Reply};
use crate::{answer, etag};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use http::StatusCode;

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    let Some(found) = work.resources().find(&id(&call)).await? else {
        return Ok(answer::bare(StatusCode::NO_CONTENT));
    };
    etag::check(&call, Some(&found))?;
    steps::remove(work, (&call, &grant), &found).await
}
