//! What `properties.restore` of a PUT does, and what keeps a PUT without it from making a second account.

use super::super::accounts::domain_claim;
use super::{id_of, relocate};
use crate::dispatch::Call;
use crate::{identities, owned};
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem, Region, ResourceId};
use cupola_store::{Resource, UnitOfWork};
use cupola_wire::arm::cognitive::AccountProperties;
use serde_json::json;

/// Brings a deleted account back with everything below it; the caller writes it once more, with a new etag.
pub(crate) async fn restore(
    work: &mut UnitOfWork,
    (call, grant): (&Call, &Granted),
    id: &ResourceId,
    location: &Region,
) -> Result<Resource, Problem> {
    let kept = id_of(id, location.as_str());
    let Some(mut account) = work.resources().find(&kept).await? else {
        return Err(Problem::new(
            Code::CanNotRestoreANonExistingResource,
            format!(
                "There is no deleted account '{}' of the group '{}' in {location}: it was never deleted, or it was purged. \
                 Leave properties.restore out to make a new one.",
                id.name(),
                id.group.as_deref().unwrap_or_default()
            ),
        )
        .target("properties.restore"));
    };
    let mut body: AccountProperties = owned::body(&account)?;
    for name in ["deletionDate", "scheduledPurgeDate"] {
        body.rest.shift_remove(name);
    }
    account.properties = json!(body);
    relocate(work, grant, account.clone(), id, call.now).await?;
    account.id = id.clone();
    let claim = domain_claim(&body.custom_sub_domain_name);
    if !work.resources().claim(&claim, id).await? {
        return Err(Problem::internal());
    }
    identities::settle(work, call, grant, &mut account).await?;
    Ok(account)
}

/// A name that a deleted account still has is not given twice.
pub(crate) async fn refuse_unless_purged(
    work: &mut UnitOfWork,
    id: &ResourceId,
    location: &Region,
) -> Result<(), Problem> {
    if work
        .resources()
        .find(&id_of(id, location.as_str()))
        .await?
        .is_none()
    {
        return Ok(());
    }
    Err(Problem::new(
        Code::FlagMustBeSetForRestore,
        format!(
            "An existing resource with ID '{id}' has been soft-deleted. To restore the resource, you must specify 'restore' \
             to be 'true' in the property. If you don't want to restore existing resource, please purge it first: az \
             cognitiveservices account purge -n {} -g {} -l {location}",
            id.name(),
            id.group.as_deref().unwrap_or_default()
        ),
    ))
}
