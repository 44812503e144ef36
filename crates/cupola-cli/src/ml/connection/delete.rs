//! `delete`: a connection.

use clap::Args;
use http::Method;

use super::{LIST, url};
use crate::confirm::confirm;
use crate::failure::Failure;
use crate::output::Answer;
use crate::progress::Progress;
use crate::session::{Session, WorkspaceFlags};

/// The flags of `delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola ml connection delete -n elsewhere --yes")]
pub struct Delete {
    /// Name of the connection.
    #[arg(short = 'n', long)]
    name: String,
    #[command(flatten)]
    place: WorkspaceFlags,
    /// Do not ask.
    #[arg(short = 'y', long)]
    yes: bool,
}

impl Delete {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let place = session.place(&self.place, &arm)?;
        let url = url(&arm, &place, Some(&self.name), "");
        // A delete of what is not there succeeds, and who typed the name wrong should hear of it.
        arm.get(&url)
            .await
            .map_err(|failure| failure.hint_when_missing(LIST))?;
        confirm(
            session,
            self.yes,
            &format!("Delete the connection '{}'?", self.name),
        )?;
        arm.change(Method::DELETE, &url, None, &Progress::hidden())
            .await?;
        Ok(Answer::Nothing)
    }
}
