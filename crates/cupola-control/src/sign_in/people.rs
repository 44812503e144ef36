//! Is it really them? A user name and a password, checked off the threads that serve, a few at a time. A name that is
//! nobody's costs the same time, locks in the same way and gets the same answer.

use super::lockout;
use super::refusal::Refusal;
use crate::dispatch::Call;
use cupola_core::{Problem, Secret};
use cupola_identity::{digest_password, fits_password};
use cupola_store::users::User;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

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
    let fits = match turn(call).await {
        // Of many guesses that were sent at once, those that waited while others failed are not worth a look any more.
        Some(_) if memory.is_blocked(address, call.now) => return Ok(Err((Refusal::locked(), who))),
        Some(turn) => look(turn, password, state.digest.clone()).await,
        None => None,
    };
    let Some(fits) = fits else {
        return Ok(Err((Refusal::busy("too many passwords are being checked"), who)));
    };
    let Some(user) = user else {
        memory.failed(address, call.now);
        let refusal = if lockout::is_locked(&memory.stranger(name), call.now) {
            Refusal::locked()
        } else {
            memory.stranger_failed(name, call.now);
            Refusal::wrong_password()
        };
        return Ok(Err((refusal, who)));
    };
    if !fits {
        memory.failed(address, call.now);
    }
    let locked = settle(call, &user, fits).await?;
    Ok(match (fits, locked) {
        // Whether it was right or wrong: of many guesses at once, the answer must not tell which one was right.
        (_, true) => Err((Refusal::locked(), who)),
        (false, false) => Err((Refusal::wrong_password(), who)),
        (true, false) if !user.enabled => Err((Refusal::disabled_user(), who)),
        (true, false) => Ok(user),
    })
}

/// The digest of a new password, made where it holds nobody up; `None` where too many wait.
pub(crate) async fn digest(call: &Call, password: &Secret) -> Option<String> {
    let turn = turn(call).await?;
    let (control, password) = (call.control.clone(), password.clone());
    let made = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        digest_password(&password, control.entropy())
    });
    made.await.ok()
}

/// Is it the password of this digest? `None` where too many wait. Nothing is counted.
pub(super) async fn fits(call: &Call, password: &Secret, digest: Option<String>) -> Option<bool> {
    look(turn(call).await?, password, digest).await
}

// The turn goes along to the thread that works: whoever hangs up while it does makes no room for another one.
async fn look(turn: OwnedSemaphorePermit, password: &Secret, digest: Option<String>) -> Option<bool> {
    let password = password.clone();
    let looked = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        fits_password(&password, digest.as_deref())
    });
    looked.await.ok()
}

async fn turn(call: &Call) -> Option<OwnedSemaphorePermit> {
    let checks = Arc::clone(&call.control.sign_in().checks);
    tokio::time::timeout(WAIT_MAX, checks.acquire_owned())
        .await
        .ok()?
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
