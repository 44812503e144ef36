//! `POST /subscriptions/{subscription}/providers/Microsoft.Subscription/{rename,cancel,enable}`

use super::aliases::display_name;
use crate::dispatch::{Call, DISABLED, Reply};
use crate::kinds::require_subscription;
use crate::{answer, audit};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use serde_json::{Value, json};

pub(super) async fn rename(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let name = display_name(
        call.json()?
            .required("subscriptionName", "the new name, for people")?,
    )?;
    change(&call, &grant, "displayName", name.into()).await
}

/// Nothing in the subscription changes any more; what is there can be read and deleted.
pub(super) async fn cancel(call: Call, grant: Granted) -> Result<Reply, Problem> {
    change(&call, &grant, "state", DISABLED.into()).await
}

pub(super) async fn enable(call: Call, grant: Granted) -> Result<Reply, Problem> {
    change(&call, &grant, "state", "Enabled".into()).await
}

async fn change(call: &Call, grant: &Granted, field: &str, value: Value) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    let mut subscription = require_subscription(work.resources(), call.param("subscription")).await?;
    let before = subscription.properties[field].clone();
    subscription.properties[field] = value.clone();
    subscription.etag = call.new_etag();
    subscription.modified = call.stamp(grant);
    work.resources().put(grant, &subscription).await?;
    audit::change(
        &mut work,
        call,
        grant,
        "Succeeded",
        json!({field: value, "before": before}),
    )
    .await?;
    work.save().await?;
    Ok(answer::ok(&json!({"subscriptionId": subscription.id.name()})))
}
