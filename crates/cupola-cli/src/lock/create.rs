//! `create`: a lock.

use clap::{Args, ValueEnum};
use http::Method;
use serde_json::json;

use super::{COLUMNS, Scope};
use crate::failure::Failure;
use crate::flat::flat;
use crate::output::Answer;
use crate::progress::Progress;
use crate::session::Session;

/// The flags of `create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola lock create -n keep -t CanNotDelete -g cupola --notes \"In use by team blue\"\n  \
    cupola lock create -n frozen -t ReadOnly --resource ID")]
pub struct Create {
    /// Name of the lock.
    #[arg(short = 'n', long)]
    name: String,
    /// What is forbidden: deleting, or every change.
    #[arg(short = 't', long, value_enum, ignore_case = true)]
    lock_type: Level,
    /// Why, for those who meet the lock.
    #[arg(long)]
    notes: Option<String>,
    #[command(flatten)]
    scope: Scope,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
enum Level {
    CanNotDelete,
    ReadOnly,
}

impl Create {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let level = match self.lock_type {
            Level::CanNotDelete => "CanNotDelete",
            Level::ReadOnly => "ReadOnly",
        };
        let mut body = json!({"properties": {"level": level}});
        if let Some(notes) = self.notes {
            body["properties"]["notes"] = notes.into();
        }
        let url = self.scope.url(&arm, Some(&self.name))?;
        let made = arm
            .change(Method::PUT, &url, Some(&body), &Progress::hidden())
            .await?;
        Ok(Answer::with_columns(flat(&made.unwrap_or_default()), COLUMNS))
    }
}
