//! Is it really them? A user name and a password, checked off the threads that serve, a few at a time. A name that is
//! nobody's costs the same time, locks in the same way and gets the same answer.

use super::lockout;
use super::refusal::Refusal;
use crate::dispatch::Call;
use cupola_core::{Problem, Secret};
use cupola_identity::{digest_password, fits_password};
use cupola_store::users::User;
use std::time::Duration;

const WAIT_MAX: Duration = Duration::from_secs(10);
const NAME_BYTES_MAX: usize = 256;

/// The user whose password this is. A user whose password must change is given out too: what that means is the caller's.
pub(super) async fn check(
    call: &Call,
    name: &str,
    password: &Secret,
) -> Result<Result<User, (Refusal, String)>, Problem> {
    let memory = call.control.sign_in();
    let address = call.trace.address.as_str();
    if name.len() > NAME_BYTES_MAX {
        return Ok(Err((Refusal::wrong_password(), String::new())));
    }
    let mut reader = call.control.store().reader().await?;
    let user = reader.users().find(name).await?;
    let state = match &user {
        Some(user) => reader.users().password(&user.id).await?.unwrap_or_default(),
        None => memory.stranger(name),
    };
    drop(reader);
    let who = user.as_ref().map(|user| user.id.clone()).unwrap_or_default();
    if lockout::is_locked(&state, call.now) || memory.is_blocked(address, call.now) {
        memory.failed(address, call.now);
        return Ok(Err((Refusal::locked(), who)));
    }
    let Some(fits) = fits(call, password, state.digest.clone()).await else {
        return Ok(Err((Refusal::busy("too many passwords are being checked"), who)));
    };
    let Some(user) = user else {
        memory.failed(address, call.now);
        memory.stranger_failed(name, call.now);
        return Ok(Err((Refusal::wrong_password(), who)));
    };
    if !fits {
        memory.failed(address, call.now);
    }
    let locked = settle(call, &user, fits).await?;
    Ok(match (fits, locked) {
        (false, _) => Err((Refusal::wrong_password(), who)),
        (true, true) => Err((Refusal::locked(), who)),
        (true, false) if !user.enabled => Err((Refusal::disabled_user(), who)),
        (true, false) => Ok(user),
    })
}

/// The digest of a new password, made where it holds nobody up; `None` where too many wait.
pub(super) async fn digest(call: &Call, password: &Secret) -> Option<String> {
    let memory = call.control.sign_in();
    let _turn = tokio::time::timeout(WAIT_MAX, memory.checks.acquire())
        .await
        .ok()?
        .ok()?;
    let (control, password) = (call.control.clone(), password.clone());
    tokio::task::spawn_blocking(move || digest_password(&password, control.entropy()))
        .await
        .ok()
}

/// Is it the password of this digest? `None` where too many wait. Nothing is counted.
pub(super) async fn fits(call: &Call, password: &Secret, digest: Option<String>) -> Option<bool> {
    let memory = call.control.sign_in();
    let _turn = tokio::time::timeout(WAIT_MAX, memory.checks.acquire())
        .await
        .ok()?
        .ok()?;
    let password = password.clone();
    tokio::task::spawn_blocking(move || fits_password(&password, digest.as_deref()))
        .await
        .ok()
}

// Counted on what the store says now, so that guesses that were made at once count one by one; says whether the user is
// locked meanwhile.
async fn settle(call: &Call, user: &User, fits: bool) -> Result<bool, Problem> {
    let mut work = call.control.store().begin().await?;
    let mut state = work.users().password(&user.id).await?.unwrap_or_default();
    let locked = lockout::is_locked(&state, call.now);
    if fits && !locked && !lockout::is_clean(&state) {
        work.users().set_attempts(&user.id, &Default::default()).await?;
        work.save().await?;
    } else if !fits && !locked {
        lockout::fail(&mut state, call.now);
        work.users().set_attempts(&user.id, &state).await?;
        work.save().await?;
    }
    Ok(locked)
}
