//! Role definitions: the built-in ones and those that people make here; what a caller may do; which actions there are.

mod delete;
mod get;
mod list;
mod permissions;
mod provider_operations;
mod put;

use crate::dispatch::{Call, Route, action, route, signed_in};
use crate::role_assignments::definition_id;
use crate::roles;
use cupola_core::rbac::{self, Permissions, RoleDefinition};
use cupola_core::time::iso8601;
use cupola_store::StoreError;
use cupola_store::access::Access;
use cupola_store::roles::CustomRole;
use serde_json::{Value, json};

const LIST: &str = "/{scope*}/providers/Microsoft.Authorization/roleDefinitions";
const ONE: &str = "/{scope*}/providers/Microsoft.Authorization/roleDefinitions/{id}";
const READ: &str = "Microsoft.Authorization/roleDefinitions/read";
const WRITE: &str = "Microsoft.Authorization/roleDefinitions/write";
const DELETE: &str = "Microsoft.Authorization/roleDefinitions/delete";

pub(crate) const ROUTES: &[Route] = &[
    route("GET", LIST, action!(READ, list::list)),
    route("GET", ONE, action!(READ, get::get)),
    route("PUT", ONE, action!(WRITE, put::put)),
    route("DELETE", ONE, action!(DELETE, delete::delete)),
    route(
        "GET",
        "/{scope*}/providers/Microsoft.Authorization/permissions",
        signed_in!(permissions::list),
    ),
    route(
        "GET",
        "/providers/Microsoft.Authorization/providerOperations",
        signed_in!(provider_operations::list),
    ),
    route(
        "GET",
        "/providers/Microsoft.Authorization/providerOperations/{namespace}",
        signed_in!(provider_operations::get),
    ),
];

/// A role with when and by whom it was made, for those that were made here.
struct Known {
    definition: RoleDefinition,
    custom: Option<CustomRole>,
}

/// The role of this id, where it can be seen from this scope.
async fn find(mut access: Access<'_>, scope: &str, id: &str) -> Result<Option<Known>, StoreError> {
    if let Some(role) = roles::find(id) {
        return Ok(Some(Known {
            definition: role.clone(),
            custom: None,
        }));
    }
    let custom = access.custom_role(roles::guid_of(id)).await?;
    Ok(custom
        .filter(|role| is_seen(&role.definition, scope, true))
        .map(|role| Known {
            definition: role.definition.clone(),
            custom: Some(role),
        }))
}

// A role belongs to the scopes where it can be assigned, and shows below them; above them only to who asks for that.
fn is_seen(role: &RoleDefinition, scope: &str, above: bool) -> bool {
    role.assignable_scopes
        .iter()
        .any(|assignable| rbac::covers(assignable, scope) || (above && rbac::covers(scope, assignable)))
}

fn scope(call: &Call) -> String {
    crate::role_assignments::scope(call)
}

fn shown(scope: &str, known: &Known) -> Value {
    let role = &known.definition;
    let custom = known.custom.as_ref();
    json!({
        "id": definition_id(scope, "", &role.id),
        "name": role.id,
        "type": "Microsoft.Authorization/roleDefinitions",
        "properties": {
            "roleName": role.name,
            "type": if role.built_in { "BuiltInRole" } else { "CustomRole" },
            "description": role.description,
            "assignableScopes": role.assignable_scopes,
            "permissions": role.permissions.iter().map(block).collect::<Vec<_>>(),
            "createdOn": custom.map(|role| iso8601(role.created_at)),
            "updatedOn": custom.map(|role| iso8601(role.updated_at)),
            "createdBy": custom.map(|role| role.created_by.as_str()),
            "updatedBy": custom.map(|role| role.updated_by.as_str()),
        },
    })
}

fn block(block: &Permissions) -> Value {
    json!({
        "actions": block.actions,
        "notActions": block.not_actions,
        "dataActions": block.data_actions,
        "notDataActions": block.not_data_actions,
    })
}
