//! Moving records from the journal into the table, many at once. Doing it twice changes nothing.

use super::journal::Journal;
use super::record::{Context, Entry, Row};
use super::rollup::{Batch, Tally, quantities};
use super::segment::Segment;
use crate::error::StoreError;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Row as _, Sqlite, SqliteConnection, SqlitePool};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

// Long enough that a batch is large, short enough that a restart after a crash has little to do.
const FOLD_AFTER: Duration = Duration::from_millis(500);
const RETRY_AFTER: Duration = Duration::from_secs(1);
// The store's other writers wait while a transaction runs: some milliseconds. The rows are in memory until it ends.
const ROWS_PER_COMMIT: usize = 1024;
// Statements are of 128, 64, 32 and so on rows: few enough that each is prepared once.
const STATEMENTS: usize = 8;
const COLUMNS: usize = 15;

static TEXTS: LazyLock<[String; STATEMENTS]> =
    LazyLock::new(|| std::array::from_fn(|power| statement(1 << power)));
// The same, saying which rows are new.
static TELLING_TEXTS: LazyLock<[String; STATEMENTS]> = LazyLock::new(|| {
    std::array::from_fn(|power| format!("{} RETURNING context, at_ms, id", statement(1 << power)))
});

/// A wish that all that is acknowledged be in the table.
pub(super) type Wish = oneshot::Sender<Result<(), StoreError>>;

/// Moves records into the table.
#[derive(Debug)]
pub(super) struct Folder {
    writer: SqlitePool,
    tally: Arc<Tally>,
    /// The table's numbers of the contexts of each segment that is not spent, by its sequence.
    contexts: HashMap<u64, HashMap<u32, i64>>,
}

impl Folder {
    pub(super) fn new(writer: SqlitePool, tally: Arc<Tally>) -> Self {
        Self {
            writer,
            tally,
            contexts: HashMap::new(),
        }
    }

    /// Folds when somebody wishes it, and a moment after something was written or refused; ends when nobody can wish any more.
    pub(super) async fn run(mut self, journal: Arc<Journal>, mut wishes: mpsc::Receiver<Wish>) {
        let mut pause = None;
        loop {
            let written = async {
                match pause {
                    Some(pause) => sleep(pause).await,
                    None => {
                        tokio::select! {
                            () = journal.written.notified() => {}
                            () = self.tally.noticed.notified() => {}
                        }
                        sleep(FOLD_AFTER).await;
                    }
                }
            };
            let mut wished = Vec::new();
            tokio::select! {
                count = wishes.recv_many(&mut wished, 64) => if count == 0 { return },
                () = written => {}
            }
            let outcome = self.fold_all(&journal).await;
            pause = outcome.is_err().then_some(RETRY_AFTER);
            if let Err(error) = &outcome {
                tracing::error!(
                    cause = error.cause(),
                    "usage stays in the journal; folding it into the store is tried again"
                );
            }
            for wish in wished {
                let _ = wish.send(outcome.as_ref().copied().map_err(StoreError::again));
            }
        }
    }

    async fn fold_all(&mut self, journal: &Journal) -> Result<(), StoreError> {
        let segments = journal.segments();
        self.contexts
            .retain(|sequence, _| segments.iter().any(|segment| segment.sequence == *sequence));
        // What is acknowledged meanwhile is for the next time: running after it would be a commit for every few records.
        let ends: Vec<u64> = segments.iter().map(|segment| segment.acknowledged()).collect();
        for (segment, end) in segments.iter().zip(ends) {
            self.fold(segment, end).await?;
        }
        drop(segments);
        journal.retire();
        // What was refused is for charts alone: it waits for the next time, and nobody else waits for it.
        if let Err(error) = self.tally.write(&self.writer).await {
            tracing::warn!(error = %error, "refused requests are not counted in the store yet");
        }
        Ok(())
    }

    /// Moves what of a segment is not in the table yet, up to `end`, which is acknowledged, or the first frame that is not whole.
    pub(super) async fn fold(&mut self, segment: &Segment, end: u64) -> Result<(), StoreError> {
        while segment.folded() < end {
            let mut at = segment.folded();
            let mut entries = Vec::new();
            while entries.len() < ROWS_PER_COMMIT {
                let (more, next) = segment
                    .read(at, end)
                    .map_err(|error| StoreError::Other(Box::new(error)))?;
                if more.is_empty() {
                    break;
                }
                entries.extend(more);
                at = next;
            }
            if entries.is_empty() {
                segment.fold_to(end);
                return Ok(());
            }
            self.insert(segment.sequence, entries).await?;
            segment.fold_to(at);
        }
        Ok(())
    }

