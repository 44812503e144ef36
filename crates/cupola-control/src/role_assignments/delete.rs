//! `DELETE {scope}/providers/Microsoft.Authorization/roleAssignments/{id}`

use super::{scope, shown};
use crate::dispatch::{Call, Reply};
use crate::roles::OWNER;
use crate::{answer, audit};
use cupola_core::name::fold;
use cupola_core::rbac::{Granted, RoleAssignment};
use cupola_core::{Code, Problem};
use http::StatusCode;
use serde_json::json;

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let (scope, id) = (fold(&scope(&call)), call.param("id"));
    let mut work = call.control.store().begin().await?;
    let all = work.access().assignments(None).await?;
    let Some(held) = all
        .iter()
        .find(|held| held.id.eq_ignore_ascii_case(id) && fold(&held.scope) == scope)
    else {
        return Ok(answer::bare(StatusCode::NO_CONTENT));
    };
    refuse_the_last_owner(held, &all)?;
    work.access().unassign(&grant, &held.id).await?;
    let detail = json!({"role": held.role, "principal": held.principal});
    audit::change(&mut work, &call, &grant, "Succeeded", detail).await?;
    work.save().await?;
    Ok(answer::ok(&shown(held)))
}

// Without an owner at the root nobody could ever give a role again.
fn refuse_the_last_owner(held: &RoleAssignment, all: &[RoleAssignment]) -> Result<(), Problem> {
    let is_root_owner = |one: &&RoleAssignment| one.scope == "/" && one.role.eq_ignore_ascii_case(OWNER);
    if is_root_owner(&held) && all.iter().filter(is_root_owner).count() == 1 {
        return Err(Problem::new(
            Code::Conflict,
            "This is the last Owner at the root scope; give that role to somebody else first.",
        ));
    }
    Ok(())
}
