//! `GET …/marketplaceSubscriptions/{name}`

use super::{id, workspace};
use crate::dispatch::{Call, Reply};
use crate::kinds::{not_found, require_workspace};
use crate::show;
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use http::StatusCode;

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let id = id(&call);
    match reader.resources().find(&id).await? {
        Some(found) => Ok(show::reply(&call.control, StatusCode::OK, &found)),
        None => {
            require_workspace(reader.resources(), &workspace(&call)).await?;
            Err(not_found(&id))
        }
    }
}
