//! `GET …/locations/{location}/resourceGroups/{group}/deletedAccounts/{account}`

use super::asked;
use crate::dispatch::{Call, Reply};
use crate::kinds::not_found;
use crate::show;
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use http::StatusCode;

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let id = asked(&call);
    let found = call.control.store().reader().await?.resources().find(&id).await?;
    let found = found.ok_or_else(|| not_found(&id))?;
    Ok(show::reply(&call.control, StatusCode::OK, &found))
}
