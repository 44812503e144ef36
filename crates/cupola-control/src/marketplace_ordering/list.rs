//! `GET /subscriptions/{subscription}/providers/Microsoft.MarketplaceOrdering/agreements`: what was said to which plan.

use super::agreement::shown;
use crate::answer;
use crate::dispatch::{Call, Reply};
use crate::kinds::require_subscription;
use cupola_core::Problem;
use cupola_core::catalog::Sale;
use cupola_core::rbac::Granted;
use cupola_wire::arm::Page;
use serde_json::Value;

pub(super) async fn list(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let subscription = require_subscription(reader.resources(), call.param("subscription")).await?;
    let name = subscription.id.name();
    let said = reader.agreements().list(name).await?;
    // An offer that left the catalog has no terms to show.
    let value: Vec<Value> = said
        .iter()
        .filter_map(|said| {
            let models = call.control.catalog().models().iter();
            let (model, offer) = models
                .filter_map(|model| match &model.sale {
                    Sale::Partner(offer) => Some((model, offer)),
                    Sale::Directly => None,
                })
                .find(|(_, offer)| {
                    offer.publisher_id == said.publisher
                        && offer.offer_id == said.offer
                        && offer.plan_id == said.plan
                })?;
            Some(shown(&call, name, model, offer, Some(said)))
        })
        .collect();
    Ok(answer::ok(&Page::whole(value)))
}
