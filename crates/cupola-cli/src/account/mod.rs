//! `cupola account`: subscriptions, as `az account` shows them.

mod list;
mod show;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::arm::Arm;
use crate::failure::Failure;
use crate::output::Answer;
use crate::output::table::{Column, cell};
use crate::session::Session;

/// What can be done with subscriptions.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the subscription in use, and who uses it.
    Show(show::Show),
    /// List the subscriptions that you can see.
    List(list::List),
}

impl Command {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Show(show) => show.run(session).await,
            Self::List(list) => list.run(session).await,
        }
    }
}

const COLUMNS: &[Column] = &[
    Column {
        title: "Name",
        read: |row| cell(&row["name"]),
    },
    Column {
        title: "CloudName",
        read: |row| cell(&row["environmentName"]),
    },
    Column {
        title: "SubscriptionId",
        read: |row| cell(&row["id"]),
    },
    Column {
        title: "TenantId",
        read: |row| cell(&row["tenantId"]),
    },
    Column {
        title: "State",
        read: |row| cell(&row["state"]),
    },
    Column {
        title: "IsDefault",
        read: |row| cell(&row["isDefault"]),
    },
];

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
