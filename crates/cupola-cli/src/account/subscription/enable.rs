//! `enable`: a subscription that was disabled.

use clap::Args;

use super::Which;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `enable`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola account subscription enable --id SUB")]
pub struct Enable {
    #[command(flatten)]
    which: Which,
}

impl Enable {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        Ok(Answer::value(self.which.act(&arm, "enable", None).await?))
    }
}
