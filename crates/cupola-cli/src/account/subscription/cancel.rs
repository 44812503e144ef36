//! `cancel`: disable a subscription.

use clap::Args;

use super::Which;
use crate::confirm::confirm;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `cancel`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola account subscription cancel --id SUB --yes")]
pub struct Cancel {
    #[command(flatten)]
    which: Which,
    /// Do not ask.
    #[arg(short = 'y', long)]
    yes: bool,
}

impl Cancel {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let path = self.which.path(&arm);
        confirm(session, self.yes, &format!("Disable {path}?"))?;
        Ok(Answer::value(self.which.act(&arm, "cancel", None).await?))
    }
}
