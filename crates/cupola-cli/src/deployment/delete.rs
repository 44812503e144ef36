//! `delete`: forget a deployment.

use clap::Args;
use http::Method;

use super::{Named, Place};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola deployment group delete -n main")]
pub struct Delete<P: Args> {
    #[command(flatten)]
    named: Named<P>,
    /// Do not wait until it is gone.
    #[arg(long)]
    no_wait: bool,
}

impl<P: Place> Delete<P> {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let url = self.named.url(session, &arm, "")?;
        let progress = session.progress(&format!("Deleting the record of '{}'", self.named.name));
        let begun = arm
            .begin(Method::DELETE, &url, None)
            .await
            .map_err(Named::<P>::hinted)?;
        if !self.no_wait {
            arm.finish(begun, &progress).await?;
        }
        Ok(Answer::Nothing)
    }
}
