//! Seasons: which of the possible ones are there, and the series without them.

use stlrs::MstlParams;

// As in the M4 competition: fewer cycles say nothing about a season.
const CYCLES_MIN: usize = 3;
const SEASONS_MAX: usize = 2;
// Levels that differ less than this (standard deviation of their logarithm) cannot show whether the season grows with them.
const LEVELS_APART_MIN: f64 = 0.05;

/// A series in parts: `rest + seasonal` is the series.
#[derive(Debug)]
pub(crate) struct Split {
    pub(crate) rest: Vec<f64>,
    pub(crate) seasonal: Vec<f64>,
    cycles: Vec<Vec<f64>>,
}

impl Split {
    /// A series that has no season.
    pub(crate) fn none(values: &[f64]) -> Self {
        Self {
            rest: values.to_vec(),
            seasonal: vec![0.0; values.len()],
            cycles: Vec::new(),
        }
    }

    /// Takes the seasons out.
    pub(crate) fn of(values: &[f64], seasons: &[usize]) -> Self {
        if seasons.is_empty() {
            return Self::none(values);
        }
        // The lengths were checked by `present`, so that a refusal can only mean that there is nothing to take out.
        let Ok(parts) = MstlParams::new().fit(values, seasons) else {
            return Self::none(values);
        };
        let mut seasonal = vec![0.0; values.len()];
        let mut cycles = Vec::with_capacity(seasons.len());
        for (component, season) in parts.seasonal().iter().zip(seasons) {
            seasonal
                .iter_mut()
                .zip(component)
                .for_each(|(sum, part)| *sum += part);
            cycles.push(component[component.len() - season..].to_vec());
        }
        if seasonal.iter().any(|value| !value.is_finite()) {
            return Self::none(values);
        }
        let rest = values
            .iter()
            .zip(&seasonal)
            .map(|(value, season)| value - season)
            .collect();
        Self {
            rest,
            seasonal,
            cycles,
        }
    }

    /// What the seasons add so many steps after the end.
    pub(crate) fn ahead(&self, step: usize) -> f64 {
        self.cycles.iter().map(|cycle| cycle[step % cycle.len()]).sum()
    }
}

/// The seasons, of those that may be there, that are; the shortest first.
pub(crate) fn present(values: &[f64], candidates: &[usize]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut rest = values.to_vec();
    for season in candidates.iter().copied() {
        if season < 2 || values.len() / CYCLES_MIN < season || found.len() >= SEASONS_MAX {
            continue;
        }
        let plain = without_level(&rest, season);
        let (means, is_there) = weigh(&plain, season);
        if is_there {
            found.push(season);
            // A day makes a week look seasonal too: what is explained already does not count again.
            rest.iter_mut()
                .enumerate()
                .for_each(|(at, value)| *value -= means[at % season]);
        }
    }
    found
}

// The F test of the means of the places in the cycle.
fn weigh(plain: &[Option<f64>], season: usize) -> (Vec<f64>, bool) {
    let (mut means, mut counts) = (vec![0.0; season], vec![0.0; season]);
    for (at, value) in plain.iter().enumerate() {
        if let Some(value) = value {
            means[at % season] += value;
            counts[at % season] += 1.0;
        }
    }
    means
        .iter_mut()
        .zip(&counts)
        .for_each(|(mean, count)| *mean /= f64::max(*count, 1.0));
    let rows: f64 = counts.iter().sum();
    let overall = means
        .iter()
        .zip(&counts)
        .map(|(mean, count)| mean * count)
        .sum::<f64>()
        / rows.max(1.0);
    let between: f64 = means
        .iter()
        .zip(&counts)
        .map(|(mean, count)| count * (mean - overall).powi(2))
        .sum();
    let within: f64 = plain
        .iter()
        .enumerate()
        .filter_map(|(at, value)| value.map(|value| (value - means[at % season]).powi(2)))
        .sum();
    let (places, free) = (season as f64 - 1.0, rows - season as f64);
    if free <= 0.0 || between <= 1e-18 {
        return (means, false);
    }
    let ratio = (between / places) / (within / free).max(f64::MIN_POSITIVE);
    // Three standard deviations above what chance makes.
    let chance = 1.0 + 3.0 * (2.0 / places + 2.0 / free).sqrt();
    (means, ratio > chance)
}

