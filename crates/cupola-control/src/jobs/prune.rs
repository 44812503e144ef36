//! Forgets operations that ended more than a day ago, once an hour.

use crate::control::Control;
use cupola_core::Timestamp;
use cupola_store::StoreError;

const HOUR_S: i64 = 3600;
const DAY_S: i64 = 24 * HOUR_S;

pub(super) async fn old(
    control: &Control,
    now: Timestamp,
    last: &mut Option<Timestamp>,
) -> Result<(), StoreError> {
    if last.is_some_and(|last| now.as_second() - last.as_second() < HOUR_S) {
        return Ok(());
    }
    *last = Some(now);
    let before = Timestamp::from_second(now.as_second() - DAY_S).unwrap_or(Timestamp::MIN);
    let mut work = control.store().begin().await?;
    if work.operations().prune(before).await? + work.deployments().prune_results(before).await? > 0 {
        work.save().await?;
    }
    Ok(())
}
