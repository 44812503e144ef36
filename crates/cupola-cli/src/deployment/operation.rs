//! `operation`: what a deployment did, resource by resource.

use clap::{Args, Subcommand};

use super::{LocationFlag, Named, Place, url};
use crate::failure::Failure;
use crate::output::Answer;
use crate::output::table::Column;
use crate::session::{GroupFlag, Session};
use crate::verbs::{columns, verbs};

verbs! {
    /// Operations of a deployment into a resource group.
    #[command(subcommand)]
    Group(Verbs<GroupFlag>),
    /// Operations of a deployment at the subscription.
    #[command(subcommand)]
    Sub(Verbs<LocationFlag>),
}

/// What can be done with operations.
#[derive(Debug, Subcommand)]
pub enum Verbs<P: Args> {
    /// List the operations of a deployment.
    List(List<P>),
}

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola deployment operation group list -g cupola -n main -o table")]
pub struct List<P: Args> {
    #[command(flatten)]
    named: Named<P>,
}

const COLUMNS: &[Column] = columns! {
    "Operation" => "/properties/provisioningOperation",
    "State" => "/properties/provisioningState",
    "Type" => "/properties/targetResource/resourceType",
    "Name" => "/properties/targetResource/resourceName",
    "Message" => "/properties/statusMessage/error/message",
};

impl<P: Place> Verbs<P> {
    async fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::List(list) => list.run(session).await,
        }
    }
}

impl<P: Place> List<P> {
    async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let scope = self.named.place.spot().scope(session, &arm)?;
        let url = url(&arm, &scope, &self.named.name, "/operations");
        let found = arm.list(&url).await.map_err(Named::<P>::hinted)?;
        Ok(Answer::with_columns(found.into(), COLUMNS))
    }
}
