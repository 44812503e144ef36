//! `GET /subscriptions/{subscription}/providers/{namespace}`

use super::{find, shown};
use crate::answer;
use crate::dispatch::{Call, Reply, View};
use crate::kinds::require_subscription;
use cupola_core::name::printable;
use cupola_core::{Code, Problem};

pub(super) async fn get(call: Call, _view: View) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let subscription = require_subscription(reader.resources(), call.param("subscription")).await?;
    let provider = find(call.param("namespace")).ok_or_else(|| unknown(call.param("namespace")))?;
    Ok(answer::ok(&shown(subscription.id.name(), provider)))
}

/// A namespace that this server has not.
pub(super) fn unknown(namespace: &str) -> Problem {
    Problem::new(
        Code::InvalidResourceNamespace,
        format!(
            "The resource provider '{}' is not one of this server's.",
            printable(namespace)
        ),
    )
}
