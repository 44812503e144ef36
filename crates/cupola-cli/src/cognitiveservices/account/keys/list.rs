//! `list`: both keys.

use clap::Args;

use super::super::{LIST, Named};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola cognitiveservices account keys list -n team-blue\n  \
    KEY=$(cupola cognitiveservices account keys list -n team-blue --query key1 -o tsv)")]
pub struct List {
    #[command(flatten)]
    named: Named,
}

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let keys = arm.post(&self.named.url(session, &arm, "/listKeys")?).await;
        let keys = keys.map_err(|failure| failure.hint_when_missing(LIST))?;
        Ok(Answer::value(keys))
    }
}
