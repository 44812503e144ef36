//! `PATCH /subscriptions/{subscription}/resourceGroups/{group}`: tags.

use crate::dispatch::{Call, Reply};
use crate::kinds::require_group;
use crate::{audit, etag, show};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use http::StatusCode;
use serde_json::json;

pub(super) async fn patch(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let tags = call.json()?.tags()?;
    let mut work = call.control.store().begin().await?;
    let mut group = require_group(work.resources(), call.param("subscription"), call.param("group")).await?;
    etag::check(&call, Some(&group))?;
    group.tags = tags.unwrap_or(group.tags);
    group.etag = call.new_etag();
    group.modified = call.stamp(&grant);
    work.resources().put(&grant, &group).await?;
    audit::change(&mut work, &call, &grant, "Succeeded", json!({})).await?;
    work.save().await?;
    Ok(show::reply(&call.control, StatusCode::OK, &group))
}
