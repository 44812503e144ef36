//! `GET …/mfeOperationsStatus/{operation}`: where an operation stands.

use super::{RETRY_AFTER_S, asked};
use crate::answer;
use crate::dispatch::{Call, Caller, Reply};
use cupola_core::{Problem, time::iso8601};
use cupola_store::operations::{Operation, Status};
use cupola_wire::arm::OperationStatus;

pub(super) async fn get(call: Call, caller: Caller) -> Result<Reply, Problem> {
    let operation = asked(&call, &caller).await?;
    let mut reply = answer::ok(&shown(&call.path, &operation));
    if operation.status == Status::InProgress {
        answer::set(&mut reply, "retry-after", RETRY_AFTER_S);
    }
    Ok(reply)
}

fn shown(path: &str, operation: &Operation) -> OperationStatus {
    let (status, ended, error) = match &operation.status {
        Status::InProgress => ("InProgress", None, None),
        Status::Succeeded { at } => ("Succeeded", Some(at), None),
        Status::Failed { at, error } => ("Failed", Some(at), Some(error.clone())),
    };
    OperationStatus {
        id: path.to_owned(),
        name: operation.id.clone(),
        status,
        start_time: iso8601(operation.started_at),
        end_time: ended.map(|at| iso8601(*at)),
        percent_complete: if ended.is_some() { 100.0 } else { 0.0 },
        error,
    }
}
