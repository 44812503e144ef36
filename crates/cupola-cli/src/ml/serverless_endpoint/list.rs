//! `list`: the endpoints of a workspace.

use clap::Args;

use super::{COLUMNS, described, url};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::{Session, WorkspaceFlags};

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola ml serverless-endpoint list -o table\n  \
    cupola ml serverless-endpoint list --query \"[].{Name: name, Uri: scoring_uri}\" -o table")]
pub struct List {
    #[command(flatten)]
    place: WorkspaceFlags,
}

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let place = session.place(&self.place, &arm)?;
        let found = arm.list(&url(&arm, &place, None, None)).await;
        let found =
            found.map_err(|failure| failure.hint_when_missing("cupola ml workspace list -o table"))?;
        Ok(Answer::with_columns(
            found.iter().map(described).collect(),
            COLUMNS,
        ))
    }
}
