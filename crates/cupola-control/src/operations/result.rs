//! `GET …/mfeOperationResults/{operation}` and `GET …/operationresults/{operation}`: what an operation left behind.

use super::{RETRY_AFTER_S, asked};
use crate::dispatch::{Call, Caller, Reply};
use crate::{answer, show};
use cupola_core::{Problem, ResourceId};
use cupola_store::operations::Status;
use http::StatusCode;
use serde_json::json;

pub(super) async fn get(call: Call, caller: Caller) -> Result<Reply, Problem> {
    let operation = asked(&call, &caller).await?;
    match &operation.status {
        Status::InProgress => {
            let mut reply = answer::bare(StatusCode::ACCEPTED);
            let here = format!("{}{}?api-version={}", call.origin, call.path, call.api_version);
            answer::set(&mut reply, "location", &here);
            answer::set(&mut reply, "retry-after", RETRY_AFTER_S);
            Ok(reply)
        }
        // A client that asks here after a deletion must not see 404: it would take the deletion for failed. Nor 204: the
        // JavaScript libraries take 200 alone for the end of a group's deletion.
        Status::Succeeded { .. } => {
            let id = ResourceId::parse(&operation.resource);
            let found = match &id {
                Some(id) => call.control.store().reader().await?.resources().find(id).await?,
                None => None,
            };
            Ok(match found {
                Some(resource) if caller.may_read(&resource.id) => {
                    show::reply(&call.control, StatusCode::OK, &resource)
                }
                _ => answer::bare(StatusCode::OK),
            })
        }
        Status::Failed { error, .. } => Ok(cupola_edge::json(
            StatusCode::BAD_REQUEST,
            &json!({"error": error}),
        )),
    }
}
