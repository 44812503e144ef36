//! `GET {scope}/providers/Microsoft.Resources/tags/default`

use super::{shown, target};
use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::rbac::Granted;

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let found = target(call.control.store().reader().await?.resources(), &call).await?;
    Ok(answer::ok(&shown(&found.id, &found.tags)))
}
