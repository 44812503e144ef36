//! `create`: a resource from its properties.

use clap::Args;
use http::Method;
use serde_json::json;

use super::{ANY, COLUMNS};
use crate::arm::version;
use crate::failure::Failure;
use crate::flat::{grouped, json_argument};
use crate::ml::after;
use crate::output::Answer;
use crate::session::Session;
use crate::target::Target;

/// The flags of `create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola resource create -g cupola -n rules --resource-type Microsoft.Insights/components -p '{}'\n  \
    cupola resource create --ids ID --is-full-object -p @resource.json")]
pub struct Create {
    #[command(flatten)]
    target: Target,
    /// The properties as JSON, or @FILE.
    #[arg(short = 'p', long, value_name = "JSON")]
    properties: String,
    /// The JSON is the whole resource: location, tags, sku, properties.
    #[arg(long)]
    is_full_object: bool,
    /// Region; default: that of the resource group.
    #[arg(short = 'l', long)]
    location: Option<String>,
    /// Version of the type's contract.
    #[arg(long, value_name = "VERSION", default_value = ANY)]
    api_version: String,
}

impl Create {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let given = json_argument("--properties", &self.properties)?;
        let arm = session.connect()?;
        let path = self.target.path(session, &arm)?;
        let mut body = if self.is_full_object {
            given
        } else {
            json!({"properties": given})
        };
        if !body.is_object() {
            return Err(Failure::usage("--properties must be a JSON object"));
        }
        if let Some(location) = self.location {
            body["location"] = location.into();
        } else if !self.is_full_object
            && let Some(group) = after(&path, "resourceGroups")
        {
            let group = arm.get(&arm.url(&arm.group(group), version::GROUPS)).await?;
            body["location"] = group["location"].clone();
        }
        let progress = session.progress(&format!("Creating {path}"));
        let url = arm.url(&path, &self.api_version);
        let made = arm.change(Method::PUT, &url, Some(&body), &progress).await?;
        drop(progress);
        Ok(Answer::with_columns(grouped(made.unwrap_or_default()), COLUMNS))
    }
}
