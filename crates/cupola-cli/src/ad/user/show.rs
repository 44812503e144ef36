//! `show`: one user.

use clap::Args;

use super::{COLUMNS, hinted, url};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola ad user show --id ada@contoso.test")]
pub struct Show {
    /// Object id or sign-in name.
    #[arg(long)]
    id: String,
}

impl Show {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let graph = session.connect_to_graph()?;
        let found = graph.get(&url(&graph, &self.id)).await.map_err(hinted)?;
        Ok(Answer::with_columns(found, COLUMNS))
    }
}
