//! Role assignments: who holds which role where.

mod delete;
mod get;
mod list;
mod put;

use crate::dispatch::{Call, Route, action, route};
use cupola_core::rbac::RoleAssignment;
use cupola_core::time::iso8601;
use serde_json::{Value, json};

const LIST: &str = "/{scope*}/providers/Microsoft.Authorization/roleAssignments";
const ONE: &str = "/{scope*}/providers/Microsoft.Authorization/roleAssignments/{id}";

pub(crate) const ROUTES: &[Route] = &[
    route(
        "GET",
        LIST,
        action!("Microsoft.Authorization/roleAssignments/read", list::list),
    ),
    route(
        "GET",
        ONE,
        action!("Microsoft.Authorization/roleAssignments/read", get::get),
    ),
    route(
        "PUT",
        ONE,
        action!("Microsoft.Authorization/roleAssignments/write", put::put),
    ),
    route(
        "DELETE",
        ONE,
        action!("Microsoft.Authorization/roleAssignments/delete", delete::delete),
    ),
];

/// The scope of the path, `/` for the root.
fn scope(call: &Call) -> String {
    match call.param("scope") {
        "" => "/".to_owned(),
        scope => cupola_core::ResourceId::parse(scope).map_or_else(|| scope.to_owned(), |id| id.to_string()),
    }
}

fn shown(assignment: &RoleAssignment) -> Value {
    let prefix = assignment.scope.trim_end_matches('/');
    let subscription = match prefix.split('/').collect::<Vec<_>>().as_slice() {
        ["", subscriptions, id, ..] => format!("/{subscriptions}/{id}"),
        _ => String::new(),
    };
    let at = iso8601(assignment.created_at);
    json!({
        "id": format!("{prefix}/providers/Microsoft.Authorization/roleAssignments/{}", assignment.id),
        "name": assignment.id,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "scope": assignment.scope,
            "roleDefinitionId":
                format!("{subscription}/providers/Microsoft.Authorization/roleDefinitions/{}", assignment.role),
            "principalId": assignment.principal,
            "principalType": assignment.principal_type,
            "condition": null,
            "conditionVersion": null,
            "createdOn": at,
            "updatedOn": at,
            "createdBy": null,
            "updatedBy": null,
            "delegatedManagedIdentityResourceId": null,
            "description": null,
        },
    })
}
