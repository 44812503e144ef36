//! `list`: tags of a resource, or those that the subscription uses.

use clap::Args;

use super::url;
use crate::arm::version;
use crate::failure::Failure;
use crate::output::Answer;
use crate::output::table::Column;
use crate::session::Session;
use crate::verbs::columns;

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola tag list --resource-id ID --query properties.tags\n  \
    cupola tag list -o table")]
pub struct List {
    /// Id of the subscription, the group or the resource; default: every tag that the subscription uses.
    #[arg(long, value_name = "ID")]
    resource_id: Option<String>,
}

const COLUMNS: &[Column] = columns! {
    "TagName" => "/tagName",
    "Count" => "/count/value",
};

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        if let Some(id) = &self.resource_id {
            return Ok(Answer::value(arm.get(&url(&arm, id)?).await?));
        }
        let names = arm.url(&format!("{}/tagNames", arm.subscription()), version::RESOURCES);
        Ok(Answer::with_columns(arm.list(&names).await?.into(), COLUMNS))
    }
}
