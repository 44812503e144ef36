//! `GET …/raiBlocklistItems/{name}`

use super::super::steps;
use super::id;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::rbac::Granted;

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    steps::get(&call, &id(&call)).await
}
