//! `PUT {scope}/providers/Microsoft.Authorization/roleAssignments/{id}`

use super::{require_scope, scope, shown};
use crate::dispatch::{Call, Reply};
use crate::json::Document;
use crate::roles::is_guid;
use crate::{answer, audit, roles};
use cupola_core::name::{fold, printable};
use cupola_core::rbac::{self, Granted, Principal, RoleAssignment, RoleDefinition};
use cupola_core::{Code, Problem, ResourceId};
use cupola_store::UnitOfWork;
use cupola_store::roles::RecordedAssignment;
use http::StatusCode;
use serde_json::json;

const DESCRIPTION_CHARS_MAX: usize = 1024;
const CONDITION_CHARS_MAX: usize = 8192;
const HELD_MAX: u32 = 2000;
/// As the cloud service has it.
const SUBSCRIPTION_MAX: u32 = 4000;

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
    let mut work = call.control.store().begin().await?;
    let scope = require_scope(&mut work, &scope(&call)).await?;
    let role = require_role(&mut work, role, &scope).await?;
    let found = require_principal(
        &call,
        &mut work,
        principal,
        body.text("properties.principalType")?,
    )
    .await?;
    let wanted = RecordedAssignment {
        created_by: Some(grant.principal().id.clone()),
        updated_by: Some(grant.principal().id.clone()),
        ..words(
            &body,
            RoleAssignment {
                id: fold(id),
                scope,
                role: role.id.clone(),
                principal: found.id.clone(),
                principal_type: type_of(&found).to_owned(),
                created_at: call.now,
            },
        )?
    };
    let existing = work.access().assignment(id).await?;
    let (status, kept) = match &existing {
        None => {
            refuse_too_many(&mut work, &wanted.assignment).await?;
            (StatusCode::CREATED, wanted)
        }
        Some(held) if *held == unchanged(held, &wanted) => {
            return Ok(answer::ok(&shown(&held.assignment.scope, held)));
        }
        Some(held) => {
            let mut changed = again(held, &wanted)?;
            (changed.updated_at, changed.updated_by) = (call.now, wanted.updated_by);
            (StatusCode::OK, changed)
        }
    };
    if !work.access().put_assignment(&grant, &kept).await? {
        return Err(Problem::new(
            Code::RoleAssignmentExists,
            "The role assignment already exists.",
        ));
    }
    let shown_now = shown(&kept.assignment.scope, &kept);
    let before = existing.map(|held| shown(&held.assignment.scope, &held));
    let detail = json!({"before": before, "after": shown_now, "role": role.name});
    audit::change(&mut work, &call, &grant, "Succeeded", detail).await?;
    work.save().await?;
    Ok(cupola_edge::json(status, &shown_now))
}

async fn require_role(work: &mut UnitOfWork, id: &str, scope: &str) -> Result<RoleDefinition, Problem> {
    let missing = |why: String| {
        Problem::new(
            Code::RoleDefinitionDoesNotExist,
            format!("The role definition '{}' {why}", printable(id)),
        )
        .target("properties.roleDefinitionId")
    };
    let role = roles::find_any(work.access(), id)
        .await?
        .ok_or_else(|| missing("does not exist. List them with GET …/roleDefinitions.".to_owned()))?;
    if role
        .assignable_scopes
        .iter()
        .any(|assignable| rbac::covers(assignable, scope))
    {
        return Ok(role);
    }
    Err(missing(format!(
        "cannot be assigned at '{scope}': its assignable scopes are {}.",
        role.assignable_scopes.join(", ")
    )))
}

async fn require_principal(
    call: &Call,
    work: &mut UnitOfWork,
    id: &str,
    claimed: Option<&str>,
) -> Result<Principal, Problem> {
    let groups = claimed.is_some_and(|kind| ["group", "foreigngroup"].contains(&fold(kind).as_str()));
    let found = work.access().principal(id).await?;
    let found = found.ok_or_else(|| {
        let hint = if groups {
            " Groups are not there: assign the role to users and service principals."
        } else {
            ""
        };
        Problem::new(
            Code::PrincipalNotFound,
            format!(
                "Principal {} does not exist in the directory {}.{hint}",
                printable(id),
                call.control.tenant()
            ),
        )
        .target("properties.principalId")
    })?;
    match claimed {
        Some(claimed) if !claimed.is_empty() && !claimed.eq_ignore_ascii_case(type_of(&found)) => {
            Err(Problem::new(
                Code::UnmatchedPrincipalType,
                format!(
                    "The PrincipalId '{}' has type '{}', which is different from the specified PrincipalType '{}'.",
                    found.id,
                    type_of(&found),
                    printable(claimed)
                ),
            )
            .target("properties.principalType"))
        }
        _ => Ok(found),
    }
}

