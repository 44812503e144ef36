//! `GET …/Microsoft.SaaS/resources/{name}`

use super::id;
use crate::dispatch::{Call, Reply};
use crate::kinds::{not_found, require_group};
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
            require_group(
                reader.resources(),
                call.param("subscription"),
                call.param("group"),
            )
            .await?;
            Err(not_found(&id))
        }
    }
}
