//! Questions to the rollups: sums by context and by pieces of time. Days answer for whole days, hours for what is left of
//! them, and the ledger itself for the parts of hours at both ends, so that a sum is exact at every instant.

use super::histogram::BUCKETS;
use super::write::bucket;
use super::{DAY_MS, HOUR_MS, Histogram, MINUTE_MS, add, begin, usage_of};
use crate::error::StoreError;
use crate::ledger::{Period, PriceList};
use cupola_core::usage::{Meter, Usage};
use futures_util::TryStreamExt as _;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

// Some ten megabytes of usage, some seventy of histograms; a question with a longer answer has to be a smaller one.
const SUMS_MAX: usize = 250_000;
// The year 10000: later than anything that is asked for.
const LAST_MS: i64 = 253_402_300_800_000;

/// Whose usage is asked for.
#[derive(Debug, Clone, Copy)]
pub struct UsageScope<'a> {
    /// The subscription that pays.
    pub subscription: &'a str,
    /// Only endpoints at or below this resource id; empty: all of the subscription.
    pub below: &'a str,
    /// Only this deployment of an account.
    pub deployment: Option<&'a str>,
}

impl<'a> UsageScope<'a> {
    /// All that a subscription pays for.
    pub fn of_subscription(subscription: &'a str) -> Self {
        Self {
            subscription,
            below: "",
            deployment: None,
        }
    }

    /// `below` as the store compares it: folded, and with a slash, so that no name is the beginning of another.
    fn prefix(&self) -> String {
        match self.below.trim_end_matches('/') {
            "" => String::new(),
            id => format!("{}/", id.to_ascii_lowercase()),
        }
    }
}

/// When, and how finely.
#[derive(Debug, Clone, Copy, Default)]
pub struct Timeline {
    /// Which time.
    pub period: Period,
    /// The width of its pieces, which begin at multiples of it since 1970; `None`: the period as one. A multiple of a
    /// minute that an hour holds, of an hour that a day holds, or a day.
    pub width_ms: Option<i64>,
}

impl Timeline {
    fn bounds_ms(&self) -> (i64, i64) {
        let (from, to) = self.period.bounds_ms();
        (from.clamp(0, LAST_MS), to.clamp(0, LAST_MS))
    }

    /// Where the piece of time begins in which an instant lies.
    fn start_ms(&self, at_ms: i64) -> i64 {
        self.width_ms.map_or(0, |width_ms| begin(at_ms, width_ms))
    }

    /// The widths of the rollups that can answer, the widest first.
    fn widths_ms(&self) -> &'static [i64] {
        match self.width_ms {
            None => &[DAY_MS, HOUR_MS],
            Some(width) if width % DAY_MS == 0 => &[DAY_MS, HOUR_MS],
            Some(width) if width % HOUR_MS == 0 => &[HOUR_MS],
            Some(_) => &[MINUTE_MS],
        }
    }
}

/// What many requests have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageContext {
    /// The resource id of the endpoint or account.
    pub endpoint: String,
    /// The model's id; empty for what came to no deployment.
    pub model: String,
    /// The model deployment, on endpoints that have several.
    pub deployment: Option<String>,
    /// Such as `chat`.
    pub operation: String,
    /// `primary`, `secondary`, a principal's object id; empty where nobody knows.
    pub credential: String,
    /// Prices at the time.
    pub prices: Arc<PriceList>,
}

/// An answer: sums, and the contexts that they name.
#[derive(Debug, Clone)]
pub struct Sums<T> {
    /// By number.
    pub contexts: HashMap<i64, UsageContext>,
    /// In no order; the same piece of time may come more than once.
    pub sums: Vec<T>,
}

/// What was charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageSum {
    /// The number of its context.
    pub context: i64,
    /// Where its piece of time begins; 0 where the period is one.
    pub start_ms: i64,
    /// How many requests.
    pub requests: u64,
    /// By class.
    pub usage: Usage,
}

impl UsageSum {
    /// How much of a meter it is.
    pub fn quantity(&self, meter: Meter) -> u64 {
        match meter {
            Meter::Requests => self.requests,
            other => other.quantity(&self.usage),
        }
    }
}

/// How requests ended, refused ones among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestSum {
    /// The number of its context.
    pub context: i64,
    /// Where its piece of time begins; 0 where the period is one.
    pub start_ms: i64,
    /// The status of the answers; 499: the client left before there was one.
    pub status: u16,
    /// How many requests.
    pub requests: u64,
}

/// Which time of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LatencyKind {
    /// Until its answer was whole.
    Whole = 0,
    /// Until the first event of a streamed answer.
    FirstToken = 1,
}

