//! `DELETE …/deletedAccounts/{account}`: gone for ever, with its keys and its name.

use super::super::steps;
use super::asked;
use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use http::StatusCode;

pub(super) async fn purge(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    match work.resources().find(&asked(&call)).await? {
        Some(found) => steps::remove(work, (&call, &grant), &found).await,
        None => Ok(answer::bare(StatusCode::NO_CONTENT)),
    }
}
