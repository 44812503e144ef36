//! Applications, their service principals, and what these prove themselves with besides secrets.

use crate::error::StoreError;
use crate::rows::{from_ms, to_ms};
use cupola_core::rbac::Granted;
use cupola_core::{Timestamp, name::fold};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

/// An application, and the service principal that acts for it once it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// The object id of the application.
    pub id: String,
    /// The application (client) id.
    pub app_id: String,
    /// The object id of the service principal, chosen with the application.
    pub principal_id: String,
    /// Is the service principal there? Without it nobody signs in as the application.
    pub service_principal: bool,
    /// A disabled service principal neither signs in nor calls.
    pub enabled: bool,
    /// For people.
    pub display_name: String,
    /// What else was registered.
    pub registration: Registration,
    /// Since when.
    pub created_at: Timestamp,
}

/// What an application registered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Registration {
    /// Where a browser may be sent after sign-in, compared exactly (a loopback address without its port).
    pub redirect_uris: Vec<String>,
    /// Where a browser may be sent after sign-out.
    pub logout_uris: Vec<String>,
    /// Other names of the application, such as `api://NAME`.
    pub identifier_uris: Vec<String>,
    /// May people sign in through it without a secret: browser, device code, password?
    pub public: bool,
    /// What Graph clients wrote and only they read.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub rest: serde_json::Map<String, serde_json::Value>,
}

/// A certificate whose private key signs assertions of a service principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The key id, a GUID.
    pub id: String,
    /// For people.
    pub name: Option<String>,
    /// The SHA-1 thumbprint, base64url, as `x5t` has it.
    pub sha1: String,
    /// The SHA-256 thumbprint, base64url, as `x5t#S256` has it.
    pub sha256: String,
    /// The certificate.
    pub der: Vec<u8>,
    /// Since when.
    pub starts_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Another issuer whose tokens for one subject stand for a service principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FederatedCredential {
    /// A GUID.
    pub id: String,
    /// Unique in the application.
    pub name: String,
    /// The `iss` of its tokens.
    pub issuer: String,
    /// Their `sub`.
    pub subject: String,
    /// Their `aud`, one of these.
    pub audiences: Vec<String>,
    /// For people.
    pub description: Option<String>,
}

/// The tables of applications.
#[derive(Debug)]
pub struct Apps<'a>(pub(crate) &'a mut SqliteConnection);

// One list of columns for every finder, in the order in which `read` takes them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.app_id, a.principal, p.id IS NOT NULL, COALESCE(p.enabled, 1), a.display_name, a.document, \
             a.created_ms FROM applications a LEFT JOIN principals p ON p.id = a.principal ",
            $rest
        )
    };
}

