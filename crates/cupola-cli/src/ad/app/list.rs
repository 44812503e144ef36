//! `list`: applications.

use clap::Args;

use super::COLUMNS;
use crate::failure::Failure;
use crate::graph;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola ad app list -o table")]
pub struct List {
    /// Only those whose name begins with this.
    #[arg(long)]
    display_name: Option<String>,
    /// Only the one of this application id.
    #[arg(long, conflicts_with = "display_name")]
    app_id: Option<String>,
    /// OData filter, such as "displayName eq 'ci'".
    #[arg(long, conflicts_with_all = ["display_name", "app_id"])]
    filter: Option<String>,
    /// All are listed anyway; taken so that scripts go on.
    #[arg(long)]
    all: bool,
}

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let _ = self.all;
        let graph = session.connect_to_graph()?;
        let filter = match (self.display_name, self.app_id, self.filter) {
            (Some(name), _, _) => format!("startswith(displayName,{})", graph::quoted(&name)),
            (_, Some(id), _) => format!("appId eq {}", graph::quoted(&id)),
            (_, _, filter) => filter.unwrap_or_default(),
        };
        let found = graph
            .list(&graph::filtered(&graph, "applications", &filter))
            .await?;
        Ok(Answer::with_columns(found.into(), COLUMNS))
    }
}
