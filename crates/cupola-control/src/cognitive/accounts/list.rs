//! `GET …/accounts`, of a group or of a subscription.

use crate::dispatch::{Call, Reply, View};
use crate::kinds::{require_group, require_subscription};
use crate::paging::{Token, page};
use crate::show::envelope;
use cupola_core::Problem;
use cupola_store::resources::Below;
use cupola_wire::arm::cognitive::ACCOUNT_TYPE;

pub(super) async fn in_group(call: Call, view: View) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let (subscription, group) = (call.param("subscription"), call.param("group"));
    let group = require_group(reader.resources(), subscription, group).await?.id;
    list(&call, &view, Below::Children(&group, ACCOUNT_TYPE)).await
}

pub(super) async fn in_subscription(call: Call, view: View) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let subscription = require_subscription(reader.resources(), call.param("subscription")).await?;
    list(&call, &view, Below::TypeIn(&subscription.id, ACCOUNT_TYPE)).await
}

async fn list(call: &Call, view: &View, below: Below<'_>) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    page(call, reader.resources(), below, Token::SkipToken, |found| {
        view.sees(&found.id).then(|| envelope(&call.control, &found))
    })
    .await
}
