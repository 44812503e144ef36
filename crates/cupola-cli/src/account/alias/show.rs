//! `show`: one alias.

use clap::Args;

use super::{COLUMNS, url};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `show`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cupola account alias show -n team-blue --query properties.subscriptionId -o tsv"
)]
pub struct Show {
    /// Name of the alias.
    #[arg(short = 'n', long, visible_alias = "alias-name")]
    name: String,
}

impl Show {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let found = arm.get(&url(&arm, &self.name)).await;
        let found =
            found.map_err(|failure| failure.hint_when_missing("cupola account alias list -o table"))?;
        Ok(Answer::with_columns(found, COLUMNS))
    }
}
