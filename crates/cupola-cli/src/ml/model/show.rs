//! `show`: one model.

use clap::Args;

use super::{COLUMNS, REGISTRY_VERSION, from_catalog, from_version, registry};
use crate::arm::Arm;
use crate::catalog::{self, ModelName};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;
use crate::transport::segment;

/// The flags of `show`.
// The version here is the model's, so the flag must not be the one that the binary gives to every command.
#[derive(Debug, Args)]
#[command(
    disable_version_flag = true,
    after_help = "Examples:\n  \
    cupola ml model show -n tiny-chat --registry-name cupola\n  \
    cupola ml model show -n tiny-chat"
)]
pub struct Show {
    /// Name of the model.
    #[arg(short = 'n', long)]
    name: String,
    /// Version; default: the latest.
    #[arg(short = 'v', long)]
    version: Option<String>,
    /// Label instead of a version; the only one is latest.
    #[arg(short = 'l', long, conflicts_with = "version", value_parser = ["latest"])]
    label: Option<String>,
    /// The registry that has the model; default: the only one that does.
    #[arg(short = 'r', long, value_name = "REGISTRY")]
    registry_name: Option<String>,
}

impl Show {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let shown = match (&self.registry_name, &self.version) {
            (Some(registry), version) => in_registry(&arm, registry, &self.name, version.as_deref()).await?,
            (None, None) => from_catalog(&catalog::find(&arm, &self.name.parse()?).await?),
            (None, Some(version)) => {
                let model = catalog::find(&arm, &self.name.parse::<ModelName>()?).await?;
                let text = |key: &str| model[key].as_str().unwrap_or_default();
                in_registry(&arm, text("registry"), text("name"), Some(version)).await?
            }
        };
        Ok(Answer::with_columns(shown, COLUMNS))
    }
}

async fn in_registry(
    arm: &Arm,
    name: &str,
    model: &str,
    version: Option<&str>,
) -> Result<serde_json::Value, Failure> {
    let versions = format!("{}/{}/versions", registry(arm, name).await?, segment(model));
    let hint = format!("cupola ml model list --registry-name {name} -o table");
    let found = match version {
        Some(version) => {
            let url = format!("{versions}/{}?api-version={REGISTRY_VERSION}", segment(version));
            arm.get(&url)
                .await
                .map_err(|failure| failure.hint_when_missing(&hint))?
        }
        None => {
            let url =
                format!("{versions}?%24orderBy=createdtime%20desc&%24top=1&api-version={REGISTRY_VERSION}");
            let found = arm
                .list(&url)
                .await
                .map_err(|failure| failure.hint_when_missing(&hint))?;
            found.into_iter().next().ok_or_else(|| {
                Failure::not_found(format!("There is no model '{model}' in registry '{name}'.")).hint(&hint)
            })?
        }
    };
    Ok(from_version(name, model, &found))
}
