//! `POST /subscriptions/{subscription}/providers/{namespace}/register`: it is registered already.

use super::get::unknown;
use super::{find, shown};
use crate::answer;
use crate::dispatch::{Call, Reply};
use crate::kinds::require_subscription;
use cupola_core::Problem;
use cupola_core::rbac::Granted;

pub(super) async fn register(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let subscription = require_subscription(reader.resources(), call.param("subscription")).await?;
    let provider = find(call.param("namespace")).ok_or_else(|| unknown(call.param("namespace")))?;
    Ok(answer::ok(&shown(subscription.id.name(), provider)))
}
