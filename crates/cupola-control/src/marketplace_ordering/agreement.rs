//! The terms of a plan and what a subscription said to them.

use crate::answer;
use crate::audit;
use crate::control::Control;
use crate::dispatch::{Call, Reply};
use crate::kinds::require_subscription;
use cupola_core::catalog::{CatalogModel, Offer, Sale};
use cupola_core::name::printable;
use cupola_core::rbac::Granted;
use cupola_core::time::iso8601;
use cupola_core::{Code, Problem, Secret, Timestamp};
use cupola_identity::digest_secret;
use cupola_store::agreements::Agreement;
use serde_json::{Value, json};

/// The plan that a path names, with a model that it sells.
pub(super) fn plan(call: &Call) -> Result<(&CatalogModel, &Offer), Problem> {
    let (publisher, offer, plan) = (call.param("publisher"), call.param("offer"), call.param("plan"));
    call.control
        .catalog()
        .models()
        .iter()
        .find_map(|model| match &model.sale {
            Sale::Partner(sold)
                if sold.publisher_id.eq_ignore_ascii_case(publisher)
                    && sold.offer_id.eq_ignore_ascii_case(offer)
                    && sold.plan_id.eq_ignore_ascii_case(plan) =>
            {
                Some((model, sold))
            }
            _ => None,
        })
        .ok_or_else(|| {
            Problem::new(
                Code::ResourceNotFound,
                format!(
                    "The plan '{}' of the offer '{}' of '{}' is not in the catalog. 'cupola model list' shows the offers.",
                    printable(plan),
                    printable(offer),
                    printable(publisher)
                ),
            )
        })
}

/// The terms of a plan as this subscription sees them.
pub(super) fn shown(
    call: &Call,
    subscription: &str,
    model: &CatalogModel,
    offer: &Offer,
    said: Option<&Agreement>,
) -> Value {
    let accepted = said.is_some_and(|said| said.accepted);
    let at = said.map_or(call.now, |said| said.at);
    let terms = format!(
        "{}/providers/Cupola.Catalog/models?api-version=2026-11-01",
        call.origin
    );
    json!({
        "id": format!(
            "/subscriptions/{subscription}/providers/Microsoft.MarketplaceOrdering/offerTypes/virtualmachine/publishers/{}/offers/{}/plans/{}/agreements/current",
            offer.publisher_id, offer.offer_id, offer.plan_id
        ),
        "name": offer.plan_id,
        "type": "Microsoft.MarketplaceOrdering/offertypes",
        "properties": {
            "publisher": offer.publisher_id,
            "product": offer.offer_id,
            "plan": offer.plan_id,
            "licenseTextLink": terms,
            "privacyPolicyLink": terms,
            "marketplaceTermsLink": terms,
            "retrieveDatetime": iso8601(at),
            "signature": signature(&call.control, subscription, model, offer),
            "accepted": accepted,
            "state": if accepted { "Active" } else { "Canceled" },
            "licenseText": model.terms,
        },
    })
}

/// What whoever accepts the terms sends back: it says which terms were read, by which subscription.
pub(super) fn signature(
    control: &Control,
    subscription: &str,
    model: &CatalogModel,
    offer: &Offer,
) -> String {
    let text = [
        &subscription.to_ascii_lowercase(),
        &offer.publisher_id,
        &offer.offer_id,
        &offer.plan_id,
        &model.terms,
    ]
    .map(|part| format!("{}:{part}", part.len()))
    .concat();
    digest_secret(control.keyring(), &Secret::new(text))
}

/// Keeps what the subscription says to the plan of the path, and shows it.
pub(super) async fn say(call: &Call, grant: &Granted, accepted: bool) -> Result<Reply, Problem> {
    let (model, offer) = plan(call)?;
    let mut work = call.control.store().begin().await?;
    let subscription = require_subscription(work.resources(), call.param("subscription")).await?;
    let name = subscription.id.name().to_owned();
    let before = work
        .agreements()
        .find(&name, &offer.publisher_id, &offer.offer_id, &offer.plan_id)
        .await?;
    let said = agreement(offer, accepted, call.now, grant);
    work.agreements().put(grant, &name, &said).await?;
    let show = |said: Option<&Agreement>| shown(call, &name, model, offer, said);
    let after = show(Some(&said));
    let detail = json!({"before": before.as_ref().map(|said| show(Some(said))), "after": after});
    audit::change(&mut work, call, grant, "Succeeded", detail).await?;
    work.save().await?;
    Ok(answer::ok(&after))
}

fn agreement(offer: &Offer, accepted: bool, at: Timestamp, grant: &Granted) -> Agreement {
    Agreement {
        publisher: offer.publisher_id.clone(),
        offer: offer.offer_id.clone(),
        plan: offer.plan_id.clone(),
        accepted,
        at,
        by: grant.principal().id.clone(),
    }
}
