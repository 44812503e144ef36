//! `GET /providers/Cupola.Identity/identityProviders/{name}`

use super::{absent, find};
use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::rbac::Granted;

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let name = call.param("name");
    let mut reader = call.control.store().reader().await?;
    match find(&mut reader, name).await? {
        Some(provider) => Ok(answer::ok(&provider.shown())),
        None => Err(absent(name)),
    }
}
