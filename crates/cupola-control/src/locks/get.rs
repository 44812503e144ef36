//! `GET {scope}/providers/Microsoft.Authorization/locks/{name}`

use super::{not_found, scope, shown};
use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::rbac::Granted;

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let found = reader.locks().find(&scope(&call), call.param("name")).await?;
    let lock = found.ok_or_else(|| not_found(call.param("name")))?;
    Ok(answer::ok(&shown(&lock)))
}
