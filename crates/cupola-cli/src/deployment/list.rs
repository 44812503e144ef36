//! `list`: the history of a scope.

use clap::Args;

use super::{COLUMNS, Place, described};
use crate::arm::version;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola deployment group list -g cupola -o table")]
pub struct List<P: Args> {
    #[command(flatten)]
    place: P,
}

impl<P: Place> List<P> {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let path = format!(
            "{}/providers/Microsoft.Resources/deployments/",
            self.place.spot().scope(session, &arm)?
        );
        let found = arm.list(&arm.url(&path, version::DEPLOYMENTS)).await?;
        Ok(Answer::with_columns(
            found.into_iter().map(described).collect(),
            COLUMNS,
        ))
    }
}
