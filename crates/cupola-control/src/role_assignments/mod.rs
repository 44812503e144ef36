//! Role assignments: who holds which role where.

mod delete;
mod get;
mod list;
mod put;

pub(crate) use delete::refuse_the_last_owner;

use crate::dispatch::{Call, Route, action, route};
use cupola_core::rbac;
use cupola_core::time::iso8601;
use cupola_core::{Code, Problem, ResourceId, name::printable};
use cupola_store::UnitOfWork;
use cupola_store::roles::RecordedAssignment;
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
pub(crate) fn scope(call: &Call) -> String {
    match call.param("scope") {
        "" => "/".to_owned(),
        scope => ResourceId::parse(scope).map_or_else(|| scope.to_owned(), |id| id.to_string()),
    }
}

/// A scope that people write down must exist: what is kept at one that does not would lie in wait for whatever is made
/// there later. Gives it back in the casing in which it was made.
pub(crate) async fn require_scope(work: &mut UnitOfWork, scope: &str) -> Result<String, Problem> {
    if scope == "/" {
        return Ok(scope.to_owned());
    }
    let nowhere = || {
        Problem::new(
            Code::ResourceNotFound,
            format!("The scope '{}' was not found.", printable(scope)),
        )
    };
    let id = ResourceId::parse(scope).ok_or_else(nowhere)?;
    let found = work.resources().find(&id).await?.ok_or_else(nowhere)?;
    Ok(found.id.to_string())
}

// Ids of definitions begin with the subscription in which they are asked for, because clients look the names of roles up
// by the whole text.
fn subscription_of(scope: &str) -> Option<String> {
    let mut segments = scope.split('/').filter(|segment| !segment.is_empty());
    let first = segments.next()?;
    first
        .eq_ignore_ascii_case("subscriptions")
        .then(|| segments.next().map(|id| format!("/subscriptions/{id}")))?
}

/// The id of a role definition, as it is written in this scope.
pub(crate) fn definition_id(asked: &str, held: &str, role: &str) -> String {
    let prefix = subscription_of(asked).or_else(|| subscription_of(held));
    format!(
        "{}/providers/Microsoft.Authorization/roleDefinitions/{role}",
        prefix.unwrap_or_default()
    )
}

fn shown(asked: &str, recorded: &RecordedAssignment) -> Value {
    let assignment = &recorded.assignment;
    let prefix = assignment.scope.trim_end_matches('/');
    json!({
        "id": format!("{prefix}/providers/Microsoft.Authorization/roleAssignments/{}", assignment.id),
        "name": assignment.id,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "scope": assignment.scope,
            "roleDefinitionId": definition_id(asked, &assignment.scope, &assignment.role),
            "principalId": assignment.principal,
            "principalType": assignment.principal_type,
            "condition": recorded.condition,
            "conditionVersion": recorded.condition_version,
            "createdOn": iso8601(assignment.created_at),
            "updatedOn": iso8601(recorded.updated_at),
            "createdBy": recorded.created_by,
            "updatedBy": recorded.updated_by,
            "delegatedManagedIdentityResourceId": null,
            "description": recorded.description,
        },
    })
}

/// The assignment of this id, if it is held at this very scope: the grant is for this scope.
async fn held_at(
    access: &mut cupola_store::access::Access<'_>,
    scope: &str,
    id: &str,
) -> Result<Option<RecordedAssignment>, Problem> {
    let found = access.assignment(id).await?;
    Ok(found.filter(|one| {
        rbac::covers(&one.assignment.scope, scope) && rbac::covers(scope, &one.assignment.scope)
    }))
}
