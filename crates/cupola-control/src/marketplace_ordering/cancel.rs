//! `POST …/agreements/{publisher}/offers/{offer}/plans/{plan}/cancel`

use super::agreement::say;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::rbac::Granted;

pub(super) async fn cancel(call: Call, grant: Granted) -> Result<Reply, Problem> {
    say(&call, &grant, false).await
}
