//! Invitations: a link that is good once, with which a person chooses a password. The first one makes the first
//! administrator; later ones are for users that an administrator made.
//!
//! The token stands behind `#` in the link, so that no log and no other server ever sees it.

use super::interact;
use super::pages::{Field, Page, complaint, form, password_field};
use super::people;
use super::proof::after;
use super::record;
use super::refusal::Refusal;
use super::session;
use crate::control::ControlDeps;
use crate::dispatch::{Call, Query, Reply};
use crate::graph::guard;
use crate::roles::OWNER;
use crate::{answer, audit};
use cupola_core::rbac::{Granted, RoleAssignment};
use cupola_core::{Code, Problem, Secret, chance, name::printable};
use cupola_identity::{check_password, digest_handle, new_handle};
use cupola_store::sign_ins::{Taken, Ticket};
use cupola_store::users::User;
use cupola_store::{StoreError, UnitOfWork};
use http::StatusCode;
use serde_json::json;

const KIND: &str = "invitation";
const LIFE_S: i64 = 24 * 3600;
const WAITING_MAX: u64 = 10_000;
const TEXT_CHARS_MAX: usize = 256;

/// The page that takes invitations; the token follows behind `#`.
pub(crate) const PAGE: &str = "/sign-in/invite";

/// An invitation for whoever is to be the first administrator.
pub(crate) async fn first(deps: &ControlDeps, work: &mut UnitOfWork) -> Result<Secret, StoreError> {
    let handle = new_handle(&*deps.entropy);
    let ticket = Ticket {
        kind: KIND,
        digest: digest_handle(&deps.keyring, KIND, &handle),
        principal: String::new(),
        document: json!({"owner": true}),
        expires_at: after(deps.clock.now(), LIFE_S),
    };
    work.sign_ins().add_ticket(&ticket).await?;
    Ok(handle)
}

/// `POST /v1.0/invitations`: makes the user where there is none yet, and the link. Roles are assigned by themselves, so that
/// whoever invites gives away nothing else.
pub(super) async fn create(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let body = call.json()?;
    let rule = "the userPrincipalName of the person, such as ann@example.com";
    let upn = body.required("invitedUserEmailAddress", rule)?.to_owned();
    check_upn(&upn, "invitedUserEmailAddress")?;
    let name = body.text("invitedUserDisplayName")?.unwrap_or(&upn).to_owned();
    refuse_odd(&name, "invitedUserDisplayName")?;
    let mail = body.text("mail")?.unwrap_or(&upn).to_owned();
    refuse_odd(&mail, "mail")?;
    let mut work = call.control.store().begin().await?;
    if work.sign_ins().count_tickets(KIND, call.now).await? >= WAITING_MAX {
        let text = "Too many invitations are open. They expire after 24 hours.";
        return Err(Problem::new(Code::Conflict, text));
    }
    let found = work.users().find(&upn).await?;
    if let Some(user) = &found
        && let Some(state) = work.users().password(&user.id).await?
        && (state.digest.is_some() || user.external.is_some())
    {
        return Err(Problem::new(
            Code::Conflict,
            format!(
                "The user '{}' signs in already. Set a new password instead, or delete the user first.",
                printable(&upn)
            ),
        ));
    }
    let user = match found {
        // Whoever has the link becomes the user.
        Some(user) => {
            guard::may_become(&mut work, &grant, &user.id).await?;
            user
        }
        None => {
            let user = User {
                id: call.new_id(),
                upn: upn.clone(),
                display_name: name,
                mail: Some(mail),
                enabled: true,
                must_change: false,
                external: None,
                created_at: call.now,
            };
            work.users().put(&grant, &user).await?;
            user
        }
    };
    let handle = new_handle(call.control.entropy());
    let ticket = Ticket {
        kind: KIND,
        digest: digest_handle(call.control.keyring(), KIND, &handle),
        principal: user.id.clone(),
        document: json!({"by": grant.principal().id}),
        expires_at: after(call.now, LIFE_S),
    };
    work.sign_ins().add_ticket(&ticket).await?;
    let detail = json!({"user": user.id, "userPrincipalName": user.upn});
    audit::change(&mut work, &call, &grant, "Succeeded", detail).await?;
    work.save().await?;
    let mut reply = cupola_edge::json(
        StatusCode::CREATED,
        &json!({
            "id": call.new_id(),
            "inviteRedeemUrl": format!("{}{PAGE}#{}", call.origin, handle.expose()),
            "invitedUserDisplayName": user.display_name,
            "invitedUserEmailAddress": user.upn,
            "invitedUser": {"id": user.id, "userPrincipalName": user.upn},
            "expirationDateTime": cupola_core::time::iso8601(ticket.expires_at),
            "sendInvitationMessage": false,
            "status": "PendingAcceptance",
        }),
    );
    answer::set(&mut reply, "cache-control", "no-store");
    Ok(reply)
}

