//! `show`: a subscription as the server keeps it.

use clap::Args;

use super::{COLUMNS, Which};
use crate::arm::version;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola account subscription show --id SUB")]
pub struct Show {
    #[command(flatten)]
    which: Which,
}

impl Show {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let found = arm
            .get(&arm.url(&self.which.path(&arm), version::SUBSCRIPTIONS))
            .await?;
        Ok(Answer::with_columns(found, COLUMNS))
    }
}
