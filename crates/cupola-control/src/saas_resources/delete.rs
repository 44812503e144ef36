//! `DELETE …/Microsoft.SaaS/resources/{name}`: ends the marketplace subscription, as the portal does it.

use super::id;
use crate::dispatch::{Call, Reply};
use crate::marketplace_subscriptions::delete::unsubscribe;
use crate::{answer, audit, etag, locks, operations, owned};
use cupola_core::rbac::Granted;
use cupola_core::{Problem, ResourceId};
use cupola_wire::arm::SaasProperties;
use http::StatusCode;
use serde_json::json;

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    let Some(twin) = work.resources().find(&id(&call)).await? else {
        return Ok(answer::bare(StatusCode::NO_CONTENT));
    };
    etag::check(&call, Some(&twin))?;
    let body: SaasProperties = owned::body(&twin)?;
    let subscription = match ResourceId::parse(&body.marketplace_subscription_id) {
        Some(id) => work.resources().find(&id).await?,
        None => None,
    };
    if let Some(subscription) = &subscription {
        locks::refuse_delete(work.locks(), &subscription.id).await?;
    }
    match subscription {
        Some(subscription) => unsubscribe(&mut work, &call, &grant, &subscription, Some(&twin.id)).await?,
        None => {
            work.resources().delete(&grant, &twin.id).await?;
            audit::change(&mut work, &call, &grant, "Succeeded", json!({})).await?;
        }
    }
    let begun = operations::begin_done(
        &mut work,
        &call,
        &grant.principal().id,
        &twin.id,
        call.control.region(),
    )
    .await?;
    work.save().await?;
    Ok(begun.follow_both(&call, answer::bare(StatusCode::ACCEPTED)))
}
