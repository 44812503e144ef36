//! `PATCH …/workspaces/{workspace}`: tags, identity, and what is for people.

use super::body::{identity, kept};
use super::id;
use crate::dispatch::{Call, Reply};
use crate::kinds::require_workspace;
use crate::{etag, identities, owned, write};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_wire::arm::WorkspaceProperties;
use http::StatusCode;
use serde_json::json;

pub(super) async fn patch(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let body = call.json()?;
    let (tags, sku, identity) = (body.tags()?, body.kept("sku")?, identity(&body)?);
    let mut work = call.control.store().begin().await?;
    let mut workspace = require_workspace(work.resources(), &id(&call)).await?;
    etag::check(&call, Some(&workspace))?;
    let mut properties: WorkspaceProperties = owned::body(&workspace)?;
    if let Some(name) = body
        .text("properties.friendlyName")?
        .filter(|name| !name.is_empty())
    {
        name.clone_into(&mut properties.friendly_name);
    }
    if let Some(description) = body.text("properties.description")? {
        description.clone_into(&mut properties.description);
    }
    if let Some(access) = body.choice("properties.publicNetworkAccess", &["Enabled", "Disabled"])? {
        access.clone_into(&mut properties.public_network_access);
    }
    properties.rest.extend(kept(&body)?);
    workspace.properties = json!(properties);
    workspace.tags = tags.unwrap_or(workspace.tags);
    workspace.sku = sku.or(workspace.sku);
    workspace.identity = identity.or(workspace.identity);
    identities::settle(&mut work, &call, &grant, &mut workspace).await?;
    write::resource(work, (&call, &grant), workspace, StatusCode::OK).await
}
