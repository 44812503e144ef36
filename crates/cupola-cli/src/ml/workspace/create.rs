//! `create`: a workspace, a hub, or a project of a hub.

use clap::Args;
use http::Method;
use serde_json::{Map, Value, json};

use super::{COLUMNS, Kind, described};
use crate::arm::version;
use crate::definition::{Definition, DefinitionFlags};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::{GroupFlag, Session, workspace_path};

const KNOWN: &[&str] = &[
    "name",
    "kind",
    "location",
    "display_name",
    "description",
    "tags",
    "hub_id",
    "public_network_access",
    "resource_group",
];

/// The flags of `create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola ml workspace create -n team-blue --kind project\n  \
    cupola ml workspace create -n team-red --kind hub -l eastus2\n  \
    cupola ml workspace create -f workspace.yml -g cupola")]
pub struct Create {
    /// Name of the workspace.
    #[arg(short = 'n', long)]
    name: Option<String>,
    /// What it is.
    #[arg(short = 'k', long, value_enum, ignore_case = true)]
    kind: Option<Kind>,
    /// Resource id of the hub that the project belongs to.
    #[arg(long, value_name = "ID")]
    hub_id: Option<String>,
    /// Region; default: that of the resource group.
    #[arg(short = 'l', long)]
    location: Option<String>,
    /// Name for people.
    #[arg(long)]
    display_name: Option<String>,
    /// What it is for.
    #[arg(long)]
    description: Option<String>,
    #[command(flatten)]
    definition: DefinitionFlags,
    #[command(flatten)]
    group: GroupFlag,
    /// Do not wait until the workspace is there.
    #[arg(long)]
    no_wait: bool,
}

impl Create {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let definition = Definition::read(&self.definition, KNOWN)?;
        for key in &definition.unknown {
            session.warn(&format!("Unknown key '{key}' of a workspace is ignored."));
        }
        let name = either(self.name.as_ref(), &definition, "name")?;
        let name =
            name.ok_or_else(|| Failure::usage("The workspace has no name: use -n, or 'name' in the file"))?;
        let arm = session.connect()?;
        let group = match (&self.group.resource_group, definition.text("resource_group")?) {
            (None, Some(group)) => group,
            _ => session.group(&self.group, &arm)?,
        };
        let progress = session.progress(&format!("Creating workspace '{name}'"));
        let location = match either(self.location.as_ref(), &definition, "location")? {
            Some(location) => location,
            None => {
                let url = arm.url(&arm.group(&group), version::GROUPS);
                arm.get(&url).await?["location"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()
            }
        };
        let hub_id = either(self.hub_id.as_ref(), &definition, "hub_id")?;
        let kind = match self.kind {
            Some(kind) => kind.as_str().to_owned(),
            None => definition
                .text("kind")?
                .unwrap_or_else(|| implied(hub_id.as_deref()).as_str().to_owned()),
        };
        let mut properties = Map::new();
        let described_by = [
            (
                "friendlyName",
                either(self.display_name.as_ref(), &definition, "display_name")?,
            ),
            (
                "description",
                either(self.description.as_ref(), &definition, "description")?,
            ),
            ("hubResourceId", hub_id),
            ("publicNetworkAccess", definition.text("public_network_access")?),
        ];
        for (key, value) in described_by {
            if let Some(value) = value {
                properties.insert(key.to_owned(), Value::String(value));
            }
        }
        let mut body = json!({
            "location": location,
            "kind": kind,
            "identity": {"type": "SystemAssigned"},
            "sku": {"name": "Basic", "tier": "Basic"},
            "properties": properties,
        });
        if let Some(tags) = definition.texts("tags")? {
            body["tags"] = tags;
        }
        let url = arm.url(&workspace_path(&arm, &group, &name), version::MACHINE_LEARNING);
        let begun = arm.begin(Method::PUT, &url, Some(&body)).await?;
        if self.no_wait {
            return Ok(Answer::Nothing);
        }
        let resource = arm.finish(begun, &progress).await?;
        drop(progress);
        session.suggest(&format!(
            "cupola configure --defaults group={group} workspace={name}"
        ));
        Ok(Answer::with_columns(
            described(&resource.unwrap_or_default()),
            COLUMNS,
        ))
    }
}

fn either(flag: Option<&String>, definition: &Definition, key: &str) -> Result<Option<String>, Failure> {
    flag.map_or_else(|| definition.text(key), |flag| Ok(Some(flag.clone())))
}

// Only projects have a hub.
fn implied(hub_id: Option<&str>) -> Kind {
    if hub_id.is_some() {
        Kind::Project
    } else {
        Kind::Default
    }
}
