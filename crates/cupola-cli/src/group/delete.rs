//! `delete`: a resource group with everything in it.

use clap::Args;
use http::Method;

use super::{LIST, url};
use crate::confirm::confirm;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola group delete -n team-blue --yes")]
pub struct Delete {
    /// Name of the group.
    #[arg(short = 'n', long, visible_alias = "resource-group", short_alias = 'g')]
    name: String,
    /// Do not ask.
    #[arg(short = 'y', long)]
    yes: bool,
    /// Do not wait until the group is gone.
    #[arg(long)]
    no_wait: bool,
}

impl Delete {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        confirm(
            session,
            self.yes,
            &format!("Delete resource group '{}' with everything in it?", self.name),
        )?;
        let progress = session.progress(&format!("Deleting resource group '{}'", self.name));
        let begun = arm.begin(Method::DELETE, &url(&arm, &self.name), None).await;
        let begun = begun.map_err(|failure| failure.hint_when_missing(LIST))?;
        if !self.no_wait {
            arm.finish(begun, &progress).await?;
        }
        Ok(Answer::Nothing)
    }
}
