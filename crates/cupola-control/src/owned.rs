//! What belongs to a workspace, read whole: its endpoints, its marketplace subscriptions, and their twins.

use crate::kinds::{ENDPOINT, MARKETPLACE, SAAS_RESOURCE, WORKSPACE};
use cupola_core::ResourceId;
use cupola_core::catalog::Offer;
use cupola_store::resources::{Below, Resources};
use cupola_store::{Resource, StoreError};
use cupola_wire::arm::{EndpointProperties, MarketplaceSubscriptionProperties};
use serde::de::DeserializeOwned;

const BATCH: u32 = 500;

/// Everything that is below, over all pages.
pub(crate) async fn all(
    resources: &mut Resources<'_>,
    below: Below<'_>,
) -> Result<Vec<Resource>, StoreError> {
    let mut found: Vec<Resource> = Vec::new();
    loop {
        let after = found.last().map(|last| last.id.folded());
        let page = resources.list(below, after.as_deref(), BATCH).await?;
        let last = page.len() < BATCH as usize;
        found.extend(page);
        if last {
            return Ok(found);
        }
    }
}

/// The typed body of a resource.
pub(crate) fn body<T: DeserializeOwned>(resource: &Resource) -> Result<T, StoreError> {
    T::deserialize(&resource.properties).map_err(|error| {
        StoreError::Corrupt(format!(
            "the properties of '{}' cannot be read: {error}",
            resource.id
        ))
    })
}

/// The endpoints of a workspace that serve this model.
pub(crate) async fn endpoints_of(
    mut resources: Resources<'_>,
    workspace: &ResourceId,
    model: &str,
) -> Result<Vec<(Resource, EndpointProperties)>, StoreError> {
    typed(all(&mut resources, Below::Referring(Some(workspace), ENDPOINT, model)).await?)
}

/// The marketplace subscription of a workspace to this offer, of any status.
pub(crate) async fn marketplace_subscription_to(
    mut resources: Resources<'_>,
    workspace: &ResourceId,
    offer: &Offer,
) -> Result<Option<(Resource, MarketplaceSubscriptionProperties)>, StoreError> {
    let offer = format!("{}/{}", offer.publisher_id, offer.offer_id);
    let found = resources
        .list(Below::Referring(Some(workspace), MARKETPLACE, &offer), None, 1)
        .await?;
    Ok(typed(found)?.pop())
}

/// The marketplace subscriptions of a workspace.
pub(crate) async fn marketplace_subscriptions(
    mut resources: Resources<'_>,
    workspace: &ResourceId,
) -> Result<Vec<(Resource, MarketplaceSubscriptionProperties)>, StoreError> {
    typed(all(&mut resources, Below::Children(workspace, MARKETPLACE)).await?)
}

/// The SaaS resource that shows this marketplace subscription.
pub(crate) async fn twin_of(
    mut resources: Resources<'_>,
    subscription: &ResourceId,
) -> Result<Option<Resource>, StoreError> {
    let (group, of) = (group_of(subscription), subscription.to_string());
    let below = Below::Referring(Some(&group), SAAS_RESOURCE, &of);
    Ok(resources.list(below, None, 1).await?.pop())
}

/// The projects of a hub, at most `limit`, wherever they are.
pub(crate) async fn projects_of(
    mut resources: Resources<'_>,
    hub: &ResourceId,
    limit: u32,
) -> Result<Vec<Resource>, StoreError> {
    let of = hub.to_string();
    resources
        .list(Below::Referring(None, WORKSPACE, &of), None, limit)
        .await
}

/// The group that a resource is in.
pub(crate) fn group_of(id: &ResourceId) -> ResourceId {
    ResourceId::group(
        id.subscription.as_deref().unwrap_or_default(),
        id.group.as_deref().unwrap_or_default(),
    )
}

fn typed<T: DeserializeOwned>(resources: Vec<Resource>) -> Result<Vec<(Resource, T)>, StoreError> {
    resources
        .into_iter()
        .map(|resource| body(&resource).map(|body| (resource, body)))
        .collect()
}