// Every request of a principal reads what it holds, so nobody may be given so much that it shows.
async fn refuse_too_many(work: &mut UnitOfWork, wanted: &RoleAssignment) -> Result<(), Problem> {
    let refuse = |why: String| Err(Problem::new(Code::RoleAssignmentLimitExceeded, why));
    if work.access().count_held(&wanted.principal, HELD_MAX).await? >= HELD_MAX {
        return refuse(format!(
            "The principal '{}' holds {HELD_MAX} roles already, which is the limit. Give it a role at a higher scope, and \
             delete assignments that are not needed.",
            wanted.principal
        ));
    }
    let subscription = ResourceId::parse(&wanted.scope).and_then(|id| id.subscription);
    if let Some(subscription) = subscription {
        let scope = ResourceId::subscription(&subscription).to_string();
        if work.access().count_below(&scope, SUBSCRIPTION_MAX).await? >= SUBSCRIPTION_MAX {
            return refuse(format!(
                "There are {SUBSCRIPTION_MAX} role assignments in the subscription '{subscription}', which is the limit. \
                 Give roles at higher scopes, and delete assignments that are not needed."
            ));
        }
    }
    Ok(())
}

fn type_of(principal: &Principal) -> &'static str {
    if principal.kind == "User" {
        "User"
    } else {
        "ServicePrincipal"
    }
}

fn words(body: &Document, assignment: RoleAssignment) -> Result<RecordedAssignment, Problem> {
    let text = |path: &str, chars_max: usize| -> Result<Option<String>, Problem> {
        match body.text(path)?.filter(|text| !text.is_empty()) {
            Some(text) if text.chars().count() > chars_max => Err(Problem::new(
                Code::InvalidRequestContent,
                format!("The field {path} is longer than {chars_max} characters."),
            )
            .target(path)),
            text => Ok(text.map(str::to_owned)),
        }
    };
    let condition = text("properties.condition", CONDITION_CHARS_MAX)?;
    let condition_version = match (&condition, body.text("properties.conditionVersion")?) {
        (None, _) => None,
        (Some(_), None | Some("2.0")) => Some("2.0".to_owned()),
        (Some(_), Some(other)) => {
            return Err(Problem::new(
                Code::InvalidRequestContent,
                format!(
                    "The condition version '{}' is not known: use 2.0.",
                    printable(other)
                ),
            )
            .target("properties.conditionVersion"));
        }
    };
    Ok(RecordedAssignment {
        description: text("properties.description", DESCRIPTION_CHARS_MAX)?,
        condition,
        condition_version,
        ..RecordedAssignment::plain(assignment)
    })
}

fn unchanged(held: &RecordedAssignment, wanted: &RecordedAssignment) -> RecordedAssignment {
    RecordedAssignment {
        assignment: RoleAssignment {
            created_at: held.assignment.created_at,
            scope: if fold(&held.assignment.scope) == fold(&wanted.assignment.scope) {
                held.assignment.scope.clone()
            } else {
                wanted.assignment.scope.clone()
            },
            role: fold(&wanted.assignment.role),
            ..wanted.assignment.clone()
        },
        created_by: held.created_by.clone(),
        updated_at: held.updated_at,
        updated_by: held.updated_by.clone(),
        ..wanted.clone()
    }
}

// What identifies an assignment never changes; the words beside it may.
fn again(held: &RecordedAssignment, wanted: &RecordedAssignment) -> Result<RecordedAssignment, Problem> {
    let wanted = unchanged(held, wanted);
    if held.assignment != wanted.assignment {
        return Err(Problem::new(
            Code::RoleAssignmentUpdateNotPermitted,
            "Tenant ID, application ID, principal ID, and scope are not allowed to be updated. Delete the assignment \
             and make another one.",
        ));
    }
    Ok(wanted)
}