/// How long requests took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatencySum {
    /// The number of its context.
    pub context: i64,
    /// Where its piece of time begins; 0 where the period is one.
    pub start_ms: i64,
    /// Their times.
    pub histogram: Histogram,
}

// CROSS JOIN fixes the order: first the few contexts, then of each the rows of the period, oldest first. Rows are added up
// here and not there: they come in the order of their key, so that nothing has to be sorted, and what belongs together is
// one behind the other.
macro_rules! of_scope {
    ($columns:expr, $table:literal, $rest:literal) => {
        concat!(
            "SELECT c.id, ",
            $columns,
            " FROM usage_contexts c CROSS JOIN ",
            $table,
            " r ON r.context = c.id WHERE c.subscription = $1 AND substr(lower(c.endpoint) || '/', 1, length($2)) = $2 \
             AND ($3 = '' OR lower(c.deployment) = $3) AND r.at_ms >= $4 AND r.at_ms < $5 ",
            $rest
        )
    };
}

const CONTEXTS: &str = "SELECT c.id, c.endpoint, c.model, c.deployment, c.operation, c.credential, c.prices \
     FROM usage_contexts c WHERE c.subscription = $1 AND substr(lower(c.endpoint) || '/', 1, length($2)) = $2 \
     AND ($3 = '' OR lower(c.deployment) = $3)";
const USAGE: &str = of_scope!(
    "r.at_ms, r.charged, r.prompt, r.cached_prompt, r.completion, r.reasoning, r.search_units, r.images, \
     r.finetune_prompt, r.finetune_completion",
    "usage_rollups",
    "AND r.width_ms = $6 AND r.charged > 0"
);
// Parts of hours alone, so that there is one piece of time.
const RECORDS: &str = of_scope!(
    "MIN(r.at_ms), COUNT(*), CAST(SUM(r.prompt) AS BIGINT), CAST(SUM(r.cached_prompt) AS BIGINT), \
     CAST(SUM(r.completion) AS BIGINT), CAST(SUM(r.reasoning) AS BIGINT), CAST(SUM(r.search_units) AS BIGINT), \
     CAST(SUM(r.images) AS BIGINT), CAST(SUM(r.finetune_prompt) AS BIGINT), CAST(SUM(r.finetune_completion) AS BIGINT)",
    "usage_records",
    "GROUP BY c.id, r.at_ms / $6"
);
const REQUESTS: &str = of_scope!(
    "r.at_ms, r.status, r.requests",
    "usage_rollups",
    "AND r.width_ms = $6"
);
static LATENCIES: LazyLock<String> = LazyLock::new(|| {
    let columns: Vec<String> = (0..BUCKETS).map(|at| format!("r.{}", bucket(at))).collect();
    let text = of_scope!(
        "r.at_ms, r.sum_us, r.max_us, {buckets}",
        "latency_rollups",
        "AND r.width_ms = $6 AND r.kind = $7"
    );
    text.replace("{buckets}", &columns.join(", "))
});

/// What was charged.
pub(crate) async fn usage(
    connection: &mut SqliteConnection,
    scope: &UsageScope<'_>,
    timeline: &Timeline,
) -> Result<Sums<UsageSum>, StoreError> {
    let contexts = contexts(connection, scope).await?;
    let (from, to) = timeline.bounds_ms();
    let mut sums: Vec<UsageSum> = Vec::new();
    for piece in cover(from, to, timeline.widths_ms()) {
        let text = if piece.width_ms == 0 { RECORDS } else { USAGE };
        let question = Question {
            text,
            scope,
            piece,
            timeline,
            kind: None,
        };
        question
            .ask(connection, |row| {
                let next = UsageSum {
                    context: row.get(0),
                    start_ms: timeline.start_ms(row.get(1)),
                    requests: count(row, 2),
                    usage: usage_of(std::array::from_fn(|at| count(row, 3 + at))),
                };
                match sums.last_mut() {
                    Some(last) if (last.context, last.start_ms) == (next.context, next.start_ms) => {
                        last.requests = last.requests.saturating_add(next.requests);
                        add(&mut last.usage, &next.usage);
                    }
                    _ => sums.push(next),
                }
                sums.len()
            })
            .await?;
    }
    Ok(Sums { contexts, sums })
}

/// How requests ended. Parts of a minute or an hour at the ends of the period are not in it.
pub(crate) async fn requests(
    connection: &mut SqliteConnection,
    scope: &UsageScope<'_>,
    timeline: &Timeline,
) -> Result<Sums<RequestSum>, StoreError> {
    let contexts = contexts(connection, scope).await?;
    let (from, to) = timeline.bounds_ms();
    let mut sums = Vec::new();
    for piece in rolled_up(from, to, timeline) {
        let question = Question {
            text: REQUESTS,
            scope,
            piece,
            timeline,
            kind: None,
        };
        question
            .ask(connection, |row| {
                sums.push(RequestSum {
                    context: row.get(0),
                    start_ms: timeline.start_ms(row.get(1)),
                    status: u16::try_from(row.get::<i64, _>(2)).unwrap_or_default(),
                    requests: count(row, 3),
                });
                sums.len()
            })
            .await?;
    }
    Ok(Sums { contexts, sums })
}

