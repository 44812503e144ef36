//! `delete`: every tag.

use clap::Args;
use http::Method;

use super::Tagged;
use crate::confirm::confirm;
use crate::failure::Failure;
use crate::output::Answer;
use crate::progress::Progress;
use crate::session::Session;

/// The flags of `delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola tag delete --resource-id ID --yes")]
pub struct Delete {
    #[command(flatten)]
    tagged: Tagged,
    /// Do not ask.
    #[arg(short = 'y', long)]
    yes: bool,
}

impl Delete {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let url = self.tagged.url(&arm)?;
        confirm(
            session,
            self.yes,
            &format!("Take every tag of {} away?", self.tagged.resource_id),
        )?;
        arm.change(Method::DELETE, &url, None, &Progress::hidden())
            .await?;
        Ok(Answer::Nothing)
    }
}
