//! `GET …/Microsoft.SaaS/resources`, of a group or of a subscription.

use crate::dispatch::{Call, Reply, View};
use crate::kinds::{SAAS_RESOURCE, require_group, require_subscription};
use crate::paging::{Token, page};
use crate::show::envelope;
use cupola_core::Problem;
use cupola_store::resources::Below;

pub(super) async fn in_group(call: Call, view: View) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let group = require_group(
        reader.resources(),
        call.param("subscription"),
        call.param("group"),
    )
    .await?
    .id;
    page(
        &call,
        reader.resources(),
        Below::Children(&group, SAAS_RESOURCE),
        Token::SkipToken,
        |found| view.sees(&found.id).then(|| envelope(&call.control, &found)),
    )
    .await
}

pub(super) async fn in_subscription(call: Call, view: View) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let subscription = require_subscription(reader.resources(), call.param("subscription"))
        .await?
        .id;
    page(
        &call,
        reader.resources(),
        Below::TypeIn(&subscription, SAAS_RESOURCE),
        Token::SkipToken,
        |found| view.sees(&found.id).then(|| envelope(&call.control, &found)),
    )
    .await
}
