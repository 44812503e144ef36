//! Deleted accounts: they answer nothing, keep their keys, their deployments and their name, and can be brought back until
//! somebody purges them or two days have passed.

mod expire;
mod get;
mod list;
mod purge;
mod put_away;
mod restore;

pub(crate) use expire::expire;
pub(super) use put_away::put_away;
pub(super) use restore::{refuse_unless_purged, restore};

use crate::dispatch::{Call, Route, action, list, route};
use cupola_core::rbac::Granted;
use cupola_core::{Problem, ResourceId, Timestamp};
use cupola_store::resources::Below;
use cupola_store::{Resource, UnitOfWork};

/// What an account is while it is deleted. It is no resource of its subscription, and generic lists leave it out.
pub(crate) const DELETED_TYPE: &str = "Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts";

const ONE: &str = "/subscriptions/{subscription}/providers/Microsoft.CognitiveServices/locations/{location}/resourceGroups/{group}/deletedAccounts/{account}";

const READ: &str = "Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts/read";

pub(crate) const ROUTES: &[Route] = &[
    route(
        "GET",
        "/subscriptions/{subscription}/providers/Microsoft.CognitiveServices/deletedAccounts",
        list!(READ, list::list),
    ),
    route("GET", ONE, action!(READ, get::get)),
    route(
        "DELETE",
        ONE,
        action!(
            "Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts/delete",
            purge::purge
        ),
    ),
];

/// Is this a deleted account, or something that was below one?
pub(crate) fn is_deleted(id: &ResourceId) -> bool {
    let kind = id.resource_type();
    kind.get(..DELETED_TYPE.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(DELETED_TYPE))
}

fn id(subscription: &str, location: &str, group: &str, account: &str) -> ResourceId {
    ResourceId::subscription(subscription)
        .resource(super::NAMESPACE, "locations", location)
        .child("resourceGroups", group)
        .child("deletedAccounts", account)
}

fn asked(call: &Call) -> ResourceId {
    let location: String = call.param("location").split(' ').collect();
    id(
        call.param("subscription"),
        &location.to_ascii_lowercase(),
        call.param("group"),
        call.param("account"),
    )
}

/// Where an account of this id is kept while it is deleted.
fn id_of(account: &ResourceId, location: &str) -> ResourceId {
    id(
        account.subscription.as_deref().unwrap_or_default(),
        location,
        account.group.as_deref().unwrap_or_default(),
        account.name(),
    )
}

// A resource and everything below it under another id, with keys and secrets. Names that the first id claimed are free.
async fn relocate(
    work: &mut UnitOfWork,
    grant: &Granted,
    first: Resource,
    to: &ResourceId,
    now: Timestamp,
) -> Result<(), Problem> {
    let from = first.id.clone();
    let below = crate::owned::all(&mut work.resources(), Below::All(&from)).await?;
    let mut moved = Vec::with_capacity(below.len() + 1);
    for resource in std::iter::once(first).chain(below) {
        let keys = work.credentials().find(&resource.id).await?;
        let secret = work.secrets().find(&resource.id).await?;
        moved.push((resource, keys, secret));
    }
    work.resources().delete(grant, &from).await?;
    for (resource, keys, secret) in moved {
        let mut id = to.clone();
        id.path.extend_from_slice(&resource.id.path[from.path.len()..]);
        let resource = Resource { id, ..resource };
        work.resources().put(grant, &resource).await?;
        if let Some(keys) = keys {
            work.credentials().put(&resource.id, &keys, now).await?;
        }
        if let Some(secret) = secret {
            work.secrets().put(grant, &resource.id, &secret, now).await?;
        }
    }
    Ok(())
}
