//! `DELETE {scope}/providers/Microsoft.Authorization/roleDefinitions/{id}`

use super::put::require_everywhere;
use super::{DELETE, find, scope, shown};
use crate::dispatch::{Call, Reply};
use crate::{answer, audit};
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem};
use http::StatusCode;
use serde_json::json;

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let scope = scope(&call);
    let mut work = call.control.store().begin().await?;
    let Some(known) = find(work.access(), &scope, call.param("id")).await? else {
        return Ok(answer::bare(StatusCode::NO_CONTENT));
    };
    let role = &known.definition;
    if role.built_in {
        return Err(Problem::new(
            Code::Conflict,
            format!("'{}' is a built-in role, which cannot be deleted.", role.name),
        ));
    }
    require_everywhere(&call, &grant, DELETE, &role.assignable_scopes).await?;
    if let Some(held) = work.access().scopes_of_role(&role.id, 1).await?.first() {
        return Err(Problem::new(
            Code::RoleDefinitionHasAssignments,
            format!(
                "There are existing role assignments referencing role (code: RoleDefinitionHasAssignments), for example \
                 at '{held}'. Delete them first: 'cupola role assignment list --role {}' shows them.",
                role.id
            ),
        ));
    }
    work.access().delete_custom_role(&grant, &role.id).await?;
    let shown = shown(&scope, &known);
    audit::change(&mut work, &call, &grant, "Succeeded", json!({"before": shown})).await?;
    work.save().await?;
    Ok(answer::ok(&shown))
}
