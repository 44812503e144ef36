//! `list`: every alias that the caller can see.

use clap::Args;

use super::COLUMNS;
use crate::arm::version;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola account alias list -o table")]
pub struct List {}

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let url = arm.url("/providers/Microsoft.Subscription/aliases", version::ALIASES);
        Ok(Answer::with_columns(arm.list(&url).await?.into(), COLUMNS))
    }
}
