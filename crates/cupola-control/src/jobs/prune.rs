//! Forgets once an hour what is over: operations that ended more than a day ago, everything of sign-ins that has expired,
//! signing keys whose last token has, accounts that were deleted two days ago, lines of the audit record from more than 90
//! days ago, responses that were kept for 30 days, sums of minutes from more than three days ago.

use crate::cognitive::deleted;
use crate::control::Control;
use crate::sign_in;
use cupola_core::Timestamp;
use cupola_store::responses::KEPT_DAYS;
use cupola_store::{MINUTES_KEPT_DAYS, StoreError};

const HOUR_S: i64 = 3600;
const DAY_S: i64 = 24 * HOUR_S;
const AUDIT_DAYS: i64 = 90;

// Some gigabytes at most, whatever callers do.
const AUDIT_ROWS_MAX: i64 = 2_000_000;

// What one turn may delete, so that nobody waits for it; an hour of refusals is less.
const AUDIT_BATCH: u32 = 20_000;
const RESPONSES_BATCH: u32 = 20_000;

pub(super) async fn old(
    control: &Control,
    now: Timestamp,
    last: &mut Option<Timestamp>,
) -> Result<(), StoreError> {
    if last.is_some_and(|last| now.as_second() - last.as_second() < HOUR_S) {
        return Ok(());
    }
    *last = Some(now);
    let days_ago =
        |days: i64| Timestamp::from_second(now.as_second() - days * DAY_S).unwrap_or(Timestamp::MIN);
    let mut work = control.store().begin().await?;
    let mut gone = work.operations().prune(days_ago(1)).await?;
    gone += work.deployments().prune_results(days_ago(1)).await?;
    gone += work.sign_ins().prune(now, sign_in::idle_since(now)).await?;
    gone += work.access().prune_signing_keys(days_ago(1)).await?;
    gone += work
        .audit()
        .prune(days_ago(AUDIT_DAYS), AUDIT_ROWS_MAX, AUDIT_BATCH)
        .await?;
    gone += work
        .responses()
        .prune(days_ago(KEPT_DAYS), RESPONSES_BATCH)
        .await?;
    gone += work.prune_usage_minutes(days_ago(MINUTES_KEPT_DAYS)).await?;
    gone += deleted::expire(&mut work, now).await?;
    if gone > 0 {
        work.save().await?;
    }
    Ok(())
}
