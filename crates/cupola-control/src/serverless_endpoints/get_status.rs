//! `POST …/serverlessEndpoints/{name}/getStatus`: only the previews of 2023-08 and 2024-01 have it.

use super::{id, require};
use crate::answer;
use crate::dispatch::{Call, Reply};
use crate::owned;
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_wire::arm::EndpointProperties;
use serde_json::json;

pub(super) async fn get_status(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let found = require(call.control.store().reader().await?.resources(), &id(&call)).await?;
    let properties: EndpointProperties = owned::body(&found)?;
    Ok(answer::ok(&json!({"endpointState": properties.endpoint_state})))
}
