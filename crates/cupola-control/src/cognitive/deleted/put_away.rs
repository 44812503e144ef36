//! What the deletion of an account does: it is kept elsewhere, with everything below it.

use super::super::accounts::domain_claim;
use super::{id_of, relocate};
use crate::dispatch::Call;
use crate::owned;
use cupola_core::rbac::Granted;
use cupola_core::time::iso8601;
use cupola_core::{Problem, ResourceId, Timestamp};
use cupola_store::{Resource, UnitOfWork};
use cupola_wire::arm::cognitive::AccountProperties;
use serde_json::json;

// As the service has it.
const KEPT_S: i64 = 48 * 3600;

/// Puts an account away and says where. Its name stays taken, so that it can come back.
pub(crate) async fn put_away(
    work: &mut UnitOfWork,
    (call, grant): (&Call, &Granted),
    mut account: Resource,
) -> Result<ResourceId, Problem> {
    let to = id_of(&account.id, account.location.as_deref().unwrap_or_default());
    let mut body: AccountProperties = owned::body(&account)?;
    let purged = Timestamp::from_second(call.now.as_second() + KEPT_S).unwrap_or(Timestamp::MAX);
    body.rest
        .insert("deletionDate".to_owned(), iso8601(call.now).into());
    body.rest
        .insert("scheduledPurgeDate".to_owned(), iso8601(purged).into());
    account.properties = json!(body);
    relocate(work, grant, account, &to, call.now).await?;
    let claim = domain_claim(&body.custom_sub_domain_name);
    if !work.resources().claim(&claim, &to).await? {
        // It was free a moment ago, in this very unit of work.
        return Err(Problem::internal());
    }
    Ok(to)
}
