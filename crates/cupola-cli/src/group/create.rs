//! `create`: a resource group.

use clap::Args;
use http::Method;
use serde_json::json;

use super::{COLUMNS, described, url};
use crate::failure::Failure;
use crate::flat::pairs;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola group create -n team-blue -l eastus2 --tags cost=42")]
pub struct Create {
    /// Name of the group.
    #[arg(short = 'n', long, visible_alias = "resource-group", short_alias = 'g')]
    name: String,
    /// Region.
    #[arg(short = 'l', long)]
    location: String,
    /// Tags as key=value.
    #[arg(long, num_args = 0.., value_name = "KEY=VALUE")]
    tags: Option<Vec<String>>,
}

impl Create {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let mut body = json!({"location": self.location});
        if let Some(tags) = &self.tags {
            body["tags"] = pairs(tags);
        }
        let progress = session.progress(&format!("Creating resource group '{}'", self.name));
        let begun = arm
            .begin(Method::PUT, &url(&arm, &self.name), Some(&body))
            .await?;
        let group = arm.finish(begun, &progress).await?;
        Ok(Answer::with_columns(
            described(&group.unwrap_or_default()),
            COLUMNS,
        ))
    }
}
