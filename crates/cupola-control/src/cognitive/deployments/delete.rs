//! `DELETE …/deployments/{name}`: it answers no more.

use super::super::{account, steps};
use crate::dispatch::{Call, Reply};
use crate::{answer, etag};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use http::StatusCode;

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let id = account(&call).child("deployments", call.param("name"));
    let mut work = call.control.store().begin().await?;
    let Some(found) = work.resources().find(&id).await? else {
        return Ok(answer::bare(StatusCode::NO_CONTENT));
    };
    etag::check(&call, Some(&found))?;
    steps::remove(work, (&call, &grant), &found).await
}
