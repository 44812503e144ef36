//! `show`: one resource group.

use clap::Args;

use super::{COLUMNS, described, url};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola group show -n cupola")]
pub struct Show {
    /// Name of the group.
    #[arg(short = 'n', long, visible_alias = "resource-group", short_alias = 'g')]
    name: String,
}

impl Show {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let group = arm.get(&url(&arm, &self.name)).await;
        let group = group.map_err(|failure| failure.hint_when_missing(super::LIST))?;
        Ok(Answer::with_columns(described(&group), COLUMNS))
    }
}
