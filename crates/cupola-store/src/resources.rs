//! Resources as documents: one envelope for every type, so that lists, tags, locks and audit need no code per type.

use crate::error::StoreError;
use cupola_core::rbac::Granted;
use cupola_core::{ResourceId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::{Row as _, SqliteConnection};

/// Who did something, and when: a half of ARM's `systemData`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The principal's display name.
    pub by: String,
    /// `Application` or `User`.
    pub by_type: String,
    /// When.
    pub at: Timestamp,
}

/// A resource of any type.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// The id with the casing in which it was first made.
    pub id: ResourceId,
    /// `kind`, for types that have one.
    pub kind: Option<String>,
    /// The short form of the region; `None` for types without a location.
    pub location: Option<String>,
    /// Tags, in the order in which they were given.
    pub tags: Map<String, Value>,
    /// `sku`, as it was given.
    pub sku: Option<Value>,
    /// `identity`, as it was given.
    pub identity: Option<Value>,
    /// The typed body, without `provisioningState`.
    pub properties: Value,
    /// `properties.provisioningState`: `Creating`, `Succeeded`, `Failed`, `Deleting`.
    pub provisioning_state: String,
    /// Changes with every write.
    pub etag: String,
    /// Who made it.
    pub created: Stamp,
    /// Who changed it last.
    pub modified: Stamp,
}

#[derive(Serialize, Deserialize)]
struct Document {
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    #[serde(default)]
    tags: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sku: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identity: Option<Value>,
    properties: Value,
    provisioning_state: String,
    created: Stamp,
    modified: Stamp,
}

/// Which resources a list shows.
#[derive(Debug, Clone, Copy)]
pub enum Below<'a> {
    /// Direct children of a type (full type name) of this resource, group or subscription.
    Children(&'a ResourceId, &'a str),
    /// Everything under this id, whatever its type and depth.
    All(&'a ResourceId),
    /// Every resource of a type on this server.
    Type(&'a str),
}

/// The table of resources.
#[derive(Debug)]
pub struct Resources<'a>(pub(crate) &'a mut SqliteConnection);

