//! `rename`: another name for people.

use clap::Args;
use serde_json::json;

use super::Which;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `rename`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola account subscription rename --id SUB --name \"Team Red\"")]
pub struct Rename {
    #[command(flatten)]
    which: Which,
    /// The new name.
    #[arg(short = 'n', long, visible_alias = "subscription-name")]
    name: String,
}

impl Rename {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let body = json!({"subscriptionName": self.name});
        Ok(Answer::value(self.which.act(&arm, "rename", Some(&body)).await?))
    }
}
