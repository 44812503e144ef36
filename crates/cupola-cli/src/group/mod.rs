//! `cupola group`: resource groups, as `az group` shows them.

mod create;
mod delete;
mod list;
mod show;

use clap::Subcommand;
use serde_json::Value;

use crate::arm::{Arm, version};
use crate::failure::Failure;
use crate::output::Answer;
use crate::output::table::{Column, cell};
use crate::session::Session;

/// What can be done with resource groups.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create a resource group, or replace its tags.
    Create(create::Create),
    /// List resource groups.
    List(list::List),
    /// Show a resource group.
    Show(show::Show),
    /// Delete a resource group with everything in it.
    Delete(delete::Delete),
}

impl Command {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Create(create) => create.run(session).await,
            Self::List(list) => list.run(session).await,
            Self::Show(show) => show.run(session).await,
            Self::Delete(delete) => delete.run(session).await,
        }
    }
}

const LIST: &str = "cupola group list -o table";

const COLUMNS: &[Column] = &[
    Column {
        title: "Name",
        read: |row| cell(&row["name"]),
    },
    Column {
        title: "Location",
        read: |row| cell(&row["location"]),
    },
    Column {
        title: "Status",
        read: |row| cell(&row["properties"]["provisioningState"]),
    },
];

fn url(arm: &Arm, name: &str) -> String {
    arm.url(&arm.group(name), version::GROUPS)
}

/// `az` prints the group as it comes, with every field there.
fn described(group: &Value) -> Value {
    let fields = [
        "id",
        "location",
        "managedBy",
        "name",
        "properties",
        "tags",
        "type",
    ];
    Value::Object(
        fields
            .into_iter()
            .map(|key| (key.to_owned(), group[key].clone()))
            .collect(),
    )
}
