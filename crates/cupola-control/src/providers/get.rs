//! `GET /subscriptions/{subscription}/providers/{namespace}`

use super::read;
use crate::answer;
use crate::dispatch::{Call, Reply, View};
use crate::kinds::require_subscription;
use cupola_core::name::printable;
use cupola_core::{Code, Problem};

pub(super) async fn get(call: Call, _view: View) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let subscription = require_subscription(reader.resources(), call.param("subscription")).await?;
    let namespace = call.param("namespace");
    let found = read(&mut reader, subscription.id.name(), namespace).await?;
    Ok(answer::ok(&found.ok_or_else(|| unknown(namespace))?))
}

/// A namespace that this server has not.
pub(super) fn unknown(namespace: &str) -> Problem {
    Problem::new(
        Code::InvalidResourceNamespace,
        format!(
            "The resource namespace '{}' is invalid: no provider of this server has it and nothing of it is kept here. \
             Resources of any other type are kept as they are; give --api-version to create one.",
            printable(namespace)
        ),
    )
}
