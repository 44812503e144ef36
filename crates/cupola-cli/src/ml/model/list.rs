//! `list`: the models of a registry, or of every registry.

use clap::Args;

use super::{COLUMNS, REGISTRY_VERSION, from_catalog, from_container, registry};
use crate::catalog;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola ml model list -o table\n  \
    cupola ml model list --registry-name azureml-cohere --query \"[].id\" -o tsv")]
pub struct List {
    /// Only the models of this registry.
    #[arg(short = 'r', long, value_name = "REGISTRY")]
    registry_name: Option<String>,
}

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let models = match &self.registry_name {
            None => catalog::models(&arm).await?.iter().map(from_catalog).collect(),
            Some(name) => {
                let models = registry(&arm, name).await?;
                let url = format!("{models}?listViewType=ActiveOnly&api-version={REGISTRY_VERSION}");
                arm.list(&url)
                    .await?
                    .iter()
                    .map(|model| from_container(name, model))
                    .collect()
            }
        };
        Ok(Answer::with_columns(models, COLUMNS))
    }
}
