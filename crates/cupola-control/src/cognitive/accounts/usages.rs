//! `GET …/accounts/{account}/usages`: what its deployments take of the quota of each model.

use super::super::{account, deployments, places, require};
use crate::dispatch::{Call, Reply};
use crate::{answer, owned};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_store::resources::Below;
use cupola_wire::arm::Page;
use cupola_wire::arm::cognitive::DEPLOYMENT_TYPE;

pub(super) async fn list(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let found = require(reader.resources(), &account(&call)).await?;
    let below = Below::Children(&found.id, DEPLOYMENT_TYPE);
    let all = owned::all(&mut reader.resources(), below).await?;
    let mut shown = vec![places::usage(
        "AccountDeployments",
        "Deployments of this account",
        all.len() as u64,
        deployments::most(&call.control) as u64,
    )];
    shown.extend(places::usages(&all));
    Ok(answer::ok(&Page::whole(shown)))
}
