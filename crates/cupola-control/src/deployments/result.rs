//! `GET …/deployments/{name}/operationResults/{operation}`: what a what-if came to.

use crate::answer;
use crate::dispatch::{Call, Caller, Reply};
use cupola_core::{Code, Problem};
use serde_json::Value;

pub(super) async fn get(call: Call, caller: Caller) -> Result<Reply, Problem> {
    let operation = crate::operations::asked(&call, &caller).await?;
    // It shows what the asker may read, in any group; to whoever may only read the deployment it is not there.
    if operation.principal != caller.principal.id {
        return Err(gone());
    }
    let mut reader = call.control.store().reader().await?;
    let sealed = reader
        .deployments()
        .result(&operation.id)
        .await?
        .ok_or_else(gone)?;
    let plain = call.control.keyring().open(&sealed).map_err(|_| gone())?;
    let body: Value = serde_json::from_str(plain.expose()).map_err(|_| gone())?;
    Ok(answer::ok(&body))
}

fn gone() -> Problem {
    Problem::new(
        Code::OperationNotFound,
        "The result was not found. It is kept for a day, for whoever asked; ask again with POST.",
    )
}
