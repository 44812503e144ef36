//! `addPassword` and `removePassword` of an application or its service principal: secrets, shown once.

use super::{guard, objects, problem};
use crate::dispatch::{Call, Reply};
use crate::{answer, audit};
use cupola_core::name::printable;
use cupola_core::rbac::Granted;
use cupola_core::{Problem, Timestamp};
use cupola_identity::{digest_secret, new_secret};
use cupola_store::UnitOfWork;
use cupola_store::access::StoredSecret;
use http::StatusCode;
use serde_json::json;

const PROOFS_MAX: usize = 100;
const LIFETIME_DAYS: i64 = 730;

pub(super) async fn add(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let body = if call.body.is_empty() {
        None
    } else {
        Some(call.json()?)
    };
    let text = |path: &str| match &body {
        Some(body) => body.text(path),
        None => Ok(None),
    };
    let name = text("passwordCredential.displayName")?.map(printable);
    let instant = |path: &str| -> Result<Option<Timestamp>, Problem> {
        text(path)?
            .map(|text| {
                text.parse().map_err(|_| {
                    problem::bad(
                        format!("The field {path} must be an instant such as 2027-11-21T08:00:00Z."),
                        path,
                    )
                })
            })
            .transpose()
    };
    let starts_at = instant("passwordCredential.startDateTime")?.unwrap_or(call.now);
    let by_default = Timestamp::from_second(call.now.as_second() + LIFETIME_DAYS * 86_400);
    let expires_at = match instant("passwordCredential.endDateTime")? {
        Some(at) => at,
        None => by_default.unwrap_or(Timestamp::MAX),
    };
    if expires_at <= starts_at || expires_at <= call.now {
        return Err(problem::bad(
            "The field passwordCredential.endDateTime must be in the future and after the start.",
            "passwordCredential.endDateTime",
        ));
    }
    let mut work = call.control.store().begin().await?;
    let principal = principal(&mut work, &call).await?;
    guard::may_become(&mut work, &grant, &principal).await?;
    if work.access().secrets(&principal).await?.len() >= PROOFS_MAX {
        return Err(problem::bad(
            format!("There are {PROOFS_MAX} secrets already; remove some that are not used."),
            "passwordCredential",
        ));
    }
    let secret = new_secret(call.control.entropy());
    let stored = StoredSecret {
        id: call.new_id(),
        digest: digest_secret(call.control.keyring(), &secret),
        name,
        // Every secret begins the same, and what follows tells them apart without giving any away.
        hint: secret.expose().chars().take(7).collect(),
        starts_at: Some(starts_at),
        expires_at: Some(expires_at),
    };
    work.access().add_secret(&grant, &principal, &stored).await?;
    let detail = json!({"principal": principal, "keyId": stored.id, "after": objects::password(&stored)});
    audit::change(&mut work, &call, &grant, "Succeeded", detail).await?;
    work.save().await?;
    let mut shown = objects::password(&stored);
    shown["secretText"] = secret.expose().into();
    let mut reply = answer::ok(&shown);
    answer::set(&mut reply, "cache-control", "no-store");
    Ok(reply)
}

pub(super) async fn remove(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let body = call.json()?;
    let id = body.required("keyId", "the id of the secret")?;
    let mut work = call.control.store().begin().await?;
    let principal = principal(&mut work, &call).await?;
    guard::may_hinder(&mut work, &grant, &principal).await?;
    if !work.access().remove_secret(&grant, &principal, id).await? {
        return Err(problem::bad(
            format!("No password credential found with keyId {}.", printable(id)),
            "keyId",
        ));
    }
    let detail = json!({"principal": principal, "keyId": printable(id)});
    audit::change(&mut work, &call, &grant, "Succeeded", detail).await?;
    work.save().await?;
    Ok(answer::bare(StatusCode::NO_CONTENT))
}

// The application of the path; or a service principal that has none.
async fn principal(work: &mut UnitOfWork, call: &Call) -> Result<String, Problem> {
    let id = call.param("id");
    if let Some(app) = work.apps().find(id).await? {
        return Ok(app.principal_id);
    }
    match work.access().principal(id).await? {
        Some(principal) if principal.kind == "Application" => Ok(principal.id),
        _ => Err(problem::not_found(id)),
    }
}
