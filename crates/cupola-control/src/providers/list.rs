//! `GET /subscriptions/{subscription}/providers`

use super::{PROVIDERS, shown};
use crate::answer;
use crate::dispatch::{Call, Reply, View};
use crate::kinds::require_subscription;
use cupola_core::Problem;
use cupola_wire::arm::Page;

pub(super) async fn list(call: Call, _view: View) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let subscription = require_subscription(reader.resources(), call.param("subscription")).await?;
    let all = PROVIDERS
        .iter()
        .map(|provider| shown(subscription.id.name(), provider));
    Ok(answer::ok(&Page::whole(all.collect())))
}
