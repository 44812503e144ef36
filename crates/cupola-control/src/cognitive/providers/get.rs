//! `GET …/raiExternalSafetyProviders/{name}`

use super::id;
use crate::dispatch::{Call, Reply};
use crate::kinds::{not_found, require_subscription};
use crate::show;
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use http::StatusCode;

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let id = id(&call);
    let mut reader = call.control.store().reader().await?;
    require_subscription(reader.resources(), call.param("subscription")).await?;
    let found = reader.resources().find(&id).await?;
    let found = found.ok_or_else(|| not_found(&id))?;
    Ok(show::reply(&call.control, StatusCode::OK, &found))
}
