//! The audit record: every change and every refusal, kept for a while and found by each of its ids.

use crate::error::StoreError;
use crate::rows::{from_ms, to_ms};
use cupola_core::name::fold;
use cupola_core::{ResourceId, Timestamp};
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

/// One line of the audit record.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// The object id of the caller, or empty for a stranger.
    pub principal: String,
    /// The action, such as `Microsoft.MachineLearningServices/workspaces/write`.
    pub action: String,
    /// Where.
    pub scope: String,
    /// `Succeeded`, `Accepted`, or the code of the refusal.
    pub outcome: String,
    /// The request's correlation id.
    pub correlation: String,
    /// More, without secrets.
    pub detail: Value,
}

/// A line with everything that is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Counts up; 0 until it is kept.
    pub id: i64,
    /// What the short form says.
    pub entry: Entry,
    /// The application id or the user name of the caller.
    pub caller: String,
    /// `Application` or `User`.
    pub caller_kind: String,
    /// For people.
    pub caller_name: String,
    /// The HTTP status of a refusal; 0 for a change.
    pub status: u16,
    /// The HTTP method.
    pub method: String,
    /// The address of the client.
    pub address: String,
    /// What the client says it is.
    pub user_agent: String,
    /// The client's own id for the request.
    pub client_request: String,
    /// Our id for the request.
    pub request: String,
    /// The operation that the request began.
    pub operation: String,
    /// What a refusal said.
    pub message: String,
    /// The field or resource at fault.
    pub target: String,
    /// The resource as it was, without secrets.
    pub before: Option<Value>,
    /// The resource as it is since then, without secrets.
    pub after: Option<Value>,
}

impl From<Entry> for Event {
    fn from(entry: Entry) -> Self {
        Self {
            id: 0,
            entry,
            caller: String::new(),
            caller_kind: String::new(),
            caller_name: String::new(),
            status: 0,
            method: String::new(),
            address: String::new(),
            user_agent: String::new(),
            client_request: String::new(),
            request: String::new(),
            operation: String::new(),
            message: String::new(),
            target: String::new(),
            before: None,
            after: None,
        }
    }
}

/// What is looked for in the record. Every way has an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A subscription.
    Subscription(String),
    /// A group of a subscription.
    Group(String, String),
    /// A resource, by its id.
    Resource(String),
    /// A caller, by object id, in a subscription.
    Principal(String, String),
    /// A correlation id, in a subscription.
    Correlation(String, String),
}

/// A place in the record, newest first: `(at_ms, id)`.
pub type Place = (i64, i64);

const COLUMNS: &str = "id, at_ms, principal, action, scope, outcome, correlation, detail, caller, caller_kind, \
                       caller_name, status, method, address, user_agent, client_request, request, operation, message, \
                       target, before, after";

/// The table of the audit record.
#[derive(Debug)]
pub struct Audit<'a>(pub(crate) &'a mut SqliteConnection);

