//! The audit record: every change in the unit of work that makes it, every refusal by itself.

use crate::answer::Exchange;
use crate::control::Control;
use crate::dispatch::Call;
use cupola_core::Code;
use cupola_core::rbac::Granted;
use cupola_store::audit::Entry;
use cupola_store::{StoreError, UnitOfWork};
use serde_json::{Value, json};

/// Records a change. `detail` has no secrets.
pub(crate) async fn change(
    work: &mut UnitOfWork,
    call: &Call,
    grant: &Granted,
    outcome: &str,
    detail: Value,
) -> Result<(), StoreError> {
    let entry = Entry {
        at: call.now,
        principal: grant.principal().id.clone(),
        action: grant.action().to_owned(),
        scope: grant.scope().to_owned(),
        outcome: outcome.to_owned(),
        correlation: call.correlation.clone(),
        detail,
    };
    work.audit().add(&entry).await
}

/// Records that somebody known was refused. The refusal stands whether or not it could be recorded.
pub(crate) async fn refusal(
    control: &Control,
    exchange: &Exchange,
    principal: &str,
    action: &str,
    scope: &str,
    code: Code,
) {
    refused(
        control,
        &exchange.correlation,
        principal,
        action,
        scope,
        code.as_str(),
    )
    .await;
}

/// The same, for refusals with codes of their own, such as those of sign-in.
pub(crate) async fn refused(
    control: &Control,
    correlation: &str,
    principal: &str,
    action: &str,
    scope: &str,
    outcome: &str,
) {
    let entry = Entry {
        at: control.now(),
        principal: principal.to_owned(),
        action: action.to_owned(),
        scope: scope.to_owned(),
        outcome: outcome.to_owned(),
        correlation: correlation.to_owned(),
        detail: json!({}),
    };
    let added = async {
        let mut work = control.store().begin().await?;
        work.audit().add(&entry).await?;
        work.save().await
    };
    if let Err(error) = added.await {
        tracing::error!(error = %error, principal, action, scope, "a refusal could not be recorded");
    }
}