/// How long requests took. Parts of a minute or an hour at the ends of the period are not in it.
pub(crate) async fn latencies(
    connection: &mut SqliteConnection,
    scope: &UsageScope<'_>,
    timeline: &Timeline,
    kind: LatencyKind,
) -> Result<Sums<LatencySum>, StoreError> {
    let contexts = contexts(connection, scope).await?;
    let (from, to) = timeline.bounds_ms();
    let mut sums: Vec<LatencySum> = Vec::new();
    for piece in rolled_up(from, to, timeline) {
        let question = Question {
            text: LATENCIES.as_str(),
            scope,
            piece,
            timeline,
            kind: Some(kind),
        };
        question
            .ask(connection, |row| {
                let histogram = Histogram {
                    sum_us: count(row, 2),
                    max_us: count(row, 3),
                    counts: std::array::from_fn(|at| count(row, 4 + at)),
                };
                let next = LatencySum {
                    context: row.get(0),
                    start_ms: timeline.start_ms(row.get(1)),
                    histogram,
                };
                match sums.last_mut() {
                    Some(last) if (last.context, last.start_ms) == (next.context, next.start_ms) => {
                        last.histogram.add(&next.histogram);
                    }
                    _ => sums.push(next),
                }
                sums.len()
            })
            .await?;
    }
    Ok(Sums { contexts, sums })
}

/// What a subscription was charged in a period, by context.
pub(crate) async fn of_subscription(
    connection: &mut SqliteConnection,
    subscription: &str,
    period: Period,
) -> Result<Sums<UsageSum>, StoreError> {
    let scope = UsageScope::of_subscription(subscription);
    let width_ms = None;
    usage(connection, &scope, &Timeline { period, width_ms }).await
}

async fn contexts(
    connection: &mut SqliteConnection,
    scope: &UsageScope<'_>,
) -> Result<HashMap<i64, UsageContext>, StoreError> {
    let rows = sqlx::query(CONTEXTS)
        .bind(scope.subscription.to_ascii_lowercase())
        .bind(scope.prefix())
        .bind(scope.deployment.unwrap_or_default().to_ascii_lowercase())
        .fetch_all(connection)
        .await?;
    // Many contexts have few lists.
    let mut lists: BTreeMap<String, Arc<PriceList>> = BTreeMap::new();
    let mut contexts = HashMap::with_capacity(rows.len());
    for row in rows {
        let text: String = row.get(6);
        let prices = match lists.get(&text) {
            Some(prices) => Arc::clone(prices),
            None => {
                let prices = Arc::new(serde_json::from_str::<PriceList>(&text)?);
                lists.insert(text, Arc::clone(&prices));
                prices
            }
        };
        let deployment: String = row.get(3);
        let context = UsageContext {
            endpoint: row.get(1),
            model: row.get(2),
            deployment: Some(deployment).filter(|name| !name.is_empty()),
            operation: row.get(4),
            credential: row.get(5),
            prices,
        };
        contexts.insert(row.get(0), context);
    }
    Ok(contexts)
}

/// A part of a period, and what answers for it: rollups of this width, or the ledger, where it is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    width_ms: i64,
    from_ms: i64,
    to_ms: i64,
}

struct Question<'a> {
    text: &'static str,
    scope: &'a UsageScope<'a>,
    piece: Piece,
    timeline: &'a Timeline,
    kind: Option<LatencyKind>,
}

impl Question<'_> {
    // Row by row: a long answer is never in memory as rows. `each` says how many sums there are.
    async fn ask(
        &self,
        connection: &mut SqliteConnection,
        mut each: impl FnMut(&SqliteRow) -> usize,
    ) -> Result<(), StoreError> {
        let mut query = sqlx::query(self.text)
            .bind(self.scope.subscription.to_ascii_lowercase())
            .bind(self.scope.prefix())
            .bind(self.scope.deployment.unwrap_or_default().to_ascii_lowercase())
            .bind(self.piece.from_ms)
            .bind(self.piece.to_ms)
            .bind(match self.piece.width_ms {
                // The ledger itself answers for what is less than an hour, and is cut no less finely.
                0 => self
                    .timeline
                    .width_ms
                    .map_or(HOUR_MS, |width_ms| width_ms.min(HOUR_MS)),
                width_ms => width_ms,
            });
        if let Some(kind) = self.kind {
            query = query.bind(kind as i64);
        }
        let mut rows = query.fetch(connection);
        while let Some(row) = rows.try_next().await? {
            if each(&row) > SUMS_MAX {
                return Err(StoreError::TooLong { lines_max: SUMS_MAX });
            }
        }
        Ok(())
    }
}

