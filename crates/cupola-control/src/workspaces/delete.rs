//! `DELETE …/workspaces/{workspace}`: with everything in it, and with the twins of its marketplace subscriptions.

use super::id;
use crate::dispatch::{Call, Reply};
use crate::{answer, audit, etag, locks, operations, owned};
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem};
use cupola_store::{Resource, UnitOfWork};
use http::StatusCode;
use serde_json::json;

// Projects that a refusal names.
const NAMED_MAX: u32 = 10;

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    let Some(found) = work.resources().find(&id(&call)).await? else {
        return Ok(answer::bare(StatusCode::NO_CONTENT));
    };
    etag::check(&call, Some(&found))?;
    refuse_while_projects_hang_on_it(&mut work, &found).await?;
    for (subscription, _) in owned::marketplace_subscriptions(work.resources(), &found.id).await? {
        if let Some(twin) = owned::twin_of(work.resources(), &subscription.id).await? {
            locks::refuse_delete(work.locks(), &twin.id).await?;
            work.resources().delete(&grant, &twin.id).await?;
        }
    }
    let gone = work.resources().delete(&grant, &found.id).await?;
    let region = found.location.as_deref().unwrap_or(call.control.region());
    let begun = operations::begin_done(&mut work, &call, &grant.principal().id, &found.id, region).await?;
    audit::change(&mut work, &call, &grant, "Succeeded", json!({"resources": gone})).await?;
    work.save().await?;
    Ok(begun.follow_both(&call, answer::bare(StatusCode::ACCEPTED)))
}

async fn refuse_while_projects_hang_on_it(work: &mut UnitOfWork, hub: &Resource) -> Result<(), Problem> {
    if hub.kind.as_deref() != Some("Hub") {
        return Ok(());
    }
    let projects = owned::projects_of(work.resources(), &hub.id, NAMED_MAX + 1).await?;
    let mut names: Vec<&str> = projects.iter().map(|project| project.id.name()).collect();
    if names.len() > NAMED_MAX as usize {
        names.truncate(NAMED_MAX as usize);
        names.push("and more");
    }
    if projects.is_empty() {
        return Ok(());
    }
    Err(Problem::new(
        Code::Conflict,
        format!(
            "The hub '{}' has projects: {}. Delete them first, with: az ml workspace delete --name PROJECT",
            hub.id.name(),
            names.join(", ")
        ),
    ))
}
