//! `GET …/raiPolicies/{name}`

use super::super::{holder, require, steps};
use super::{id, of_system};
use crate::dispatch::{Call, Reply};
use crate::show;
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_wire::arm::cognitive::system_policy;
use http::StatusCode;

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    if system_policy(call.param("name")).is_none() {
        return steps::get(&call, &id(&call)).await;
    }
    let holder = require(call.control.store().reader().await?.resources(), &holder(&call)).await?;
    let found = of_system(&holder, call.param("name")).ok_or_else(Problem::internal)?;
    Ok(show::reply(&call.control, StatusCode::OK, &found))
}