// The values less the centred mean over a cycle; none at the ends, where there is no full cycle.
fn without_level(values: &[f64], season: usize) -> Vec<Option<f64>> {
    let mut sums = Vec::with_capacity(values.len() + 1);
    sums.push(0.0);
    for value in values {
        sums.push(sums.last().copied().unwrap_or(0.0) + value);
    }
    let half = season / 2;
    let mean = |at: usize| {
        let (from, to) = (at.checked_sub(half)?, at + half);
        if to >= values.len() {
            return None;
        }
        let full = sums[to + 1] - sums[from];
        // An even cycle has half a value at each end.
        let cut = if season.is_multiple_of(2) {
            (values[from] + values[to]) / 2.0
        } else {
            0.0
        };
        Some((full - cut) / season as f64)
    };
    (0..values.len())
        .map(|at| mean(at).map(|mean| values[at] - mean))
        .collect()
}

/// Does the season grow with the level, so that logarithms describe it better? For values above zero.
pub(crate) fn grows_with_level(values: &[f64], season: usize) -> bool {
    let plain = without_level(values, season);
    let mut pairs = Vec::new();
    for (cycle, plain) in values.chunks_exact(season).zip(plain.chunks_exact(season)) {
        let known: Vec<f64> = plain.iter().flatten().copied().collect();
        if known.len() < 2 || known.len() * 2 < season {
            continue;
        }
        let level = cycle.iter().sum::<f64>() / season as f64;
        let spread = (known.iter().map(|value| value * value).sum::<f64>() / known.len() as f64).sqrt();
        if level > 0.0 && spread > 0.0 {
            pairs.push((level.ln(), spread.ln()));
        }
    }
    if pairs.len() < CYCLES_MIN {
        return false;
    }
    let count = pairs.len() as f64;
    let level = pairs.iter().map(|pair| pair.0).sum::<f64>() / count;
    let spread = pairs.iter().map(|pair| pair.1).sum::<f64>() / count;
    let apart = pairs.iter().map(|pair| (pair.0 - level).powi(2)).sum::<f64>() / count;
    let together = pairs
        .iter()
        .map(|pair| (pair.0 - level) * (pair.1 - spread))
        .sum::<f64>()
        / count;
    apart.sqrt() > LEVELS_APART_MIN && together / apart > 0.5
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(at: usize) -> f64 {
        // Not random, and without a period that a calendar has.
        let mixed = (at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed ^ (mixed >> 32)) % 10_000) as f64 / 5_000.0 - 1.0
    }

    fn wave(at: usize, period: f64) -> f64 {
        (at as f64 * std::f64::consts::TAU / period).sin()
    }

    fn check(rows: usize, value: impl Fn(usize) -> f64, candidates: &[usize], expected: &[usize]) {
        let values: Vec<f64> = (0..rows).map(value).collect();
        assert_eq!(present(&values, candidates), expected);
    }

    #[test]
    fn seasons_are_found_where_they_are() {
        check(56, |at| wave(at, 7.0) + 0.3 * noise(at) + at as f64, &[7], &[7]);
        check(20, |at| wave(at, 7.0), &[7], &[]);
        check(400, noise, &[4, 7, 24, 96], &[]);
        check(400, |at| (at as f64).powi(2), &[7, 24], &[]);
        check(1000, |at| wave(at, 24.0) + 0.2 * noise(at), &[4, 24, 168], &[24]);
        check(
            1000,
            |at| wave(at, 24.0) + wave(at, 168.0) + 0.2 * noise(at),
            &[24, 168],
            &[24, 168],
        );
    }

    #[test]
    fn the_parts_are_the_whole() {
        let values: Vec<f64> = (0..70).map(|at| 2.0 * wave(at, 7.0) + at as f64 * 0.1).collect();
        let split = Split::of(&values, &[7]);
        for (at, value) in values.iter().enumerate() {
            assert!((split.rest[at] + split.seasonal[at] - value).abs() < 1e-9);
        }
        assert!(
            (split.ahead(0) - 2.0 * wave(70, 7.0)).abs() < 0.3,
            "{}",
            split.ahead(0)
        );
    }

    #[test]
    fn a_season_that_grows_is_told_from_one_that_does_not() {
        let level = |at: usize| 100.0 * 1.02f64.powi(at as i32);
        let grows: Vec<f64> = (0..72)
            .map(|at| level(at) * (1.0 + 0.2 * wave(at, 12.0)))
            .collect();
        let stays: Vec<f64> = (0..72).map(|at| level(at) + 10.0 * wave(at, 12.0)).collect();
        assert!(grows_with_level(&grows, 12));
        assert!(!grows_with_level(&stays, 12));
    }
}
