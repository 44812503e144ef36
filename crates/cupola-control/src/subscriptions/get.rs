//! `GET /subscriptions/{subscription}`

use super::shown;
use crate::answer;
use crate::dispatch::{Call, Reply};
use crate::kinds::require_subscription;
use cupola_core::Problem;
use cupola_core::rbac::Granted;

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let found = require_subscription(reader.resources(), call.param("subscription")).await?;
    Ok(answer::ok(&shown(&call.control, &found)))
}
