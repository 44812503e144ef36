//! Resources as documents: one envelope for every type, so that lists, tags, locks and audit need no code per type.

use crate::deployments;
use crate::error::StoreError;
use cupola_core::name::fold;
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
    /// Other fields of the envelope, as they were given: `plan`, `zones`, `managedBy` of types that are only kept.
    pub rest: Map<String, Value>,
    /// `properties.provisioningState`: `Creating`, `Succeeded`, `Failed`, `Deleting`.
    pub provisioning_state: String,
    /// Changes with every write.
    pub etag: String,
    /// Who made it.
    pub created: Stamp,
    /// Who changed it last.
    pub modified: Stamp,
}

impl Resource {
    /// A resource that is there, with nothing in it yet. The etag is set with the write.
    pub fn new(id: ResourceId, made: Stamp) -> Self {
        Self {
            id,
            kind: None,
            location: None,
            tags: Map::new(),
            sku: None,
            identity: None,
            properties: Value::Null,
            rest: Map::new(),
            provisioning_state: "Succeeded".to_owned(),
            etag: String::new(),
            created: made.clone(),
            modified: made,
        }
    }
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
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    rest: Map<String, Value>,
    provisioning_state: String,
    created: Stamp,
    modified: Stamp,
}

/// Which resources a list shows. Every one of them is a range of an index.
#[derive(Debug, Clone, Copy)]
pub enum Below<'a> {
    /// Direct children of a type (full type name) of this resource, group or subscription.
    Children(&'a ResourceId, &'a str),
    /// Everything under this id, whatever its type and depth.
    All(&'a ResourceId),
    /// Every resource of a type on this server.
    Type(&'a str),
    /// Resources of a type under this id, at any depth.
    TypeIn(&'a ResourceId, &'a str),
    /// Resources with this last name under this id.
    Named(&'a ResourceId, &'a str),
    /// Resources with this tag under this id, whatever its value or with this one.
    Tagged(&'a ResourceId, &'a str, Option<&'a str>),
    /// Resources of a type that refer to this: endpoints to a model, marketplace subscriptions to `publisher/offer`, SaaS
    /// resources to a marketplace subscription, projects to a hub. Under an id, or anywhere.
    Referring(Option<&'a ResourceId>, &'a str, &'a str),
}

const FIND: &str = "SELECT document, etag FROM resources WHERE id = $1";
const CHILDREN: &str = "SELECT document, etag FROM resources WHERE id > $1 AND id < $2 AND parent = $4 AND type = $5 ORDER BY id LIMIT $3";
const ALL: &str = "SELECT document, etag FROM resources WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3";
const OF_TYPE: &str =
    "SELECT document, etag FROM resources WHERE id > $1 AND id < $2 AND type = $4 ORDER BY id LIMIT $3";
const NAMED: &str =
    "SELECT document, etag FROM resources WHERE id > $1 AND id < $2 AND name = $4 ORDER BY id LIMIT $3";
const TAGGED: &str = "SELECT r.document, r.etag FROM resource_tags t CROSS JOIN resources r ON r.id = t.resource \
    WHERE t.resource > $1 AND t.resource < $2 AND t.name = $4 ORDER BY t.resource LIMIT $3";
const TAGGED_SO: &str = "SELECT r.document, r.etag FROM resource_tags t CROSS JOIN resources r ON r.id = t.resource \
    WHERE t.resource > $1 AND t.resource < $2 AND t.name = $4 AND t.value = $5 ORDER BY t.resource LIMIT $3";
const REFERRING: &str = "SELECT document, etag FROM resources WHERE id > $1 AND id < $2 AND refers = $4 AND type = $5 \
    ORDER BY id LIMIT $3";
const NEXT_TYPE: &str =
    "SELECT type, document FROM resources WHERE type > $1 AND type < $2 ORDER BY type LIMIT 1";
const TAGS: &str = "SELECT name, MIN(shown), value, COUNT(*) FROM resource_tags WHERE resource = $1 OR (resource > $2 AND \
    resource < $3) GROUP BY name, value ORDER BY name, value LIMIT $4";
const PUT: &str = "INSERT INTO resources (id, parent, type, name, subscription, resource_group, location, etag, document) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
    ON CONFLICT (id) DO UPDATE SET location = excluded.location, etag = excluded.etag, document = excluded.document";
const HOLDER: &str = "SELECT owner FROM claims WHERE name = $1";
const RELEASE: &str = "DELETE FROM claims WHERE name = $1 AND owner = $2";
// The resources last: their count is the answer.
const DELETE: [&str; 9] = [
    "DELETE FROM claims WHERE owner = $1 OR (owner > $2 AND owner < $3)",
    "DELETE FROM credentials WHERE owner = $1 OR (owner > $2 AND owner < $3)",
    "DELETE FROM secrets WHERE owner = $1 OR (owner > $2 AND owner < $3)",
    "DELETE FROM responses WHERE site = $1 OR (site > $2 AND site < $3)",
    "DELETE FROM role_assignments WHERE scope = $1 OR (scope > $2 AND scope < $3)",
    "DELETE FROM role_assignments WHERE principal IN (SELECT id FROM principals WHERE resource = $1 OR (resource > $2 AND resource < $3))",
    "DELETE FROM principals WHERE resource = $1 OR (resource > $2 AND resource < $3)",
    "DELETE FROM locks WHERE scope = $1 OR (scope > $2 AND scope < $3)",
    "DELETE FROM resources WHERE id = $1 OR (id > $2 AND id < $3)",
];

/// How often a tag and a value of it are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagUse {
    /// The tag's name, as somebody wrote it.
    pub name: String,
    /// A value.
    pub value: String,
    /// On how many resources.
    pub count: i64,
}

/// The table of resources.
#[derive(Debug)]
pub struct Resources<'a>(pub(crate) &'a mut SqliteConnection);

impl Resources<'_> {
    /// The resource of this id, whatever its case.
    pub async fn find(&mut self, id: &ResourceId) -> Result<Option<Resource>, StoreError> {
        sqlx::query(FIND)
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
        let (statement, scope, first, second) = match below {
            Below::Children(parent, kind) => (CHILDREN, None, Some(parent.folded()), Some(fold(kind))),
            Below::All(scope) => (ALL, Some(scope), None, None),
            Below::Type(kind) => (OF_TYPE, None, Some(fold(kind)), None),
            Below::TypeIn(scope, kind) => (OF_TYPE, Some(scope), Some(fold(kind)), None),
            Below::Named(scope, name) => (NAMED, Some(scope), Some(fold(name)), None),
            Below::Tagged(scope, name, None) => (TAGGED, Some(scope), Some(fold(name)), None),
            Below::Tagged(scope, name, Some(value)) => {
                (TAGGED_SO, Some(scope), Some(fold(name)), Some(value.to_owned()))
            }
            Below::Referring(scope, kind, to) => (REFERRING, scope, Some(fold(to)), Some(fold(kind))),
        };
        let (from, to) = range(scope, after.unwrap_or_default());
        let query = sqlx::query(statement).bind(from).bind(to).bind(i64::from(limit));
        let query = match (first, second) {
            (Some(first), Some(second)) => query.bind(first).bind(second),
            (Some(first), None) => query.bind(first),
            _ => query,
        };
        let rows = query.fetch_all(&mut *self.0).await?;
        rows.into_iter().map(|row| read(row.get(0), row.get(1))).collect()
    }

    /// The types of a namespace that there are resources of, with the casing of one of them.
    pub async fn types(&mut self, namespace: &str) -> Result<Vec<String>, StoreError> {
        let (mut from, to) = (format!("{}/", fold(namespace)), format!("{}0", fold(namespace)));
        let mut types = Vec::new();
        // One step for each type, however many resources it has.
        while let Some(row) = sqlx::query(NEXT_TYPE)
            .bind(from.clone())
            .bind(to.clone())
            .fetch_optional(&mut *self.0)
            .await?
        {
            from = row.get(0);
            let document: Document = serde_json::from_str(row.get(1))?;
            types.extend(ResourceId::parse(&document.id).map(|id| id.resource_type()));
        }
        Ok(types)
    }

    /// The tags in use at and under this id, at most `limit` pairs of name and value.
    pub async fn tags(&mut self, scope: &ResourceId, limit: u32) -> Result<Vec<TagUse>, StoreError> {
        let (from, to) = range(Some(scope), "");
        let rows = sqlx::query(TAGS)
            .bind(scope.folded())
            .bind(from)
            .bind(to)
            .bind(i64::from(limit))
            .fetch_all(&mut *self.0)
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| TagUse {
                name: row.get(1),
                value: row.get(2),
                count: row.get(3),
            })
            .collect())
    }

    /// Inserts or replaces a resource. Whoever calls this holds the grant for it.
    pub async fn put(&mut self, _grant: &Granted, resource: &Resource) -> Result<(), StoreError> {
        let id = &resource.id;
        let parent = id.parent().map(|parent| parent.folded()).unwrap_or_default();
        sqlx::query(PUT)
            .bind(id.folded())
            .bind(parent)
            .bind(id.resource_type().to_ascii_lowercase())
            .bind(id.name().to_ascii_lowercase())
            .bind(
                id.subscription
                    .as_deref()
                    .unwrap_or_default()
                    .to_ascii_lowercase(),
            )
            .bind(id.group.as_deref().unwrap_or_default().to_ascii_lowercase())
            .bind(resource.location.clone().unwrap_or_default())
            .bind(resource.etag.clone())
            .bind(write(resource)?)
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// Deletes a resource and everything under it, with names, keys, kept responses, identities and role assignments; says
    /// how many went.
    pub async fn delete(&mut self, _grant: &Granted, id: &ResourceId) -> Result<u64, StoreError> {
        let (exact, from, to) = (
            id.folded(),
            format!("{}/", id.folded()),
            format!("{}0", id.folded()),
        );
        let mut gone = 0;
        for statement in DELETE {
            gone = sqlx::query(statement)
                .bind(exact.clone())
                .bind(from.clone())
                .bind(to.clone())
                .execute(&mut *self.0)
                .await?
                .rows_affected();
        }
        deployments::forget_below(&mut *self.0, (&from, &to)).await?;
        Ok(gone)
    }

    /// Takes a name for an owner; false where somebody else holds it. Taking it twice is harmless.
    pub async fn claim(&mut self, name: &str, owner: &ResourceId) -> Result<bool, StoreError> {
        sqlx::query("INSERT INTO claims (name, owner) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
            .bind(name.to_ascii_lowercase())
            .bind(owner.folded())
            .execute(&mut *self.0)
            .await?;
        let holder: String = sqlx::query_scalar(HOLDER)
            .bind(name.to_ascii_lowercase())
            .fetch_one(&mut *self.0)
            .await?;
        Ok(holder == owner.folded())
    }

    /// Has somebody taken this name?
    pub async fn is_claimed(&mut self, name: &str) -> Result<bool, StoreError> {
        let holder: Option<String> = sqlx::query_scalar(HOLDER)
            .bind(name.to_ascii_lowercase())
            .fetch_optional(&mut *self.0)
            .await?;
        Ok(holder.is_some())
    }

    /// Gives a name back that this owner took; a name of somebody else stays theirs.
    pub async fn release(&mut self, name: &str, owner: &ResourceId) -> Result<(), StoreError> {
        sqlx::query(RELEASE)
            .bind(name.to_ascii_lowercase())
            .bind(owner.folded())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }
}

// Everything under an id begins with it and a slash; '0' is the character after '/'. Every id begins with '/'.
fn range(scope: Option<&ResourceId>, after: &str) -> (String, String) {
    let scope = scope.map(ResourceId::folded).unwrap_or_default();
    let (from, to) = (format!("{scope}/"), format!("{scope}0"));
    (
        if after > from.as_str() {
            after.to_owned()
        } else {
            from
        },
        to,
    )
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
        rest,
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
        rest,
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
        rest,
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
        rest,
        provisioning_state,
        created,
        modified,
    })?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;

    async fn plan(store: &Store, statement: &'static str) -> Vec<String> {
        let mut work = store.begin().await.expect("begun");
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}")))
            .fetch_all(&mut *work.resources().0)
            .await
            .expect(statement);
        rows.iter().map(|row| row.get(3)).collect()
    }

    #[tokio::test]
    async fn no_statement_looks_at_every_row_or_sorts() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("cupola.db"))
            .await
            .expect("a store");
        let lists = [
            FIND, CHILDREN, ALL, OF_TYPE, NAMED, TAGGED, TAGGED_SO, REFERRING, NEXT_TYPE, HOLDER, RELEASE,
        ];
        for statement in lists.into_iter().chain(DELETE) {
            let plan = plan(&store, statement).await;
            assert!(
                !plan.is_empty()
                    && plan
                        .iter()
                        .all(|step| !step.starts_with("SCAN") && !step.contains("TEMP B-TREE")),
                "{statement}: {plan:?}"
            );
        }
        // A search must begin at its most selective column, or it is a scan by another name.
        for (statement, index) in [
            (
                CHILDREN,
                "resources_by_parent (parent=? AND type=? AND id>? AND id<?)",
            ),
            (OF_TYPE, "resources_by_type (type=? AND id>? AND id<?)"),
            (NAMED, "resources_by_name (name=? AND id>? AND id<?)"),
            (
                REFERRING,
                "resources_by_reference (refers=? AND type=? AND id>? AND id<?)",
            ),
            (
                TAGGED,
                "resource_tags_by_name (name=? AND resource>? AND resource<?)",
            ),
            (
                TAGGED_SO,
                "resource_tags_by_value (name=? AND value=? AND resource>? AND resource<?)",
            ),
        ] {
            let plan = plan(&store, statement).await;
            assert!(
                plan.iter().any(|step| step.contains(index)),
                "{statement}: {plan:?}"
            );
        }
        store.close().await;
    }
}
