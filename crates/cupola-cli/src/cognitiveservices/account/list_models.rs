//! `list-models`: what an account can deploy.

use clap::Args;

use super::{LIST, Named};
use crate::failure::Failure;
use crate::output::Answer;
use crate::output::table::Column;
use crate::session::Session;
use crate::verbs::columns;

const COLUMNS: &[Column] = columns! {
    "Format" => "/format",
    "Name" => "/name",
    "Version" => "/version",
};

/// The flags of `list-models`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola cognitiveservices account list-models -n team-blue -o table")]
pub struct ListModels {
    #[command(flatten)]
    named: Named,
}

impl ListModels {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let found = arm.list(&self.named.url(session, &arm, "/models")?).await;
        let found = found.map_err(|failure| failure.hint_when_missing(LIST))?;
        Ok(Answer::with_columns(found.into(), COLUMNS))
    }
}
