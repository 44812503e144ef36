//! `list`: every provider.

use clap::Args;

use super::COLUMNS;
use crate::arm::version;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola provider list -o table")]
pub struct List {}

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let url = arm.url(&format!("{}/providers", arm.subscription()), version::RESOURCES);
        Ok(Answer::with_columns(arm.list(&url).await?.into(), COLUMNS))
    }
}
