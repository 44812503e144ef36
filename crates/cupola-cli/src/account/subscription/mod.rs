//! `cupola account subscription`: what becomes of a subscription.

mod cancel;
mod enable;
mod list;
mod rename;
mod show;

use clap::Args;
use http::Method;
use serde_json::Value;

use crate::arm::{Arm, version};
use crate::failure::Failure;
use crate::output::table::Column;
use crate::progress::Progress;
use crate::transport::segment;
use crate::verbs::{columns, verbs};

verbs! {
    /// List subscriptions as the server keeps them.
    List(list::List),
    /// Show a subscription as the server keeps it.
    Show(show::Show),
    /// Give a subscription another name.
    Rename(rename::Rename),
    /// Disable a subscription; what is in it stays.
    Cancel(cancel::Cancel),
    /// Enable a subscription again.
    Enable(enable::Enable),
}

const COLUMNS: &[Column] = columns! {
    "Name" => "/displayName",
    "SubscriptionId" => "/subscriptionId",
    "State" => "/state",
    "BillingCountry" => "/billingCountry",
};

/// Which subscription.
#[derive(Debug, Clone, Args)]
struct Which {
    /// Id of the subscription; default: the one in use.
    #[arg(long = "id", visible_alias = "subscription-id", value_name = "ID")]
    id: Option<String>,
}

impl Which {
    fn path(&self, arm: &Arm) -> String {
        match &self.id {
            Some(id) => format!("/subscriptions/{}", segment(id)),
            None => arm.subscription(),
        }
    }

    async fn act(&self, arm: &Arm, action: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let path = format!("{}/providers/Microsoft.Subscription/{action}", self.path(arm));
        let url = arm.url(&path, version::ALIASES);
        let done = arm.change(Method::POST, &url, body, &Progress::hidden()).await;
        let done = done.map_err(|failure| failure.hint_when_missing("cupola account list -o table"))?;
        Ok(done.unwrap_or_default())
    }
}
