//! `list`: the locks of a scope.

use clap::Args;

use super::{COLUMNS, Scope};
use crate::failure::Failure;
use crate::flat::flat;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola lock list -o table\n  cupola lock list -g cupola -o table")]
pub struct List {
    #[command(flatten)]
    scope: Scope,
}

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let found = arm.list(&self.scope.url(&arm, None)?).await?;
        Ok(Answer::with_columns(found.iter().map(flat).collect(), COLUMNS))
    }
}
