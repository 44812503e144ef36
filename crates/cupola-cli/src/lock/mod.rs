//! `cupola lock`: what nobody may delete or change, whatever their role.

mod create;
mod delete;
mod list;
mod show;

use clap::Args;

use crate::arm::{Arm, version};
use crate::failure::Failure;
use crate::output::table::Column;
use crate::target;
use crate::transport::segment;
use crate::verbs::{columns, verbs};

verbs! {
    /// Lock a subscription, a group or a resource.
    Create(create::Create),
    /// List the locks of a scope, with those above and below it.
    List(list::List),
    /// Show a lock.
    Show(show::Show),
    /// Take locks away.
    Delete(delete::Delete),
}

const COLUMNS: &[Column] = columns! {
    "Name" => "/name",
    "Level" => "/level",
    "ResourceGroup" => "/resourceGroup",
    "Notes" => "/notes",
    "Id" => "/id",
};

/// What a lock is about: a resource, else a group, else the subscription.
#[derive(Debug, Clone, Default, Args)]
struct Scope {
    /// Id of the locked resource.
    #[arg(
        long,
        visible_alias = "scope",
        value_name = "ID",
        conflicts_with = "resource_group"
    )]
    resource: Option<String>,
    /// The locked resource group.
    #[arg(short = 'g', long, value_name = "GROUP")]
    resource_group: Option<String>,
}

impl Scope {
    fn path(&self, arm: &Arm) -> Result<String, Failure> {
        match (&self.resource, &self.resource_group) {
            (Some(id), _) => target::checked(id),
            (None, Some(group)) => Ok(arm.group(group)),
            (None, None) => Ok(arm.subscription()),
        }
    }

    fn url(&self, arm: &Arm, name: Option<&str>) -> Result<String, Failure> {
        let base = format!("{}/providers/Microsoft.Authorization/locks", self.path(arm)?);
        let path = name.map_or_else(|| base.clone(), |name| format!("{base}/{}", segment(name)));
        Ok(arm.url(&path, version::LOCKS))
    }
}
