//! `delete`: end a subscription.

use clap::Args;
use http::Method;

use super::{LIST, url};
use crate::confirm::confirm;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::{Session, WorkspaceFlags};

/// The flags of `delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola ml marketplace-subscription delete -n command-r --yes")]
pub struct Delete {
    /// Name of the subscription.
    #[arg(short = 'n', long)]
    name: String,
    #[command(flatten)]
    place: WorkspaceFlags,
    /// Do not ask.
    #[arg(short = 'y', long)]
    yes: bool,
    /// Do not wait until the subscription is gone.
    #[arg(long)]
    no_wait: bool,
}

impl Delete {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let place = session.place(&self.place, &arm)?;
        let question = format!(
            "Delete marketplace subscription '{}'? Endpoints that need it stop answering.",
            self.name
        );
        confirm(session, self.yes, &question)?;
        let url = url(&arm, &place, Some(&self.name));
        // Looked up first, because ARM answers a DELETE of nothing with success and a typo must not look like one.
        arm.get(&url)
            .await
            .map_err(|failure| failure.hint_when_missing(LIST))?;
        let progress = session.progress(&format!("Deleting marketplace subscription '{}'", self.name));
        let begun = arm.begin(Method::DELETE, &url, None).await?;
        if !self.no_wait {
            arm.finish(begun, &progress).await?;
        }
        Ok(Answer::Nothing)
    }
}
