//! Forgets once an hour what is over: operations that ended more than a day ago, everything of sign-ins that has expired,
//! signing keys whose last token has.

use crate::control::Control;
use crate::sign_in;
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
    let mut gone = work.operations().prune(before).await?;
    gone += work.deployments().prune_results(before).await?;
    gone += work.sign_ins().prune(now, sign_in::idle_since(now)).await?;
    gone += work.access().prune_signing_keys(before).await?;
    if gone > 0 {
        work.save().await?;
    }
    Ok(())
}
