//! `delete`: a user.

use clap::Args;

use super::{hinted, path};
use crate::failure::Failure;
use crate::graph;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola ad user delete --id ada@contoso.test")]
pub struct Delete {
    /// Object id or sign-in name.
    #[arg(long)]
    id: String,
}

impl Delete {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let graph = session.connect_to_graph()?;
        graph::delete(&graph, &path(&self.id)).await.map_err(hinted)?;
        Ok(Answer::Nothing)
    }
}
