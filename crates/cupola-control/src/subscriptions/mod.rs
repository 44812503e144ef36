//! Subscriptions and the regions that they may use.

mod aliases;
mod get;
mod lifecycle;
mod list;
mod locations;

use crate::control::Control;
use crate::dispatch::{Route, action, list, route, signed_in};
use cupola_store::Resource;
use serde_json::{Value, json};

const ALIASES: &str = "/providers/Microsoft.Subscription/aliases";
const ALIAS: &str = "/providers/Microsoft.Subscription/aliases/{alias}";

pub(crate) const ROUTES: &[Route] = &[
    route(
        "GET",
        ALIASES,
        list!("Microsoft.Subscription/aliases/read", aliases::list),
    ),
    route(
        "GET",
        ALIAS,
        action!("Microsoft.Subscription/aliases/read", aliases::get),
    ),
    route(
        "PUT",
        ALIAS,
        action!("Microsoft.Subscription/aliases/write", aliases::put),
    ),
    route(
        "DELETE",
        ALIAS,
        action!("Microsoft.Subscription/aliases/delete", aliases::delete),
    ),
    route(
        "POST",
        "/subscriptions/{subscription}/providers/Microsoft.Subscription/rename",
        action!("Microsoft.Subscription/rename/action", lifecycle::rename),
    ),
    route(
        "POST",
        "/subscriptions/{subscription}/providers/Microsoft.Subscription/cancel",
        action!("Microsoft.Subscription/cancel/action", lifecycle::cancel),
    ),
    route(
        "POST",
        "/subscriptions/{subscription}/providers/Microsoft.Subscription/enable",
        action!("Microsoft.Subscription/enable/action", lifecycle::enable),
    ),
    route("GET", "/subscriptions", signed_in!(list::list)),
    route(
        "GET",
        "/subscriptions/{subscription}",
        action!("Microsoft.Resources/subscriptions/read", get::get),
    ),
    route(
        "GET",
        "/subscriptions/{subscription}/locations",
        list!(
            "Microsoft.Resources/subscriptions/locations/read",
            locations::list
        ),
    ),
];

/// A subscription as clients read it; it has no envelope.
fn shown(control: &Control, subscription: &Resource) -> Value {
    let property = |name: &str| subscription.properties.get(name).cloned().unwrap_or_default();
    json!({
        "id": subscription.id.to_string(),
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": subscription.id.name(),
        "tenantId": subscription.properties["tenantId"].as_str().unwrap_or(control.tenant()),
        "displayName": property("displayName"),
        "state": property("state"),
        "billingCountry": property("billingCountry"),
        "tags": subscription.tags,
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    })
}
