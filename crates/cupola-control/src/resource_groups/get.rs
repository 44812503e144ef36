//! `GET` and `HEAD /subscriptions/{subscription}/resourceGroups/{group}`

use crate::dispatch::{Call, Reply};
use crate::kinds::require_group;
use crate::show;
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use http::StatusCode;

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let found = require_group(
        reader.resources(),
        call.param("subscription"),
        call.param("group"),
    )
    .await?;
    Ok(show::reply(&call.control, StatusCode::OK, &found))
}
