//! `DELETE {scope}/providers/Microsoft.Authorization/roleAssignments/{id}`

use super::{held_at, scope, shown};
use crate::dispatch::{Call, Reply};
use crate::roles::OWNER;
use crate::{answer, audit};
use cupola_core::rbac::{Granted, RoleAssignment};
use cupola_core::{Code, Problem};
use cupola_store::UnitOfWork;
use http::StatusCode;
use serde_json::json;

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let (scope, id) = (scope(&call), call.param("id"));
    let mut work = call.control.store().begin().await?;
    let Some(held) = held_at(&mut work.access(), &scope, id).await? else {
        return Ok(answer::bare(StatusCode::NO_CONTENT));
    };
    refuse_the_last_owner(&mut work, &held.assignment).await?;
    work.access().unassign(&grant, &held.assignment.id).await?;
    let shown = shown(&scope, &held);
    audit::change(&mut work, &call, &grant, "Succeeded", json!({"before": shown})).await?;
    work.save().await?;
    Ok(answer::ok(&shown))
}

// Without an owner at the root nobody could ever give a role again.
pub(crate) async fn refuse_the_last_owner(
    work: &mut UnitOfWork,
    held: &RoleAssignment,
) -> Result<(), Problem> {
    let is_root_owner = held.scope == "/" && held.role.eq_ignore_ascii_case(OWNER);
    if is_root_owner && work.access().holders(OWNER, "/", 2).await? == 1 {
        return Err(Problem::new(
            Code::Conflict,
            "This is the last Owner at the root scope; give that role to somebody else first.",
        ));
    }
    Ok(())
}
