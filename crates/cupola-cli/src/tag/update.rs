//! `update`: some tags.

use clap::{Args, ValueEnum};
use http::Method;
use serde_json::json;

use super::Tagged;
use crate::failure::Failure;
use crate::flat::pairs;
use crate::output::Answer;
use crate::progress::Progress;
use crate::session::Session;

/// The flags of `update`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola tag update --resource-id ID --operation merge --tags cost=43\n  \
    cupola tag update --resource-id ID --operation delete --tags cost=43")]
pub struct Update {
    #[command(flatten)]
    tagged: Tagged,
    /// What becomes of the tags that are there.
    #[arg(long, value_enum, ignore_case = true)]
    operation: Operation,
    /// Tags as key=value.
    #[arg(long, num_args = 0.., value_name = "KEY=VALUE", required = true)]
    tags: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Operation {
    Merge,
    Replace,
    Delete,
}

impl Update {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let operation = match self.operation {
            Operation::Merge => "Merge",
            Operation::Replace => "Replace",
            Operation::Delete => "Delete",
        };
        let body = json!({"operation": operation, "properties": {"tags": pairs(&self.tags)}});
        let url = self.tagged.url(&arm)?;
        let made = arm
            .change(Method::PATCH, &url, Some(&body), &Progress::hidden())
            .await?;
        Ok(Answer::value(made.unwrap_or_default()))
    }
}
