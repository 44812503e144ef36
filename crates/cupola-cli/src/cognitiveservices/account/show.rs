//! `show`: one account.

use clap::Args;

use super::{COLUMNS, LIST, Named};
use crate::failure::Failure;
use crate::flat::grouped;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola cognitiveservices account show -n team-blue\n  \
    ENDPOINT=$(cupola cognitiveservices account show -n team-blue --query properties.endpoint -o tsv)")]
pub struct Show {
    #[command(flatten)]
    named: Named,
}

impl Show {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let found = arm.get(&self.named.url(session, &arm, "")?).await;
        let found = found.map_err(|failure| failure.hint_when_missing(LIST))?;
        Ok(Answer::with_columns(grouped(found), COLUMNS))
    }
}
