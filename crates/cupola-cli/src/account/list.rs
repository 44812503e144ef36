//! `list`: every subscription that the caller can see.

use clap::Args;

use super::{COLUMNS, described};
use crate::arm::version;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola account list -o table")]
pub struct List {
    /// The server is always asked; taken so that scripts go on.
    #[arg(long, hide = true)]
    refresh: bool,
    /// Also those that are disabled.
    #[arg(long)]
    all: bool,
}

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let found = arm
            .list(&arm.url("/subscriptions", version::SUBSCRIPTIONS))
            .await?;
        let _ = self.refresh;
        let rows = found
            .iter()
            .filter(|subscription| self.all || subscription["state"] != "Disabled")
            .map(|subscription| described(&arm, subscription))
            .collect();
        Ok(Answer::with_columns(rows, COLUMNS))
    }
}
