//! `GET` and `HEAD` of a resource that is kept as it is.

use super::{id, require};
use crate::dispatch::{Call, Reply};
use crate::show;
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use http::StatusCode;

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let found = require(call.control.store().reader().await?.resources(), &id(&call)?).await?;
    Ok(show::reply(&call.control, StatusCode::OK, &found))
}
