//! Opening the SQLite file: WAL, one writer, migrations.

use crate::error::StoreError;
use crate::group::{Group, Part, Shared};
use crate::ledger::{Ledger, LedgerSync};
use crate::work::{Reader, UnitOfWork};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, SqlStr, SqliteConnection};
use std::path::Path;
use std::time::Duration;
use tokio::sync::watch;

// Applied in this order, each once; a file that has landed is never edited, a change is a new file.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "spine", include_str!("../migrations/sqlite/0001_spine.sql")),
    (
        2,
        "identity",
        include_str!("../migrations/sqlite/0002_identity.sql"),
    ),
    (3, "access", include_str!("../migrations/sqlite/0003_access.sql")),
    (
        4,
        "resources",
        include_str!("../migrations/sqlite/0004_resources.sql"),
    ),
    (
        5,
        "deployments",
        include_str!("../migrations/sqlite/0005_deployments.sql"),
    ),
    (
        6,
        "activity",
        include_str!("../migrations/sqlite/0006_activity.sql"),
    ),
    (7, "usage", include_str!("../migrations/sqlite/0007_usage.sql")),
    (
        8,
        "usage contexts",
        include_str!("../migrations/sqlite/0008_usage_contexts.sql"),
    ),
    (
        9,
        "usage case",
        include_str!("../migrations/sqlite/0009_usage_case.sql"),
    ),
    (
        10,
        "responses",
        include_str!("../migrations/sqlite/0010_responses.sql"),
    ),
    (
        11,
        "usage rollups",
        include_str!("../migrations/sqlite/0011_usage_rollups.sql"),
    ),
];

/// The store. Cloning it shares it.
#[derive(Debug, Clone)]
pub struct Store {
    writer: SqlitePool,
    readers: SqlitePool,
    changes: watch::Sender<u64>,
    ledger: Ledger,
    // Set in the store of a group: changes made through it are parts of the group's.
    shared: Option<Shared>,
}

impl Store {
    /// Opens or creates the database file and brings its tables up to date. Usage is on disk before its answer completes.
    pub async fn open(file: &Path) -> Result<Self, StoreError> {
        Self::open_with(file, LedgerSync::default()).await
    }

    /// The same, with a choice of when usage is on disk.
    pub async fn open_with(file: &Path, sync: LedgerSync) -> Result<Self, StoreError> {
        refuse_unsafe_sqlite()?;
        // FULL: a commit is on disk when it returns, which is what makes an acknowledged change durable.
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .foreign_keys(true)
            .pragma("cache_size", "-2000")
            .disable_statement_logging();
        let writer = SqlitePoolOptions::new()
            .min_connections(1)
            .max_connections(1)
            // A file does not hang up: asking before each use whether the connection is alive would cost two thread hops.
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .before_acquire(|connection, _| Box::pin(is_between_transactions(connection)))
            .connect_with(options.clone())
            .await?;
        migrator().run(&writer).await.map_err(|error| match error {
            sqlx::migrate::MigrateError::VersionMissing(_) => StoreError::Newer,
            sqlx::migrate::MigrateError::Execute(error) => error.into(),
            other => StoreError::Other(Box::new(other)),
        })?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .max_lifetime(None)
            .connect_lazy_with(options.read_only(true));
        let changes = watch::Sender::new(0);
        // Beside the store, and named after it: two stores in a folder have two journals.
        let ledger = Ledger::start(&file.with_extension("usage.journal"), sync, writer.clone()).await?;
        Ok(Self {
            writer,
            readers,
            changes,
            ledger,
            shared: None,
        })
    }

    /// Begins a change. Waits while another one is being made.
    pub async fn begin(&self) -> Result<UnitOfWork, StoreError> {
        if let Some(shared) = &self.shared {
            return Ok(UnitOfWork::part(Part::begin(shared).await?));
        }
        let transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        Ok(UnitOfWork::new(transaction, self.changes.clone()))
    }

    /// Begins a change that is made of several, each of which may be undone by itself, and which become durable together.
    /// Everybody else who wants to change something waits for its end.
    pub async fn group(&self) -> Result<Group, StoreError> {
        let transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let (group, shared) = Group::new(transaction, self.changes.clone());
        let store = Self {
            shared: Some(shared),
            ..self.clone()
        };
        Ok(group.of(store))
    }

    /// A connection that sees the last committed state and cannot change it.
    pub async fn reader(&self) -> Result<Reader, StoreError> {
        Ok(Reader::new(self.readers.acquire().await?, self.ledger.clone()))
    }

    /// Counts the saved changes: a receiver wakes after every `UnitOfWork::save` (not for usage).
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Where usage is made durable.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    #[cfg(test)]
    pub(crate) fn writer(&self) -> SqlitePool {
        self.writer.clone()
    }

    /// Writes what is queued and closes the files.
    pub async fn close(&self) {
        self.ledger.close().await;
        self.readers.close().await;
        self.writer.close().await;
    }
}

fn migrator() -> Migrator {
    let migrations = MIGRATIONS.iter().map(|(version, description, sql)| {
        Migration::new(
            *version,
            (*description).into(),
            MigrationType::Simple,
            SqlStr::from_static(sql),
            false,
        )
    });
    Migrator::with_migrations(migrations.collect())
}

