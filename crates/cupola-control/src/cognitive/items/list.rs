//! `GET …/raiBlocklistItems`

use super::super::{blocklists, steps};
use super::kind;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::rbac::Granted;

pub(super) async fn list(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    steps::list(&call, &blocklists::id(&call), kind(&call)).await
}
