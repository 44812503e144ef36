//! `DELETE /subscriptions/{subscription}/resourceGroups/{group}`: with everything in it.

use crate::dispatch::{Call, Reply};
use crate::kinds::require_group;
use crate::{answer, audit, etag, operations};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use http::StatusCode;
use serde_json::json;

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    let group = require_group(work.resources(), call.param("subscription"), call.param("group")).await?;
    etag::check(&call, Some(&group))?;
    let gone = work.resources().delete(&grant, &group.id).await?;
    let region = group.location.as_deref().unwrap_or(call.control.region());
    let begun = operations::begin_done(&mut work, &call, &grant.principal().id, &group.id, region).await?;
    audit::change(&mut work, &call, &grant, "Succeeded", json!({"resources": gone})).await?;
    work.save().await?;
    Ok(begun.follow_location(&call, answer::bare(StatusCode::ACCEPTED)))
}
