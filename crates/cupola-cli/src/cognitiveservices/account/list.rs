//! `list`: the accounts of a group, or of the subscription.

use clap::Args;

use super::{COLUMNS, accounts};
use crate::arm::version;
use crate::failure::Failure;
use crate::flat::grouped;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola cognitiveservices account list -o table\n  \
    cupola cognitiveservices account list -g cupola --query '[].properties.endpoint' -o tsv")]
pub struct List {
    /// Name of the resource group; without it, all accounts of the subscription.
    #[arg(short = 'g', long, value_name = "GROUP")]
    resource_group: Option<String>,
}

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let path = match &self.resource_group {
            Some(group) => accounts(&arm, group),
            None => format!(
                "{}/providers/Microsoft.CognitiveServices/accounts",
                arm.subscription()
            ),
        };
        let found = arm.list(&arm.url(&path, version::COGNITIVE_SERVICES)).await?;
        Ok(Answer::with_columns(
            found.into_iter().map(grouped).collect(),
            COLUMNS,
        ))
    }
}
