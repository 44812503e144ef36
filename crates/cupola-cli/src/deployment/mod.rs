//! `cupola deployment`: templates, deployed as `az deployment` does it.

mod cancel;
mod create;
mod delete;
mod export;
mod list;
mod operation;
mod parameters;
mod show;
mod template;
mod validate;
mod wait;
mod what_if;

use clap::{Args, Subcommand};
use serde_json::Value;

use crate::arm::{Arm, version};
use crate::failure::Failure;
use crate::output::Answer;
use crate::output::table::Column;
use crate::session::{GroupFlag, Session};
use crate::transport::segment;
use crate::verbs::{columns, verbs};

verbs! {
    /// Deployments into a resource group.
    #[command(subcommand)]
    Group(Verbs<GroupFlag>),
    /// Deployments at the subscription, which make resource groups and what is in them.
    #[command(subcommand)]
    Sub(Verbs<LocationFlag>),
    /// What a deployment did, resource by resource.
    #[command(subcommand)]
    Operation(operation::Command),
}

/// What can be done with deployments.
#[derive(Debug, Subcommand)]
pub enum Verbs<P: Args> {
    /// Deploy a template: ARM JSON or Bicep.
    Create(create::Create<P>),
    /// Say what is wrong with a template, and change nothing.
    Validate(validate::Validate<P>),
    /// Say what a template would change, and change nothing.
    WhatIf(what_if::WhatIf<P>),
    /// List deployments.
    List(list::List<P>),
    /// Show a deployment: how it ended, and its outputs.
    Show(show::Show<P>),
    /// Print the template of a deployment, as it was sent.
    Export(export::Export<P>),
    /// Stop a deployment that is running; what it has made stays.
    Cancel(cancel::Cancel<P>),
    /// Delete a deployment from the history; what it has made stays.
    Delete(delete::Delete<P>),
    /// Wait until a deployment has come to a state.
    Wait(wait::Wait<P>),
}

impl<P: Place> Verbs<P> {
    async fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Create(create) => create.run(session).await,
            Self::Validate(validate) => validate.run(session).await,
            Self::WhatIf(what_if) => what_if.run(session).await,
            Self::List(list) => list.run(session).await,
            Self::Show(show) => show.run(session).await,
            Self::Export(export) => export.run(session).await,
            Self::Cancel(cancel) => cancel.run(session).await,
            Self::Delete(delete) => delete.run(session).await,
            Self::Wait(wait) => wait.run(session).await,
        }
    }
}

/// A scope of deployments, from flags.
pub trait Place: Args + Clone {
    /// The command that lists what there is.
    const LIST: &'static str;

    /// Where it is.
    fn spot(&self) -> Spot;
}

/// Where deployments are made.
#[derive(Debug, Clone)]
pub enum Spot {
    /// In a resource group.
    Group(GroupFlag),
    /// At the subscription; the record is kept in a region.
    Subscription(Option<String>),
}

/// The flag of deployments at a subscription.
#[derive(Debug, Clone, Default, Args)]
pub struct LocationFlag {
    /// Region that keeps the record of the deployment.
    #[arg(short = 'l', long)]
    location: Option<String>,
}

impl Place for GroupFlag {
    const LIST: &'static str = "cupola deployment group list -o table";

    fn spot(&self) -> Spot {
        Spot::Group(self.clone())
    }
}

impl Place for LocationFlag {
    const LIST: &'static str = "cupola deployment sub list -o table";

    fn spot(&self) -> Spot {
        Spot::Subscription(self.location.clone())
    }
}

impl Spot {
    /// The path of the scope.
    pub(crate) fn scope(&self, session: &Session, arm: &Arm) -> Result<String, Failure> {
        match self {
            Self::Group(flag) => Ok(arm.group(&session.group(flag, arm)?)),
            Self::Subscription(_) => Ok(arm.subscription()),
        }
    }

    /// The region of the record, where the scope has none of its own.
    pub(crate) fn location(self) -> Option<String> {
        match self {
            Self::Group(_) => None,
            Self::Subscription(location) => location,
        }
    }
}

/// A deployment that there is.
#[derive(Debug, Args)]
struct Named<P: Args> {
    /// Name of the deployment.
    #[arg(short = 'n', long)]
    name: String,
    #[command(flatten)]
    place: P,
}

impl<P: Place> Named<P> {
    fn url(&self, session: &Session, arm: &Arm, action: &str) -> Result<String, Failure> {
        Ok(url(
            arm,
            &self.place.spot().scope(session, arm)?,
            &self.name,
            action,
        ))
    }

    fn hinted(failure: Failure) -> Failure {
        failure.hint_when_missing(P::LIST)
    }
}

/// The URL of a deployment in a scope, or of something that is done to it.
fn url(arm: &Arm, scope: &str, name: &str, action: &str) -> String {
    let path = format!(
        "{scope}/providers/Microsoft.Resources/deployments/{}{action}",
        segment(name)
    );
    arm.url(&path, version::DEPLOYMENTS)
}

const COLUMNS: &[Column] = columns! {
    "Name" => "/name",
    "State" => "/properties/provisioningState",
    "Timestamp" => "/properties/timestamp",
    "Duration" => "/properties/duration",
    "Mode" => "/properties/mode",
    "ResourceGroup" => "/resourceGroup",
};

/// A deployment as `az` prints it: with the name of its group.
fn described(deployment: Value) -> Value {
    let mut deployment = deployment;
    let group = deployment["id"]
        .as_str()
        .and_then(|id| crate::ml::after(id, "resourceGroups"));
    if let Some(group) = group.map(str::to_owned) {
        deployment["resourceGroup"] = group.into();
    }
    deployment
}
