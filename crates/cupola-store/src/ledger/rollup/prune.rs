//! Minutes are for charts of what happens now; they are forgotten after some days. Hours and days stay, as the ledger does.

use super::MINUTE_MS;
use crate::error::StoreError;
use crate::rows::to_ms;
use cupola_core::Timestamp;
use sqlx::SqliteConnection;

/// How long the sums of minutes are kept.
pub const MINUTES_KEPT_DAYS: i64 = 3;

/// Forgets the minutes that began before this instant; says how many rows went.
pub(crate) async fn prune(connection: &mut SqliteConnection, before: Timestamp) -> Result<u64, StoreError> {
    let mut gone = 0;
    for text in [
        "DELETE FROM usage_rollups WHERE width_ms = $1 AND context IN (SELECT id FROM usage_contexts) AND at_ms < $2",
        "DELETE FROM latency_rollups WHERE width_ms = $1 AND context IN (SELECT id FROM usage_contexts) AND at_ms < $2",
    ] {
        let done = sqlx::query(text)
            .bind(MINUTE_MS)
            .bind(to_ms(before))
            .execute(&mut *connection)
            .await?;
        gone += done.rows_affected();
    }
    Ok(gone)
}
