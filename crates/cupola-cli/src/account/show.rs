//! `show`: the subscription in use.

use clap::Args;

use super::{COLUMNS, described};
use crate::arm::version;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola account show\n  \
    cupola account show --query id -o tsv")]
pub struct Show {}

impl Show {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let found = arm
            .get(&arm.url(&arm.subscription(), version::SUBSCRIPTIONS))
            .await?;
        Ok(Answer::with_columns(described(&arm, &found), COLUMNS))
    }
}
