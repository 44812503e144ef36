//! `PATCH …/Microsoft.SaaS/resources/{name}`: its tags. What it sells is decided by the marketplace subscription.

use super::id;
use crate::dispatch::{Call, Reply};
use crate::kinds::{not_found, require_group};
use crate::{etag, write};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use http::StatusCode;

pub(super) async fn patch(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let tags = call.json()?.tags()?;
    let id = id(&call);
    let mut work = call.control.store().begin().await?;
    let Some(mut twin) = work.resources().find(&id).await? else {
        require_group(work.resources(), call.param("subscription"), call.param("group")).await?;
        return Err(not_found(&id));
    };
    etag::check(&call, Some(&twin))?;
    twin.tags = tags.unwrap_or(twin.tags);
    write::resource(work, (&call, &grant), twin, StatusCode::OK).await
}