impl Audit<'_> {
    /// Adds a line in its short form.
    pub async fn add(&mut self, entry: &Entry) -> Result<(), StoreError> {
        self.record(&entry.clone().into()).await
    }

    /// Adds a line. A person is named by the user name that they have now, which those who record need not know.
    pub async fn record(&mut self, event: &Event) -> Result<(), StoreError> {
        let entry = &event.entry;
        let id = ResourceId::parse(&entry.scope);
        let part = |part: Option<&String>| part.map(|text| fold(text)).unwrap_or_default();
        sqlx::query(
            "INSERT INTO audit (at_ms, principal, action, scope, outcome, correlation, detail, caller, caller_kind, \
             caller_name, status, method, address, user_agent, client_request, request, operation, message, target, \
             before, after, subscription, resource_group, resource) VALUES ($1, $2, $3, $4, $5, $6, $7, \
             COALESCE((SELECT shown FROM users WHERE id = lower($2)), $8), $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)",
        )
        .bind(to_ms(entry.at))
        .bind(entry.principal.clone())
        .bind(entry.action.clone())
        .bind(entry.scope.clone())
        .bind(entry.outcome.clone())
        .bind(entry.correlation.clone())
        .bind(entry.detail.to_string())
        .bind(event.caller.clone())
        .bind(event.caller_kind.clone())
        .bind(event.caller_name.clone())
        .bind(i64::from(event.status))
        .bind(event.method.clone())
        .bind(event.address.clone())
        .bind(event.user_agent.clone())
        .bind(event.client_request.clone())
        .bind(event.request.clone())
        .bind(event.operation.clone())
        .bind(event.message.clone())
        .bind(event.target.clone())
        .bind(event.before.as_ref().map(Value::to_string))
        .bind(event.after.as_ref().map(Value::to_string))
        .bind(part(id.as_ref().and_then(|id| id.subscription.as_ref())))
        .bind(part(id.as_ref().and_then(|id| id.group.as_ref())))
        .bind(
            id.as_ref()
                .filter(|id| id.provider.is_some())
                .map(ResourceId::folded)
                .unwrap_or_default(),
        )
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// The last lines, newest first.
    pub async fn latest(&mut self, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let events = self.recent(limit).await?;
        Ok(events.into_iter().map(|event| event.entry).collect())
    }

    /// The same, with everything that is known.
    pub async fn recent(&mut self, limit: u32) -> Result<Vec<Event>, StoreError> {
        let text = format!("SELECT {COLUMNS} FROM audit ORDER BY id DESC LIMIT $1");
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(i64::from(limit))
            .fetch_all(&mut *self.0)
            .await?;
        rows.iter().map(read).collect()
    }

    /// Lines about something between two instants, newest first, those that come after `after` in this order.
    pub async fn about(
        &mut self,
        about: &About,
        from: Timestamp,
        to: Timestamp,
        after: Option<Place>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let (condition, first, second) = match about {
            About::Subscription(id) => ("subscription = $1 AND $2 = ''", fold(id), String::new()),
            About::Group(id, group) => (
                "subscription = $1 AND resource_group = $2 AND resource_group <> ''",
                fold(id),
                fold(group),
            ),
            About::Resource(id) => (
                "resource = $1 AND $2 = '' AND resource <> ''",
                fold(id),
                String::new(),
            ),
            About::Principal(id, principal) => {
                ("principal = $2 AND subscription = $1", fold(id), fold(principal))
            }
            About::Correlation(id, correlation) => (
                "correlation = $2 AND subscription = $1",
                fold(id),
                correlation.clone(),
            ),
        };
        let (at, id) = after.unwrap_or((i64::MAX, i64::MAX));
        let text = format!(
            "SELECT {COLUMNS} FROM audit WHERE {condition} AND at_ms >= $3 AND at_ms <= $4 \
             AND (at_ms, id) < ($5, $6) ORDER BY at_ms DESC, id DESC LIMIT $7"
        );
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(first)
            .bind(second)
            .bind(to_ms(from))
            .bind(to_ms(to))
            .bind(at)
            .bind(id)
            .bind(i64::from(limit))
            .fetch_all(&mut *self.0)
            .await?;
        rows.iter().map(read).collect()
    }

    /// The lines that any id names: a correlation id, a request id, an operation id, or the number of the line itself;
    /// newest first.
    pub async fn named(
        &mut self,
        id: &str,
        number: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let text = format!(
            "SELECT {COLUMNS} FROM audit WHERE id IN (\
               SELECT id FROM audit WHERE id = $2 \
               UNION SELECT id FROM audit WHERE request = $1 AND request <> '' \
               UNION SELECT id FROM audit WHERE operation = $1 AND operation <> '' \
               UNION SELECT * FROM (SELECT id FROM audit WHERE correlation = $1 ORDER BY id DESC LIMIT $3)) \
             ORDER BY id DESC LIMIT $3"
        );
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(fold(id))
            .bind(number.unwrap_or(-1))
            .bind(i64::from(limit))
            .fetch_all(&mut *self.0)
            .await?;
        rows.iter().map(read).collect()
    }

    /// Forgets lines from before `before`, and the oldest of more than `rows_max`; at most `batch` of them at a time.
    pub async fn prune(&mut self, before: Timestamp, rows_max: i64, batch: u32) -> Result<u64, StoreError> {
        let old = sqlx::query(
            "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at_ms < $1 ORDER BY at_ms LIMIT $2)",
        )
        .bind(to_ms(before))
        .bind(i64::from(batch))
        .execute(&mut *self.0)
        .await?;
        // Ids count up and are never used again, so the distance from the newest is an upper bound of how many there are.
        let many = sqlx::query(
            "DELETE FROM audit WHERE id IN (SELECT id FROM audit \
             WHERE id <= (SELECT COALESCE(MAX(id), 0) FROM audit) - $1 ORDER BY id LIMIT $2)",
        )
        .bind(rows_max)
        .bind(i64::from(batch))
        .execute(&mut *self.0)
        .await?;
        Ok(old.rows_affected() + many.rows_affected())
    }
}

fn read(row: &SqliteRow) -> Result<Event, StoreError> {
    let json = |text: Option<&str>| text.map(serde_json::from_str).transpose();
    Ok(Event {
        id: row.get(0),
        entry: Entry {
            at: from_ms(row.get(1))?,
            principal: row.get(2),
            action: row.get(3),
            scope: row.get(4),
            outcome: row.get(5),
            correlation: row.get(6),
            detail: serde_json::from_str(row.get(7))?,
        },
        caller: row.get(8),
        caller_kind: row.get(9),
        caller_name: row.get(10),
        status: u16::try_from(row.get::<i64, _>(11)).unwrap_or_default(),
        method: row.get(12),
        address: row.get(13),
        user_agent: row.get(14),
        client_request: row.get(15),
        request: row.get(16),
        operation: row.get(17),
        message: row.get(18),
        target: row.get(19),
        before: json(row.get(20))?,
        after: json(row.get(21))?,
    })
}
