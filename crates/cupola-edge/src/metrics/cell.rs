//! Counters that are written without a lock. Threads write to shards of their own, so that they do not take a line of the
//! cache from one another; who reads adds the shards up.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

const SHARDS: usize = 8;

/// The upper bounds of a distribution's buckets, in microseconds, and as they are written in seconds: from an answer out of
/// memory to a long text.
const BUCKETS: [(u64, &str); 16] = [
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (500_000, "0.5"),
    (1_000_000, "1.0"),
    (2_500_000, "2.5"),
    (5_000_000, "5.0"),
    (10_000_000, "10.0"),
    (30_000_000, "30.0"),
    (120_000_000, "120.0"),
];

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static SHARD: usize = THREADS.fetch_add(1, Relaxed) % SHARDS;
}

/// The number of this thread's shard.
pub fn shard() -> usize {
    SHARD.with(|shard| *shard)
}

/// One of `T` for each group of threads; made when the first of them writes, so that what is never used takes no room.
#[derive(Debug)]
pub struct Sharded<T>([OnceLock<Box<Aligned<T>>>; SHARDS]);

// Neighbours in memory share a line of the cache otherwise, or a pair of lines.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Aligned<T>(T);

impl<T> Default for Sharded<T> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| OnceLock::new()))
    }
}

impl<T: Default> Sharded<T> {
    /// This thread's own.
    pub fn mine(&self) -> &T {
        &self.0[shard()].get_or_init(Box::default).0
    }

    /// All that were written to.
    pub fn all(&self) -> impl Iterator<Item = &T> {
        self.0.iter().filter_map(|one| Some(&one.get()?.0))
    }

    /// What the reader finds in all of them together.
    pub fn sum(&self, of: impl Fn(&T) -> &AtomicU64) -> u64 {
        self.all().map(|one| read(of(one))).sum()
    }
}

/// What a counter stands at.
pub fn read(counter: &AtomicU64) -> u64 {
    counter.load(Relaxed)
}

/// How long things took.
#[derive(Debug, Default)]
pub struct Distribution {
    // The last one is for what is longer than every bound.
    buckets: [AtomicU64; BUCKETS.len() + 1],
    sum_us: AtomicU64,
}

impl Distribution {
    /// Counts something that took so long.
    pub fn note_us(&self, us: u64) {
        let at = BUCKETS.partition_point(|(bound, _)| *bound < us);
        self.buckets[at].fetch_add(1, Relaxed);
        self.sum_us.fetch_add(us, Relaxed);
    }
}

/// Distributions added up, as they are read.
#[derive(Debug, Default)]
pub(super) struct Totals {
    counts: [u64; BUCKETS.len() + 1],
    pub(super) sum_us: u64,
}

impl Totals {
    pub(super) fn of<'a>(parts: impl Iterator<Item = &'a Distribution>) -> Self {
        let mut totals = Self::default();
        for part in parts {
            for (total, bucket) in totals.counts.iter_mut().zip(&part.buckets) {
                *total += read(bucket);
            }
            totals.sum_us += read(&part.sum_us);
        }
        totals
    }

    /// How many there are up to each bound.
    pub(super) fn buckets(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let mut below = 0;
        let bounds = BUCKETS.iter().map(|(_, text)| *text).chain(["+Inf"]);
        bounds.zip(self.counts).map(move |(bound, count)| {
            below += count;
            (bound, below)
        })
    }

    pub(super) fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_long_counts_in_its_bucket_and_in_all_above() {
        let check = |us, first: &str| {
            let distribution = Distribution::default();
            distribution.note_us(us);
            let totals = Totals::of([&distribution].into_iter());
            let (bound, _) = totals.buckets().find(|(_, count)| *count == 1).expect("a bucket");
            assert_eq!((bound, totals.count(), totals.sum_us), (first, 1, us), "{us}");
            assert_eq!(totals.buckets().last(), Some(("+Inf", 1)));
        };
        check(0, "0.0005");
        check(500, "0.0005");
        check(501, "0.001");
        check(120_000_000, "120.0");
        check(120_000_001, "+Inf");
    }

    #[test]
    fn the_bounds_are_written_as_they_are() {
        for (us, text) in BUCKETS {
            let seconds: f64 = text.parse().expect("a number");
            assert_eq!(seconds, us as f64 / 1e6, "{text}");
        }
        assert!(BUCKETS.is_sorted());
    }

    #[test]
    fn what_many_threads_wrote_is_added_up() {
        let counters: Sharded<AtomicU64> = Sharded::default();
        assert_eq!(counters.all().count(), 0);
        std::thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| counters.mine().fetch_add(1, Relaxed));
            }
        });
        assert_eq!(counters.sum(|counter| counter), 20);
        assert!(counters.all().count() > 1);
    }
}
