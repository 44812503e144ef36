//! `show`: one connection.

use clap::Args;

use super::{COLUMNS, LIST, described, url, with_secrets};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::{Session, WorkspaceFlags};

/// The flags of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola ml connection show -n elsewhere\n  \
    cupola ml connection show -n elsewhere --populate-secrets --query credentials.key -o tsv")]
pub struct Show {
    /// Name of the connection.
    #[arg(short = 'n', long)]
    name: String,
    #[command(flatten)]
    place: WorkspaceFlags,
    /// Show the secrets as well.
    #[arg(long)]
    populate_secrets: bool,
}

impl Show {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let place = session.place(&self.place, &arm)?;
        let found = if self.populate_secrets {
            with_secrets(&arm, &place, &self.name).await
        } else {
            arm.get(&url(&arm, &place, Some(&self.name), "")).await
        };
        let found = found.map_err(|failure| failure.hint_when_missing(LIST))?;
        Ok(Answer::with_columns(described(&found), COLUMNS))
    }
}
