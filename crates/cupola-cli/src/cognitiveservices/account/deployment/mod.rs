//! `cupola cognitiveservices account deployment`.

mod create;
mod delete;
mod list;
mod show;

use clap::Args;

use super::Named;
use crate::arm::Arm;
use crate::failure::Failure;
use crate::output::table::Column;
use crate::session::Session;
use crate::transport::segment;
use crate::verbs::{columns, verbs};

verbs! {
    /// Deploy a model, or change a deployment.
    Create(create::Create),
    /// List the deployments of an account.
    List(list::List),
    /// Show a deployment: its model and its limits.
    Show(show::Show),
    /// Delete a deployment.
    Delete(delete::Delete),
}

const COLUMNS: &[Column] = columns! {
    "Name" => "/name",
    "Format" => "/properties/model/format",
    "Model" => "/properties/model/name",
    "Version" => "/properties/model/version",
    "Sku" => "/sku/name",
    "Capacity" => "/sku/capacity",
    "State" => "/properties/provisioningState",
};

/// The flags that name a deployment; the name beside it is the account's.
#[derive(Debug, Clone, Args)]
struct Deployed {
    #[command(flatten)]
    account: Named,
    /// Name of the deployment.
    #[arg(long)]
    deployment_name: String,
}

impl Deployed {
    fn url(&self, session: &Session, arm: &Arm) -> Result<String, Failure> {
        let below = format!("/deployments/{}", segment(&self.deployment_name));
        self.account.url(session, arm, &below)
    }

    fn list(&self) -> String {
        format!(
            "cupola cognitiveservices account deployment list -n {} -o table",
            self.account.name
        )
    }
}
