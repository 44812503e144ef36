//! `list`: resources of every type.

use clap::Args;
use serde_json::Value;

use super::COLUMNS;
use crate::arm::version;
use crate::failure::Failure;
use crate::flat::grouped;
use crate::output::Answer;
use crate::session::Session;
use crate::transport::segment;

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola resource list -o table\n  \
    cupola resource list -g cupola --resource-type Microsoft.MachineLearningServices/workspaces -o table\n  \
    cupola resource list --tag cost=42")]
pub struct List {
    /// Only in this resource group.
    #[arg(short = 'g', long, value_name = "GROUP")]
    resource_group: Option<String>,
    /// Only of this name.
    #[arg(short = 'n', long)]
    name: Option<String>,
    /// Only in this region.
    #[arg(short = 'l', long)]
    location: Option<String>,
    /// Only of this type, such as Microsoft.SaaS/resources.
    #[arg(long, value_name = "TYPE")]
    resource_type: Option<String>,
    /// Namespace of a type that is written without it.
    #[arg(long, requires = "resource_type")]
    namespace: Option<String>,
    /// Only with this tag, as key or key=value.
    #[arg(long, value_name = "KEY=VALUE", conflicts_with_all = ["resource_group", "name", "location", "resource_type"])]
    tag: Option<String>,
}

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let expand = segment("createdTime,changedTime,provisioningState");
        let path = format!(
            "{}/resources?$filter={}&$expand={expand}",
            arm.subscription(),
            segment(&self.filter())
        );
        let found = arm.list(&arm.url(&path, version::RESOURCES)).await?;
        let rows: Vec<Value> = found.into_iter().map(grouped).collect();
        Ok(Answer::with_columns(rows.into(), COLUMNS))
    }

    fn filter(&self) -> String {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let kind = self.resource_type.as_ref().map(|kind| match &self.namespace {
            Some(namespace) => format!("{namespace}/{kind}"),
            None => kind.clone(),
        });
        let mut parts = Vec::new();
        let fields = [
            ("resourceGroup", self.resource_group.as_ref()),
            ("name", self.name.as_ref()),
            ("location", self.location.as_ref()),
            ("resourceType", kind.as_ref()),
        ];
        for (field, value) in fields {
            parts.extend(value.map(|value| format!("{field} eq {}", quoted(value))));
        }
        if let Some(tag) = &self.tag {
            let (key, value) = tag
                .split_once('=')
                .map_or((tag.as_str(), None), |(key, value)| (key, Some(value)));
            parts.push(format!("tagname eq {}", quoted(key)));
            parts.extend(value.map(|value| format!("tagvalue eq {}", quoted(value))));
        }
        parts.join(" and ")
    }
}
