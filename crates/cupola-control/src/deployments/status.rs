//! `GET …/deployments/{name}/operationStatuses/{operation}`: where a run stands.

use super::id;
use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem};
use cupola_store::deployments::Deployment;
use cupola_store::operations::{Operation, Status};
use serde_json::{Value, json};

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let mut changes = call.control.store().changes();
    let deadline = tokio::time::Instant::now() + crate::operations::PATIENCE;
    loop {
        changes.mark_unchanged();
        let (operation, deployment) = look(&call).await?;
        let ended = operation.status != Status::InProgress;
        let waited = ended
            || !matches!(
                tokio::time::timeout_at(deadline, changes.changed()).await,
                Ok(Ok(()))
            );
        if waited {
            let mut reply = answer::ok(&shown(&operation, deployment.as_ref()));
            if !ended {
                answer::set(&mut reply, "retry-after", "1");
            }
            return Ok(reply);
        }
    }
}

async fn look(call: &Call) -> Result<(Operation, Option<Deployment>), Problem> {
    let mut reader = call.control.store().reader().await?;
    let asked = id(call);
    let operation = reader
        .operations()
        .find(call.param("operation"))
        .await?
        .filter(|operation| operation.resource.eq_ignore_ascii_case(&asked.to_string()))
        .ok_or_else(|| {
            Problem::new(
                Code::OperationNotFound,
                "The operation was not found. It is kept for a day after its end; look at the deployment itself.",
            )
        })?;
    let deployment = reader.deployments().find(&asked).await?;
    let deployment = deployment.filter(|deployment| deployment.run.eq_ignore_ascii_case(&operation.id));
    Ok((operation, deployment))
}

fn shown(operation: &Operation, deployment: Option<&Deployment>) -> Value {
    // The run knows whether it was cancelled; the operation only that it did not succeed.
    let state = deployment.map(|deployment| deployment.state.as_str());
    match (&operation.status, state) {
        (Status::InProgress, Some("Accepted")) => json!({"status": "Accepted"}),
        (Status::InProgress, _) => json!({"status": "Running"}),
        (Status::Succeeded { .. }, _) => json!({"status": "Succeeded"}),
        (Status::Failed { error, .. }, Some("Canceled")) => json!({"status": "Canceled", "error": error}),
        (Status::Failed { error, .. }, _) => json!({"status": "Failed", "error": error}),
    }
}