fn is_odd(text: &str) -> bool {
    text.chars().any(char::is_control) || text.chars().count() > TEXT_CHARS_MAX
}

fn refuse_odd(text: &str, field: &str) -> Result<(), Problem> {
    if is_odd(text) {
        let rule = format!("The field {field} may have at most 256 characters and no control characters.");
        return Err(Problem::new(Code::InvalidRequestContent, rule).target(field));
    }
    Ok(())
}

/// Is it text that can be a userPrincipalName?
pub(crate) fn check_upn(upn: &str, field: &str) -> Result<(), Problem> {
    if is_upn(upn) {
        return Ok(());
    }
    Err(Problem::new(
        Code::InvalidRequestContent,
        format!(
            "The value '{}' of {field} is not a userPrincipalName: write NAME@DOMAIN with letters, digits and . _ - + ', at \
             most 113 characters.",
            printable(upn)
        ),
    )
    .target(field))
}

/// The same as a question.
pub(super) fn is_upn(upn: &str) -> bool {
    let part = |text: &str, more: &[u8]| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
    };
    upn.len() <= 113
        && upn
            .split_once('@')
            .is_some_and(|(name, domain)| part(name, b"._-+'#") && part(domain, b".-"))
}

/// `GET /sign-in/invite`
pub(super) async fn get(call: Call) -> Result<Reply, Problem> {
    Ok(page(&call, "", "", "", None))
}

fn page(call: &Call, token: &str, name: &str, shown: &str, wrong: Option<&str>) -> Reply {
    let (form_token, cookie) = session::form_token(call);
    let invitation = Field {
        name: "invitation",
        label: "Invitation (what follows # in the link)",
        kind: "text",
        complete: "off",
        value: token,
        focus: token.is_empty(),
    };
    let user_name = Field {
        name: "username",
        label: "User name, such as ann@example.com",
        kind: "text",
        complete: "username",
        value: name,
        focus: false,
    };
    let display_name = Field {
        name: "displayname",
        label: "Your name",
        kind: "text",
        complete: "name",
        value: shown,
        focus: false,
    };
    let inside = format!(
        "{}{}{}{}{}<button>Accept</button>",
        invitation.html(),
        user_name.html(),
        display_name.html(),
        password_field("new", "Password (12 characters or more)", "new-password"),
        password_field("again", "The password again", "new-password")
    );
    let body = format!(
        "<p class=\"soft\">Choose how you sign in from now on.</p>{}{}",
        complaint(wrong),
        form(PAGE, &form_token, &[], &inside)
    );
    // The part behind # never leaves the browser by itself; the form carries it once, and it is taken out of the address.
    Page::new("Accept the invitation", body)
        .script(
            "if(location.hash.length>1){document.getElementById('invitation').value=location.hash.slice(1);\
             history.replaceState(null,'',location.pathname);document.getElementById('username').focus()}",
        )
        .cookie(cookie)
        .reply(call)
}

