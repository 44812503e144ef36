//! `show`: one resource, or several.

use clap::Args;
use serde_json::Value;

use super::{ANY, COLUMNS, LIST};
use crate::failure::Failure;
use crate::flat::grouped;
use crate::output::Answer;
use crate::session::Session;
use crate::target::Target;

/// The flags of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola resource show --ids ID\n  \
    cupola resource show -g cupola -n hello-project --resource-type Microsoft.MachineLearningServices/workspaces")]
pub struct Show {
    #[command(flatten)]
    target: Target,
    /// Version of the type's contract.
    #[arg(long, value_name = "VERSION", default_value = ANY)]
    api_version: String,
}

impl Show {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let mut found = Vec::new();
        for path in self.target.paths(session, &arm)? {
            let one = arm.get(&arm.url(&path, &self.api_version)).await;
            found.push(grouped(one.map_err(|failure| failure.hint_when_missing(LIST))?));
        }
        let value = match found.len() {
            1 => found.remove(0),
            _ => Value::Array(found),
        };
        Ok(Answer::with_columns(value, COLUMNS))
    }
}
