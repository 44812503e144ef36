//! `export`: the template of a deployment.

use clap::Args;

use super::{Named, Place};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `export`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola deployment group export -n main > main.json")]
pub struct Export<P: Args> {
    #[command(flatten)]
    named: Named<P>,
}

impl<P: Place> Export<P> {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let url = self.named.url(session, &arm, "/exportTemplate")?;
        let mut found = arm.post(&url).await.map_err(Named::<P>::hinted)?;
        Ok(Answer::value(found["template"].take()))
    }
}
