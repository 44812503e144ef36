//! `cancel`: stop a deployment.

use clap::Args;

use super::{Named, Place};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `cancel`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola deployment group cancel -n main")]
pub struct Cancel<P: Args> {
    #[command(flatten)]
    named: Named<P>,
}

impl<P: Place> Cancel<P> {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let url = self.named.url(session, &arm, "/cancel")?;
        arm.post_text(&url, String::new())
            .await
            .map_err(Named::<P>::hinted)?;
        Ok(Answer::Nothing)
    }
}
