//! `GET …/workspaces/{workspace}`

use super::id;
use crate::dispatch::{Call, Reply};
use crate::kinds::require_workspace;
use crate::show;
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use http::StatusCode;

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let found = require_workspace(call.control.store().reader().await?.resources(), &id(&call)).await?;
    Ok(show::reply(&call.control, StatusCode::OK, &found))
}
