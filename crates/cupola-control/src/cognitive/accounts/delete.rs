//! `DELETE …/accounts/{account}`: it answers no more, and can be brought back until it is purged.

use super::super::{account, deleted};
use crate::dispatch::{Call, Reply};
use crate::{answer, audit, etag, operations};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use http::StatusCode;
use serde_json::json;

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    let Some(found) = work.resources().find(&account(&call)).await? else {
        return Ok(answer::bare(StatusCode::NO_CONTENT));
    };
    etag::check(&call, Some(&found))?;
    let id = found.id.clone();
    let region = found.location.clone().unwrap_or_default();
    let kept_as = deleted::put_away(&mut work, (&call, &grant), found).await?;
    let begun = operations::begin_done(&mut work, &call, &grant.principal().id, &id, &region).await?;
    let detail = json!({"deletedAccount": kept_as.to_string()});
    audit::change(&mut work, &call, &grant, "Succeeded", detail).await?;
    work.save().await?;
    Ok(begun.follow_both(&call, answer::bare(StatusCode::ACCEPTED)))
}
