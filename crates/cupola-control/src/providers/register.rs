//! `POST /subscriptions/{subscription}/providers/{namespace}/register` and `…/unregister`: the state is kept and shown;
//! nothing depends on it.

use super::get::unknown;
use super::{fact, read};
use crate::dispatch::{Call, Reply};
use crate::kinds::require_subscription;
use crate::{answer, audit};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use serde_json::json;

pub(super) async fn register(call: Call, grant: Granted) -> Result<Reply, Problem> {
    set(call, grant, "Registered").await
}

pub(super) async fn unregister(call: Call, grant: Granted) -> Result<Reply, Problem> {
    set(call, grant, "Unregistered").await
}

async fn set(call: Call, grant: Granted, state: &str) -> Result<Reply, Problem> {
    let namespace = call.param("namespace");
    let mut reader = call.control.store().reader().await?;
    let subscription = require_subscription(reader.resources(), call.param("subscription")).await?;
    let mut found = read(&mut reader, subscription.id.name(), namespace)
        .await?
        .ok_or_else(|| unknown(namespace))?;
    drop(reader);
    if found["registrationState"] != state {
        let mut work = call.control.store().begin().await?;
        work.access()
            .set_fact(&fact(subscription.id.name(), namespace), state)
            .await?;
        audit::change(
            &mut work,
            &call,
            &grant,
            "Succeeded",
            json!({"registrationState": state}),
        )
        .await?;
        work.save().await?;
        found["registrationState"] = state.into();
    }
    Ok(answer::ok(&found))
}
