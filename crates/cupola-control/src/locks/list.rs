//! `GET {scope}/providers/Microsoft.Authorization/locks`: those at the scope and below it; those above count here too, and
//! come first. `atScope()` leaves out what is below.

use super::{scope, shown};
use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::rbac::{self, Granted};
use cupola_wire::arm::Page;

// A scope has at most some locks; more than this is no list that anybody reads.
const LOCKS_MAX: u32 = 1000;

pub(super) async fn list(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let scope = scope(&call);
    let filter = call.query.get("$filter").unwrap_or_default().to_ascii_lowercase();
    let below = (!filter.contains("atscope()")).then_some(scope.as_str());
    let mut reader = call.control.store().reader().await?;
    let found = reader
        .locks()
        .at(&rbac::covering(&scope), below, LOCKS_MAX)
        .await?;
    Ok(answer::ok(&Page::whole(found.iter().map(shown).collect())))
}
