//! A cancelled subscription can be read, emptied and enabled again; everything else in it is refused.

use super::Route;
use crate::control::Control;
use cupola_core::{Code, Problem, ResourceId};

/// The state in which nothing changes.
pub(crate) const DISABLED: &str = "Disabled";

/// Refuses a change in a subscription that is disabled. One look at one row, and only before a change.
pub(super) async fn refuse_while_disabled(
    control: &Control,
    route: &Route,
    scope: &str,
) -> Result<(), Problem> {
    let changes = matches!(route.method, "PUT" | "PATCH" | "POST");
    if !changes || route.path.contains("/providers/Microsoft.Subscription/") {
        return Ok(());
    }
    let Some(subscription) = ResourceId::parse(scope).and_then(|id| id.subscription) else {
        return Ok(());
    };
    let mut reader = control.store().reader().await?;
    let found = reader
        .resources()
        .find(&ResourceId::subscription(&subscription))
        .await?;
    if found.is_some_and(|subscription| subscription.properties["state"] == DISABLED) {
        return Err(Problem::new(
            Code::ReadOnlyDisabledSubscription,
            format!(
                "The subscription '{subscription}' is disabled and therefore marked as read only. Enable it with: POST \
                 /subscriptions/{subscription}/providers/Microsoft.Subscription/enable"
            ),
        ));
    }
    Ok(())
}
