//! `show`: one deployment.

use clap::Args;

use super::{COLUMNS, Deployed};
use crate::failure::Failure;
use crate::flat::grouped;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola cognitiveservices account deployment show -n team-blue --deployment-name chat")]
pub struct Show {
    #[command(flatten)]
    deployed: Deployed,
}

impl Show {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let found = arm.get(&self.deployed.url(session, &arm)?).await;
        let found = found.map_err(|failure| failure.hint_when_missing(self.deployed.list()))?;
        Ok(Answer::with_columns(grouped(found), COLUMNS))
    }
}
