//! `create`: deploy a model.

use clap::Args;
use http::Method;
use serde_json::json;

use super::{COLUMNS, Deployed};
use crate::failure::Failure;
use crate::flat::grouped;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola cognitiveservices account deployment create -n team-blue --deployment-name chat \\\n    \
    --model-format Cupola --model-name tiny-chat --model-version 1 --sku-name GlobalStandard --sku-capacity 20")]
pub struct Create {
    #[command(flatten)]
    deployed: Deployed,
    /// Family of the model, such as OpenAI, Cohere or Cupola.
    #[arg(long)]
    model_format: String,
    /// Name of the model.
    #[arg(long)]
    model_name: String,
    /// Version of the model; default: that of the catalog.
    #[arg(long)]
    model_version: Option<String>,
    /// Where the model comes from.
    #[arg(long)]
    model_source: Option<String>,
    /// How it is sold, such as Standard or GlobalStandard; default: Standard.
    #[arg(long, visible_alias = "sku")]
    sku_name: Option<String>,
    /// Thousands of tokens a minute that it may spend; default: 1.
    #[arg(long, visible_alias = "capacity", value_name = "THOUSANDS")]
    sku_capacity: Option<u32>,
}

impl Create {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let mut model = json!({"format": self.model_format, "name": self.model_name});
        if let Some(version) = &self.model_version {
            model["version"] = version.as_str().into();
        }
        if let Some(source) = &self.model_source {
            model["source"] = source.as_str().into();
        }
        let body = json!({
            "sku": {
                "name": self.sku_name.as_deref().unwrap_or("Standard"),
                "capacity": self.sku_capacity.unwrap_or(1),
            },
            "properties": {"model": model},
        });
        let arm = session.connect()?;
        let url = self.deployed.url(session, &arm)?;
        let account = &self.deployed.account.name;
        let progress = session.progress(&format!("Deploying '{}'", self.deployed.deployment_name));
        let made = arm.change(Method::PUT, &url, Some(&body), &progress).await;
        drop(progress);
        let made = made.map_err(|failure| {
            failure.hint_when_missing(format!(
                "cupola cognitiveservices account list-models -n {account} -o table"
            ))
        })?;
        session.suggest(&format!(
            "cupola cognitiveservices account keys list -n {account}"
        ));
        Ok(Answer::with_columns(grouped(made.unwrap_or_default()), COLUMNS))
    }
}
