//! `create`: a role of your own.

use clap::Args;
use uuid::Uuid;

use super::{find, role_guid, write, written};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola role definition create --role-definition @role.json\n  \
    cupola role definition create --role-definition '{\"Name\": \"Endpoint Reader\", \\\n      \
    \"Actions\": [\"Microsoft.MachineLearningServices/*/read\"], \"AssignableScopes\": [\"/subscriptions/SUB\"]}'")]
pub struct Create {
    /// The role as JSON, or @FILE.
    #[arg(long, value_name = "JSON")]
    role_definition: String,
}

impl Create {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let wanted = written::read(&self.role_definition)?;
        let arm = session.connect()?;
        if !find(&arm, &wanted.scope, Some(&wanted.name)).await?.is_empty() {
            return Err(Failure::new(format!(
                "A custom role with the name '{}' exists already.",
                wanted.name
            ))
            .hint("cupola role definition update --role-definition @role.json"));
        }
        let name = wanted.id.as_deref().map_or_else(
            // One name, one role: asking twice at the same scope does not make two.
            || {
                let text = format!("{}|{}", wanted.scope, wanted.name).to_lowercase();
                Uuid::new_v5(&Uuid::NAMESPACE_URL, text.as_bytes()).to_string()
            },
            |id| role_guid(id).to_owned(),
        );
        write(&arm, &wanted, &name).await
    }
}
