//! `register`: let the subscription use its types.

use clap::Args;

use super::act;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `register`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola provider register -n Microsoft.SaaS --wait")]
pub struct Register {
    /// Namespace of the provider.
    #[arg(short = 'n', long)]
    namespace: String,
    /// The server is done when it answers; taken so that scripts go on.
    #[arg(long)]
    wait: bool,
}

impl Register {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let _ = self.wait;
        let arm = session.connect()?;
        act(&arm, &self.namespace, "/register").await?;
        // As az: the answer is in the list.
        Ok(Answer::Nothing)
    }
}
