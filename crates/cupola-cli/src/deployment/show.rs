//! `show`: one deployment.

use clap::Args;

use super::{COLUMNS, Named, Place, described};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola deployment group show -n main --query properties.outputs")]
pub struct Show<P: Args> {
    #[command(flatten)]
    named: Named<P>,
}

impl<P: Place> Show<P> {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let url = self.named.url(session, &arm, "")?;
        let found = arm.get(&url).await.map_err(Named::<P>::hinted)?;
        Ok(Answer::with_columns(described(found), COLUMNS))
    }
}
