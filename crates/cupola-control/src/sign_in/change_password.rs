//! A new password: because the person wants one, or because the old one was only good for one sign-in.

use super::interact;
use super::pages::{Page, complaint, escape, form, password_field};
use super::people;
use super::proof::after;
use super::record;
use super::refusal::Refusal;
use super::session;
use crate::dispatch::{Call, Query, Reply};
use cupola_core::rbac::Granted;
use cupola_core::{Problem, Secret};
use cupola_identity::{check_password, digest_handle, new_handle};
use cupola_store::sign_ins::{Taken, Ticket};
use cupola_store::users::User;
use serde_json::json;

const TICKET_LIFE_S: i64 = 600;
const KIND: &str = "change-password";

/// `GET /sign-in/password`
pub(super) async fn get(call: Call) -> Result<Reply, Problem> {
    match session::find(&call).await? {
        Some(user) => Ok(page(&call, &user, None, "/sign-in", None).await),
        None => interact::sign_in_page(&call, None, "/sign-in", None).await,
    }
}

/// The page for somebody whose password was right and must change; a ticket says so to the form's answer.
pub(super) async fn demand(call: &Call, user: &User, text: &str) -> Result<Reply, Problem> {
    let handle = new_handle(call.control.entropy());
    let ticket = Ticket {
        kind: KIND,
        digest: digest_handle(call.control.keyring(), KIND, &handle),
        principal: user.id.clone(),
        document: json!({}),
        expires_at: after(call.now, TICKET_LIFE_S),
    };
    let mut work = call.control.store().begin().await?;
    work.sign_ins().add_ticket(&ticket).await?;
    work.save().await?;
    Ok(page(call, user, Some(&handle), text, None).await)
}

async fn page(call: &Call, user: &User, ticket: Option<&Secret>, text: &str, wrong: Option<&str>) -> Reply {
    let (token, cookie) = session::form_token(call);
    let old = match ticket {
        Some(_) => "<p>This password is good for one sign-in. Choose one of your own.</p>".to_owned(),
        None => password_field("old", "The password so far", "current-password"),
    };
    let inside = format!(
        "<p class=\"soft\">{}</p>{old}{}{}<button>Change password</button>",
        escape(&user.upn),
        password_field("new", "The new password", "new-password"),
        password_field("again", "The new password again", "new-password")
    );
    let hidden = [
        ("continue", text),
        ("ticket", ticket.map(Secret::expose).unwrap_or_default()),
    ];
    // Who came of their own will may go back without one.
    let back = match ticket {
        Some(_) => String::new(),
        None => format!("<p><a href=\"{}\">Back to the portal</a></p>", interact::PORTAL),
    };
    let body = format!(
        "{}{}{back}",
        complaint(wrong),
        form("/sign-in/password", &token, &hidden, &inside)
    );
    let leads_to = interact::leads_to(call, text).await;
    Page::new("Change password", body)
        .cookie(cookie)
        .leads_to(leads_to.as_deref())
        .reply(call)
}

/// `POST /sign-in/password`
pub(super) async fn post(call: Call) -> Result<Reply, Problem> {
    let fields = Query::parse(&String::from_utf8_lossy(&call.body));
    if !session::is_our_form(&call, fields.get("form_token")) {
        return Ok(interact::error(&call, &Refusal::stale_page()));
    }
    let text = fields.get("continue").unwrap_or("/sign-in").to_owned();
    let ticket = fields.get("ticket").map(Secret::new);
    let user = match &ticket {
        Some(handle) => ticket_holder(&call, handle).await?,
        None => session::find(&call).await?,
    };
    let Some(user) = user else {
        return Ok(interact::error(&call, &Refusal::stale_page()));
    };
    let new = Secret::new(fields.get("new").unwrap_or_default());
    let again = async |wrong: &str| Ok(page(&call, &user, ticket.as_ref(), &text, Some(wrong)).await);
    if fields.get("again") != Some(new.expose()) {
        return again("The two new passwords differ.").await;
    }
    if let Err(weak) = check_password(&new, &user.upn) {
        return again(&format!("{weak}.")).await;
    }
    if ticket.is_none() {
        let old = Secret::new(fields.get("old").unwrap_or_default());
        match people::check(&call, &user.upn, &old).await? {
            Ok(_) if old == new => return again("The new password is the old one.").await,
            Ok(_) => {}
            Err((refusal, _)) => return again(&refusal.text).await,
        }
    } else {
        let kept = call
            .control
            .store()
            .reader()
            .await?
            .users()
            .password(&user.id)
            .await?;
        if people::fits(&call, &new, kept.unwrap_or_default().digest).await == Some(true) {
            return again("The new password is the old one.").await;
        }
    }
    let Some(digest) = people::digest(&call, &new).await else {
        return again("The server is busy. Try again in a moment.").await;
    };
    let mut work = call.control.store().begin().await?;
    if let Some(handle) = &ticket {
        let taken = digest_handle(call.control.keyring(), KIND, handle);
        if !matches!(
            work.sign_ins().take_ticket(KIND, &taken, call.now).await?,
            Taken::Now(_)
        ) {
            return Ok(interact::error(&call, &Refusal::stale_page()));
        }
    }
    let grant = Granted::to_platform("changePassword");
    work.users()
        .set_password(&grant, &user.id, &digest, false, call.now)
        .await?;
    // Whoever knew the old password may hold tokens.
    work.sign_ins().end_all(&user.id).await?;
    record::change(&mut work, &call, &user.id, "changePassword").await?;
    work.save().await?;
    let user = User {
        must_change: false,
        ..user
    };
    interact::signed_in(&call, &user, &text, "page").await
}

async fn ticket_holder(call: &Call, handle: &Secret) -> Result<Option<User>, Problem> {
    let digest = digest_handle(call.control.keyring(), KIND, handle);
    let mut reader = call.control.store().reader().await?;
    match reader.sign_ins().look_at_ticket(KIND, &digest, call.now).await? {
        Taken::Now(ticket) => Ok(reader
            .users()
            .find(&ticket.principal)
            .await?
            .filter(|user| user.enabled)),
        _ => Ok(None),
    }
}
