//! `list`: what is offered here.

use clap::Args;

use super::{COLUMNS, models};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola catalog list -o table\n  \
    cupola catalog list --bound -o table\n  \
    cupola catalog list --registry-name azureml-cohere --query \"[].id\" -o tsv")]
pub struct List {
    /// Only the models of this registry.
    #[arg(short = 'r', long, value_name = "REGISTRY")]
    registry_name: Option<String>,
    /// Only the models that something serves.
    #[arg(long)]
    bound: bool,
}

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let mut found = models(&arm).await?;
        if let Some(registry) = &self.registry_name {
            found.retain(|model| {
                model["registry"]
                    .as_str()
                    .is_some_and(|name| name.eq_ignore_ascii_case(registry))
            });
        }
        if self.bound {
            found.retain(|model| model["binding"].is_object());
        }
        Ok(Answer::with_columns(found.into(), COLUMNS))
    }
}
