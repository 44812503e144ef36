//! `GET …/connections/{name}`: without credentials.

use super::{id, require};
use crate::dispatch::{Call, Reply};
use crate::show;
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use http::StatusCode;

pub(super) async fn get(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let found = require(reader.resources(), &id(&call), grant.principal()).await?;
    Ok(show::reply(&call.control, StatusCode::OK, &found))
}
