//! Who there is: principals, secrets, signing keys; and the small facts of `meta`. What they hold is in `roles`.

use crate::error::StoreError;
use crate::rows::{from_ms, to_ms};
use cupola_core::rbac::{Granted, MANAGED_IDENTITY, Principal};
use cupola_core::{ResourceId, Timestamp, name::fold};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

/// A secret of a principal, as a digest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredSecret {
    /// The key id, a GUID.
    pub id: String,
    /// The digest; how it is made is the identity crate's.
    pub digest: String,
    /// For people.
    pub name: Option<String>,
    /// Its first characters, by which people recognise it.
    pub hint: String,
    /// Since when it is good; `None` is from the beginning.
    pub starts_at: Option<Timestamp>,
    /// Until when it is good; `None` is for ever.
    pub expires_at: Option<Timestamp>,
}

/// A key that signs tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSigningKey {
    /// The `kid`.
    pub id: String,
    /// The sealed private key.
    pub sealed: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Since when it signs no more; its tokens stay good until they expire.
    pub retired_at: Option<Timestamp>,
}

/// The tables of access.
#[derive(Debug)]
pub struct Access<'a>(pub(crate) &'a mut SqliteConnection);

impl Access<'_> {
    /// A fact by name, such as `tenant`.
    pub async fn fact(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT value FROM meta WHERE name = $1")
            .bind(name.to_owned())
            .fetch_optional(&mut *self.0)
            .await?)
    }

    /// Sets a fact.
    pub async fn set_fact(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
            .bind(name.to_owned())
            .bind(value.to_owned())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// Adds or renames a principal.
    pub async fn put_principal(&mut self, _grant: &Granted, principal: &Principal) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO principals (id, app_id, kind, display_name) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (id) DO UPDATE SET display_name = excluded.display_name",
        )
        .bind(fold(&principal.id))
        .bind(principal.app_id.as_deref().map(fold))
        .bind(principal.kind)
        .bind(principal.display_name.clone())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// The principal with this object id or application id.
    pub async fn principal(&mut self, id: &str) -> Result<Option<Principal>, StoreError> {
        let row =
            sqlx::query("SELECT id, app_id, kind, display_name FROM principals WHERE id = $1 OR app_id = $1")
                .bind(fold(id))
                .fetch_optional(&mut *self.0)
                .await?;
        Ok(row.as_ref().map(principal))
    }

    /// The principal that is the managed identity of this resource.
    pub async fn identity_of(&mut self, resource: &ResourceId) -> Result<Option<Principal>, StoreError> {
        let row = sqlx::query("SELECT id, app_id, kind, display_name FROM principals WHERE resource = $1")
            .bind(resource.folded())
            .fetch_optional(&mut *self.0)
            .await?;
        Ok(row.as_ref().map(principal))
    }

    /// Adds the managed identity of a resource, which has none yet.
    pub async fn put_identity(
        &mut self,
        grant: &Granted,
        resource: &ResourceId,
        principal: &Principal,
    ) -> Result<(), StoreError> {
        self.put_principal(grant, principal).await?;
        sqlx::query("UPDATE principals SET resource = $1 WHERE id = $2")
            .bind(resource.folded())
            .bind(fold(&principal.id))
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// Takes its managed identity from a resource, with all that it holds.
    pub async fn forget_identity(
        &mut self,
        grant: &Granted,
        resource: &ResourceId,
    ) -> Result<(), StoreError> {
        if let Some(gone) = self.identity_of(resource).await? {
            self.unassign_all(grant, &gone.id).await?;
            sqlx::query("DELETE FROM principals WHERE resource = $1")
                .bind(resource.folded())
                .execute(&mut *self.0)
                .await?;
        }
        Ok(())
    }

    /// The same, unless it is disabled: who may sign in and call.
    pub async fn active_principal(&mut self, id: &str) -> Result<Option<Principal>, StoreError> {
        let enabled: Option<bool> =
            sqlx::query_scalar("SELECT enabled FROM principals WHERE id = $1 OR app_id = $1")
                .bind(fold(id))
                .fetch_optional(&mut *self.0)
                .await?;
        match enabled {
            Some(true) => self.principal(id).await,
            _ => Ok(None),
        }
    }

    /// Adds a secret to a principal.
    pub async fn add_secret(
        &mut self,
        _grant: &Granted,
        principal: &str,
        secret: &StoredSecret,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO principal_secrets (id, principal, digest, expires_ms, name, hint, starts_ms) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(fold(&secret.id))
        .bind(fold(principal))
        .bind(secret.digest.clone())
        .bind(secret.expires_at.map(to_ms))
        .bind(secret.name.clone())
        .bind(secret.hint.clone())
        .bind(secret.starts_at.map(to_ms))
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// The secrets of a principal, by object id.
    pub async fn secrets(&mut self, principal: &str) -> Result<Vec<StoredSecret>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, digest, name, hint, starts_ms, expires_ms FROM principal_secrets WHERE principal = $1 ORDER BY id",
        )
        .bind(fold(principal))
        .fetch_all(&mut *self.0)
        .await?;
        let instant = |ms: Option<i64>| ms.map(from_ms).transpose();
        rows.into_iter()
            .map(|row| {
                Ok(StoredSecret {
                    id: row.get(0),
                    digest: row.get(1),
                    name: row.get(2),
                    hint: row.get(3),
                    starts_at: instant(row.get(4))?,
                    expires_at: instant(row.get(5))?,
                })
            })
            .collect()
    }

    /// Forgets a secret of a principal by its key id; false where there was none.
    pub async fn remove_secret(
        &mut self,
        _grant: &Granted,
        principal: &str,
        id: &str,
    ) -> Result<bool, StoreError> {
        let gone = sqlx::query("DELETE FROM principal_secrets WHERE principal = $1 AND id = $2")
            .bind(fold(principal))
            .bind(fold(id))
            .execute(&mut *self.0)
            .await?;
        Ok(gone.rows_affected() > 0)
    }

    /// Every signing key, newest first.
    pub async fn signing_keys(&mut self) -> Result<Vec<SealedSigningKey>, StoreError> {
        sqlx::query(
            "SELECT id, sealed, created_ms, retired_ms FROM signing_keys ORDER BY created_ms DESC, id",
        )
        .fetch_all(&mut *self.0)
        .await?
        .into_iter()
        .map(|row| {
            Ok(SealedSigningKey {
                id: row.get(0),
                sealed: row.get(1),
                created_at: from_ms(row.get(2))?,
                retired_at: row.get::<Option<i64>, _>(3).map(from_ms).transpose()?,
            })
        })
        .collect()
    }

    /// Forgets signing keys that were retired before this: their last token has expired. Says how many.
    pub async fn prune_signing_keys(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        let gone = sqlx::query("DELETE FROM signing_keys WHERE retired_ms < $1")
            .bind(to_ms(before))
            .execute(&mut *self.0)
            .await?;
        Ok(gone.rows_affected())
    }

    /// Adds a signing key and retires the ones before it.
    pub async fn rotate_signing_key(
        &mut self,
        _grant: &Granted,
        key: &SealedSigningKey,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE signing_keys SET retired_ms = $1 WHERE retired_ms IS NULL")
            .bind(to_ms(key.created_at))
            .execute(&mut *self.0)
            .await?;
        sqlx::query("INSERT INTO signing_keys (id, sealed, created_ms) VALUES ($1, $2, $3)")
            .bind(key.id.clone())
            .bind(key.sealed.clone())
            .bind(to_ms(key.created_at))
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }
}

fn principal(row: &SqliteRow) -> Principal {
    Principal {
        id: row.get(0),
        app_id: row.get(1),
        kind: match row.get::<&str, _>(2) {
            "User" => "User",
            MANAGED_IDENTITY => MANAGED_IDENTITY,
            _ => "Application",
        },
        display_name: row.get(3),
    }
}
