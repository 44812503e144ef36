//! Who holds what: role assignments, and the roles that people defined here.

use crate::access::Access;
use crate::error::StoreError;
use crate::rows::{from_ms, to_ms};
use cupola_core::rbac::{Granted, Permissions, RoleAssignment, RoleDefinition};
use cupola_core::{Timestamp, name::fold};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _};
use std::collections::HashMap;
use std::sync::Arc;

/// A role assignment with what people wrote beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedAssignment {
    /// Who holds what where.
    pub assignment: RoleAssignment,
    /// Why.
    pub description: Option<String>,
    /// An expression that narrows it.
    pub condition: Option<String>,
    /// The language of the expression.
    pub condition_version: Option<String>,
    /// The object id of who made it.
    pub created_by: Option<String>,
    /// Since when it says what it says.
    pub updated_at: Timestamp,
    /// The object id of who changed it last.
    pub updated_by: Option<String>,
}

impl RecordedAssignment {
    /// An assignment without words.
    pub fn plain(assignment: RoleAssignment) -> Self {
        Self {
            updated_at: assignment.created_at,
            assignment,
            description: None,
            condition: None,
            condition_version: None,
            created_by: None,
            updated_by: None,
        }
    }
}

/// A role that somebody here defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomRole {
    /// What it is.
    pub definition: RoleDefinition,
    /// Since when.
    pub created_at: Timestamp,
    /// The object id of who made it.
    pub created_by: String,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The object id of who changed it last.
    pub updated_by: String,
}

/// What a principal holds, with the role itself where it is a custom one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The assignment.
    pub assignment: RoleAssignment,
    /// Does a condition narrow it?
    pub conditional: bool,
    /// The role, unless it is built in. Assignments of one role share it.
    pub custom: Option<Arc<RoleDefinition>>,
}

#[derive(Serialize, Deserialize)]
struct StoredRole {
    id: String,
    name: String,
    description: String,
    assignable_scopes: Vec<String>,
    permissions: Vec<StoredPermissions>,
    created_at: Timestamp,
    created_by: String,
    updated_at: Timestamp,
    updated_by: String,
}

#[derive(Serialize, Deserialize)]
struct StoredPermissions {
    actions: Vec<String>,
    not_actions: Vec<String>,
    data_actions: Vec<String>,
    not_data_actions: Vec<String>,
}

const COLUMNS: &str = "a.id, COALESCE(a.shown_scope, a.scope), a.role, a.principal, a.principal_type, a.created_ms, \
                       a.description, a.condition, a.condition_version, a.created_by, a.updated_ms, a.updated_by";

const HELD: &str = "SELECT {columns}, d.id IS NOT NULL FROM role_assignments a LEFT JOIN role_definitions d ON d.id = a.role \
                    WHERE a.principal = $1 ORDER BY a.scope, a.id";
const CUSTOM_HELD: &str = "SELECT d.document FROM role_definitions d WHERE d.id IN (SELECT a.role FROM role_assignments a \
                           WHERE a.principal = $1)";
const AT: &str =
    "SELECT {columns} FROM role_assignments a WHERE a.scope = $1 AND a.id > $2 ORDER BY a.id LIMIT $3";
const BELOW: &str = "SELECT {columns} FROM role_assignments a WHERE (a.scope, a.id) > ($1, $2) AND a.scope < $3 \
                     ORDER BY a.scope, a.id LIMIT $4";
const TWINS: &str =
    "SELECT COUNT(*) FROM role_assignments WHERE scope = $1 AND role = $2 AND principal = $3 AND id <> $4";
const COUNT_HELD: &str =
    "SELECT COUNT(*) FROM (SELECT 1 FROM role_assignments WHERE principal = $1 LIMIT $2)";
const COUNT_BELOW: &str =
    "SELECT COUNT(*) FROM (SELECT 1 FROM role_assignments WHERE scope > $1 AND scope < $2 LIMIT $3)";
const HOLDERS: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM role_assignments a JOIN principals p ON p.id = a.principal \
                       WHERE a.role = $1 AND a.scope = $2 AND a.condition IS NULL AND p.enabled = 1 \
                       AND p.kind <> 'ManagedIdentity' LIMIT $3)";
const OF_ROLE: &str = "SELECT COALESCE(shown_scope, scope) FROM role_assignments WHERE role = $1 LIMIT $2";

fn statement(pattern: &str) -> String {
    pattern.replace("{columns}", COLUMNS)
}

// Everything below an id begins with it and a slash; the root has everything below it.
fn range(scope: &str) -> (String, String) {
    let scope = fold(scope.trim_end_matches('/'));
    (format!("{scope}/"), format!("{scope}0"))
}

