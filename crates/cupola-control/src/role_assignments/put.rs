//! `PUT {scope}/providers/Microsoft.Authorization/roleAssignments/{id}`

use super::{scope, shown};
use crate::dispatch::{Call, Reply};
use crate::{answer, audit, roles};
use cupola_core::name::{fold, printable};
use cupola_core::rbac::{Granted, RoleAssignment};
use cupola_core::{Code, Problem, ResourceId};
use cupola_store::UnitOfWork;
use http::StatusCode;
use serde_json::json;

pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let id = call.param("id");
    if !is_guid(id) {
        return Err(Problem::new(
            Code::InvalidRequestContent,
            format!(
                "The role assignment id '{}' must be a GUID; the client chooses it.",
                printable(id)
            ),
        ));
    }
    let body = call.json()?;
    let role = body.required(
        "properties.roleDefinitionId",
        "the id of a role definition, or its GUID",
    )?;
    let principal = body.required("properties.principalId", "the object id of a principal")?;
    let role = roles::find(role).ok_or_else(|| {
        Problem::new(
            Code::RoleDefinitionDoesNotExist,
            format!(
                "The role definition '{}' does not exist. List them with GET …/roleDefinitions.",
                printable(role)
            ),
        )
        .target("properties.roleDefinitionId")
    })?;
    let mut work = call.control.store().begin().await?;
    require_scope(&mut work, &call).await?;
    let found = work.access().principal(principal).await?.ok_or_else(|| {
        Problem::new(
            Code::PrincipalNotFound,
            format!(
                "Principal {} does not exist in the directory {}.",
                printable(principal),
                call.control.tenant()
            ),
        )
        .target("properties.principalId")
    })?;
    let assignment = RoleAssignment {
        id: fold(id),
        scope: scope(&call),
        role: role.id.clone(),
        principal: found.id.clone(),
        principal_type: if found.kind == "User" {
            "User"
        } else {
            "ServicePrincipal"
        }
        .to_owned(),
        created_at: call.now,
    };
    let same_id = work
        .access()
        .assignments(None)
        .await?
        .into_iter()
        .find(|held| held.id == assignment.id);
    if let Some(held) = same_id {
        return again(&held, &assignment);
    }
    if !work.access().assign(&grant, &assignment).await? {
        return Err(exists());
    }
    let detail = json!({"role": role.name, "principal": found.id});
    audit::change(&mut work, &call, &grant, "Succeeded", detail).await?;
    work.save().await?;
    Ok(cupola_edge::json(StatusCode::CREATED, &shown(&assignment)))
}

// A role at a scope that does not exist would lie in wait for whatever is made there later.
async fn require_scope(work: &mut UnitOfWork, call: &Call) -> Result<(), Problem> {
    let scope = scope(call);
    if scope == "/" {
        return Ok(());
    }
    let nowhere = || {
        Problem::new(
            Code::ResourceNotFound,
            format!("The scope '{}' was not found.", printable(&scope)),
        )
    };
    let id = ResourceId::parse(&scope).ok_or_else(nowhere)?;
    work.resources().find(&id).await?.map(|_| ()).ok_or_else(nowhere)
}

// An assignment never changes: the same one again is fine, another one under its id is not.
fn again(held: &RoleAssignment, wanted: &RoleAssignment) -> Result<Reply, Problem> {
    let same = fold(&held.scope) == fold(&wanted.scope)
        && held.role == fold(&wanted.role)
        && held.principal == wanted.principal;
    if same {
        Ok(answer::ok(&shown(held)))
    } else {
        Err(exists())
    }
}

fn exists() -> Problem {
    Problem::new(Code::RoleAssignmentExists, "The role assignment already exists.")
}

fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
