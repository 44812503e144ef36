//! `delete`: a workspace with everything in it.

use clap::Args;
use http::Method;

use super::LIST;
use crate::arm::version;
use crate::confirm::confirm;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::{GroupFlag, Session, workspace_path};

/// The flags of `delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola ml workspace delete -n team-blue --yes")]
pub struct Delete {
    /// Name of the workspace.
    #[arg(short = 'n', long)]
    name: String,
    #[command(flatten)]
    group: GroupFlag,
    /// Do not ask.
    #[arg(short = 'y', long)]
    yes: bool,
    /// Do not wait until the workspace is gone.
    #[arg(long)]
    no_wait: bool,
}

impl Delete {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let group = session.group(&self.group, &arm)?;
        let question = format!(
            "Delete workspace '{}' with all its endpoints and subscriptions?",
            self.name
        );
        confirm(session, self.yes, &question)?;
        let url = arm.url(
            &workspace_path(&arm, &group, &self.name),
            version::MACHINE_LEARNING,
        );
        arm.get(&url)
            .await
            .map_err(|failure| failure.hint_when_missing(LIST))?;
        let progress = session.progress(&format!("Deleting workspace '{}'", self.name));
        let begun = arm.begin(Method::DELETE, &url, None).await?;
        if !self.no_wait {
            arm.finish(begun, &progress).await?;
        }
        Ok(Answer::Nothing)
    }
}
