//! `cupola account`: subscriptions, as `az account` shows them.

mod alias;
mod get_access_token;
mod list;
mod list_locations;
mod set;
mod show;
mod subscription;

use serde_json::{Value, json};

use crate::arm::{Arm, version};
use crate::failure::Failure;
use crate::output::table::{Column, cell};
use crate::verbs::{columns, verbs};

verbs! {
    /// Show the subscription in use, and who uses it.
    Show(show::Show),
    /// List the subscriptions that you can see.
    List(list::List),
    /// Choose the subscription of the next commands.
    Set(set::Set),
    /// Print a token for the server.
    GetAccessToken(get_access_token::GetAccessToken),
    /// List the regions of the subscription.
    ListLocations(list_locations::ListLocations),
    /// Create a subscription, with the country of its bill.
    Create(alias::create::Create),
    /// Aliases under which subscriptions were made.
    #[command(subcommand)]
    Alias(alias::Command),
    /// Rename, disable, enable subscriptions.
    #[command(subcommand)]
    Subscription(subscription::Command),
}

const COLUMNS: &[Column] = columns! {
    "Name" => "/name",
    "CloudName" => "/environmentName",
    "SubscriptionId" => "/id",
    "TenantId" => "/tenantId",
    "State" => "/state",
    "IsDefault" => "/isDefault",
};

/// A subscription as `az` keeps it.
fn described(arm: &Arm, subscription: &Value) -> Value {
    let id = cell(&subscription["subscriptionId"]);
    json!({
        "environmentName": "Cupola",
        "homeTenantId": subscription["tenantId"],
        "id": id,
        "isDefault": id.eq_ignore_ascii_case(&arm.settings.subscription),
        "managedByTenants": subscription.get("managedByTenants").cloned().unwrap_or_else(|| json!([])),
        "name": subscription["displayName"],
        "state": subscription["state"],
        "tenantId": subscription["tenantId"],
        "user": {"name": arm.settings.client_id, "type": "servicePrincipal"},
    })
}

/// The subscription of that name or id, among those that the caller can see.
pub(crate) async fn find(arm: &Arm, wanted: &str) -> Result<Value, Failure> {
    let all = arm
        .list(&arm.url("/subscriptions", version::SUBSCRIPTIONS))
        .await?;
    let is = |found: &&Value, key: &str| {
        found[key]
            .as_str()
            .is_some_and(|text| text.eq_ignore_ascii_case(wanted))
    };
    let found = all
        .iter()
        .find(|one| is(one, "subscriptionId"))
        .or_else(|| all.iter().find(|one| is(one, "displayName")));
    found.cloned().ok_or_else(|| {
        Failure::new(format!(
            "The subscription of '{wanted}' doesn't exist here, or you cannot see it."
        ))
        .hint("cupola account list -o table")
    })
}
