//! Sign-ins in the audit record: who, through which application, in which way, from where.

use super::refusal::Refusal;
use crate::dispatch::Call;
use cupola_store::audit::Entry;
use cupola_store::{StoreError, UnitOfWork};
use serde_json::{Value, json};

/// What the record calls it.
const ACTION: &str = "signIn";

// In ten minutes from one address.
const REFUSALS_MAX: u32 = 1000;

/// Who signs in, as far as it is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt<'a> {
    /// The object id; empty for a stranger.
    pub(super) principal: &'a str,
    /// The application id; empty for our own pages.
    pub(super) client: &'a str,
    /// Such as `client_credentials` or `page`.
    pub(super) way: &'a str,
}

/// Records a sign-in in the unit of work that it makes.
pub(super) async fn success(
    work: &mut UnitOfWork,
    call: &Call,
    attempt: Attempt<'_>,
) -> Result<(), StoreError> {
    work.audit()
        .add(&entry(call, attempt, "Succeeded", json!({})))
        .await
}

/// Records that somebody was refused. The refusal stands whether or not it could be recorded.
pub(super) async fn refused(call: &Call, attempt: Attempt<'_>, refusal: &Refusal) {
    // A device that waits is no refusal, and a server that is busy has better things to do.
    if ["authorization_pending", "slow_down", "temporarily_unavailable"].contains(&refusal.error) {
        return;
    }
    // Strangers may be refused as often as they like; the record keeps so many of them.
    if !call
        .control
        .sign_in()
        .spend("record", &call.trace.address, REFUSALS_MAX, call.now)
    {
        return;
    }
    let entry = entry(call, attempt, &refusal.code(), json!({"message": refusal.text}));
    let added = async {
        let mut work = call.control.store().begin().await?;
        work.audit().add(&entry).await?;
        work.save().await
    };
    if let Err(error) = added.await {
        tracing::error!(error = %error, "a refused sign-in could not be recorded");
    }
}

/// Records something else that people do about signing in, such as changing a password.
pub(super) async fn change(
    work: &mut UnitOfWork,
    call: &Call,
    principal: &str,
    action: &str,
) -> Result<(), StoreError> {
    let attempt = Attempt {
        principal,
        client: "",
        way: "page",
    };
    let mut entry = entry(call, attempt, "Succeeded", json!({}));
    action.clone_into(&mut entry.action);
    work.audit().add(&entry).await
}

fn entry(call: &Call, attempt: Attempt<'_>, outcome: &str, mut detail: Value) -> Entry {
    detail["application"] = attempt.client.into();
    detail["way"] = attempt.way.into();
    detail["from"] = call.trace.address.clone().into();
    Entry {
        at: call.now,
        principal: attempt.principal.to_owned(),
        action: ACTION.to_owned(),
        scope: "/".to_owned(),
        outcome: outcome.to_owned(),
        correlation: call.correlation.clone(),
        detail,
    }
}
