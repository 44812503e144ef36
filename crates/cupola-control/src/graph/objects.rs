//! How people, applications and service principals are shown. No password and no secret is among it.

use cupola_core::rbac::Principal;
use cupola_core::time::iso8601;
use cupola_store::access::StoredSecret;
use cupola_store::apps::{App, Certificate, FederatedCredential};
use cupola_store::users::User;
use cupola_store::{Reader, StoreError, UnitOfWork};
use serde_json::{Value, json};

pub(super) fn user(user: &User) -> Value {
    json!({
        "id": user.id,
        "displayName": user.display_name,
        "userPrincipalName": user.upn,
        "mail": user.mail,
        "mailNickname": user.upn.split('@').next(),
        "accountEnabled": user.enabled,
        "userType": if user.external.is_some() { "Guest" } else { "Member" },
        "createdDateTime": iso8601(user.created_at),
        "businessPhones": [],
        "givenName": null,
        "surname": null,
        "jobTitle": null,
        "mobilePhone": null,
        "officeLocation": null,
        "preferredLanguage": null,
    })
}

/// What an application proves itself with, as far as it may be shown.
#[derive(Debug, Default)]
pub(super) struct Proofs {
    secrets: Vec<StoredSecret>,
    certificates: Vec<Certificate>,
}

impl Proofs {
    pub(super) async fn read(reader: &mut Reader, app: &App) -> Result<Self, StoreError> {
        Ok(Self {
            secrets: reader.access().secrets(&app.principal_id).await?,
            certificates: reader.apps().certificates(&app.principal_id).await?,
        })
    }

    pub(super) async fn in_work(work: &mut UnitOfWork, app: &App) -> Result<Self, StoreError> {
        Ok(Self {
            secrets: work.access().secrets(&app.principal_id).await?,
            certificates: work.apps().certificates(&app.principal_id).await?,
        })
    }

    fn passwords(&self) -> Vec<Value> {
        self.secrets.iter().map(password).collect()
    }

    fn keys(&self) -> Vec<Value> {
        let keys = self.certificates.iter().map(|certificate| {
            json!({
                "keyId": certificate.id,
                "displayName": certificate.name,
                "type": "AsymmetricX509Cert",
                "usage": "Verify",
                "customKeyIdentifier": certificate.sha1,
                "key": null,
                "startDateTime": iso8601(certificate.starts_at),
                "endDateTime": iso8601(certificate.expires_at),
            })
        });
        keys.collect()
    }
}

pub(super) fn password(secret: &StoredSecret) -> Value {
    json!({
        "keyId": secret.id,
        "displayName": secret.name,
        "hint": secret.hint,
        "secretText": null,
        "customKeyIdentifier": null,
        "startDateTime": secret.starts_at.map(iso8601),
        "endDateTime": secret.expires_at.map(iso8601),
    })
}

pub(super) fn application(app: &App, proofs: &Proofs) -> Value {
    let mut shown = json!({
        "id": app.id,
        "appId": app.app_id,
        "displayName": app.display_name,
        "identifierUris": app.registration.identifier_uris,
        "isFallbackPublicClient": app.registration.public,
        "signInAudience": "AzureADMyOrg",
        "createdDateTime": iso8601(app.created_at),
        "passwordCredentials": proofs.passwords(),
        "keyCredentials": proofs.keys(),
        "requiredResourceAccess": [],
        "appRoles": [],
        "tags": [],
        "api": {"requestedAccessTokenVersion": 2, "oauth2PermissionScopes": []},
        "web": {
            "redirectUris": app.registration.redirect_uris,
            "logoutUrl": app.registration.logout_uris.first(),
            "homePageUrl": null,
            "implicitGrantSettings": {"enableAccessTokenIssuance": false, "enableIdTokenIssuance": false},
        },
        "publicClient": {"redirectUris": []},
        "spa": {"redirectUris": []},
    });
    for (name, value) in &app.registration.rest {
        shown[name] = value.clone();
    }
    shown
}

pub(super) fn service_principal(app: &App, proofs: &Proofs, tenant: &str) -> Value {
    let mut names = vec![app.app_id.clone()];
    names.extend(app.registration.identifier_uris.iter().cloned());
    json!({
        "id": app.principal_id,
        "appId": app.app_id,
        "displayName": app.display_name,
        "appDisplayName": app.display_name,
        "appOwnerOrganizationId": tenant,
        "accountEnabled": app.enabled,
        "servicePrincipalNames": names,
        "servicePrincipalType": "Application",
        "signInAudience": "AzureADMyOrg",
        "createdDateTime": iso8601(app.created_at),
        "passwordCredentials": proofs.passwords(),
        "keyCredentials": proofs.keys(),
        "alternativeNames": [],
        "appRoles": [],
        "tags": [],
    })
}

/// A service principal that has no application here.
pub(super) fn bare_service_principal(principal: &Principal, tenant: &str) -> Value {
    json!({
        "id": principal.id,
        "appId": principal.app_id,
        "displayName": principal.display_name,
        "appDisplayName": principal.display_name,
        "appOwnerOrganizationId": tenant,
        "accountEnabled": true,
        "servicePrincipalNames": [principal.app_id],
        "servicePrincipalType": principal.kind,
        "passwordCredentials": [],
        "keyCredentials": [],
    })
}

pub(super) fn federated(credential: &FederatedCredential) -> Value {
    json!({
        "id": credential.id,
        "name": credential.name,
        "issuer": credential.issuer,
        "subject": credential.subject,
        "audiences": credential.audiences,
        "description": credential.description,
    })
}

/// The same object with its type, for lists of several types.
pub(super) fn typed(mut object: Value, kind: &str) -> Value {
    let mut shown = json!({"@odata.type": format!("#microsoft.graph.{kind}")});
    if let (Some(shown), Some(fields)) = (shown.as_object_mut(), object.as_object_mut()) {
        shown.append(fields);
    }
    shown
}
