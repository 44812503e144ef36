//! `show`: one lock.

use clap::Args;

use super::{COLUMNS, Scope};
use crate::failure::Failure;
use crate::flat::flat;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola lock show -n keep -g cupola")]
pub struct Show {
    /// Name of the lock.
    #[arg(short = 'n', long)]
    name: String,
    #[command(flatten)]
    scope: Scope,
}

impl Show {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let found = arm.get(&self.scope.url(&arm, Some(&self.name))?).await;
        let found = found.map_err(|failure| failure.hint_when_missing("cupola lock list -o table"))?;
        Ok(Answer::with_columns(flat(&found), COLUMNS))
    }
}
