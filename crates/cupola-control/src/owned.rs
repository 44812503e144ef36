//! What belongs to a workspace, read whole: its endpoints, its marketplace subscriptions, and their twins.

use crate::kinds::{ENDPOINT, MARKETPLACE, SAAS_RESOURCE};
use cupola_core::ResourceId;
use cupola_store::resources::{Below, Resources};
use cupola_store::{Resource, StoreError};
use cupola_wire::arm::{EndpointProperties, MarketplaceSubscriptionProperties, SaasProperties};
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

/// The endpoints of a workspace.
pub(crate) async fn endpoints(
    mut resources: Resources<'_>,
    workspace: &ResourceId,
) -> Result<Vec<(Resource, EndpointProperties)>, StoreError> {
    typed(all(&mut resources, Below::Children(workspace, ENDPOINT)).await?)
}

/// The marketplace subscriptions of a workspace.
pub(crate) async fn marketplace_subscriptions(
    mut resources: Resources<'_>,
    workspace: &ResourceId,
) -> Result<Vec<(Resource, MarketplaceSubscriptionProperties)>, StoreError> {
    typed(all(&mut resources, Below::Children(workspace, MARKETPLACE)).await?)
}

/// The SaaS resources of a group.
pub(crate) async fn twins(
    mut resources: Resources<'_>,
    group: &ResourceId,
) -> Result<Vec<(Resource, SaasProperties)>, StoreError> {
    typed(all(&mut resources, Below::Children(group, SAAS_RESOURCE)).await?)
}

/// The SaaS resource that shows this marketplace subscription.
pub(crate) async fn twin_of(
    resources: Resources<'_>,
    subscription: &ResourceId,
) -> Result<Option<Resource>, StoreError> {
    let group = group_of(subscription);
    let twins = twins(resources, &group).await?;
    let of = subscription.to_string();
    Ok(twins
        .into_iter()
        .find(|(_, body)| body.marketplace_subscription_id.eq_ignore_ascii_case(&of))
        .map(|(twin, _)| twin))
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
