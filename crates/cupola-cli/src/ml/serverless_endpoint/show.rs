//! `show`: one endpoint.

use clap::Args;

use super::{COLUMNS, LIST, described, url};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::{Session, WorkspaceFlags};

/// The flags of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola ml serverless-endpoint show -n hello\n  \
    TARGET_URI=$(cupola ml serverless-endpoint show -n hello --query scoring_uri -o tsv)")]
pub struct Show {
    /// Name of the endpoint.
    #[arg(short = 'n', long)]
    name: String,
    #[command(flatten)]
    place: WorkspaceFlags,
}

impl Show {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let place = session.place(&self.place, &arm)?;
        let found = arm.get(&url(&arm, &place, Some(&self.name), None)).await;
        let found = found.map_err(|failure| failure.hint_when_missing(LIST))?;
        Ok(Answer::with_columns(described(&found), COLUMNS))
    }
}