    async fn insert(&mut self, sequence: u64, entries: Vec<Entry>) -> Result<(), StoreError> {
        let known = self.contexts.entry(sequence).or_default();
        // Records that are there already are rare, and finding them costs an answer for each row; so it is first taken
        // for granted that there are none.
        let found = match insert(&self.writer, known, &entries, Care::None).await? {
            Some(found) => found,
            None => insert(&self.writer, known, &entries, Care::Taken)
                .await?
                .unwrap_or_default(),
        };
        known.extend(found);
        Ok(())
    }
}

/// Is it looked which records are new?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Care {
    None,
    Taken,
}

/// Puts records into the table and adds them to the rollups, in one transaction; gives back the contexts that it met.
/// Without care, `None`: nothing is done, because some are there already.
async fn insert(
    writer: &SqlitePool,
    known: &HashMap<u32, i64>,
    entries: &[Entry],
    care: Care,
) -> Result<Option<HashMap<u32, i64>>, StoreError> {
    // Numbers of a transaction that does not commit must not be kept.
    let mut found: HashMap<u32, i64> = HashMap::new();
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
    let mut rows: Vec<(i64, &Row)> = Vec::with_capacity(entries.len());
    for entry in entries {
        match entry {
            Entry::Context(number, context) => {
                found.insert(*number, context_number(&mut transaction, context).await?);
            }
            Entry::Usage(row) => match found.get(&row.context).or_else(|| known.get(&row.context)) {
                Some(context) => rows.push((*context, row)),
                None => tracing::error!(id = row.id, "a usage record names no context; it is not billed"),
            },
        }
    }
    // In the order of the table, so that neighbours go to the same page.
    rows.sort_by(|(a, one), (b, other)| (a, one.at_ms, &one.id).cmp(&(b, other.at_ms, &other.id)));
    let mut batch = Batch::default();
    let mut rest = rows.as_slice();
    while let Some(power) = rest.len().checked_ilog2() {
        let power = (power as usize).min(STATEMENTS - 1);
        let (chunk, more) = rest.split_at(1 << power);
        rest = more;
        let mut arguments = SqliteArguments::default();
        for (context, row) in chunk {
            bind(&mut arguments, *context, row).map_err(StoreError::Other)?;
        }
        if care == Care::None {
            let done = sqlx::query_with::<Sqlite, _>(TEXTS[power].as_str(), arguments)
                .execute(&mut *transaction)
                .await?;
            if done.rows_affected() != chunk.len() as u64 {
                transaction.rollback().await?;
                return Ok(None);
            }
            for (context, row) in chunk {
                batch.charged(*context, row);
            }
            continue;
        }
        let new = sqlx::query_with::<Sqlite, _>(TELLING_TEXTS[power].as_str(), arguments)
            .fetch_all(&mut *transaction)
            .await?;
        let mut new: HashSet<(i64, i64, String)> = new
            .iter()
            .map(|row| (row.get(0), row.get(1), row.get(2)))
            .collect();
        for (context, row) in chunk {
            if new.remove(&(*context, row.at_ms, row.id.clone())) {
                batch.charged(*context, row);
            }
        }
    }
    batch.write(&mut transaction).await?;
    transaction.commit().await?;
    Ok(Some(found))
}

pub(super) async fn context_number(
    connection: &mut SqliteConnection,
    context: &Context,
) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "INSERT INTO usage_contexts (subscription, endpoint, model, deployment, operation, credential, prices) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT DO UPDATE SET prices = excluded.prices RETURNING id",
    )
    .bind(&context.subscription)
    .bind(&context.endpoint)
    .bind(&context.model)
    .bind(&context.deployment)
    .bind(&context.operation)
    .bind(&context.credential)
    .bind(&context.prices)
    .fetch_one(connection)
    .await?;
    Ok(row.get(0))
}

fn statement(rows: usize) -> String {
    let row = format!("({})", ["?"; COLUMNS].join(", "));
    format!(
        "INSERT INTO usage_records (context, at_ms, id, prompt, cached_prompt, completion, reasoning, search_units, images, \
         finetune_prompt, finetune_completion, outcome, status, took_us, first_token_us) VALUES {} ON CONFLICT DO NOTHING",
        vec![row; rows].join(", ")
    )
}

fn bind(
    arguments: &mut SqliteArguments,
    context: i64,
    row: &Row,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    use sqlx::Arguments as _;
    arguments.add(context)?;
    arguments.add(row.at_ms)?;
    arguments.add(row.id.clone())?;
    for quantity in quantities(&row.usage) {
        // Beyond the store's integers lies nothing that anybody can have used.
        arguments.add(i64::try_from(quantity).unwrap_or(i64::MAX))?;
    }
    arguments.add(row.outcome.clone())?;
    arguments.add(i64::from(row.status))?;
    for time in [row.took_us, row.first_token_us] {
        arguments.add(time.map(|us| i64::try_from(us).unwrap_or(i64::MAX)))?;
    }
    Ok(())
}
