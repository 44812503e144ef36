//! Template deployments: the runs, what each was asked to do, and the operations it is made of.

use crate::error::StoreError;
use crate::rows::{from_ms, to_ms};
use cupola_core::rbac::Granted;
use cupola_core::{ResourceId, Timestamp};
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

/// A run of a template, without what it was asked to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployment {
    /// With the casing in which it was asked for.
    pub id: ResourceId,
    /// The operation that clients poll; new with every PUT.
    pub run: String,
    /// The object id of the caller on whose behalf it runs.
    pub principal: String,
    /// `Accepted`, `Running`, `Succeeded`, `Failed`, `Canceled`.
    pub state: String,
    /// When it changed last.
    pub changed_at: Timestamp,
    /// Everything else that is shown or remembered; it has no secrets.
    pub document: Value,
}

impl Deployment {
    /// Is work left?
    pub fn is_active(&self) -> bool {
        matches!(self.state.as_str(), "Accepted" | "Running")
    }
}

/// One step of a run, begun or ended.
#[derive(Debug, Clone, PartialEq)]
pub struct DeploymentOperation {
    /// Its place in the run.
    pub position: i64,
    /// `Running`, `Succeeded`, `Failed`, `Canceled`.
    pub state: String,
    /// The folded id of what it works on; empty where it works on nothing.
    pub resource: String,
    /// The operation that will end it.
    pub waits_for: Option<String>,
    /// Everything else that is shown; it has no secrets.
    pub document: Value,
}

/// A step that waited for an operation which has ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Awaited {
    /// The step.
    pub position: i64,
    /// The ARM error object of an operation that failed.
    pub error: Option<Value>,
    /// When it ended.
    pub at: Timestamp,
}

/// The tables of deployments.
#[derive(Debug)]
pub struct Deployments<'a>(pub(crate) &'a mut SqliteConnection);

