//! Histograms of times: fixed buckets, so that those of minutes, keys and endpoints add up to one whose percentiles are as
//! good as if it had been kept whole.

/// How many buckets there are; the last one is for what is longer than every bound.
pub(crate) const BUCKETS: usize = 32;

/// The upper bounds of the buckets but the last, in microseconds: from a millisecond to some three minutes, each half as
/// high again as the one before it.
pub(crate) const BOUNDS_US: [u64; BUCKETS - 1] = bounds();

const fn bounds() -> [u64; BUCKETS - 1] {
    let mut bounds = [1_000; BUCKETS - 1];
    let mut at = 1;
    while at < bounds.len() {
        bounds[at] = bounds[at - 1] / 2 * 3;
        at += 1;
    }
    bounds
}

/// How long things took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Histogram {
    pub(crate) sum_us: u64,
    pub(crate) max_us: u64,
    pub(crate) counts: [u64; BUCKETS],
}

impl Histogram {
    /// Counts something that took so long.
    pub fn note_us(&mut self, us: u64) {
        let at = BOUNDS_US.partition_point(|bound| *bound < us);
        self.counts[at] += 1;
        self.sum_us = self.sum_us.saturating_add(us);
        self.max_us = self.max_us.max(us);
    }

    /// Adds what another one counted.
    pub fn add(&mut self, other: &Self) {
        self.sum_us = self.sum_us.saturating_add(other.sum_us);
        self.max_us = self.max_us.max(other.max_us);
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How long all of them took together.
    pub fn sum_us(&self) -> u64 {
        self.sum_us
    }

    /// The longest of them; zero where there is none.
    pub fn max_us(&self) -> u64 {
        self.max_us
    }

    /// How long `percent` in a hundred took at most, estimated within the bucket where it falls; `None` where there is none.
    pub fn percentile_us(&self, percent: u32) -> Option<u64> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        // The rank of the one that is asked for, from 1.
        let rank = (u128::from(count) * u128::from(percent.min(100)))
            .div_ceil(100)
            .max(1);
        let mut below: u128 = 0;
        for (at, count) in self.counts.iter().enumerate() {
            let within = rank.saturating_sub(below);
            below += u128::from(*count);
            if below < rank || *count == 0 {
                continue;
            }
            let from = at.checked_sub(1).map_or(0, |before| BOUNDS_US[before]);
            let to = BOUNDS_US
                .get(at)
                .copied()
                .unwrap_or(self.max_us)
                .min(self.max_us)
                .max(from);
            let share = u128::from(to - from) * within / u128::from(*count);
            return Some(from + u64::try_from(share).unwrap_or(to - from));
        }
        Some(self.max_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(times: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        for us in times {
            histogram.note_us(*us);
        }
        histogram
    }

    #[test]
    fn bounds_rise_from_a_millisecond_to_minutes() {
        assert!(BOUNDS_US.is_sorted());
        assert_eq!(BOUNDS_US[0], 1_000);
        assert!((120_000_000..300_000_000).contains(&BOUNDS_US[BUCKETS - 2]));
    }

    #[test]
    fn percentiles_of_few_things() {
        let check = |times: &[u64], percent: u32, expected: Option<u64>| {
            assert_eq!(
                of(times).percentile_us(percent),
                expected,
                "{percent} of {times:?}"
            );
        };
        check(&[], 50, None);
        check(&[700], 50, Some(700));
        check(&[500_000_000], 99, Some(500_000_000));
        check(&[1_000, 1_000, 1_000, 9_000_000], 100, Some(9_000_000));
        check(&[1_000, 1_000, 1_000, 9_000_000], 75, Some(1_000));
    }

    proptest! {
        #[test]
        fn an_estimate_lies_in_the_bucket_of_the_true_one(times in prop::collection::vec(0u64..400_000_000, 1..200), percent in 1u32..=100) {
            let mut sorted = times.clone();
            sorted.sort_unstable();
            let rank = (sorted.len() * percent as usize).div_ceil(100).max(1);
            let truth = sorted[rank - 1];
            let told = of(&times).percentile_us(percent).expect("one");
            let bucket = |us: u64| BOUNDS_US.partition_point(|bound| *bound < us);
            let from = bucket(truth).checked_sub(1).map_or(0, |before| BOUNDS_US[before]);
            let to = BOUNDS_US.get(bucket(truth)).copied().unwrap_or(u64::MAX);
            prop_assert!((from..=to).contains(&told), "{} for {}", told, truth);
            prop_assert!(told <= sorted[sorted.len() - 1]);
        }

        #[test]
        fn parts_add_up_to_the_whole(one in prop::collection::vec(0u64..400_000_000, 0..50), other in prop::collection::vec(0u64..400_000_000, 0..50)) {
            let mut sum = of(&one);
            sum.add(&of(&other));
            let whole: Vec<u64> = one.into_iter().chain(other).collect();
            prop_assert_eq!(sum, of(&whole));
        }
    }
}
