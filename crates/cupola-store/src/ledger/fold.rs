//! Moving records from the journal into the table, many at once. Doing it twice changes nothing.

use super::journal::Journal;
use super::record::{Context, Entry, Row};
use super::segment::Segment;
use crate::error::StoreError;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Row as _, Sqlite, SqliteConnection, SqlitePool};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

// Long enough that a batch is large, short enough that a restart after a crash has little to do.
const FOLD_AFTER: Duration = Duration::from_millis(500);
const RETRY_AFTER: Duration = Duration::from_secs(1);
// The store's other writers wait while a transaction runs: some ten milliseconds.
const ROWS_PER_COMMIT: usize = 4096;
// Statements are of 128, 64, 32 and so on rows: few enough that each is prepared once.
const STATEMENTS: usize = 8;
const COLUMNS: usize = 12;

static TEXTS: LazyLock<[String; STATEMENTS]> =
    LazyLock::new(|| std::array::from_fn(|power| statement(1 << power)));

/// A wish that all that is acknowledged be in the table.
pub(super) type Wish = oneshot::Sender<Result<(), StoreError>>;

/// Moves records into the table.
#[derive(Debug)]
pub(super) struct Folder {
    writer: SqlitePool,
    /// The table's numbers of the contexts of each segment that is not spent, by its sequence.
    contexts: HashMap<u64, HashMap<u32, i64>>,
}

impl Folder {
    pub(super) fn new(writer: SqlitePool) -> Self {
        Self {
            writer,
            contexts: HashMap::new(),
        }
    }

    /// Folds when somebody wishes it, and a moment after something was written; ends when nobody can wish any more.
    pub(super) async fn run(mut self, journal: Arc<Journal>, mut wishes: mpsc::Receiver<Wish>) {
        let mut pause = None;
        loop {
            let written = async {
                match pause {
                    Some(pause) => sleep(pause).await,
                    None => {
                        journal.written.notified().await;
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
                tracing::error!(error = %error, "usage stays in the journal; folding it into the store is tried again");
            }
            for wish in wished {
                let _ = wish.send(match &outcome {
                    Ok(()) => Ok(()),
                    Err(StoreError::Full) => Err(StoreError::Full),
                    Err(StoreError::Busy) => Err(StoreError::Busy),
                    Err(error) => Err(StoreError::Other(error.to_string().into())),
                });
            }
        }
    }

    async fn fold_all(&mut self, journal: &Journal) -> Result<(), StoreError> {
        let segments = journal.segments();
        self.contexts
            .retain(|sequence, _| segments.iter().any(|segment| segment.sequence == *sequence));
        for segment in &segments {
            self.fold(segment).await?;
        }
        drop(segments);
        journal.retire();
        Ok(())
    }

    /// Moves what of a segment is acknowledged and not in the table yet. Its end is the first frame that is not whole.
    pub(super) async fn fold(&mut self, segment: &Segment) -> Result<(), StoreError> {
        loop {
            let (from, end) = (segment.folded(), segment.acknowledged());
            if from >= end {
                return Ok(());
            }
            let mut at = from;
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
    }

    async fn insert(&mut self, sequence: u64, entries: Vec<Entry>) -> Result<(), StoreError> {
        let known = self.contexts.entry(sequence).or_default();
        // Numbers of a transaction that does not commit must not be kept.
        let mut found: HashMap<u32, i64> = HashMap::new();
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let mut rows: Vec<(i64, Row)> = Vec::with_capacity(entries.len());
        for entry in entries {
            match entry {
                Entry::Context(number, context) => {
                    found.insert(number, context_number(&mut transaction, &context).await?);
                }
                Entry::Usage(row) => match found.get(&row.context).or_else(|| known.get(&row.context)) {
                    Some(context) => rows.push((*context, row)),
                    None => tracing::error!(id = row.id, "a usage record names no context; it is not billed"),
                },
            }
        }
        // In the order of the table, so that neighbours go to the same page.
        rows.sort_by(|(a, one), (b, other)| (a, one.at_ms, &one.id).cmp(&(b, other.at_ms, &other.id)));
        let mut rest = rows.as_slice();
        while let Some(power) = rest.len().checked_ilog2() {
            let power = (power as usize).min(STATEMENTS - 1);
            let (chunk, more) = rest.split_at(1 << power);
            rest = more;
            let mut arguments = SqliteArguments::default();
            for (context, row) in chunk {
                bind(&mut arguments, *context, row).map_err(StoreError::Other)?;
            }
            sqlx::query_with::<Sqlite, _>(TEXTS[power].as_str(), arguments)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        known.extend(found);
        Ok(())
    }
}

async fn context_number(connection: &mut SqliteConnection, context: &Context) -> Result<i64, StoreError> {
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
         finetune_prompt, finetune_completion, outcome) VALUES {} ON CONFLICT DO NOTHING",
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
    let usage = &row.usage;
    for quantity in [
        usage.prompt,
        usage.cached_prompt,
        usage.completion,
        usage.reasoning,
        usage.search_units,
        usage.images,
        usage.finetune_prompt,
        usage.finetune_completion,
    ] {
        // Beyond the store's integers lies nothing that anybody can have used.
        arguments.add(i64::try_from(quantity).unwrap_or(i64::MAX))?;
    }
    arguments.add(row.outcome.clone())?;
    Ok(())
}
