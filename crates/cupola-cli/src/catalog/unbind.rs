//! `unbind`: take back what serves a model.

use clap::Args;
use http::Method;

use super::{LIST, ModelName, binding_url, resolve};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `unbind`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cupola catalog unbind azureml://registries/azureml-cohere/models/Cohere-command-r-08-2024"
)]
pub struct Unbind {
    /// The model: its id, REGISTRY/MODEL, or its name if only one registry has it.
    model: String,
}

impl Unbind {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let name: ModelName = self.model.parse()?;
        let arm = session.connect()?;
        let (registry, model) = resolve(&arm, &name).await?;
        let url = binding_url(&arm, &registry, &model);
        let found = arm.get(&url).await;
        found.map_err(|failure| failure.hint_when_missing("cupola catalog list --bound -o table"))?;
        let progress = session.progress(&format!("Unbinding {registry}/{model}"));
        let begun = arm.begin(Method::DELETE, &url, None).await;
        let begun = begun.map_err(|failure| failure.hint_when_missing(LIST))?;
        arm.finish(begun, &progress).await?;
        Ok(Answer::Nothing)
    }
}
