//! Purges what nobody brought back in time.

use super::DELETED_TYPE;
use cupola_core::Timestamp;
use cupola_core::rbac::Granted;
use cupola_core::time::iso8601;
use cupola_store::resources::Below;
use cupola_store::{StoreError, UnitOfWork};

/// Purges the deleted accounts whose day has come; says how many resources went.
pub(crate) async fn expire(work: &mut UnitOfWork, now: Timestamp) -> Result<u64, StoreError> {
    // Times of one form compare as text.
    let now = iso8601(now);
    let grant = Granted::to_platform("purgeDeletedAccounts");
    let mut gone = 0;
    for account in crate::owned::all(&mut work.resources(), Below::Type(DELETED_TYPE)).await? {
        let due = account.properties["scheduledPurgeDate"].as_str();
        if due.is_some_and(|due| due <= now.as_str()) {
            gone += work.resources().delete(&grant, &account.id).await?;
        }
    }
    Ok(gone)
}
