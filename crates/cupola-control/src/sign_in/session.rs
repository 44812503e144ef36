//! The browser's side: the cookie of a session, and the token that keeps forms of other sites out.

use super::proof::after;
use crate::dispatch::{Call, Reply};
use cupola_core::{Problem, Secret, Timestamp};
use cupola_identity::{digest_handle, new_handle, same};
use cupola_store::UnitOfWork;
use cupola_store::sign_ins::Session;
use cupola_store::users::User;
use http::{HeaderValue, header};

const SESSION: &str = "__Host-cupola-session";
const FORM: &str = "__Host-cupola-form";

const IDLE_S: i64 = 8 * 3600;
const WHOLE_S: i64 = 24 * 3600;

// A session that was used a moment ago is not written again.
const TOUCH_S: i64 = 300;

const SESSIONS_MAX: u32 = 20;

/// A session idle since then is over.
pub(crate) fn idle_since(now: Timestamp) -> Timestamp {
    after(now, -IDLE_S)
}

/// Who signed in with this browser, if that still counts.
pub(super) async fn find(call: &Call) -> Result<Option<User>, Problem> {
    let Some(cookie) = cookie(call, SESSION) else {
        return Ok(None);
    };
    let digest = digest_handle(call.control.keyring(), "session", &cookie);
    let mut reader = call.control.store().reader().await?;
    let Some(session) = reader.sign_ins().session(&digest).await? else {
        return Ok(None);
    };
    if session.ends_at <= call.now || session.seen_at <= idle_since(call.now) {
        return Ok(None);
    }
    let user = reader.users().find(&session.principal).await?;
    drop(reader);
    if after(session.seen_at, TOUCH_S) <= call.now {
        let mut work = call.control.store().begin().await?;
        work.sign_ins().touch_session(&digest, call.now).await?;
        work.save().await?;
    }
    Ok(user.filter(|user| user.enabled && !user.must_change))
}

/// Begins a session in this unit of work; the cookie is to be set on the answer. Whatever session the browser had is over,
/// so that nobody can lend somebody a session.
pub(super) async fn begin(call: &Call, work: &mut UnitOfWork, user: &User) -> Result<String, Problem> {
    end(call, work).await?;
    let handle = new_handle(call.control.entropy());
    let session = Session {
        digest: digest_handle(call.control.keyring(), "session", &handle),
        principal: user.id.clone(),
        seen_at: call.now,
        ends_at: after(call.now, WHOLE_S),
    };
    work.sign_ins().add_session(&session, SESSIONS_MAX).await?;
    Ok(set(SESSION, handle.expose()))
}

/// Ends the session of this browser; the cookie is to be cleared on the answer.
pub(super) async fn end(call: &Call, work: &mut UnitOfWork) -> Result<String, Problem> {
    if let Some(cookie) = cookie(call, SESSION) {
        let digest = digest_handle(call.control.keyring(), "session", &cookie);
        work.sign_ins().end_session(&digest).await?;
    }
    Ok(format!(
        "{SESSION}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"
    ))
}

/// The token that a form of ours carries, and the cookie to set where the browser has none yet.
pub(super) fn form_token(call: &Call) -> (String, Option<String>) {
    let (value, fresh) = match cookie(call, FORM) {
        Some(value) => (value, false),
        None => (new_handle(call.control.entropy()), true),
    };
    let token = digest_handle(call.control.keyring(), "form", &value);
    (token, fresh.then(|| set(FORM, value.expose())))
}

/// Was this form one of ours, in this browser?
pub(super) fn is_our_form(call: &Call, token: Option<&str>) -> bool {
    let Some(value) = cookie(call, FORM) else {
        return false;
    };
    let expected = digest_handle(call.control.keyring(), "form", &value);
    token.is_some_and(|token| same(token.as_bytes(), expected.as_bytes()))
}

/// A cookie for the way to another issuer and back: whoever comes back is who left.
pub(super) fn set_transit(state: &str) -> String {
    set("__Host-cupola-transit", state)
}

/// Is this the browser that left with this state?
pub(super) fn is_transit(call: &Call, state: &str) -> bool {
    cookie(call, "__Host-cupola-transit").is_some_and(|kept| same(kept.expose().as_bytes(), state.as_bytes()))
}

fn set(name: &str, value: &str) -> String {
    // Lax: applications send people here from other places, and their session has to come along.
    format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax")
}

fn cookie(call: &Call, name: &str) -> Option<Secret> {
    call.headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(known, value)| *known == name && (1..=100).contains(&value.len()))
        .map(|(_, value)| Secret::new(value))
}

/// Adds a cookie to an answer.
pub(super) fn add_cookie(reply: &mut Reply, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        reply.headers_mut().append(header::SET_COOKIE, value);
    }
}
