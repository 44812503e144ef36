//! `list`: the deployments of an account.

use clap::Args;

use super::super::{LIST, Named};
use super::COLUMNS;
use crate::failure::Failure;
use crate::flat::grouped;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola cognitiveservices account deployment list -n team-blue -o table")]
pub struct List {
    #[command(flatten)]
    account: Named,
}

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let found = arm.list(&self.account.url(session, &arm, "/deployments")?).await;
        let found = found.map_err(|failure| failure.hint_when_missing(LIST))?;
        Ok(Answer::with_columns(
            found.into_iter().map(grouped).collect(),
            COLUMNS,
        ))
    }
}
