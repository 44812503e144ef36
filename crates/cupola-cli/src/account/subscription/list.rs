//! `list`: subscriptions as the server keeps them.

use clap::Args;

use super::COLUMNS;
use crate::arm::version;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola account subscription list -o table")]
pub struct List {}

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let found = arm
            .list(&arm.url("/subscriptions", version::SUBSCRIPTIONS))
            .await?;
        Ok(Answer::with_columns(found.into(), COLUMNS))
    }
}
