//! `GET …/projects`

use super::super::{account, steps};
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_wire::arm::cognitive::PROJECT_TYPE;

pub(super) async fn list(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    steps::list(&call, &account(&call), PROJECT_TYPE).await
}