impl Deployments<'_> {
    /// The deployment of this id, whatever its case.
    pub async fn find(&mut self, id: &ResourceId) -> Result<Option<Deployment>, StoreError> {
        sqlx::query("SELECT document, run, principal, state, changed_ms FROM deployments WHERE id = $1")
            .bind(id.folded())
            .fetch_optional(&mut *self.0)
            .await?
            .map(|row| read(&row))
            .transpose()
    }

    /// The deployments of a scope, the one that changed last first; those before `before` (a time and an id of the page
    /// before), at most `limit`.
    pub async fn list(
        &mut self,
        scope: &ResourceId,
        before: Option<(Timestamp, &str)>,
        limit: u32,
    ) -> Result<Vec<Deployment>, StoreError> {
        let (at, id) = before.map_or((i64::MAX, String::new()), |(at, id)| (to_ms(at), id.to_owned()));
        let rows = sqlx::query(
            "SELECT document, run, principal, state, changed_ms FROM deployments \
             WHERE scope = $1 AND (changed_ms < $2 OR (changed_ms = $2 AND id > $3)) \
             ORDER BY changed_ms DESC, id LIMIT $4",
        )
        .bind(scope.folded())
        .bind(at)
        .bind(id)
        .bind(i64::from(limit))
        .fetch_all(&mut *self.0)
        .await?;
        rows.iter().map(read).collect()
    }

    /// What a deployment was asked to do, sealed.
    pub async fn request(&mut self, id: &ResourceId) -> Result<Option<String>, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT sealed FROM deployment_requests WHERE id = $1")
                .bind(id.folded())
                .fetch_optional(&mut *self.0)
                .await?,
        )
    }

    /// Begins a run; an earlier one of the same name is forgotten with its operations.
    pub async fn begin(
        &mut self,
        _grant: &Granted,
        deployment: &Deployment,
        sealed: &str,
    ) -> Result<(), StoreError> {
        self.forget(&deployment.id).await?;
        self.write(deployment).await?;
        sqlx::query("INSERT INTO deployment_requests (id, sealed) VALUES ($1, $2)")
            .bind(deployment.id.folded())
            .bind(sealed.to_owned())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// Replaces what is known of a run.
    pub async fn put(&mut self, _grant: &Granted, deployment: &Deployment) -> Result<(), StoreError> {
        self.write(deployment).await
    }

    async fn write(&mut self, deployment: &Deployment) -> Result<(), StoreError> {
        let scope = deployment
            .id
            .parent()
            .map(|scope| scope.folded())
            .unwrap_or_default();
        let document =
            serde_json::json!({"id": deployment.id.to_string(), "deployment": deployment.document});
        sqlx::query(
            "INSERT INTO deployments (id, scope, state, changed_ms, run, principal, document) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET state = excluded.state, \
             changed_ms = excluded.changed_ms, run = excluded.run, principal = excluded.principal, \
             document = excluded.document",
        )
        .bind(deployment.id.folded())
        .bind(scope)
        .bind(deployment.state.clone())
        .bind(to_ms(deployment.changed_at))
        .bind(deployment.run.clone())
        .bind(deployment.principal.clone())
        .bind(document.to_string())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Forgets a run and its operations; false where there was none.
    pub async fn delete(&mut self, _grant: &Granted, id: &ResourceId) -> Result<bool, StoreError> {
        self.forget(id).await
    }

    async fn forget(&mut self, id: &ResourceId) -> Result<bool, StoreError> {
        let mut gone = 0;
        for statement in [
            "DELETE FROM deployment_operations WHERE deployment = $1",
            "DELETE FROM deployment_requests WHERE id = $1",
            "DELETE FROM deployments WHERE id = $1",
        ] {
            gone = sqlx::query(statement)
                .bind(id.folded())
                .execute(&mut *self.0)
                .await?
                .rows_affected();
        }
        Ok(gone > 0)
    }

    /// Forgets the oldest ended runs of a scope beyond `keep`.
    pub async fn bound(&mut self, scope: &ResourceId, keep: u32) -> Result<u64, StoreError> {
        let old: Vec<String> = sqlx::query_scalar(
            "SELECT id FROM deployments WHERE scope = $1 AND id NOT IN \
             (SELECT id FROM deployments WHERE scope = $1 ORDER BY changed_ms DESC, id LIMIT $2) \
             AND state NOT IN ('Accepted', 'Running')",
        )
        .bind(scope.folded())
        .bind(i64::from(keep))
        .fetch_all(&mut *self.0)
        .await?;
        for id in &old {
            if let Some(id) = ResourceId::parse(id) {
                self.forget(&id).await?;
            }
        }
        Ok(old.len() as u64)
    }

    /// The run of this scope that succeeded last, other than `but`.
    pub async fn last_successful(
        &mut self,
        scope: &ResourceId,
        but: &ResourceId,
    ) -> Result<Option<Deployment>, StoreError> {
        sqlx::query(
            "SELECT document, run, principal, state, changed_ms FROM deployments \
             WHERE scope = $1 AND state = 'Succeeded' AND id <> $2 ORDER BY changed_ms DESC, id LIMIT 1",
        )
        .bind(scope.folded())
        .bind(but.folded())
        .fetch_optional(&mut *self.0)
        .await?
        .map(|row| read(&row))
        .transpose()
    }

    /// The steps of a run, in order: those after `after`, at most `limit`.
    pub async fn operations(
        &mut self,
        id: &ResourceId,
        after: Option<i64>,
        limit: u32,
    ) -> Result<Vec<DeploymentOperation>, StoreError> {
        sqlx::query(
            "SELECT position, state, resource, waits_for, document FROM deployment_operations \
             WHERE deployment = $1 AND position > $2 ORDER BY position LIMIT $3",
        )
        .bind(id.folded())
        .bind(after.unwrap_or(i64::MIN))
        .bind(i64::from(limit))
        .fetch_all(&mut *self.0)
        .await?
        .into_iter()
        .map(|row| {
            Ok(DeploymentOperation {
                position: row.get(0),
                state: row.get(1),
                resource: row.get(2),
                waits_for: row.get(3),
                document: serde_json::from_str(row.get(4))?,
            })
        })
        .collect()
    }

    /// Adds a step of a run, or changes it.
    pub async fn put_operation(
        &mut self,
        id: &ResourceId,
        operation: &DeploymentOperation,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO deployment_operations (deployment, position, state, resource, waits_for, document) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (deployment, position) DO UPDATE SET \
             state = excluded.state, resource = excluded.resource, waits_for = excluded.waits_for, \
             document = excluded.document",
        )
        .bind(id.folded())
        .bind(operation.position)
        .bind(operation.state.clone())
        .bind(operation.resource.clone())
        .bind(operation.waits_for.clone())
        .bind(operation.document.to_string())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// The running steps whose operation has ended, or was forgotten.
    pub async fn awaited(&mut self, id: &ResourceId) -> Result<Vec<Awaited>, StoreError> {
        sqlx::query(
            "SELECT step.position, operation.error, operation.finished_ms FROM deployment_operations AS step \
             LEFT JOIN operations AS operation ON operation.id = step.waits_for \
             WHERE step.deployment = $1 AND step.state = 'Running' AND step.waits_for IS NOT NULL \
             AND (operation.id IS NULL OR operation.status <> 'InProgress') ORDER BY step.position",
        )
        .bind(id.folded())
        .fetch_all(&mut *self.0)
        .await?
        .into_iter()
        .map(|row| {
            let error = row.get::<Option<String>, _>(1);
            Ok(Awaited {
                position: row.get(0),
                error: error.map(|text| serde_json::from_str(&text)).transpose()?,
                at: from_ms(row.get::<Option<i64>, _>(2).unwrap_or_default())?,
            })
        })
        .collect()
    }

    /// Keeps what a question came to.
    pub async fn keep_result(
        &mut self,
        operation: &str,
        sealed: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO deployment_results (operation, sealed, made_ms) VALUES ($1, $2, $3)")
            .bind(operation.to_owned())
            .bind(sealed.to_owned())
            .bind(to_ms(now))
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// What a question came to, sealed.
    pub async fn result(&mut self, operation: &str) -> Result<Option<String>, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT sealed FROM deployment_results WHERE operation = $1")
                .bind(operation.to_owned())
                .fetch_optional(&mut *self.0)
                .await?,
        )
    }

    /// Forgets results that were made before `before`.
    pub async fn prune_results(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        let gone = sqlx::query("DELETE FROM deployment_results WHERE made_ms < $1")
            .bind(to_ms(before))
            .execute(&mut *self.0)
            .await?;
        Ok(gone.rows_affected())
    }
}

/// Forgets the runs of everything below a resource or group; belongs to its deletion.
pub(crate) async fn forget_below(
    connection: &mut SqliteConnection,
    (from, to): (&str, &str),
) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM deployment_operations WHERE deployment > $1 AND deployment < $2",
        "DELETE FROM deployment_requests WHERE id > $1 AND id < $2",
        "DELETE FROM deployments WHERE id > $1 AND id < $2",
    ] {
        sqlx::query(statement)
            .bind(from.to_owned())
            .bind(to.to_owned())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

fn read(row: &SqliteRow) -> Result<Deployment, StoreError> {
    let mut document: Value = serde_json::from_str(row.get(0))?;
    let id = document["id"].as_str().and_then(ResourceId::parse);
    Ok(Deployment {
        id: id.ok_or_else(|| StoreError::Corrupt("a deployment has no id".to_owned()))?,
        run: row.get(1),
        principal: row.get(2),
        state: row.get(3),
        changed_at: from_ms(row.get(4))?,
        document: document["deployment"].take(),
    })
}