impl Apps<'_> {
    /// Adds or changes an application, and its service principal where `service_principal` says so.
    pub async fn put(&mut self, _grant: &Granted, app: &App) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO applications (id, app_id, principal, display_name, document, created_ms) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (id) DO UPDATE SET display_name = excluded.display_name, document = excluded.document",
        )
        .bind(fold(&app.id))
        .bind(fold(&app.app_id))
        .bind(fold(&app.principal_id))
        .bind(app.display_name.clone())
        .bind(serde_json::to_string(&app.registration)?)
        .bind(to_ms(app.created_at))
        .execute(&mut *self.0)
        .await?;
        if app.service_principal {
            sqlx::query(
                "INSERT INTO principals (id, app_id, kind, display_name, enabled, created_ms) \
                 VALUES ($1, $2, 'Application', $3, $4, $5) \
                 ON CONFLICT (id) DO UPDATE SET display_name = excluded.display_name, enabled = excluded.enabled",
            )
            .bind(fold(&app.principal_id))
            .bind(fold(&app.app_id))
            .bind(app.display_name.clone())
            .bind(app.enabled)
            .bind(to_ms(app.created_at))
            .execute(&mut *self.0)
            .await?;
        }
        Ok(())
    }

    /// The application with this object id, application id, or object id of its service principal.
    pub async fn find(&mut self, id: &str) -> Result<Option<App>, StoreError> {
        sqlx::query(select!("WHERE a.id = $1 OR a.app_id = $1 OR a.principal = $1"))
            .bind(fold(id))
            .fetch_optional(&mut *self.0)
            .await?
            .map(|row| read(&row))
            .transpose()
    }

    /// At most `limit` applications in the order of their object ids, after this one; empty begins.
    pub async fn list(&mut self, after: &str, limit: u32) -> Result<Vec<App>, StoreError> {
        sqlx::query(select!("WHERE a.id > $1 ORDER BY a.id LIMIT $2"))
            .bind(fold(after))
            .bind(i64::from(limit))
            .fetch_all(&mut *self.0)
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// At most `limit` applications of this display name, in the order of their object ids, after this one.
    pub async fn named(&mut self, name: &str, after: &str, limit: u32) -> Result<Vec<App>, StoreError> {
        sqlx::query(select!(
            "WHERE a.display_name = $1 COLLATE NOCASE AND a.id > $2 ORDER BY a.id LIMIT $3"
        ))
        .bind(name.to_owned())
        .bind(fold(after))
        .bind(i64::from(limit))
        .fetch_all(&mut *self.0)
        .await?
        .iter()
        .map(read)
        .collect()
    }

    /// Removes an application by its object id, with its service principal and all that proves it; false where there
    /// was none.
    pub async fn delete(&mut self, _grant: &Granted, id: &str) -> Result<bool, StoreError> {
        let principal: Option<String> =
            sqlx::query_scalar("DELETE FROM applications WHERE id = $1 RETURNING principal")
                .bind(fold(id))
                .fetch_optional(&mut *self.0)
                .await?;
        let Some(principal) = principal else {
            return Ok(false);
        };
        for statement in [
            "DELETE FROM principals WHERE id = $1",
            "DELETE FROM principal_secrets WHERE principal = $1",
            "DELETE FROM principal_certificates WHERE principal = $1",
            "DELETE FROM federated_credentials WHERE principal = $1",
        ] {
            sqlx::query(statement)
                .bind(principal.clone())
                .execute(&mut *self.0)
                .await?;
        }
        Ok(true)
    }

    /// Removes the service principal alone, by its object id; the application stays. False where there was none.
    pub async fn delete_service_principal(
        &mut self,
        _grant: &Granted,
        principal: &str,
    ) -> Result<bool, StoreError> {
        let gone = sqlx::query("DELETE FROM principals WHERE id = $1 AND kind = 'Application'")
            .bind(fold(principal))
            .execute(&mut *self.0)
            .await?;
        Ok(gone.rows_affected() > 0)
    }

    /// Registers a certificate of a service principal.
    pub async fn add_certificate(
        &mut self,
        _grant: &Granted,
        principal: &str,
        certificate: &Certificate,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO principal_certificates (id, principal, name, sha1, sha256, der, starts_ms, expires_ms) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(fold(&certificate.id))
        .bind(fold(principal))
        .bind(certificate.name.clone())
        .bind(certificate.sha1.clone())
        .bind(certificate.sha256.clone())
        .bind(certificate.der.clone())
        .bind(to_ms(certificate.starts_at))
        .bind(to_ms(certificate.expires_at))
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// The certificates of a service principal.
    pub async fn certificates(&mut self, principal: &str) -> Result<Vec<Certificate>, StoreError> {
        sqlx::query(
            "SELECT id, name, sha1, sha256, der, starts_ms, expires_ms FROM principal_certificates \
             WHERE principal = $1 ORDER BY id",
        )
        .bind(fold(principal))
        .fetch_all(&mut *self.0)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Certificate {
                id: row.get(0),
                name: row.get(1),
                sha1: row.get(2),
                sha256: row.get(3),
                der: row.get(4),
                starts_at: from_ms(row.get(5))?,
                expires_at: from_ms(row.get(6))?,
            })
        })
        .collect()
    }

    /// Forgets a certificate; false where there was none.
    pub async fn remove_certificate(
        &mut self,
        _grant: &Granted,
        principal: &str,
        id: &str,
    ) -> Result<bool, StoreError> {
        let gone = sqlx::query("DELETE FROM principal_certificates WHERE principal = $1 AND id = $2")
            .bind(fold(principal))
            .bind(fold(id))
            .execute(&mut *self.0)
            .await?;
        Ok(gone.rows_affected() > 0)
    }

    /// Adds or changes a federated credential, which its name identifies.
    pub async fn put_federated(
        &mut self,
        _grant: &Granted,
        principal: &str,
        credential: &FederatedCredential,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO federated_credentials (id, principal, name, issuer, subject, audiences, description) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (principal, name) DO UPDATE SET issuer = excluded.issuer, \
             subject = excluded.subject, audiences = excluded.audiences, description = excluded.description",
        )
        .bind(fold(&credential.id))
        .bind(fold(principal))
        .bind(credential.name.clone())
        .bind(credential.issuer.clone())
        .bind(credential.subject.clone())
        .bind(serde_json::to_string(&credential.audiences)?)
        .bind(credential.description.clone())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// The federated credentials of a service principal.
    pub async fn federated(&mut self, principal: &str) -> Result<Vec<FederatedCredential>, StoreError> {
        sqlx::query(
            "SELECT id, name, issuer, subject, audiences, description FROM federated_credentials \
             WHERE principal = $1 ORDER BY name",
        )
        .bind(fold(principal))
        .fetch_all(&mut *self.0)
        .await?
        .into_iter()
        .map(|row| {
            Ok(FederatedCredential {
                id: row.get(0),
                name: row.get(1),
                issuer: row.get(2),
                subject: row.get(3),
                audiences: serde_json::from_str(row.get(4))?,
                description: row.get(5),
            })
        })
        .collect()
    }

    /// Removes a federated credential by id or name; false where there was none.
    pub async fn remove_federated(
        &mut self,
        _grant: &Granted,
        principal: &str,
        id: &str,
    ) -> Result<bool, StoreError> {
        let gone =
            sqlx::query("DELETE FROM federated_credentials WHERE principal = $1 AND (id = $2 OR name = $3)")
                .bind(fold(principal))
                .bind(fold(id))
                .bind(id.to_owned())
                .execute(&mut *self.0)
                .await?;
        Ok(gone.rows_affected() > 0)
    }
}

fn read(row: &SqliteRow) -> Result<App, StoreError> {
    Ok(App {
        id: row.get(0),
        app_id: row.get(1),
        principal_id: row.get(2),
        service_principal: row.get(3),
        enabled: row.get(4),
        display_name: row.get(5),
        registration: serde_json::from_str(row.get(6))?,
        created_at: from_ms(row.get(7))?,
    })
}
