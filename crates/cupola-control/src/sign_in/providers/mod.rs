//! `Cupola.Identity/identityProviders`: other issuers whose people may sign in here.

mod delete;
mod get;
mod list;
mod put;

use crate::dispatch::{Call, Route, action, route};
use cupola_backend::fetch::Reach;
use cupola_core::{Code, Problem, name::printable};
use cupola_store::Reader;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

const LIST: &str = "/providers/Cupola.Identity/identityProviders";
const ONE: &str = "/providers/Cupola.Identity/identityProviders/{name}";
const READ: &str = "Cupola.Identity/identityProviders/read";

pub(crate) const ROUTES: &[Route] = &[
    route("GET", LIST, action!(READ, list::list)),
    route("GET", ONE, action!(READ, get::get)),
    route(
        "PUT",
        ONE,
        action!("Cupola.Identity/identityProviders/write", put::put),
    ),
    route(
        "DELETE",
        ONE,
        action!("Cupola.Identity/identityProviders/delete", delete::delete),
    ),
];

/// An issuer, and who of its people is let in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Provider {
    pub(super) name: String,
    pub(super) display_name: String,
    pub(super) issuer: String,
    pub(super) client_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sealed_secret: Option<String>,
    pub(super) scopes: String,
    /// The claims that may be the user name, in the order in which they are looked at.
    pub(super) user_name_claims: Vec<String>,
    pub(super) display_name_claim: String,
    /// Domains of user names that are let in; none is all.
    pub(super) allowed_domains: Vec<String>,
    /// Claims that must have this value, or have it among theirs.
    pub(super) required_claims: Map<String, Value>,
    /// May people come who are not users yet?
    pub(super) create_users: bool,
    pub(super) enabled: bool,
    pub(super) allow_private_network: bool,
    pub(super) allow_insecure_loopback: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ca_bundle: Option<String>,
}

impl Provider {
    /// How far requests to it may go.
    pub(super) fn reach(&self) -> Reach {
        Reach {
            private: self.allow_private_network,
            insecure_loopback: self.allow_insecure_loopback,
            roots: self.ca_bundle.clone(),
        }
    }

    /// Without its secret.
    fn shown(&self) -> Value {
        json!({
            "id": format!("{LIST}/{}", self.name),
            "name": self.name,
            "type": "Cupola.Identity/identityProviders",
            "properties": {
                "displayName": self.display_name,
                "issuer": self.issuer,
                "clientId": self.client_id,
                "hasClientSecret": self.sealed_secret.is_some(),
                "scopes": self.scopes,
                "userNameClaims": self.user_name_claims,
                "displayNameClaim": self.display_name_claim,
                "allowedDomains": self.allowed_domains,
                "requiredClaims": self.required_claims,
                "createUsers": self.create_users,
                "enabled": self.enabled,
                "allowPrivateNetwork": self.allow_private_network,
                "allowInsecureLoopback": self.allow_insecure_loopback,
                "caBundle": self.ca_bundle,
            },
        })
    }
}

/// The provider of this name.
pub(super) async fn find(reader: &mut Reader, name: &str) -> Result<Option<Provider>, Problem> {
    reader.sign_ins().provider(name).await?.map(read).transpose()
}

/// Every provider.
pub(super) async fn all(call: &Call) -> Result<Vec<Provider>, Problem> {
    let documents = call
        .control
        .store()
        .reader()
        .await?
        .sign_ins()
        .providers()
        .await?;
    documents.into_iter().map(read).collect()
}

/// How far a request to this issuer may go: as far as its provider says, where there is one.
pub(super) async fn reach_of(call: &Call, issuer: &str) -> Result<Reach, Problem> {
    let all = all(call).await?;
    Ok(all
        .iter()
        .find(|provider| provider.issuer == issuer)
        .map(Provider::reach)
        .unwrap_or_default())
}

fn read(document: Value) -> Result<Provider, Problem> {
    serde_json::from_value(document).map_err(|error| {
        tracing::error!(error = %error, "an identity provider in the store cannot be read");
        Problem::internal()
    })
}

fn absent(name: &str) -> Problem {
    Problem::new(
        Code::ResourceNotFound,
        format!("There is no identity provider '{}'.", printable(name)),
    )
}
