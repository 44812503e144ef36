//! `GET …/logout`: ends the session of this browser. Applications keep their tokens until these expire.

use super::clients;
use super::pages::Page;
use super::{authorize, record, session};
use crate::dispatch::{Call, Reply, encode};
use cupola_core::Problem;
use cupola_identity::ForeignToken;

/// `GET /{tenant}/oauth2/v2.0/logout`, `GET /adfs/oauth2/logout`
pub(super) async fn get(call: Call) -> Result<Reply, Problem> {
    let user = session::find(&call).await?;
    let mut work = call.control.store().begin().await?;
    let cookie = session::end(&call, &mut work).await?;
    if let Some(user) = &user {
        record::change(&mut work, &call, &user.id, "signOut").await?;
    }
    work.save().await?;
    let mut reply = match place(&call).await? {
        Some(place) => authorize::see(&place),
        None => {
            let body = "<p>You are signed out of this browser. This page can be closed.</p>\
                        <a class=\"button second\" href=\"/sign-in\">Sign in again</a>";
            Page::new("Signed out", body.to_owned()).reply(&call)
        }
    };
    session::add_cookie(&mut reply, &cookie);
    Ok(reply)
}

// A browser is sent on to what the application registered for this, and nowhere else.
async fn place(call: &Call) -> Result<Option<String>, Problem> {
    let Some(wanted) = call.query.get("post_logout_redirect_uri") else {
        return Ok(None);
    };
    // The hint only says which application asks; what it may ask for is in the store.
    let hinted = call
        .query
        .get("id_token_hint")
        .and_then(|token| ForeignToken::read(token).ok())
        .and_then(|token| token.text("aud").map(str::to_owned));
    let Some(id) = call.query.get("client_id").map(str::to_owned).or(hinted) else {
        return Ok(None);
    };
    let client = clients::find(&call.control, &id).await?;
    if !client.is_some_and(|client| client.allows_logout(wanted)) {
        return Ok(None);
    }
    Ok(Some(match call.query.get("state") {
        Some(state) if state.len() <= 2048 => {
            let join = if wanted.contains('?') { '&' } else { '?' };
            format!("{wanted}{join}state={}", encode(state))
        }
        _ => wanted.to_owned(),
    }))
}
