//! `show`: one subscription.

use clap::Args;

use super::{COLUMNS, LIST, described, url};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::{Session, WorkspaceFlags};

/// The flags of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola ml marketplace-subscription show -n command-r")]
pub struct Show {
    /// Name of the subscription.
    #[arg(short = 'n', long)]
    name: String,
    #[command(flatten)]
    place: WorkspaceFlags,
}

impl Show {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let place = session.place(&self.place, &arm)?;
        let found = arm.get(&url(&arm, &place, Some(&self.name))).await;
        let found = found.map_err(|failure| failure.hint_when_missing(LIST))?;
        Ok(Answer::with_columns(described(&found), COLUMNS))
    }
}
