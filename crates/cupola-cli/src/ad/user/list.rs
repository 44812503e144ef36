//! `list`: users.

use clap::Args;

use super::COLUMNS;
use crate::failure::Failure;
use crate::graph;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola ad user list -o table")]
pub struct List {
    /// Only those whose name begins with this.
    #[arg(long)]
    display_name: Option<String>,
    /// Only the one of this sign-in name.
    #[arg(long, conflicts_with = "display_name")]
    upn: Option<String>,
    /// OData filter, such as "accountEnabled eq false".
    #[arg(long, conflicts_with_all = ["display_name", "upn"])]
    filter: Option<String>,
}

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let graph = session.connect_to_graph()?;
        let filter = match (self.display_name, self.upn, self.filter) {
            (Some(name), _, _) => format!("startswith(displayName,{})", graph::quoted(&name)),
            (_, Some(name), _) => format!("userPrincipalName eq {}", graph::quoted(&name)),
            (_, _, filter) => filter.unwrap_or_default(),
        };
        let found = graph.list(&graph::filtered(&graph, "users", &filter)).await?;
        Ok(Answer::with_columns(found.into(), COLUMNS))
    }
}
