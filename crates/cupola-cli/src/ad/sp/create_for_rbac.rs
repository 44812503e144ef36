//! `create-for-rbac`: everything that a program needs to sign in and to be allowed something.

use clap::Args;
use serde_json::{Value, json};

use crate::ad::{Lifetime, add_password, remove_passwords};
use crate::arm::{Arm, version};
use crate::failure::Failure;
use crate::graph::{self, Principal};
use crate::output::Answer;
use crate::output::table::cell;
use crate::role::assignment::create::assign;
use crate::role::role_id;
use crate::session::{Session, is_guid};

/// The flags of `create-for-rbac`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola ad sp create-for-rbac -n ci --role \"Azure AI Developer\" \\\n      \
    --scopes /subscriptions/SUB/resourceGroups/cupola\n  \
    cupola ad sp create-for-rbac -n ci --role Contributor --scopes /subscriptions/SUB --json-auth > creds.json")]
pub struct CreateForRbac {
    /// Name for people; one that is there already gets a new secret.
    #[arg(short = 'n', long, visible_alias = "name")]
    display_name: Option<String>,
    /// Name or id of the role that it gets.
    #[arg(long, requires = "scopes")]
    role: Option<String>,
    /// Scopes at which it gets the role.
    #[arg(long, num_args = 1.., value_name = "ID", requires = "role")]
    scopes: Vec<String>,
    #[command(flatten)]
    lifetime: Lifetime,
    /// Print what SDKs read from a file.
    #[arg(long, visible_alias = "sdk-auth", num_args = 0..=1, default_missing_value = "true",
        default_value = "false", value_name = "BOOL")]
    json_auth: bool,
}

impl CreateForRbac {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let graph = session.connect_to_graph()?;
        // Roles are looked up first: a word that is wrong should not leave an application behind.
        let mut roles = Vec::new();
        for scope in &self.scopes {
            let role = self.role.as_deref().unwrap_or_default();
            roles.push((scope.trim_end_matches('/'), role_id(&arm, scope, role).await?));
        }
        let name = self.display_name.clone().unwrap_or_else(|| {
            format!(
                "cupola-cli-{}",
                session.surroundings.now.strftime("%Y-%m-%d-%H-%M-%S")
            )
        });
        let app = application(session, &graph, &name).await?;
        let app_id = cell(&app["appId"]);
        let principal = Principal {
            id: cell(&service_principal(&graph, &app_id).await?["id"]),
            kind: Some("ServicePrincipal"),
        };
        // Everything that can fail comes before the secret, which is shown once.
        let tenant = tenant(&arm).await?;
        for (scope, role) in &roles {
            match assign(&arm, scope, role, &principal, None, &[]).await {
                Err(failure) if !failure.is_about("RoleAssignmentExists") => return Err(failure),
                _ => {}
            }
        }
        let path = format!("applications/{}", cell(&app["id"]));
        let password = add_password(session, &graph, &path, Some("rbac"), &self.lifetime).await?;
        remove_passwords(&graph, &path, &app).await?;
        session.warn(
            "The output includes credentials that you must protect. Be sure that you do not include these credentials \
             in your code or check the credentials into your source control.",
        );
        Ok(Answer::value(if self.json_auth {
            for_sdks(&arm, &tenant, &app_id, &password)
        } else {
            json!({
                "appId": app_id,
                "displayName": name,
                "password": password,
                "tenant": tenant,
            })
        }))
    }
}

async fn application(session: &Session, graph: &Arm, name: &str) -> Result<Value, Failure> {
    let filter = format!("displayName eq {}", graph::quoted(name));
    let mut found = graph
        .list(&graph::filtered(graph, "applications", &filter))
        .await?;
    match found.len() {
        0 => {
            let wanted = json!({"displayName": name, "signInAudience": "AzureADMyOrg"});
            graph::post(graph, "applications", &wanted).await
        }
        1 => {
            session.warn(&format!(
                "'{name}' is there already: it gets a new secret, and the old ones end."
            ));
            Ok(found.remove(0))
        }
        several => Err(Failure::new(format!(
            "'{name}' is the name of {several} applications: use another one"
        ))
        .hint("cupola ad app list -o table")),
    }
}

async fn service_principal(graph: &Arm, app_id: &str) -> Result<Value, Failure> {
    match graph::service_principal(graph, app_id).await? {
        Some(found) => Ok(found),
        None => {
            let wanted = json!({"appId": app_id, "accountEnabled": true});
            graph::post(graph, "servicePrincipals", &wanted).await
        }
    }
}

// The tenant of the settings may be the word that makes clients skip instance discovery; programs want its id.
async fn tenant(arm: &Arm) -> Result<String, Failure> {
    if is_guid(&arm.settings.tenant) {
        return Ok(arm.settings.tenant.clone());
    }
    let url = arm.url(&arm.subscription(), version::SUBSCRIPTIONS);
    let found = arm.get(&url).await?;
    Ok(found["tenantId"]
        .as_str()
        .unwrap_or(&arm.settings.tenant)
        .to_owned())
}

fn for_sdks(arm: &Arm, tenant: &str, app_id: &str, password: &str) -> Value {
    let slash = format!("{}/", arm.settings.url);
    json!({
        "clientId": app_id,
        "clientSecret": password,
        "subscriptionId": arm.settings.subscription,
        "tenantId": tenant,
        "activeDirectoryEndpointUrl": arm.settings.authority,
        "resourceManagerEndpointUrl": slash,
        "activeDirectoryGraphResourceId": slash,
        "sqlManagementEndpointUrl": slash,
        "galleryEndpointUrl": slash,
        "managementEndpointUrl": slash,
    })
}
