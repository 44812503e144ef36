//! `list`: service principals.

use clap::Args;

use super::COLUMNS;
use crate::failure::Failure;
use crate::graph;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cupola ad sp list --all -o table\n  cupola ad sp list --display-name ci -o table"
)]
pub struct List {
    /// Only those whose name begins with this.
    #[arg(long)]
    display_name: Option<String>,
    /// OData filter, such as "displayName eq 'ci'".
    #[arg(long, conflicts_with = "display_name")]
    filter: Option<String>,
    /// Only the one of this application id or identifier URI.
    #[arg(long, conflicts_with_all = ["display_name", "filter"])]
    spn: Option<String>,
    /// All are listed anyway; taken so that scripts go on.
    #[arg(long)]
    all: bool,
}

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let _ = self.all;
        let graph = session.connect_to_graph()?;
        let filter = match (self.display_name, self.spn, self.filter) {
            (Some(name), _, _) => format!("startswith(displayName,{})", graph::quoted(&name)),
            (_, Some(name), _) => format!("servicePrincipalNames/any(c:c eq {})", graph::quoted(&name)),
            (_, _, filter) => filter.unwrap_or_default(),
        };
        let found = graph
            .list(&graph::filtered(&graph, "servicePrincipals", &filter))
            .await?;
        Ok(Answer::with_columns(found.into(), COLUMNS))
    }
}
