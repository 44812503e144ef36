//! `delete`: a deployment.

use clap::Args;
use http::Method;

use super::Deployed;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola cognitiveservices account deployment delete -n team-blue --deployment-name chat")]
pub struct Delete {
    #[command(flatten)]
    deployed: Deployed,
}

impl Delete {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let url = self.deployed.url(session, &arm)?;
        // Looked up first, because ARM answers a DELETE of nothing with success and a typo must not look like one.
        arm.get(&url)
            .await
            .map_err(|failure| failure.hint_when_missing(self.deployed.list()))?;
        let progress = session.progress(&format!("Deleting '{}'", self.deployed.deployment_name));
        arm.change(Method::DELETE, &url, None, &progress).await?;
        Ok(Answer::Nothing)
    }
}