impl Resources<'_> {
    /// The resource of this id, whatever its case.
    pub async fn find(&mut self, id: &ResourceId) -> Result<Option<Resource>, StoreError> {
        sqlx::query("SELECT document, etag FROM resources WHERE id = $1")
            .bind(id.folded())
            .fetch_optional(&mut *self.0)
            .await?
            .map(|row| read(row.get(0), row.get(1)))
            .transpose()
    }

    /// A page of resources in the order of their ids: those after `after` (a folded id), at most `limit`.
    pub async fn list(
        &mut self,
        below: Below<'_>,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Resource>, StoreError> {
        let after = after.unwrap_or_default();
        let query = match below {
            Below::Children(parent, kind) => sqlx::query(
                "SELECT document, etag FROM resources WHERE parent = $1 AND type = $2 AND id > $3 ORDER BY id LIMIT $4",
            )
            .bind(parent.folded())
            .bind(kind.to_ascii_lowercase())
            .bind(after.to_owned())
            .bind(i64::from(limit)),
            // Everything under an id begins with it and a slash; '0' is the character after '/'.
            Below::All(scope) => sqlx::query(
                "SELECT document, etag FROM resources WHERE id > $1 AND id < $2 AND id > $3 ORDER BY id LIMIT $4",
            )
            .bind(format!("{}/", scope.folded()))
            .bind(format!("{}0", scope.folded()))
            .bind(after.to_owned())
            .bind(i64::from(limit)),
            Below::Type(kind) => sqlx::query(
                "SELECT document, etag FROM resources WHERE type = $1 AND $2 = $2 AND id > $3 ORDER BY id LIMIT $4",
            )
            .bind(kind.to_ascii_lowercase())
            .bind("")
            .bind(after.to_owned())
            .bind(i64::from(limit)),
        };
        let rows = query.fetch_all(&mut *self.0).await?;
        rows.into_iter().map(|row| read(row.get(0), row.get(1))).collect()
    }

    /// Inserts or replaces a resource. Whoever calls this holds the grant for it.
    pub async fn put(&mut self, _grant: &Granted, resource: &Resource) -> Result<(), StoreError> {
        let id = &resource.id;
        let parent = id.parent().map(|parent| parent.folded()).unwrap_or_default();
        sqlx::query(
            "INSERT INTO resources (id, parent, type, name, subscription, resource_group, location, etag, document) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
             ON CONFLICT (id) DO UPDATE SET location = excluded.location, etag = excluded.etag, document = excluded.document",
        )
        .bind(id.folded())
        .bind(parent)
        .bind(id.resource_type().to_ascii_lowercase())
        .bind(id.name().to_ascii_lowercase())
        .bind(id.subscription.as_deref().unwrap_or_default().to_ascii_lowercase())
        .bind(id.group.as_deref().unwrap_or_default().to_ascii_lowercase())
        .bind(resource.location.clone().unwrap_or_default())
        .bind(resource.etag.clone())
        .bind(write(resource)?)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Deletes a resource and everything under it, with names, keys and role assignments; says how many went.
    pub async fn delete(&mut self, _grant: &Granted, id: &ResourceId) -> Result<u64, StoreError> {
        let (exact, from, to) = (
            id.folded(),
            format!("{}/", id.folded()),
            format!("{}0", id.folded()),
        );
        let mut gone = 0;
        for statement in [
            "DELETE FROM claims WHERE owner = $1 OR (owner > $2 AND owner < $3)",
            "DELETE FROM credentials WHERE owner = $1 OR (owner > $2 AND owner < $3)",
            "DELETE FROM role_assignments WHERE scope = $1 OR (scope > $2 AND scope < $3)",
            "DELETE FROM resources WHERE id = $1 OR (id > $2 AND id < $3)",
        ] {
            gone = sqlx::query(statement)
                .bind(exact.clone())
                .bind(from.clone())
                .bind(to.clone())
                .execute(&mut *self.0)
                .await?
                .rows_affected();
        }
        Ok(gone)
    }

    /// Takes a name for an owner; false where somebody else holds it. Taking it twice is harmless.
    pub async fn claim(&mut self, name: &str, owner: &ResourceId) -> Result<bool, StoreError> {
        sqlx::query("INSERT INTO claims (name, owner) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
            .bind(name.to_ascii_lowercase())
            .bind(owner.folded())
            .execute(&mut *self.0)
            .await?;
        let holder: String = sqlx::query_scalar("SELECT owner FROM claims WHERE name = $1")
            .bind(name.to_ascii_lowercase())
            .fetch_one(&mut *self.0)
            .await?;
        Ok(holder == owner.folded())
    }
}

fn read(document: &str, etag: String) -> Result<Resource, StoreError> {
    let Document {
        id,
        kind,
        location,
        tags,
        sku,
        identity,
        properties,
        provisioning_state,
        created,
        modified,
    } = serde_json::from_str(document)?;
    let id =
        ResourceId::parse(&id).ok_or_else(|| StoreError::Corrupt(format!("'{id}' is no resource id")))?;
    Ok(Resource {
        id,
        kind,
        location,
        tags,
        sku,
        identity,
        properties,
        provisioning_state,
        etag,
        created,
        modified,
    })
}

fn write(resource: &Resource) -> Result<String, StoreError> {
    let Resource {
        id,
        kind,
        location,
        tags,
        sku,
        identity,
        properties,
        provisioning_state,
        etag: _,
        created,
        modified,
    } = resource.clone();
    Ok(serde_json::to_string(&Document {
        id: id.to_string(),
        kind,
        location,
        tags,
        sku,
        identity,
        properties,
        provisioning_state,
        created,
        modified,
    })?)
}
