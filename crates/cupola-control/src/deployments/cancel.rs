//! `POST …/deployments/{name}/cancel`: nothing new begins; what a provider has accepted already goes on to its own end.

use super::{Document, ended, id, require};
use crate::dispatch::{Call, Reply};
use crate::{answer, audit};
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem, ResourceId, Timestamp};
use cupola_store::deployments::Deployment;
use cupola_store::operations::Status;
use cupola_store::{StoreError, UnitOfWork};
use cupola_wire::arm::error_object;
use http::StatusCode;
use serde_json::json;

/// A nested deployment of a nested deployment, and so on; templates do not nest deeper.
const DEPTH_MAX: usize = 32;
const BATCH: u32 = 1000;

pub(super) async fn post(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    let found = require(&mut work, &call).await?;
    if !found.is_active() {
        return Err(Problem::new(
            Code::DeploymentCannotBeCancelled,
            format!(
                "The deployment '{}' cannot be cancelled because its provisioning state is '{}'.",
                found.id.name(),
                found.state
            ),
        )
        .target(id(&call).to_string()));
    }
    let run = found.run.clone();
    cancel_below(&mut work, &grant, found, call.now).await?;
    audit::change(&mut work, &call, &grant, "Succeeded", json!({})).await?;
    work.save().await?;
    call.control.runs().forget(&run);
    Ok(answer::bare(StatusCode::NO_CONTENT))
}

/// Cancels a run and the nested ones that it waits for.
async fn cancel_below(
    work: &mut UnitOfWork,
    grant: &Granted,
    deployment: Deployment,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut left = vec![(deployment, 0)];
    while let Some((mut deployment, depth)) = left.pop() {
        let mut after = None;
        loop {
            let steps = work
                .deployments()
                .operations(&deployment.id, after, BATCH)
                .await?;
            let last = steps.len() < BATCH as usize;
            after = steps.last().map(|step| step.position);
            for mut step in steps.into_iter().filter(|step| step.state == "Running") {
                if let (Some(nested), true) = (ResourceId::parse(&step.resource), depth < DEPTH_MAX)
                    && nested.resource_type().eq_ignore_ascii_case(super::TYPE)
                    && let Some(nested) = work.deployments().find(&nested).await?
                    && nested.is_active()
                    && step.waits_for.as_deref() == Some(nested.run.as_str())
                {
                    left.push((nested, depth + 1));
                }
                "Canceled".clone_into(&mut step.state);
                step.document["provisioningState"] = "Canceled".into();
                work.deployments().put_operation(&deployment.id, &step).await?;
            }
            if last {
                break;
            }
        }
        let error = error_object(&Problem::new(
            Code::DeploymentCanceled,
            format!("The deployment '{}' was canceled.", deployment.id.name()),
        ));
        deployment.document["error"] = error.clone();
        "Canceled".clone_into(&mut deployment.state);
        deployment.changed_at = now;
        work.deployments().put(grant, &deployment).await?;
        ended::record(work, &deployment, &Document::of(&deployment)?, now).await?;
        work.operations()
            .finish(&deployment.run, &Status::Failed { at: now, error })
            .await?;
    }
    Ok(())
}
