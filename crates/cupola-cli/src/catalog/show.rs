//! `show`: one model of the catalog.

use clap::Args;

use super::{COLUMNS, ModelName, find};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola catalog show azureml://registries/cupola/models/tiny-chat\n  \
    cupola catalog show tiny-chat --query deploymentRegions")]
pub struct Show {
    /// The model: its id, REGISTRY/MODEL, or its name if only one registry has it.
    model: String,
}

impl Show {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let name: ModelName = self.model.parse()?;
        let arm = session.connect()?;
        Ok(Answer::with_columns(find(&arm, &name).await?, COLUMNS))
    }
}
