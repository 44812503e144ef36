//! `create`: accept an offer.

use clap::Args;
use http::Method;
use serde_json::json;

use super::{COLUMNS, described, url};
use crate::definition::{Definition, DefinitionFlags};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::{Session, WorkspaceFlags};

const KNOWN: &[&str] = &["name", "model_id"];

/// The flags of `create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola ml marketplace-subscription create -f subscription.yml\n  \
    cupola ml marketplace-subscription create -n command-r --set model_id=azureml://registries/azureml-cohere/models/Cohere-command-r-08-2024\n\n\
    subscription.yml:\n  \
    name: command-r\n  \
    model_id: azureml://registries/azureml-cohere/models/Cohere-command-r-08-2024")]
pub struct Create {
    /// Name of the subscription.
    #[arg(short = 'n', long)]
    name: Option<String>,
    #[command(flatten)]
    definition: DefinitionFlags,
    #[command(flatten)]
    place: WorkspaceFlags,
    /// Do not wait until the subscription is there.
    #[arg(long)]
    no_wait: bool,
}

impl Create {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let definition = Definition::read(&self.definition, KNOWN)?;
        for key in &definition.unknown {
            session.warn(&format!(
                "Unknown key '{key}' of a marketplace subscription is ignored."
            ));
        }
        let name = self
            .name
            .map_or_else(|| definition.text("name"), |name| Ok(Some(name)))?;
        let name = name
            .ok_or_else(|| Failure::usage("The subscription has no name: use -n, or 'name' in the file"))?;
        let model_id = definition.text("model_id")?.ok_or_else(|| {
            Failure::usage("The subscription has no model: use --set model_id=..., or 'model_id' in the file")
                .hint("cupola catalog list -o table")
        })?;
        let arm = session.connect()?;
        let place = session.place(&self.place, &arm)?;
        let progress = session.progress(&format!("Creating marketplace subscription '{name}'"));
        let body = json!({"properties": {"modelId": model_id}});
        let begun = arm
            .begin(Method::PUT, &url(&arm, &place, Some(&name)), Some(&body))
            .await
            .map_err(helpful)?;
        if self.no_wait {
            drop(progress);
            session.suggest(&format!("cupola ml marketplace-subscription show -n {name}"));
            return Ok(Answer::Nothing);
        }
        let resource = arm.finish(begun, &progress).await.map_err(helpful)?;
        drop(progress);
        session.suggest(&format!(
            "cupola ml serverless-endpoint create -n {name} --set model_id={model_id}"
        ));
        Ok(Answer::with_columns(
            described(&resource.unwrap_or_default()),
            COLUMNS,
        ))
    }
}

fn helpful(failure: Failure) -> Failure {
    if failure.says_what_to_type() {
        failure
    } else {
        failure.hint_when_missing("cupola catalog list -o table")
    }
}