/// The parts that answer for a period, each as wide as it can be.
fn cover(from_ms: i64, to_ms: i64, widths_ms: &[i64]) -> Vec<Piece> {
    if from_ms >= to_ms {
        return Vec::new();
    }
    let whole = |width_ms| Piece {
        width_ms,
        from_ms,
        to_ms,
    };
    let Some((&width_ms, finer)) = widths_ms.split_first() else {
        return vec![whole(0)];
    };
    let first = begin(from_ms + width_ms - 1, width_ms);
    let last = begin(to_ms, width_ms);
    if first >= last {
        return cover(from_ms, to_ms, finer);
    }
    let mut pieces = cover(from_ms, first, finer);
    pieces.push(Piece {
        width_ms,
        from_ms: first,
        to_ms: last,
    });
    pieces.extend(cover(last, to_ms, finer));
    pieces
}

/// The parts of a period that rollups answer for.
fn rolled_up(from_ms: i64, to_ms: i64, timeline: &Timeline) -> impl Iterator<Item = Piece> {
    cover(from_ms, to_ms, timeline.widths_ms())
        .into_iter()
        .filter(|piece| piece.width_ms > 0)
}

fn count(row: &SqliteRow, at: usize) -> u64 {
    u64::try_from(row.get::<i64, _>(at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use proptest::prelude::*;

    #[test]
    fn wide_pieces_answer_for_the_middle() {
        let check = |from, to, expected: &[(i64, i64, i64)]| {
            let pieces: Vec<_> = cover(from, to, &[DAY_MS, HOUR_MS])
                .iter()
                .map(|piece| (piece.width_ms, piece.from_ms, piece.to_ms))
                .collect();
            assert_eq!(pieces, expected, "{from} {to}");
        };
        check(0, 0, &[]);
        check(0, DAY_MS, &[(DAY_MS, 0, DAY_MS)]);
        check(5, 9, &[(0, 5, 9)]);
        check(
            0,
            HOUR_MS + 1,
            &[(HOUR_MS, 0, HOUR_MS), (0, HOUR_MS, HOUR_MS + 1)],
        );
        check(
            HOUR_MS,
            DAY_MS * 3 + HOUR_MS,
            &[
                (HOUR_MS, HOUR_MS, DAY_MS),
                (DAY_MS, DAY_MS, 3 * DAY_MS),
                (HOUR_MS, 3 * DAY_MS, 3 * DAY_MS + HOUR_MS),
            ],
        );
    }

    proptest! {
        #[test]
        fn pieces_are_whole_and_touch(from in 0i64..5 * DAY_MS, length in 1i64..5 * DAY_MS) {
            let to = from + length;
            let pieces = cover(from, to, &[DAY_MS, HOUR_MS]);
            let mut at = from;
            for piece in pieces {
                prop_assert_eq!(piece.from_ms, at);
                prop_assert!(piece.to_ms > at);
                if piece.width_ms > 0 {
                    prop_assert_eq!(piece.from_ms % piece.width_ms, 0);
                    prop_assert_eq!(piece.to_ms % piece.width_ms, 0);
                } else {
                    prop_assert!(piece.to_ms - at < 2 * HOUR_MS);
                }
                at = piece.to_ms;
            }
            prop_assert_eq!(at, to);
        }
    }

    #[tokio::test]
    async fn no_question_reads_more_than_its_contexts_and_its_period() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("cupola.db"))
            .await
            .expect("a store");
        let mut reader = store.reader().await.expect("a reader");
        let rolled_up = "SEARCH r USING PRIMARY KEY (width_ms=? AND context=? AND at_ms>? AND at_ms<?)";
        let records = "SEARCH r USING PRIMARY KEY (context=? AND at_ms>? AND at_ms<?)";
        for (text, expected) in [
            (USAGE, rolled_up),
            (REQUESTS, rolled_up),
            (LATENCIES.as_str(), rolled_up),
            (RECORDS, records),
        ] {
            let rows = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}")))
                .fetch_all(reader.connection())
                .await
                .expect("a plan");
            let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
            let plan = steps.join("; ");
            assert!(plan.contains(expected), "{plan}");
            assert!(plan.contains("usage_contexts_whole (subscription=?"), "{plan}");
            assert!(!plan.contains("SCAN"), "{plan}");
        }
        drop(reader);
        store.close().await;
    }
}
