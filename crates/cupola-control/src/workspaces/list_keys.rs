//! `POST …/workspaces/{workspace}/listKeys`: the keys of the storage and registry behind a workspace. They are kept here as
//! they are, if at all, so there are no keys; which storage it is can be told.

use super::id;
use crate::dispatch::{Call, Reply};
use crate::kinds::require_workspace;
use crate::{answer, audit, owned};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_wire::arm::WorkspaceProperties;
use serde_json::{Map, json};

pub(super) async fn list_keys(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    let workspace = require_workspace(work.resources(), &id(&call)).await?;
    let body: WorkspaceProperties = owned::body(&workspace)?;
    audit::change(&mut work, &call, &grant, "Succeeded", json!({})).await?;
    work.save().await?;
    let mut keys = Map::new();
    if let Some(storage) = body.rest.get("storageAccount") {
        keys.insert("userStorageResourceId".to_owned(), storage.clone());
    }
    let mut reply = answer::ok(&keys);
    answer::set(&mut reply, "cache-control", "no-store");
    Ok(reply)
}
