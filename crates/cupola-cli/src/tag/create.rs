//! `create`: these tags and no others.

use clap::Args;
use http::Method;
use serde_json::json;

use super::Tagged;
use crate::failure::Failure;
use crate::flat::pairs;
use crate::output::Answer;
use crate::progress::Progress;
use crate::session::Session;

/// The flags of `create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola tag create --resource-id ID --tags cost=42 team=blue")]
pub struct Create {
    #[command(flatten)]
    tagged: Tagged,
    /// Tags as key=value.
    #[arg(long, num_args = 0.., value_name = "KEY=VALUE", required = true)]
    tags: Vec<String>,
}

impl Create {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let body = json!({"properties": {"tags": pairs(&self.tags)}});
        let url = self.tagged.url(&arm)?;
        let made = arm
            .change(Method::PUT, &url, Some(&body), &Progress::hidden())
            .await?;
        Ok(Answer::value(made.unwrap_or_default()))
    }
}
