//! `cupola tag`: tags of anything that has an id.

mod create;
mod delete;
mod list;
mod update;

use clap::Args;

use crate::arm::{Arm, version};
use crate::failure::Failure;
use crate::target;
use crate::verbs::verbs;

verbs! {
    /// List the tags of a resource, or every tag of the subscription.
    List(list::List),
    /// Give a resource these tags and no others.
    Create(create::Create),
    /// Merge tags, replace them, or take some away.
    Update(update::Update),
    /// Take every tag of a resource away.
    Delete(delete::Delete),
}

/// What is tagged.
#[derive(Debug, Clone, Args)]
struct Tagged {
    /// Id of the subscription, the group or the resource.
    #[arg(long, value_name = "ID")]
    resource_id: String,
}

impl Tagged {
    fn url(&self, arm: &Arm) -> Result<String, Failure> {
        url(arm, &self.resource_id)
    }
}

fn url(arm: &Arm, id: &str) -> Result<String, Failure> {
    let path = format!(
        "{}/providers/Microsoft.Resources/tags/default",
        target::checked(id)?
    );
    Ok(arm.url(&path, version::RESOURCES))
}
