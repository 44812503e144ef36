//! `DELETE …/deployments/{name}`: forgets a run; what it deployed stays.

use super::{id, scope};
use crate::dispatch::{Call, Reply};
use crate::{answer, audit, operations};
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem};
use http::StatusCode;
use serde_json::json;

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    let Some(found) = work.deployments().find(&id(&call)).await? else {
        crate::kinds::require_scope(work.resources(), &scope(&call)).await?;
        return Ok(answer::bare(StatusCode::NO_CONTENT));
    };
    if found.is_active() {
        return Err(Problem::new(
            Code::DeploymentActive,
            format!(
                "The deployment '{}' is running and cannot be deleted. Wait until it ends, or cancel it.",
                found.id.name()
            ),
        ));
    }
    work.deployments().delete(&grant, &found.id).await?;
    let region = call.control.region().to_owned();
    let begun = operations::begin_done(&mut work, &call, &grant.principal().id, &found.id, &region).await?;
    audit::change(&mut work, &call, &grant, "Succeeded", json!({})).await?;
    work.save().await?;
    Ok(begun.follow_location(&call, answer::bare(StatusCode::ACCEPTED)))
}
