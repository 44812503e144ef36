//! `DELETE …/marketplaceSubscriptions/{name}`: its endpoints lose their right to answer, and its twin goes with it.

use super::id;
use crate::dispatch::{Call, Reply};
use crate::{answer, audit, etag, locks, operations, owned};
use cupola_core::catalog::{Offer, Sale};
use cupola_core::rbac::Granted;
use cupola_core::{ModelId, Problem, ResourceId};
use cupola_store::{Resource, StoreError, UnitOfWork};
use cupola_wire::arm::{EndpointState, MarketplaceSubscriptionProperties};
use http::StatusCode;
use serde_json::json;

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    let Some(found) = work.resources().find(&id(&call)).await? else {
        return Ok(answer::bare(StatusCode::NO_CONTENT));
    };
    etag::check(&call, Some(&found))?;
    let twin = owned::twin_of(work.resources(), &found.id).await?;
    if let Some(twin) = &twin {
        locks::refuse_delete(work.locks(), &twin.id).await?;
    }
    unsubscribe(
        &mut work,
        &call,
        &grant,
        &found,
        twin.map(|twin| twin.id).as_ref(),
    )
    .await?;
    let begun = operations::begin_done(
        &mut work,
        &call,
        &grant.principal().id,
        &found.id,
        call.control.region(),
    )
    .await?;
    work.save().await?;
    Ok(begun.follow_both(&call, answer::bare(StatusCode::ACCEPTED)))
}

/// Ends a marketplace subscription, in either of its two shapes.
pub(crate) async fn unsubscribe(
    work: &mut UnitOfWork,
    call: &Call,
    grant: &Granted,
    subscription: &Resource,
    twin: Option<&ResourceId>,
) -> Result<(), Problem> {
    let body: MarketplaceSubscriptionProperties = owned::body(subscription)?;
    let suspended = match subscription.id.parent() {
        Some(workspace) => suspend(work, call, grant, &workspace, &body).await?,
        None => 0,
    };
    work.resources().delete(grant, &subscription.id).await?;
    if let Some(twin) = twin {
        work.resources().delete(grant, twin).await?;
    }
    let detail = json!({"modelId": body.model_id, "suspended": suspended});
    audit::change(work, call, grant, "Succeeded", detail).await?;
    Ok(())
}

async fn suspend(
    work: &mut UnitOfWork,
    call: &Call,
    grant: &Granted,
    workspace: &ResourceId,
    body: &MarketplaceSubscriptionProperties,
) -> Result<usize, StoreError> {
    let endpoints = match offer_of(call, &body.model_id) {
        Some(offer) => super::put::sold_in(work, call, workspace, &offer, Some(&body.model_id)).await?,
        // A model that has left the catalog is still known by its id.
        None => owned::endpoints_of(work.resources(), workspace, &body.model_id).await?,
    };
    let mut suspended = 0;
    for (mut endpoint, mut served) in endpoints {
        if served.endpoint_state != EndpointState::Online {
            continue;
        }
        served.endpoint_state = EndpointState::Suspended;
        served.marketplace_subscription_id = None;
        endpoint.properties = json!(served);
        endpoint.etag = call.new_etag();
        endpoint.modified = call.stamp(grant);
        work.resources().put(grant, &endpoint).await?;
        suspended += 1;
    }
    Ok(suspended)
}

fn offer_of(call: &Call, model: &str) -> Option<Offer> {
    let id: ModelId = model.parse().ok()?;
    match &call.control.catalog().find(&id)?.sale {
        Sale::Partner(offer) => Some(offer.clone()),
        Sale::Directly => None,
    }
}
