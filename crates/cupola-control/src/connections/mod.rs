//! `Microsoft.MachineLearningServices/workspaces/connections`: somebody else's endpoint made known to a project, with the
//! credentials that it takes. Those of a hub are seen from its projects where they are shared.
//!
//! Credentials are sealed in a table of their own and go out through `listsecrets` alone.

mod credentials;
mod delete;
mod get;
mod list;
mod list_secrets;
mod patch;
mod put;
mod routes_of_accounts;
mod spec;
mod test;

pub(crate) use routes_of_accounts::ROUTES_OF_ACCOUNTS;

use crate::cognitive;
use crate::dispatch::{Call, Route, action, route};
use crate::kinds::{not_found, require_workspace, workspace_id};
use crate::owned;
use cupola_core::rbac::Principal;
use cupola_core::{Problem, ResourceId};
use cupola_store::Resource;
use cupola_store::resources::Resources;
use cupola_wire::arm::{ConnectionProperties, WorkspaceProperties};
use serde_json::Value;

const LIST: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/connections";
const ONE: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/connections/{name}";
const LIST_SECRETS: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/connections/{name}/listsecrets";
const TEST: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/connections/{name}/testconnection";

const READ: &str = "Microsoft.MachineLearningServices/workspaces/connections/read";
const WRITE: &str = "Microsoft.MachineLearningServices/workspaces/connections/write";
const DELETE: &str = "Microsoft.MachineLearningServices/workspaces/connections/delete";

pub(crate) const ROUTES: &[Route] = &[
    route("GET", LIST, action!(READ, list::list)),
    route("GET", ONE, action!(READ, get::get)),
    route("PUT", ONE, action!(WRITE, put::put)),
    route("PATCH", ONE, action!(WRITE, patch::patch)),
    route("DELETE", ONE, action!(DELETE, delete::delete)),
    // Clients write it with and without a capital; paths have no case.
    route(
        "POST",
        LIST_SECRETS,
        action!(
            "Microsoft.MachineLearningServices/workspaces/connections/listsecrets/action",
            list_secrets::list_secrets
        ),
    ),
    route(
        "POST",
        TEST,
        action!(
            "Microsoft.MachineLearningServices/workspaces/connections/testconnection/action",
            test::test
        ),
    ),
];

/// The workspace, account or project that a path is below.
fn workspace(call: &Call) -> ResourceId {
    if call.params.has("account") {
        let account = cognitive::account(call);
        return match call.params.has("project") {
            true => account.child("projects", call.param("project")),
            false => account,
        };
    }
    workspace_id(
        call.param("subscription"),
        call.param("group"),
        call.param("workspace"),
    )
}

fn id(call: &Call) -> ResourceId {
    workspace(call).child("connections", call.param("name"))
}

/// The connection of a workspace, or the one of its hub that is shared with the caller, or the refusal.
async fn require(
    mut resources: Resources<'_>,
    id: &ResourceId,
    principal: &Principal,
) -> Result<Resource, Problem> {
    if let Some(found) = resources.find(id).await? {
        return Ok(found);
    }
    let holder = id.parent().ok_or_else(|| not_found(id))?;
    let Some(workspace) = resources.find(&holder).await? else {
        require_workspace(resources, &holder).await?;
        return Err(not_found(id));
    };
    if let Some(hub) = hub_of(&workspace)? {
        let found = resources.find(&hub.child("connections", id.name())).await?;
        if let Some(found) = found.filter(|found| is_shared_with(found, principal)) {
            return Ok(found);
        }
    }
    Err(not_found(id))
}

/// What shares its connections with this holder: the hub of a project, the account of a Foundry project.
fn hub_of(workspace: &Resource) -> Result<Option<ResourceId>, Problem> {
    if cognitive::is_of(&workspace.id) {
        let parent = workspace.id.parent();
        return Ok(parent.filter(|parent| parent.provider.is_some()));
    }
    let body: WorkspaceProperties = owned::body(workspace)?;
    Ok(body.hub_resource_id.as_deref().and_then(ResourceId::parse))
}

/// The type of the connections of this holder.
fn kind_in(holder: &ResourceId) -> String {
    holder.child("connections", "").resource_type()
}

/// May somebody who works in a project of the hub use this connection of the hub?
fn is_shared_with(connection: &Resource, principal: &Principal) -> bool {
    owned::body::<ConnectionProperties>(connection).is_ok_and(|body| {
        let known = |listed: &String| {
            let is = |own: &str| listed.eq_ignore_ascii_case(own);
            is(&principal.id) || principal.app_id.as_deref().is_some_and(is) || is(&principal.display_name)
        };
        body.is_shared_to_all || body.shared_user_list.iter().any(known)
    })
}

/// The properties as clients read them: they are stored so. A proxy resource has no provisioning state.
pub(crate) fn properties(resource: &Resource) -> Value {
    resource.properties.clone()
}
