//! `cupola ad signed-in-user`.

use clap::Args;

use crate::failure::Failure;
use crate::graph;
use crate::output::Answer;
use crate::session::Session;
use crate::verbs::verbs;

verbs! {
    /// Show who is signed in.
    Show(Show),
}

/// The flags of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola ad signed-in-user show --query id -o tsv")]
pub struct Show {}

impl Show {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let graph = session.connect_to_graph()?;
        Ok(Answer::value(graph.get(&graph::url(&graph, "me")).await?))
    }
}
