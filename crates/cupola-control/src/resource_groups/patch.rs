//! `PATCH /subscriptions/{subscription}/resourceGroups/{group}`: tags.

use crate::dispatch::{Call, Reply};
use crate::kinds::require_group;
use crate::{etag, write};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use http::StatusCode;

pub(super) async fn patch(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let tags = call.json()?.tags()?;
    let mut work = call.control.store().begin().await?;
    let mut group = require_group(work.resources(), call.param("subscription"), call.param("group")).await?;
    etag::check(&call, Some(&group))?;
    group.tags = tags.unwrap_or(group.tags);
    write::resource(work, (&call, &grant), group, StatusCode::OK).await
}
