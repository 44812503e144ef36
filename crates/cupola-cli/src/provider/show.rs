//! `show`: one provider.

use clap::Args;

use super::{COLUMNS, LIST, url};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola provider show -n Microsoft.MachineLearningServices --query 'resourceTypes[].resourceType' -o tsv")]
pub struct Show {
    /// Namespace of the provider.
    #[arg(short = 'n', long)]
    namespace: String,
}

impl Show {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let found = arm.get(&url(&arm, &self.namespace, "")).await;
        let found = found.map_err(|failure| failure.hint_when_missing(LIST))?;
        Ok(Answer::with_columns(found, COLUMNS))
    }
}
