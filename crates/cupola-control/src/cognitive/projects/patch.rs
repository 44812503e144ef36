//! `PATCH …/projects/{project}`: what is not said stays.

use super::super::{require, steps};
use super::id;
use crate::dispatch::{Call, Reply};
use crate::workspaces::body::identity;
use crate::{etag, identities, owned};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_wire::arm::cognitive::ProjectProperties;
use http::StatusCode;
use serde_json::json;

pub(super) async fn patch(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let body = call.json()?;
    let mut work = call.control.store().begin().await?;
    let mut found = require(work.resources(), &id(&call)).await?;
    etag::check(&call, Some(&found))?;
    let mut properties: ProjectProperties = owned::body(&found)?;
    if let Some(name) = body.text("properties.displayName")? {
        name.clone_into(&mut properties.display_name);
    }
    if let Some(description) = body.text("properties.description")? {
        description.clone_into(&mut properties.description);
    }
    found.properties = json!(properties);
    found.tags = body.tags()?.unwrap_or(found.tags);
    found.identity = identity(&body)?.or(found.identity);
    identities::settle(&mut work, &call, &grant, &mut found).await?;
    steps::write(work, (&call, &grant), found, StatusCode::OK).await
}
