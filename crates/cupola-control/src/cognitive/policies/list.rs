//! `GET …/raiPolicies`: the system's, then the holder's own.

use super::super::{holder, require};
use super::{kind, of_system};
use crate::dispatch::{Call, Reply};
use crate::show::envelope;
use crate::{answer, owned};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_store::resources::Below;
use cupola_wire::arm::Page;
use cupola_wire::arm::cognitive::SYSTEM_POLICIES;

pub(super) async fn list(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let holder = require(reader.resources(), &holder(&call)).await?;
    // There are at most as many as `put` lets there be: one page.
    let below = Below::Children(&holder.id, kind(&call));
    let own = owned::all(&mut reader.resources(), below).await?;
    let system = SYSTEM_POLICIES.iter().filter_map(|name| of_system(&holder, name));
    let all = system.chain(own);
    Ok(answer::ok(&Page::whole(
        all.map(|one| envelope(&call.control, &one)).collect(),
    )))
}
