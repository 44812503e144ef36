//! `cupola cognitiveservices account`.

mod create;
mod delete;
mod deployment;
mod keys;
mod list;
mod list_models;
mod purge;
mod show;
mod update;

use clap::Args;

use crate::arm::{Arm, version};
use crate::failure::Failure;
use crate::output::table::Column;
use crate::session::{GroupFlag, Session};
use crate::transport::segment;
use crate::verbs::{columns, verbs};

verbs! {
    /// Create an account, or replace it.
    Create(create::Create),
    /// List the accounts of a group, or of the subscription.
    List(list::List),
    /// Show an account: where it is and how it is.
    Show(show::Show),
    /// Change the tags, the domain or the kind of an account.
    Update(update::Update),
    /// Delete an account; for two days it can be brought back.
    Delete(delete::Delete),
    /// Delete for good what was deleted, and set its name free.
    Purge(purge::Purge),
    /// List what the account can deploy.
    ListModels(list_models::ListModels),
    /// The two keys of an account.
    #[command(subcommand)]
    Keys(keys::Command),
    /// The models that an account serves.
    #[command(subcommand)]
    Deployment(deployment::Command),
}

const LIST: &str = "cupola cognitiveservices account list -o table";

const COLUMNS: &[Column] = columns! {
    "Name" => "/name",
    "ResourceGroup" => "/resourceGroup",
    "Location" => "/location",
    "Kind" => "/kind",
    "State" => "/properties/provisioningState",
    "Endpoint" => "/properties/endpoint",
};

/// The flags that name an account.
#[derive(Debug, Clone, Args)]
struct Named {
    /// Name of the account.
    #[arg(short = 'n', long)]
    name: String,
    #[command(flatten)]
    group: GroupFlag,
}

impl Named {
    /// The URL of the account, or of what is below it: `/deployments/chat`.
    fn url(&self, session: &Session, arm: &Arm, below: &str) -> Result<String, Failure> {
        let accounts = accounts(arm, &session.group(&self.group, arm)?);
        let path = format!("{accounts}/{}{below}", segment(&self.name));
        Ok(arm.url(&path, version::COGNITIVE_SERVICES))
    }
}

/// The path of all accounts of a group.
fn accounts(arm: &Arm, group: &str) -> String {
    format!(
        "{}/providers/Microsoft.CognitiveServices/accounts",
        arm.group(group)
    )
}
