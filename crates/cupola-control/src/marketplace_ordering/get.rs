//! `GET …/plans/{plan}/agreements/current` and `GET …/agreements/{publisher}/offers/{offer}/plans/{plan}`

use super::agreement::{plan, shown};
use crate::answer;
use crate::dispatch::{Call, Reply};
use crate::kinds::require_subscription;
use cupola_core::Problem;
use cupola_core::rbac::Granted;

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let (model, offer) = plan(&call)?;
    let mut reader = call.control.store().reader().await?;
    let subscription = require_subscription(reader.resources(), call.param("subscription")).await?;
    let name = subscription.id.name();
    let said = reader
        .agreements()
        .find(name, &offer.publisher_id, &offer.offer_id, &offer.plan_id)
        .await?;
    Ok(answer::ok(&shown(&call, name, model, offer, said.as_ref())))
}