/// `POST /sign-in/invite`
pub(super) async fn post(call: Call) -> Result<Reply, Problem> {
    let fields = Query::parse(&String::from_utf8_lossy(&call.body));
    if !session::is_our_form(&call, fields.get("form_token")) {
        return Ok(interact::error(&call, &Refusal::stale_page()));
    }
    let memory = call.control.sign_in();
    if memory.is_blocked(&call.trace.address, call.now) {
        return Ok(interact::error(&call, &Refusal::locked()));
    }
    let field = |name: &str| fields.get(name).unwrap_or_default().trim();
    let (token, name, shown) = (field("invitation"), field("username"), field("displayname"));
    let digest = digest_handle(call.control.keyring(), KIND, &Secret::new(token));
    let mut reader = call.control.store().reader().await?;
    let Taken::Now(ticket) = reader.sign_ins().look_at_ticket(KIND, &digest, call.now).await? else {
        memory.failed(&call.trace.address, call.now);
        return Ok(interact::error(&call, &Refusal::bad_invitation()));
    };
    let invited = reader.users().find(&ticket.principal).await?;
    drop(reader);
    let again = |wrong: &str| Ok(page(&call, token, name, shown, Some(wrong)));
    if !is_upn(name) {
        return again("A user name is NAME@DOMAIN, such as ann@example.com.");
    }
    if let Some(invited) = &invited
        && !invited.upn.eq_ignore_ascii_case(name)
    {
        return again("The invitation is for another user name. Ask who invited you.");
    }
    if is_odd(shown) {
        return again("The name may have at most 256 characters and no control characters.");
    }
    let password = Secret::new(fields.get("new").unwrap_or_default());
    if fields.get("again") != Some(password.expose()) {
        return again("The two passwords differ.");
    }
    if let Err(weak) = check_password(&password, name) {
        return again(&format!("{weak}."));
    }
    let Some(password) = people::digest(&call, &password).await else {
        return again("The server is busy. Try again in a moment.");
    };
    let user = User {
        id: invited
            .as_ref()
            .map_or_else(|| call.new_id(), |user| user.id.clone()),
        upn: invited
            .as_ref()
            .map_or_else(|| name.to_owned(), |user| user.upn.clone()),
        display_name: if shown.is_empty() { name } else { shown }.to_owned(),
        mail: invited.as_ref().and_then(|user| user.mail.clone()),
        enabled: invited.as_ref().is_none_or(|user| user.enabled),
        must_change: false,
        external: None,
        created_at: invited.as_ref().map_or(call.now, |user| user.created_at),
    };
    match accept(&call, &digest, &user, &password).await? {
        Accepted::Yes => interact::signed_in(&call, &user, interact::PORTAL, "invitation").await,
        Accepted::NameTaken => again("This user name is somebody else's. Choose another one."),
        Accepted::TooLate => Ok(interact::error(&call, &Refusal::bad_invitation())),
    }
}

enum Accepted {
    Yes,
    NameTaken,
    TooLate,
}

async fn accept(call: &Call, digest: &str, user: &User, password: &str) -> Result<Accepted, Problem> {
    let grant = Granted::to_platform("acceptInvitation");
    let mut work = call.control.store().begin().await?;
    let Taken::Now(ticket) = work.sign_ins().take_ticket(KIND, digest, call.now).await? else {
        return Ok(Accepted::TooLate);
    };
    let mut user = user.clone();
    if !ticket.principal.is_empty() {
        // An administrator may have deleted, disabled or renamed the user since, or set a password.
        let Some(now) = work.users().find(&ticket.principal).await? else {
            return Ok(Accepted::TooLate);
        };
        let has_password = work.users().password(&now.id).await?;
        if has_password.is_some_and(|state| state.digest.is_some()) || !now.enabled || now.upn != user.upn {
            return Ok(Accepted::TooLate);
        }
        user.mail = now.mail;
        // A person who is invited twice has two links; the one that was not used is not to be used by whoever finds it.
        work.sign_ins().end_all(&user.id).await?;
    }
    if !work.users().put(&grant, &user).await? {
        return Ok(Accepted::NameTaken);
    }
    work.users()
        .set_password(&grant, &user.id, password, false, call.now)
        .await?;
    if ticket.document["owner"] == true {
        let owner = RoleAssignment {
            id: chance::uuid(call.control.entropy()),
            scope: "/".to_owned(),
            role: OWNER.to_owned(),
            principal: user.id.clone(),
            principal_type: "User".to_owned(),
            created_at: call.now,
        };
        work.access().assign(&grant, &owner).await?;
    }
    record::change(&mut work, call, &user.id, "acceptInvitation").await?;
    work.save().await?;
    Ok(Accepted::Yes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names_have_a_shape() {
        for good in ["ann@example.com", "a.b-c_d+e@x", "guest#EXT#@x.test"] {
            assert!(is_upn(good), "{good}");
        }
        for bad in [
            "", "ann", "@x", "ann@", "a b@x", "a@x@y", "a@x/y", "<a>@x", "a\u{0}@x", "ä@x",
        ] {
            assert!(!is_upn(bad), "{bad}");
        }
    }
}
