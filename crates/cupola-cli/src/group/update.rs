//! `update`: the tags of a group.

use clap::Args;
use http::Method;
use serde_json::{Value, json};

use super::{COLUMNS, LIST, described, url};
use crate::failure::Failure;
use crate::flat::pairs;
use crate::output::Answer;
use crate::progress::Progress;
use crate::session::Session;

/// The flags of `update`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola group update -n team-blue --tags cost=42\n  \
    cupola group update -n team-blue --set tags.cost=43")]
pub struct Update {
    /// Name of the group.
    #[arg(short = 'n', long, visible_alias = "resource-group", short_alias = 'g')]
    name: String,
    /// All tags, as key=value; none at all removes every tag.
    #[arg(long, num_args = 0.., value_name = "KEY=VALUE", required_unless_present = "set")]
    tags: Option<Vec<String>>,
    /// Set one tag: --set tags.cost=42.
    #[arg(long, num_args = 1.., value_name = "tags.KEY=VALUE")]
    set: Vec<String>,
}

impl Update {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let url = url(&arm, &self.name);
        let found = arm.get(&url).await;
        let found = found.map_err(|failure| failure.hint_when_missing(LIST))?;
        let mut tags = match &self.tags {
            Some(tags) => pairs(tags),
            None if found["tags"].is_object() => found["tags"].clone(),
            None => json!({}),
        };
        for assignment in &self.set {
            let (key, value) = tag(assignment)?;
            tags[key] = value.into();
        }
        let body = json!({"tags": tags});
        let group = arm
            .change(Method::PATCH, &url, Some(&body), &Progress::hidden())
            .await?;
        Ok(Answer::with_columns(
            described(&group.unwrap_or(Value::Null)),
            COLUMNS,
        ))
    }
}

fn tag(assignment: &str) -> Result<(&str, &str), Failure> {
    let parts = assignment
        .strip_prefix("tags.")
        .and_then(|rest| rest.split_once('='));
    parts.filter(|(key, _)| !key.is_empty()).ok_or_else(|| {
        Failure::usage(format!(
            "--set {assignment} is not understood: only tags of a group can be changed"
        ))
        .hint("cupola group update -n GROUP --set tags.cost=42")
    })
}
