//! `create`: give a role.

use clap::{Args, ValueEnum};
use http::Method;
use serde_json::json;
use uuid::Uuid;

use super::{COLUMNS, named, role_guid, role_id, url};
use crate::arm::Arm;
use crate::failure::Failure;
use crate::graph::{self, Principal};
use crate::output::Answer;
use crate::progress::Progress;
use crate::session::Session;

/// The flags of `create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola role assignment create --assignee ada@contoso.test --role \"Azure AI Developer\" \\\n      \
    --scope /subscriptions/SUB/resourceGroups/cupola\n  \
    cupola role assignment create --assignee-object-id OBJECT_ID --assignee-principal-type ServicePrincipal \\\n      \
    --role Reader --scope /subscriptions/SUB")]
pub struct Create {
    /// User sign-in name, application id, display name, or object id.
    #[arg(
        long,
        value_name = "PRINCIPAL",
        required_unless_present = "assignee_object_id"
    )]
    assignee: Option<String>,
    /// Object id, without asking the directory.
    #[arg(long, value_name = "ID", conflicts_with = "assignee")]
    assignee_object_id: Option<String>,
    /// What the object id is.
    #[arg(long, value_enum, ignore_case = true)]
    assignee_principal_type: Option<PrincipalType>,
    /// Name or id of the role.
    #[arg(long)]
    role: String,
    /// Scope: the id of a subscription, a group or a resource.
    #[arg(long, value_name = "ID")]
    scope: String,
    /// GUID of the assignment; default: one that follows from scope, role and principal.
    #[arg(short = 'n', long)]
    name: Option<String>,
    /// Why.
    #[arg(long)]
    description: Option<String>,
    /// Condition under which the assignment counts.
    #[arg(long, requires = "condition_version")]
    condition: Option<String>,
    /// Version of the condition's language.
    #[arg(long)]
    condition_version: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
enum PrincipalType {
    User,
    Group,
    ServicePrincipal,
    ForeignGroup,
}

impl Create {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let principal = match (&self.assignee_object_id, &self.assignee) {
            (Some(id), _) => Principal {
                id: id.clone(),
                kind: self.assignee_principal_type.map(PrincipalType::name),
            },
            (None, Some(name)) => graph::principal(&session.connect_to_graph()?, name).await?,
            (None, None) => return Err(Failure::usage("Nobody is named: use --assignee")),
        };
        let scope = self.scope.trim_end_matches('/');
        let role = role_id(&arm, scope, &self.role).await?;
        let more = [
            ("description", &self.description),
            ("condition", &self.condition),
            ("conditionVersion", &self.condition_version),
        ];
        let made = assign(&arm, scope, &role, &principal, self.name.as_deref(), &more).await?;
        let shown = named(session, &arm, &[made]).await?;
        Ok(Answer::with_columns(
            shown.into_iter().next().unwrap_or_default(),
            COLUMNS,
        ))
    }
}

impl PrincipalType {
    fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
            Self::ServicePrincipal => "ServicePrincipal",
            Self::ForeignGroup => "ForeignGroup",
        }
    }
}

/// Gives a role. The name follows from what is assigned, so that asking twice assigns once.
pub(crate) async fn assign(
    arm: &Arm,
    scope: &str,
    role: &str,
    principal: &Principal,
    name: Option<&str>,
    more: &[(&str, &Option<String>)],
) -> Result<serde_json::Value, Failure> {
    let name = name.map_or_else(|| stable_name(scope, role, &principal.id), str::to_owned);
    let mut properties = json!({"roleDefinitionId": role, "principalId": principal.id});
    if let Some(kind) = principal.kind {
        properties["principalType"] = kind.into();
    }
    for (key, value) in more {
        if let Some(value) = value {
            properties[*key] = value.as_str().into();
        }
    }
    let url = url(arm, scope, "roleAssignments", Some(&name));
    let body = json!({"properties": properties});
    let made = arm
        .change(Method::PUT, &url, Some(&body), &Progress::hidden())
        .await?;
    Ok(made.unwrap_or_default())
}

fn stable_name(scope: &str, role: &str, principal: &str) -> String {
    let text = format!("{scope}|{}|{principal}", role_guid(role)).to_lowercase();
    Uuid::new_v5(&Uuid::NAMESPACE_URL, text.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_follows_from_what_is_assigned() {
        let one = stable_name("/subscriptions/S", "/providers/x/roleDefinitions/R", "P");
        assert_eq!(
            one,
            stable_name("/subscriptions/s", "/subscriptions/S/roleDefinitions/r", "p")
        );
        assert_ne!(one, stable_name("/subscriptions/s", "r", "q"));
    }
}