impl Access<'_> {
    /// Adds a role assignment; false where the same principal holds the same role at the same scope already.
    pub async fn assign(&mut self, grant: &Granted, assignment: &RoleAssignment) -> Result<bool, StoreError> {
        self.put_assignment(grant, &RecordedAssignment::plain(assignment.clone()))
            .await
    }

    /// Adds a role assignment, or changes the words beside it; false where the same principal holds the same role at the
    /// same scope under another id.
    pub async fn put_assignment(
        &mut self,
        _grant: &Granted,
        recorded: &RecordedAssignment,
    ) -> Result<bool, StoreError> {
        let assignment = &recorded.assignment;
        let held: i64 = sqlx::query_scalar(TWINS)
            .bind(fold(&assignment.scope))
            .bind(fold(&assignment.role))
            .bind(fold(&assignment.principal))
            .bind(fold(&assignment.id))
            .fetch_one(&mut *self.0)
            .await?;
        if held > 0 {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO role_assignments (id, scope, role, principal, principal_type, created_ms, shown_scope, \
             description, condition, condition_version, created_by, updated_ms, updated_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
             ON CONFLICT (id) DO UPDATE SET description = excluded.description, condition = excluded.condition, \
             condition_version = excluded.condition_version, updated_ms = excluded.updated_ms, \
             updated_by = excluded.updated_by",
        )
        .bind(fold(&assignment.id))
        .bind(fold(&assignment.scope))
        .bind(fold(&assignment.role))
        .bind(fold(&assignment.principal))
        .bind(assignment.principal_type.clone())
        .bind(to_ms(assignment.created_at))
        .bind(assignment.scope.clone())
        .bind(recorded.description.clone())
        .bind(recorded.condition.clone())
        .bind(recorded.condition_version.clone())
        .bind(recorded.created_by.clone())
        .bind(to_ms(recorded.updated_at))
        .bind(recorded.updated_by.clone())
        .execute(&mut *self.0)
        .await?;
        Ok(true)
    }

    /// What a principal holds, with its custom roles. The cost is what the principal holds, and no role is read twice:
    /// roles can be large, and this is asked at every request.
    pub async fn held(&mut self, principal: &str) -> Result<Vec<Held>, StoreError> {
        let held = sqlx::query(AssertSqlSafe(statement(HELD)))
            .bind(fold(principal))
            .fetch_all(&mut *self.0)
            .await?
            .iter()
            .map(|row| Ok((recorded(row)?, row.get::<bool, _>(12))))
            .collect::<Result<Vec<_>, StoreError>>()?;
        let custom = if held.iter().any(|(_, custom)| *custom) {
            self.custom_roles_of(principal).await?
        } else {
            HashMap::new()
        };
        let held = held.into_iter().map(|(recorded, _)| Held {
            conditional: recorded.condition.is_some(),
            custom: custom.get(&recorded.assignment.role).cloned(),
            assignment: recorded.assignment,
        });
        Ok(held.collect())
    }

    async fn custom_roles_of(
        &mut self,
        principal: &str,
    ) -> Result<HashMap<String, Arc<RoleDefinition>>, StoreError> {
        sqlx::query(CUSTOM_HELD)
            .bind(fold(principal))
            .fetch_all(&mut *self.0)
            .await?
            .iter()
            .map(|row| {
                let role = custom_role(row.get(0))?.definition;
                Ok((fold(&role.id), Arc::new(role)))
            })
            .collect()
    }

    /// The assignment of this id.
    pub async fn assignment(&mut self, id: &str) -> Result<Option<RecordedAssignment>, StoreError> {
        let text = format!("SELECT {COLUMNS} FROM role_assignments a WHERE a.id = $1");
        sqlx::query(AssertSqlSafe(text))
            .bind(fold(id))
            .fetch_optional(&mut *self.0)
            .await?
            .as_ref()
            .map(recorded)
            .transpose()
    }

    /// A page of the assignments at these scopes (folded, each above the next), and below `below` where it is given: in the
    /// order of their scopes and ids, those after `after`.
    pub async fn assignments_at(
        &mut self,
        scopes: &[String],
        below: Option<&str>,
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Result<Vec<RecordedAssignment>, StoreError> {
        let (after_scope, after_id) = after.unwrap_or_default();
        let mut found = Vec::new();
        for scope in scopes {
            let left = i64::from(limit) - found.len() as i64;
            if left <= 0 || scope.as_str() < after_scope {
                continue;
            }
            let from = if scope == after_scope { after_id } else { "" };
            let rows = sqlx::query(AssertSqlSafe(statement(AT)))
                .bind(scope.clone())
                .bind(from.to_owned())
                .bind(left)
                .fetch_all(&mut *self.0)
                .await?;
            for row in &rows {
                found.push(recorded(row)?);
            }
        }
        let left = i64::from(limit) - found.len() as i64;
        if let (Some(below), true) = (below, left > 0) {
            let (from, to) = range(below);
            // No id is greater than this, and what is held at the root itself came before.
            let from = (from.as_str(), "~").max((after_scope, after_id));
            let rows = sqlx::query(AssertSqlSafe(statement(BELOW)))
                .bind(from.0.to_owned())
                .bind(from.1.to_owned())
                .bind(to)
                .bind(left)
                .fetch_all(&mut *self.0)
                .await?;
            for row in &rows {
                found.push(recorded(row)?);
            }
        }
        Ok(found)
    }

    /// What a principal holds, with what people wrote beside it.
    pub async fn assignments_of(&mut self, principal: &str) -> Result<Vec<RecordedAssignment>, StoreError> {
        sqlx::query(AssertSqlSafe(statement(HELD)))
            .bind(fold(principal))
            .fetch_all(&mut *self.0)
            .await?
            .iter()
            .map(recorded)
            .collect()
    }

    /// How many assignments a principal holds, counted up to `limit`.
    pub async fn count_held(&mut self, principal: &str, limit: u32) -> Result<u32, StoreError> {
        let count: i64 = sqlx::query_scalar(COUNT_HELD)
            .bind(fold(principal))
            .bind(i64::from(limit))
            .fetch_one(&mut *self.0)
            .await?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// How many assignments there are below a scope, counted up to `limit`.
    pub async fn count_below(&mut self, scope: &str, limit: u32) -> Result<u32, StoreError> {
        let (from, to) = range(scope);
        let count: i64 = sqlx::query_scalar(COUNT_BELOW)
            .bind(from)
            .bind(to)
            .bind(i64::from(limit))
            .fetch_one(&mut *self.0)
            .await?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// How many who can sign in hold this role at this very scope without a condition, at most `limit`.
    pub async fn holders(&mut self, role: &str, scope: &str, limit: u32) -> Result<u32, StoreError> {
        let count: i64 = sqlx::query_scalar(HOLDERS)
            .bind(fold(role))
            .bind(fold(scope))
            .bind(i64::from(limit))
            .fetch_one(&mut *self.0)
            .await?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Where a role is held: at most `limit` scopes, as they were written.
    pub async fn scopes_of_role(&mut self, role: &str, limit: u32) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar(OF_ROLE)
            .bind(fold(role))
            .bind(i64::from(limit))
            .fetch_all(&mut *self.0)
            .await?)
    }

    /// Removes a role assignment; false where there was none.
    pub async fn unassign(&mut self, _grant: &Granted, id: &str) -> Result<bool, StoreError> {
        let gone = sqlx::query("DELETE FROM role_assignments WHERE id = $1")
            .bind(fold(id))
            .execute(&mut *self.0)
            .await?;
        Ok(gone.rows_affected() > 0)
    }

    /// Takes from a principal all that it holds; says how much.
    pub async fn unassign_all(&mut self, _grant: &Granted, principal: &str) -> Result<u64, StoreError> {
        let gone = sqlx::query("DELETE FROM role_assignments WHERE principal = $1")
            .bind(fold(principal))
            .execute(&mut *self.0)
            .await?;
        Ok(gone.rows_affected())
    }

    /// The custom role of this id.
    pub async fn custom_role(&mut self, id: &str) -> Result<Option<CustomRole>, StoreError> {
        sqlx::query("SELECT document FROM role_definitions WHERE id = $1")
            .bind(fold(id))
            .fetch_optional(&mut *self.0)
            .await?
            .map(|row| custom_role(row.get(0)))
            .transpose()
    }

    /// Every custom role, by name. There are at most some thousands; whoever adds one counts.
    pub async fn custom_roles(&mut self) -> Result<Vec<CustomRole>, StoreError> {
        sqlx::query("SELECT document FROM role_definitions ORDER BY name")
            .fetch_all(&mut *self.0)
            .await?
            .iter()
            .map(|row| custom_role(row.get(0)))
            .collect()
    }

    /// How many custom roles there are.
    pub async fn count_custom_roles(&mut self) -> Result<u32, StoreError> {
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM role_definitions")
            .fetch_one(&mut *self.0)
            .await?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Adds or changes a custom role; false where another one has its name.
    pub async fn put_custom_role(&mut self, _grant: &Granted, role: &CustomRole) -> Result<bool, StoreError> {
        let name = fold(&role.definition.name);
        let taken: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM role_definitions WHERE name = $1 AND id <> $2")
                .bind(name.clone())
                .bind(fold(&role.definition.id))
                .fetch_one(&mut *self.0)
                .await?;
        if taken > 0 {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO role_definitions (id, name, document) VALUES ($1, $2, $3) \
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, document = excluded.document",
        )
        .bind(fold(&role.definition.id))
        .bind(name)
        .bind(document(role)?)
        .execute(&mut *self.0)
        .await?;
        Ok(true)
    }

    /// Removes a custom role; false where there was none.
    pub async fn delete_custom_role(&mut self, _grant: &Granted, id: &str) -> Result<bool, StoreError> {
        let gone = sqlx::query("DELETE FROM role_definitions WHERE id = $1")
            .bind(fold(id))
            .execute(&mut *self.0)
            .await?;
        Ok(gone.rows_affected() > 0)
    }
}

fn recorded(row: &SqliteRow) -> Result<RecordedAssignment, StoreError> {
    let created_at = from_ms(row.get(5))?;
    Ok(RecordedAssignment {
        assignment: RoleAssignment {
            id: row.get(0),
            scope: row.get(1),
            role: row.get(2),
            principal: row.get(3),
            principal_type: row.get(4),
            created_at,
        },
        description: row.get(6),
        condition: row.get(7),
        condition_version: row.get(8),
        created_by: row.get(9),
        updated_at: row
            .get::<Option<i64>, _>(10)
            .map(from_ms)
            .transpose()?
            .unwrap_or(created_at),
        updated_by: row.get(11),
    })
}

fn custom_role(document: &str) -> Result<CustomRole, StoreError> {
    let stored: StoredRole = serde_json::from_str(document)?;
    let permissions = stored.permissions.into_iter().map(|block| Permissions {
        actions: block.actions,
        not_actions: block.not_actions,
        data_actions: block.data_actions,
        not_data_actions: block.not_data_actions,
    });
    Ok(CustomRole {
        definition: RoleDefinition {
            id: stored.id,
            name: stored.name,
            description: stored.description,
            built_in: false,
            assignable_scopes: stored.assignable_scopes,
            permissions: permissions.collect(),
        },
        created_at: stored.created_at,
        created_by: stored.created_by,
        updated_at: stored.updated_at,
        updated_by: stored.updated_by,
    })
}

fn document(role: &CustomRole) -> Result<String, StoreError> {
    let CustomRole {
        definition,
        created_at,
        created_by,
        updated_at,
        updated_by,
    } = role.clone();
    let permissions = definition.permissions.into_iter().map(|block| StoredPermissions {
        actions: block.actions,
        not_actions: block.not_actions,
        data_actions: block.data_actions,
        not_data_actions: block.not_data_actions,
    });
    Ok(serde_json::to_string(&StoredRole {
        id: definition.id,
        name: definition.name,
        description: definition.description,
        assignable_scopes: definition.assignable_scopes,
        permissions: permissions.collect(),
        created_at,
        created_by,
        updated_at,
        updated_by,
    })?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;

    async fn check(store: &Store, pattern: &'static str, indexes: &[&str]) {
        let mut work = store.begin().await.expect("begun");
        let text = format!("EXPLAIN QUERY PLAN {}", statement(pattern));
        let rows = sqlx::query(AssertSqlSafe(text))
            .fetch_all(&mut *work.access().0)
            .await
            .expect(pattern);
        let plan: Vec<String> = rows.iter().map(|row| row.get(3)).collect();
        let looks_at_all = |step: &String| {
            (step.starts_with("SCAN") && !step.contains("CONSTANT ROW") && !step.contains("(subquery"))
                || step.contains("TEMP B-TREE FOR ORDER BY")
        };
        assert!(!plan.iter().any(looks_at_all), "{pattern}: {plan:?}");
        for index in indexes {
            assert!(
                plan.iter().any(|step| step.contains(index)),
                "{pattern}: {plan:?}, not {index}"
            );
        }
    }

    #[tokio::test]
    async fn no_question_about_roles_looks_at_every_assignment() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("cupola.db"))
            .await
            .expect("a store");
        let of_principal = "role_assignments_by_principal (principal=?";
        for (pattern, indexes) in [
            (HELD, vec![of_principal]),
            (CUSTOM_HELD, vec![of_principal]),
            (AT, vec!["role_assignments_by_scope (scope=? AND id>?)"]),
            (
                BELOW,
                vec!["role_assignments_by_scope ((scope,id)>(?,?) AND scope<?)"],
            ),
            (
                TWINS,
                vec!["role_assignments_by_principal (principal=? AND scope=?"],
            ),
            (COUNT_HELD, vec![of_principal]),
            (
                COUNT_BELOW,
                vec!["role_assignments_by_scope (scope>? AND scope<?)"],
            ),
            (HOLDERS, vec!["role_assignments_by_role (role=? AND scope=?)"]),
            (OF_ROLE, vec!["role_assignments_by_role (role=?)"]),
        ] {
            check(&store, pattern, &indexes).await;
        }
        store.close().await;
    }
}
