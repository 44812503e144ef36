//! `GET …/raiExternalSafetyProviders`

use crate::dispatch::{Call, Reply, View};
use crate::kinds::require_subscription;
use crate::paging::{Token, page};
use crate::show::envelope;
use cupola_core::Problem;
use cupola_store::resources::Below;
use cupola_wire::arm::cognitive::RAI_PROVIDER_TYPE;

pub(super) async fn list(call: Call, view: View) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let subscription = require_subscription(reader.resources(), call.param("subscription")).await?;
    let below = Below::Children(&subscription.id, RAI_PROVIDER_TYPE);
    page(&call, reader.resources(), below, Token::SkipToken, |found| {
        view.sees(&found.id).then(|| envelope(&call.control, &found))
    })
    .await
}
