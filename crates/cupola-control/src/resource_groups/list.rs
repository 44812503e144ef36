//! `GET /subscriptions/{subscription}/resourceGroups`

use crate::dispatch::{Call, Reply, View};
use crate::kinds::{GROUP, require_subscription};
use crate::paging::{Token, page};
use crate::resources::Filter;
use crate::show::envelope;
use cupola_core::Problem;
use cupola_store::resources::Below;

pub(super) async fn list(call: Call, view: View) -> Result<Reply, Problem> {
    let filter = Filter::parse(call.query.get("$filter").unwrap_or_default())?;
    let mut reader = call.control.store().reader().await?;
    let subscription = require_subscription(reader.resources(), call.param("subscription"))
        .await?
        .id;
    page(
        &call,
        reader.resources(),
        Below::Children(&subscription, GROUP),
        Token::SkipToken,
        |found| (filter.passes(&found) && view.sees(&found.id)).then(|| envelope(&call.control, &found)),
    )
    .await
}
