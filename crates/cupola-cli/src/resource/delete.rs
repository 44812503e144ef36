//! `delete`: resources, one after the other.

use clap::Args;
use http::Method;

use super::{ANY, LIST};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;
use crate::target::Target;

/// The flags of `delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola resource delete --ids ID")]
pub struct Delete {
    #[command(flatten)]
    target: Target,
    /// Version of the type's contract.
    #[arg(long, value_name = "VERSION", default_value = ANY)]
    api_version: String,
    /// Do not wait until it is gone.
    #[arg(long)]
    no_wait: bool,
}

impl Delete {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        for path in self.target.paths(session, &arm)? {
            let progress = session.progress(&format!("Deleting {path}"));
            let begun = arm
                .begin(Method::DELETE, &arm.url(&path, &self.api_version), None)
                .await;
            let begun = begun.map_err(|failure| failure.hint_when_missing(LIST))?;
            if !self.no_wait {
                arm.finish(begun, &progress).await?;
            }
        }
        Ok(Answer::Nothing)
    }
}
