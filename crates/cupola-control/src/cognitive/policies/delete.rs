//! `DELETE …/raiPolicies/{name}`: not while a deployment is screened by it.

use super::super::{holder, steps};
use super::{id, refuse_system_names};
use crate::dispatch::{Call, Reply};
use crate::{answer, etag, owned};
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem};
use cupola_store::resources::Below;
use cupola_wire::arm::cognitive::{DEPLOYMENT_TYPE, DeploymentProperties};
use http::StatusCode;

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    refuse_system_names(call.param("name"))?;
    let mut work = call.control.store().begin().await?;
    let Some(found) = work.resources().find(&id(&call)).await? else {
        return Ok(answer::bare(StatusCode::NO_CONTENT));
    };
    etag::check(&call, Some(&found))?;
    // A serverless endpoint has no deployments, so the list of one is empty.
    let holder = holder(&call);
    let below = Below::Children(&holder, DEPLOYMENT_TYPE);
    let mut users = Vec::new();
    for deployment in owned::all(&mut work.resources(), below).await? {
        let body: DeploymentProperties = owned::body(&deployment)?;
        let named = body.rai_policy_name.as_deref();
        if named.is_some_and(|name| name.eq_ignore_ascii_case(found.id.name())) {
            users.push(deployment.id.name().to_owned());
        }
    }
    if !users.is_empty() {
        return Err(Problem::new(
            Code::Conflict,
            format!(
                "The policy '{}' screens the deployments {}. Give them another one first.",
                found.id.name(),
                users.join(", ")
            ),
        ));
    }
    steps::remove(work, (&call, &grant), &found).await
}
