//! `GET /subscriptions/{subscription}/providers`

use super::read;
use super::table::PROVIDERS;
use crate::answer;
use crate::dispatch::{Call, Reply, View};
use crate::kinds::require_subscription;
use cupola_core::Problem;
use cupola_wire::arm::Page;

pub(super) async fn list(call: Call, _view: View) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let subscription = require_subscription(reader.resources(), call.param("subscription")).await?;
    let mut all = Vec::with_capacity(PROVIDERS.len());
    for provider in PROVIDERS {
        all.extend(read(&mut reader, subscription.id.name(), provider.namespace).await?);
    }
    Ok(answer::ok(&Page::whole(all)))
}
