//! Complete mode: what is in the group and not in the template.
//!
//! Only resources with a location count, as with the service: what has none belongs to the resource that holds it, and
//! goes or stays with it.

use super::deploy::Live;
use crate::control::Control;
use crate::deployments::{self, Document};
use crate::kinds::SAAS_RESOURCE;
use crate::owned;
use cupola_core::ResourceId;
use cupola_store::resources::Below;
use cupola_store::{Reader, Resource, StoreError};
use cupola_wire::arm::SaasProperties;
use std::collections::HashSet;

/// A nested deployment of a nested deployment, and so on.
const DEPTH_MAX: usize = 32;

/// The resources to delete, none of them below another.
pub(super) async fn unnamed(
    control: &Control,
    id: &ResourceId,
    live: &Live,
    validated: &[String],
) -> Result<Vec<ResourceId>, StoreError> {
    let Some(group) = id.parent().filter(|scope| scope.group.is_some()) else {
        return Ok(Vec::new());
    };
    let mut reader = control.store().reader().await?;
    let mut named: Vec<String> = validated.to_vec();
    // What a template refers to as existing is meant to stay.
    let existing = live
        .judged
        .plan
        .resources
        .iter()
        .filter(|planned| planned.existing);
    named.extend(existing.map(|planned| planned.id.clone()));
    let keep = with_nested(&mut reader, named).await?;
    let all = owned::all(&mut reader.resources(), Below::All(&group)).await?;
    Ok(choose(&all, &keep))
}

// What nested deployments deployed is named too.
async fn with_nested(reader: &mut Reader, named: Vec<String>) -> Result<HashSet<String>, StoreError> {
    let mut keep = HashSet::new();
    let mut left: Vec<(String, usize)> = named.into_iter().map(|id| (id, 0)).collect();
    while let Some((id, depth)) = left.pop() {
        let Some(id) = ResourceId::parse(&id) else {
            continue;
        };
        if id.resource_type().eq_ignore_ascii_case(deployments::TYPE)
            && depth < DEPTH_MAX
            && let Some(nested) = reader.deployments().find(&id).await?
        {
            let nested = Document::of(&nested)?;
            left.extend(nested.validated.into_iter().map(|id| (id, depth + 1)));
        }
        keep.insert(id.folded());
    }
    Ok(keep)
}

pub(crate) fn choose(all: &[Resource], keep: &HashSet<String>) -> Vec<ResourceId> {
    // Whatever holds something that stays must stay itself.
    let held: HashSet<String> = keep
        .iter()
        .filter_map(|id| ResourceId::parse(id))
        .flat_map(|id| std::iter::successors(id.parent(), ResourceId::parent))
        .map(|id| id.folded())
        .collect();
    let there: HashSet<String> = all.iter().map(|resource| resource.id.folded()).collect();
    let goes = |resource: &Resource| {
        let id = resource.id.folded();
        resource.id.provider.is_some()
            && resource.location.is_some()
            && !keep.contains(&id)
            && !held.contains(&id)
            && !shows_what_stays(resource, &there)
    };
    let chosen: HashSet<String> = all
        .iter()
        .filter(|one| goes(one))
        .map(|one| one.id.folded())
        .collect();
    all.iter()
        .filter(|resource| chosen.contains(&resource.id.folded()))
        .filter(|resource| {
            !std::iter::successors(resource.id.parent(), ResourceId::parent)
                .any(|above| chosen.contains(&above.folded()))
        })
        .map(|resource| resource.id.clone())
        .collect()
}

// The SaaS resource of a marketplace subscription is made and deleted with it.
fn shows_what_stays(resource: &Resource, there: &HashSet<String>) -> bool {
    resource.id.resource_type().eq_ignore_ascii_case(SAAS_RESOURCE)
        && owned::body::<SaasProperties>(resource)
            .is_ok_and(|body| there.contains(&body.marketplace_subscription_id.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::a_resource;
    use serde_json::json;

    #[test]
    fn what_holds_something_named_stays() {
        let group = ResourceId::group("s", "g");
        let hub = group.resource("N", "w", "hub");
        let mut all: Vec<Resource> = [
            hub.clone(),
            hub.child("e", "named"),
            hub.child("e", "unnamed"),
            group.resource("N", "w", "other"),
            group.resource("N", "w", "other").child("e", "below"),
        ]
        .iter()
        .map(|id| Resource {
            location: Some("eastus2".into()),
            ..a_resource(id, json!({}))
        })
        .collect();
        all.push(a_resource(&hub.child("p", "without-a-location"), json!({})));
        let keep = HashSet::from([hub.child("e", "Named").folded()]);
        let chosen: Vec<String> = choose(&all, &keep).iter().map(ToString::to_string).collect();
        assert_eq!(
            chosen,
            [
                hub.child("e", "unnamed").to_string(),
                group.resource("N", "w", "other").to_string()
            ]
        );
    }
}
