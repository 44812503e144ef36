//! `delete`: an alias, and nothing else.

use clap::Args;
use http::Method;

use super::url;
use crate::confirm::confirm;
use crate::failure::Failure;
use crate::output::Answer;
use crate::progress::Progress;
use crate::session::Session;

/// The flags of `delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola account alias delete -n team-blue --yes")]
pub struct Delete {
    /// Name of the alias.
    #[arg(short = 'n', long, visible_alias = "alias-name")]
    name: String,
    /// Do not ask.
    #[arg(short = 'y', long)]
    yes: bool,
}

impl Delete {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        confirm(session, self.yes, &format!("Delete the alias '{}'?", self.name))?;
        let url = url(&arm, &self.name);
        arm.change(Method::DELETE, &url, None, &Progress::hidden())
            .await?;
        Ok(Answer::Nothing)
    }
}
