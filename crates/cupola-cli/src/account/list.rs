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
pub struct List {}

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let found = arm
            .list(&arm.url("/subscriptions", version::SUBSCRIPTIONS))
            .await?;
        let rows = found
            .iter()
            .map(|subscription| described(&arm, subscription))
            .collect();
        Ok(Answer::with_columns(rows, COLUMNS))
    }
}
