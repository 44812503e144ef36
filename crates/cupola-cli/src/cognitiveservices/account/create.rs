//! `create`: an account.

use clap::Args;
use http::Method;
use serde_json::json;

use super::{COLUMNS, Named};
use crate::arm::version;
use crate::failure::Failure;
use crate::flat::{grouped, pairs};
use crate::output::Answer;
use crate::session::Session;

/// The flags of `create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola cognitiveservices account create -n team-blue\n  \
    cupola cognitiveservices account create -n team-red -g cupola -l eastus2 --kind AIServices --sku S0 \\\n    \
    --custom-domain team-red --tags cost=42 --yes")]
pub struct Create {
    #[command(flatten)]
    named: Named,
    /// AIServices or OpenAI.
    #[arg(long, default_value = "AIServices")]
    kind: String,
    /// How it is sold.
    #[arg(long, visible_alias = "sku-name", default_value = "S0")]
    sku: String,
    /// Region; default: that of the resource group.
    #[arg(short = 'l', long)]
    location: Option<String>,
    /// First part of its host name; default: the name of the account.
    #[arg(long)]
    custom_domain: Option<String>,
    /// Tags as key=value.
    #[arg(long, num_args = 0.., value_name = "KEY=VALUE")]
    tags: Option<Vec<String>>,
    /// Whether it can have projects; default: yes for AIServices.
    #[arg(long, visible_alias = "manage-projects", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    allow_project_management: Option<bool>,
    /// Give it an identity of its own; one that can have projects has one anyway.
    #[arg(long)]
    assign_identity: bool,
    /// Accept the terms; here there are none to accept.
    #[arg(short = 'y', long)]
    yes: bool,
}

impl Create {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let location = match &self.location {
            Some(location) => location.as_str().into(),
            None => {
                let group = session.group(&self.named.group, &arm)?;
                let group = arm.get(&arm.url(&arm.group(&group), version::GROUPS)).await?;
                group["location"].clone()
            }
        };
        let projects = self.allow_project_management;
        let projects = projects.or_else(|| self.kind.eq_ignore_ascii_case("AIServices").then_some(true));
        let mut body = json!({
            "kind": self.kind,
            "sku": {"name": self.sku},
            "location": location,
            "properties": {},
        });
        if let Some(domain) = &self.custom_domain {
            body["properties"]["customSubDomainName"] = domain.as_str().into();
        }
        if let Some(projects) = projects {
            body["properties"]["allowProjectManagement"] = projects.into();
        }
        if self.assign_identity || projects == Some(true) {
            body["identity"] = json!({"type": "SystemAssigned"});
        }
        if let Some(tags) = &self.tags {
            body["tags"] = pairs(tags);
        }
        let url = self.named.url(session, &arm, "")?;
        let progress = session.progress(&format!("Creating account '{}'", self.named.name));
        let made = arm.change(Method::PUT, &url, Some(&body), &progress).await?;
        drop(progress);
        session.suggest(&format!(
            "cupola cognitiveservices account list-models -n {} -o table",
            self.named.name
        ));
        Ok(Answer::with_columns(grouped(made.unwrap_or_default()), COLUMNS))
    }
}
