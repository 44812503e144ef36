//! `list`: who holds which role.

use clap::Args;

use super::{COLUMNS, Selection, named};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola role assignment list --all -o table\n  \
    cupola role assignment list --assignee ada@contoso.test --all -o table\n  \
    cupola role assignment list -g cupola --include-inherited -o table")]
pub struct List {
    #[command(flatten)]
    selection: Selection,
    /// Everything at and below the subscription.
    #[arg(long, conflicts_with_all = ["scope", "resource_group"])]
    all: bool,
}

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let found = self.selection.find(session, &arm, self.all).await?;
        let shown = named(session, &arm, &found).await?;
        Ok(Answer::with_columns(shown.into(), COLUMNS))
    }
}
