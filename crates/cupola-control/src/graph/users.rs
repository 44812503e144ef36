//! `/v1.0/users`: people. A password comes in with a user and never goes out again.

use super::{filter, guard, objects, page, problem};
use crate::dispatch::{Call, Caller, Reply};
use crate::json::Document;
use crate::{answer, audit, sign_in};
use cupola_core::name::printable;
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem, Secret};
use cupola_identity::check_password;
use cupola_store::UnitOfWork;
use cupola_store::users::User;
use http::StatusCode;
use serde_json::json;

const NAME_CHARS_MAX: usize = 256;

pub(super) async fn list(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let conditions = filter::read(call.query.get("$filter").unwrap_or_default())?;
    let mut reader = call.control.store().reader().await?;
    let exact = ["userPrincipalName", "id"]
        .iter()
        .find_map(|name| filter::wanted(&conditions, name));
    if let Some(exact) = exact {
        let found = reader.users().find(exact).await?;
        let value = found
            .iter()
            .map(objects::user)
            .filter(|one| filter::fits(&conditions, one));
        return Ok(page::reply(&call, "users", value.collect(), None));
    }
    let (top, mut after, mut value, mut looked_at) = (page::top(&call), page::after(&call), Vec::new(), 0);
    let next = 'pages: loop {
        let found = reader.users().list(&after, 200).await?;
        let last = found.len() < 200;
        for user in found {
            let shown = objects::user(&user);
            after = user.upn;
            if filter::fits(&conditions, &shown) {
                value.push(shown);
            }
            looked_at += 1;
            if value.len() == top || looked_at == page::LOOKED_AT_MAX {
                break 'pages Some(after);
            }
        }
        if last {
            break None;
        }
    };
    Ok(page::reply(&call, "users", value, next.as_deref()))
}

pub(super) async fn get(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let found = reader.users().find(call.param("id")).await?;
    let user = found.ok_or_else(|| problem::not_found(call.param("id")))?;
    Ok(answer::ok(&page::one(&call, "users", objects::user(&user))))
}

pub(super) async fn create(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let body = call.json()?;
    let upn = body.required("userPrincipalName", "a name such as ann@example.com")?;
    refuse_odd_names(upn)?;
    let password = body.required("passwordProfile.password", "the first password of the user")?;
    let password = Secret::new(password);
    refuse_weak(&password, upn)?;
    let must_change = body
        .truth("passwordProfile.forceChangePasswordNextSignIn")?
        .unwrap_or(true);
    let user = User {
        id: call.new_id(),
        upn: upn.to_owned(),
        display_name: name(&body)?.unwrap_or_else(|| upn.to_owned()),
        mail: mail(&body)?,
        enabled: body.truth("accountEnabled")?.unwrap_or(true),
        must_change,
        external: None,
        created_at: call.now,
    };
    let digest = digest(&call, &password).await?;
    let mut work = call.control.store().begin().await?;
    if !work.users().put(&grant, &user).await? {
        return Err(problem::taken(
            format!(
                "Another object with the same value for property userPrincipalName already exists: '{}'.",
                printable(upn)
            ),
            "userPrincipalName",
        ));
    }
    work.users()
        .set_password(&grant, &user.id, &digest, must_change, call.now)
        .await?;
    let shown = objects::user(&user);
    audit::change(&mut work, &call, &grant, "Succeeded", json!({"after": shown})).await?;
    work.save().await?;
    Ok(cupola_edge::json(
        StatusCode::CREATED,
        &page::one(&call, "users", shown),
    ))
}

