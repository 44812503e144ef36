//! `GET …/accounts/{account}/models`: what this account may deploy.

use super::super::{account, places, require};
use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_wire::arm::Page;

pub(super) async fn list(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let found = require(reader.resources(), &account(&call)).await?;
    let region = found.location.as_deref().unwrap_or_default();
    let kind = found.kind.as_deref().unwrap_or_default();
    let models = places::deployable(&mut reader, &call.control, region).await?;
    let shown = models
        .iter()
        .filter(|model| places::takes(&call.control, kind, model))
        .map(|model| places::shown(model));
    Ok(answer::ok(&Page::whole(shown.collect())))
}
