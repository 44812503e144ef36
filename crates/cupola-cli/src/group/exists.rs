//! `exists`: true or false.

use clap::Args;

use super::url;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `exists`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola group exists -n cupola")]
pub struct Exists {
    /// Name of the group.
    #[arg(short = 'n', long, visible_alias = "resource-group", short_alias = 'g')]
    name: String,
}

impl Exists {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        Ok(Answer::value(arm.exists(&url(&arm, &self.name)).await?.into()))
    }
}