pub(super) async fn update(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let body = call.json()?;
    let password = body.text("passwordProfile.password")?.map(Secret::new);
    let upn = body.text("userPrincipalName")?;
    if let Some(upn) = upn {
        refuse_odd_names(upn)?;
    }
    let digest = match &password {
        Some(password) => {
            let mut reader = call.control.store().reader().await?;
            let found = reader.users().find(call.param("id")).await?;
            drop(reader);
            let known = found.ok_or_else(|| problem::not_found(call.param("id")))?.upn;
            refuse_weak(password, upn.unwrap_or(&known))?;
            Some(digest(&call, password).await?)
        }
        None => None,
    };
    // Making a digest takes a while, so what the user is now is read after it: nothing that changed meanwhile is undone.
    let mut work = call.control.store().begin().await?;
    let before = work.users().find(call.param("id")).await?;
    let before = before.ok_or_else(|| problem::not_found(call.param("id")))?;
    let mut user = before.clone();
    user.display_name = name(&body)?.unwrap_or(user.display_name);
    user.enabled = body.truth("accountEnabled")?.unwrap_or(user.enabled);
    user.mail = mail(&body)?.or(user.mail);
    user.upn = upn.map_or(user.upn, str::to_owned);
    user.must_change = body
        .truth("passwordProfile.forceChangePasswordNextSignIn")?
        .unwrap_or(user.must_change || password.is_some());
    if digest.is_some() || user.upn != before.upn || (user.enabled && !before.enabled) {
        guard::may_become(&mut work, &grant, &user.id).await?;
    } else if user.enabled != before.enabled || user.must_change != before.must_change {
        guard::may_hinder(&mut work, &grant, &user.id).await?;
    }
    if !user.enabled {
        refuse_the_last_owner(&mut work, &user.id).await?;
    }
    if !work.users().put(&grant, &user).await? {
        return Err(problem::taken(
            "Another object with the same value for property userPrincipalName already exists.",
            "userPrincipalName",
        ));
    }
    if let Some(digest) = &digest {
        work.users()
            .set_password(&grant, &user.id, digest, user.must_change, call.now)
            .await?;
    }
    // Whoever knew the old password may hold sessions and tokens, and so may whoever is shut out.
    if digest.is_some() || !user.enabled {
        work.sign_ins().end_all(&user.id).await?;
    }
    let detail = json!({
        "before": objects::user(&before), "after": objects::user(&user), "newPassword": digest.is_some(),
    });
    audit::change(&mut work, &call, &grant, "Succeeded", detail).await?;
    work.save().await?;
    Ok(answer::bare(StatusCode::NO_CONTENT))
}

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    let found = work.users().find(call.param("id")).await?;
    let user = found.ok_or_else(|| problem::not_found(call.param("id")))?;
    guard::take_everything(&mut work, &grant, &user.id).await?;
    work.users().delete(&grant, &user.id).await?;
    let detail = json!({"before": objects::user(&user)});
    audit::change(&mut work, &call, &grant, "Succeeded", detail).await?;
    work.save().await?;
    Ok(answer::bare(StatusCode::NO_CONTENT))
}

async fn refuse_the_last_owner(work: &mut UnitOfWork, principal: &str) -> Result<(), Problem> {
    for held in work.access().held(principal).await? {
        crate::role_assignments::refuse_the_last_owner(work, &held.assignment).await?;
    }
    Ok(())
}

fn name(body: &Document) -> Result<Option<String>, Problem> {
    match body.text("displayName")? {
        Some(name) if name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) => {
            Err(problem::bad(
                format!(
                    "The field displayName must be at most {NAME_CHARS_MAX} characters without control characters."
                ),
                "displayName",
            ))
        }
        name => Ok(name.filter(|name| !name.is_empty()).map(str::to_owned)),
    }
}

// A name at a domain: people type it, so it has nothing in it that cannot be seen.
fn refuse_odd_names(upn: &str) -> Result<(), Problem> {
    let fits = upn.len() <= 256
        && upn.split_once('@').is_some_and(|(name, domain)| {
            let word = |text: &str| {
                !text.is_empty()
                    && text
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || "._-'!#^~+".contains(c))
            };
            word(name) && word(domain)
        });
    if fits {
        return Ok(());
    }
    Err(problem::bad(
        format!(
            "Property userPrincipalName is invalid: '{}' must be NAME@DOMAIN, of letters, digits and ._-'!#^~+.",
            printable(upn)
        ),
        "userPrincipalName",
    ))
}

fn refuse_weak(password: &Secret, upn: &str) -> Result<(), Problem> {
    check_password(password, upn).map_err(|weak| {
        problem::bad(
            format!("The specified password does not comply with password complexity requirements. {weak}."),
            "passwordProfile.password",
        )
    })
}

fn mail(body: &Document) -> Result<Option<String>, Problem> {
    match body.text("mail")? {
        Some(mail) if mail.len() > NAME_CHARS_MAX || mail.chars().any(char::is_control) => Err(problem::bad(
            format!("The field mail must be at most {NAME_CHARS_MAX} bytes without control characters."),
            "mail",
        )),
        mail => Ok(mail.map(str::to_owned)),
    }
}

// As many at a time as sign-in checks: each takes a core and much memory for a while.
async fn digest(call: &Call, password: &Secret) -> Result<String, Problem> {
    sign_in::digest(call, password).await.ok_or_else(|| {
        Problem::new(
            Code::ServiceUnavailable,
            "Too many passwords are being checked. Try again in a moment.",
        )
    })
}
