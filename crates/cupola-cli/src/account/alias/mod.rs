//! `cupola account alias`: names under which subscriptions are made, once, however often they are asked for.

pub(super) mod create;
mod delete;
mod list;
mod show;

use crate::arm::{Arm, version};
use crate::output::table::Column;
use crate::transport::segment;
use crate::verbs::{columns, verbs};

verbs! {
    /// Create a subscription under an alias, or give an alias to one that is there.
    Create(create::Create),
    /// List aliases.
    List(list::List),
    /// Show an alias and the subscription behind it.
    Show(show::Show),
    /// Delete an alias; its subscription stays.
    Delete(delete::Delete),
}

const COLUMNS: &[Column] = columns! {
    "Name" => "/name",
    "SubscriptionId" => "/properties/subscriptionId",
    "DisplayName" => "/properties/displayName",
    "BillingCountry" => "/properties/billingCountry",
    "State" => "/properties/provisioningState",
};

fn url(arm: &Arm, name: &str) -> String {
    let path = format!("/providers/Microsoft.Subscription/aliases/{}", segment(name));
    arm.url(&path, version::ALIASES)
}