/// SQLite undoes a transaction itself when the disk is full or fails; sqlx, whose own undoing is refused then, believes it
/// open for ever. Such a connection is given up for a new one.
async fn is_between_transactions(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // The undoing of one that was dropped may still be on its way; it is done before this answers.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

fn refuse_unsafe_sqlite() -> Result<(), StoreError> {
    // SAFETY: a function without arguments that only returns a constant.
    let version = unsafe { libsqlite3_sys::sqlite3_libversion_number() };
    if version < 3_051_003 {
        return Err(StoreError::UnsafeSqlite(format!(
            "{}.{}.{}",
            version / 1_000_000,
            version / 1000 % 1000,
            version % 1000
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Period;
    use crate::resources::Below;
    use cupola_core::ResourceId;

    #[tokio::test]
    async fn a_database_of_the_first_migration_is_brought_up_to_date() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("cupola.db");
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true);
        let old = SqlitePoolOptions::new()
            .connect_with(options)
            .await
            .expect("opened");
        let (version, description, sql) = MIGRATIONS[0];
        let first = Migration::new(
            version,
            description.into(),
            MigrationType::Simple,
            SqlStr::from_static(sql),
            false,
        );
        Migrator::with_migrations(vec![first])
            .run(&old)
            .await
            .expect("migrated");
        for statement in [
            "INSERT INTO principals (id, app_id, kind, display_name) VALUES ('p', 'a', 'Application', 'Admin')",
            "INSERT INTO principal_secrets (id, principal, digest) VALUES ('k', 'p', 'digest')",
            r#"INSERT INTO usage VALUES ('u', 0, 's', 'e', 'm', 3, 0, 2, 0, 'complete', '{"prices":[5,0,7,0,11],"currency":"USD"}')"#,
        ] {
            sqlx::query(statement).execute(&old).await.expect("kept");
        }
        let document = r#"{"id": "/subscriptions/S/resourceGroups/G", "tags": {"Team": "Blue"}, "properties": {}, "provisioning_state":
            "Succeeded", "created": {"by": "", "by_type": "", "at": "2026-01-01T00:00:00Z"}, "modified": {"by": "", "by_type": "", "at":
            "2026-01-01T00:00:00Z"}}"#;
        sqlx::query(
            "INSERT INTO resources (id, parent, type, name, subscription, resource_group, location, etag, document) VALUES \
             ('/subscriptions/s/resourcegroups/g', '/subscriptions/s', 'microsoft.resources/resourcegroups', 'g', 's', 'g', '', '', $1)",
        )
        .bind(document)
        .execute(&old)
        .await
        .expect("inserted");
        old.close().await;

        let store = Store::open(&file).await.expect("a store");
        let subscription = ResourceId::subscription("s");
        let mut reader = store.reader().await.expect("a reader");
        let below = Below::Tagged(&subscription, "TEAM", Some("Blue"));
        let found = reader.resources().list(below, None, 10).await.expect("read");
        assert_eq!(found.len(), 1, "{found:?}");
        let app = reader.apps().find("a").await.expect("read").expect("made");
        assert_eq!(
            (app.principal_id.as_str(), app.enabled, app.service_principal),
            ("p", true, true)
        );
        assert_eq!(app.id.len(), 36);
        let access = reader.access().active_principal("a").await.expect("read");
        assert!(access.is_some_and(|principal| principal.id == "p"));
        let secrets = reader.access().secrets("p").await.expect("read");
        assert_eq!(secrets[0].digest, "digest");
        let lines = reader.bill("s", Period::default()).await.expect("a bill");
        let costs: Vec<(&str, i128)> = lines
            .iter()
            .map(|line| (line.meter.as_str(), line.cost.0))
            .collect();
        assert_eq!(
            costs,
            [("prompt_tokens", 15), ("completion_tokens", 14), ("requests", 11)]
        );
        drop(reader);
        store.close().await;
    }
    /// SQLite itself undoes a transaction that finds no space, which the connection must not take for one still open.
    #[tokio::test]
    async fn after_a_full_disk_the_writer_works_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("cupola.db"))
            .await
            .expect("a store");
        let full = "PRAGMA max_page_count = 1";
        sqlx::query(full)
            .execute(&store.writer())
            .await
            .expect("no page more");
        let fill = |id: i64| {
            sqlx::query(
                "INSERT INTO principals (id, app_id, kind, display_name) VALUES ($1, $1, 'Application', $2)",
            )
            .bind(id)
            .bind("x".repeat(100_000))
        };
        let mut transaction = store.writer().begin_with("BEGIN IMMEDIATE").await.expect("begun");
        let refused = fill(1).execute(&mut *transaction).await.expect_err("no space");
        assert!(matches!(StoreError::from(refused), StoreError::Full));
        drop(transaction);

        let mut transaction = store.writer().begin_with("BEGIN IMMEDIATE").await.expect("begun");
        fill(2).execute(&mut *transaction).await.expect("space");
        transaction.commit().await.expect("saved");
        store.close().await;
    }

    #[tokio::test]
    async fn a_group_that_found_no_space_is_undone_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("cupola.db"))
            .await
            .expect("a store");
        let group = store.group().await.expect("a group");
        let parts = group.store();
        let mut part = parts.begin().await.expect("a part");
        part.execute("ROLLBACK").await;
        drop(part);
        assert!(parts.begin().await.is_err(), "the group is lost");
        assert!(parts.begin().await.is_err(), "and stays lost");
        assert!(group.save().await.is_err());

        store
            .begin()
            .await
            .expect("the writer is free")
            .save()
            .await
            .expect("saved");
        store.close().await;
    }
}
