//! `unregister`: the subscription no longer uses its types.

use clap::Args;

use super::act;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `unregister`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola provider unregister -n Microsoft.SaaS --wait")]
pub struct Unregister {
    /// Namespace of the provider.
    #[arg(short = 'n', long)]
    namespace: String,
    /// The server is done when it answers; taken so that scripts go on.
    #[arg(long)]
    wait: bool,
}

impl Unregister {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let _ = self.wait;
        let arm = session.connect()?;
        act(&arm, &self.namespace, "/unregister").await?;
        // As az: the answer is in the list.
        Ok(Answer::Nothing)
    }
}
