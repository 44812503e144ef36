//! `tag`: the tags of resources.

use clap::Args;
use http::Method;
use serde_json::{Value, json};

use super::{COLUMNS, LIST};
use crate::arm::version;
use crate::failure::Failure;
use crate::flat::{grouped, pairs};
use crate::output::Answer;
use crate::progress::Progress;
use crate::session::Session;
use crate::target::Target;

/// The flags of `tag`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola resource tag --ids ID --tags cost=42 team=blue\n  \
    cupola resource tag --ids ID --tags cost=43 --is-incremental")]
pub struct Tag {
    #[command(flatten)]
    target: Target,
    /// Tags as key=value; they replace those that are there.
    #[arg(long, num_args = 0.., value_name = "KEY=VALUE", required = true)]
    tags: Vec<String>,
    /// Keep the other tags.
    #[arg(short = 'i', long)]
    is_incremental: bool,
    /// Version of the type's contract.
    #[arg(long, value_name = "VERSION", default_value = super::ANY)]
    api_version: String,
}

impl Tag {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let operation = if self.is_incremental { "Merge" } else { "Replace" };
        let body = json!({"operation": operation, "properties": {"tags": pairs(&self.tags)}});
        let mut tagged = Vec::new();
        for path in self.target.paths(session, &arm)? {
            let tags = format!("{path}/providers/Microsoft.Resources/tags/default");
            let url = arm.url(&tags, version::RESOURCES);
            arm.change(Method::PATCH, &url, Some(&body), &Progress::hidden())
                .await
                .map_err(|failure| failure.hint_when_missing(LIST))?;
            tagged.push(grouped(arm.get(&arm.url(&path, &self.api_version)).await?));
        }
        let value = match tagged.len() {
            1 => tagged.remove(0),
            _ => Value::Array(tagged),
        };
        Ok(Answer::with_columns(value, COLUMNS))
    }
}
