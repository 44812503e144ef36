//! `delete`: locks.

use clap::Args;
use http::Method;

use super::Scope;
use crate::arm::version;
use crate::failure::Failure;
use crate::output::Answer;
use crate::progress::Progress;
use crate::session::Session;
use crate::target;

/// The flags of `delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola lock delete -n keep -g cupola\n  cupola lock delete --ids ID")]
pub struct Delete {
    /// Name of the lock.
    #[arg(short = 'n', long, required_unless_present = "ids")]
    name: Option<String>,
    /// Ids of locks.
    #[arg(long, num_args = 1.., value_name = "ID", conflicts_with_all = ["name", "resource", "resource_group"])]
    ids: Vec<String>,
    #[command(flatten)]
    scope: Scope,
}

impl Delete {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let urls: Vec<String> = match &self.name {
            Some(name) => vec![self.scope.url(&arm, Some(name))?],
            None => {
                let paths = self.ids.iter().map(|id| target::checked(id));
                let urls = paths.map(|path| Ok(arm.url(&path?, version::LOCKS)));
                urls.collect::<Result<_, Failure>>()?
            }
        };
        for url in urls {
            arm.change(Method::DELETE, &url, None, &Progress::hidden())
                .await
                .map_err(|failure| failure.hint_when_missing("cupola lock list -o table"))?;
        }
        Ok(Answer::Nothing)
    }
}
