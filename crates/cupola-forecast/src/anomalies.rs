//! Outliers of the past: values that lie further from what the model says than the level allows.

use crate::clean::{filled, scaled};
use crate::model::{Series, Unfit, fit, past};
use crate::normal::{median, reach};
use crate::season;

// What is taken for an outlier while the model is cleaned, whatever level was asked for.
const CLEANING_REACH_MIN: f64 = 3.0;
// How many neighbours on each side a value is compared with first.
const NEIGHBOURS: usize = 3;
// The median of deviations is so much smaller than the standard deviation.
const MEDIAN_TO_DEVIATION: f64 = 1.482_6;

/// What the model says of each value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Anomalies {
    /// The model's value.
    pub mean: Vec<f64>,
    /// Below this it is an outlier.
    pub lower: Vec<f64>,
    /// Above this it is one.
    pub upper: Vec<f64>,
    /// Is it one? A missing value is none.
    pub anomaly: Vec<bool>,
    /// How much each column moves the series.
    pub weights: Vec<f64>,
}

/// Finds outliers; the level in percent. A long series is looked at in parts.
pub fn detect_anomalies(series: Series<'_>, seasons: &[usize], percent: f64) -> Result<Anomalies, Unfit> {
    if series
        .columns
        .iter()
        .any(|column| column.len() != series.values.len())
    {
        return Err(Unfit::Columns);
    }
    if series.values.iter().all(|value| !value.is_finite()) {
        return Err(Unfit::NoValues);
    }
    let mut found = Anomalies {
        weights: vec![0.0; series.columns.len()],
        ..Anomalies::default()
    };
    for part in parts(series.values.len(), past(seasons)) {
        let columns: Vec<&[f64]> = series
            .columns
            .iter()
            .map(|column| &column[part.clone()])
            .collect();
        let values = &series.values[part.clone()];
        let share = values.len() as f64 / series.values.len() as f64;
        let Ok(weights) = detect(
            Series {
                values,
                columns: &columns,
            },
            seasons,
            percent,
            &mut found,
        ) else {
            // A part without a value: nothing is said of it, and nothing is found.
            found.mean.resize(part.end, 0.0);
            found.lower.resize(part.end, 0.0);
            found.upper.resize(part.end, 0.0);
            found.anomaly.resize(part.end, false);
            continue;
        };
        found
            .weights
            .iter_mut()
            .zip(weights)
            .for_each(|(sum, weight)| *sum += weight * share);
    }
    Ok(found)
}

/// Parts of at most `size` rows, of nearly the same length.
pub(crate) fn parts(rows: usize, size: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let count = rows.div_ceil(size.max(1)).max(1);
    (0..count).map(move |part| part * rows / count..(part + 1) * rows / count)
}

fn detect(
    series: Series<'_>,
    seasons: &[usize],
    percent: f64,
    found: &mut Anomalies,
) -> Result<Vec<f64>, Unfit> {
    let reach = reach(percent);
    // The model does not see what stands out, so that it does not follow it.
    let cleaned = screened(series.values, seasons, reach.max(CLEANING_REACH_MIN));
    let model = fit(
        Series {
            values: &cleaned,
            ..series
        },
        seasons,
    )
    .or_else(|_| fit(series, seasons))?;
    let (mean, weights) = (model.past(), model.weights());
    let deviation = deviation(&cleaned, &mean);
    // Below the rounding of the numbers nothing is an outlier.
    let size = series
        .values
        .iter()
        .filter(|value| value.is_finite())
        .fold(0.0f64, |size, value| size.max(value.abs()));
    let width = (deviation * reach).max(size * 1e-9);
    for (value, mean) in series.values.iter().zip(mean) {
        let edge = |edge: f64| edge.clamp(-f64::MAX, f64::MAX);
        let (lower, upper) = (edge(mean - width), edge(mean + width));
        found.anomaly.push(*value < lower || *value > upper);
        found.mean.push(mean);
        found.lower.push(lower);
        found.upper.push(upper);
    }
    Ok(weights)
}

// Each value against the median of its neighbours at the same place in the season, as many on either side, so that neither
// a trend nor the outlier itself moves what it is compared with.
fn screened(values: &[f64], seasons: &[usize], reach: f64) -> Vec<f64> {
    let Some(whole) = filled(values) else {
        return values.to_vec();
    };
    let stride = season::present(&scaled(&whole).values, seasons)
        .first()
        .copied()
        .unwrap_or(1);
    let beside: Vec<f64> = (0..values.len())
        .map(|at| {
            let sides = (1..=NEIGHBOURS)
                .take_while(|steps| at >= steps * stride && at + steps * stride < values.len())
                .flat_map(|steps| [whole[at - steps * stride], whole[at + steps * stride]]);
            let mut sides: Vec<f64> = sides.collect();
            // Beside a single pair the outlier could as well be the neighbour.
            if sides.len() < 4 {
                f64::NAN
            } else {
                middle(&mut sides)
            }
        })
        .collect();
    let far = deviation(values, &beside) * reach;
    let stands_out = |value: f64, beside: f64| (value - beside).abs() > far;
    values
        .iter()
        .zip(beside)
        .map(|(value, beside)| {
            if stands_out(*value, beside) {
                f64::NAN
            } else {
                *value
            }
        })
        .collect()
}

// Of an even number, because the neighbours come in pairs.
fn middle(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let half = values.len() / 2;
    values[half - 1] / 2.0 + values[half] / 2.0
}

fn deviation(values: &[f64], mean: &[f64]) -> f64 {
    let mut apart: Vec<f64> = values
        .iter()
        .zip(mean)
        .map(|(value, mean)| (value - mean).abs())
        .filter(|apart| apart.is_finite())
        .collect();
    let robust = median(&mut apart) * MEDIAN_TO_DEVIATION;
    if robust > 0.0 {
        return robust;
    }
    // More than half of the values are met exactly: the plain deviation is what is left, without overflow.
    let largest = apart.iter().copied().fold(0.0f64, f64::max);
    if largest == 0.0 {
        return 0.0;
    }
    largest * (apart.iter().map(|apart| (apart / largest).powi(2)).sum::<f64>() / apart.len() as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rows: usize, value: impl Fn(usize) -> f64, seasons: &[usize], expected: &[usize]) {
        let values: Vec<f64> = (0..rows).map(value).collect();
        let found = detect_anomalies(
            Series {
                values: &values,
                columns: &[],
            },
            seasons,
            99.0,
        )
        .expect("anomalies");
        assert_eq!(found.mean.len(), rows);
        let flagged: Vec<usize> = (0..rows).filter(|row| found.anomaly[*row]).collect();
        assert_eq!(flagged, expected);
    }

    fn noise(at: usize) -> f64 {
        let mixed = (at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed ^ (mixed >> 32)) % 10_000) as f64 / 5_000.0 - 1.0
    }

    #[test]
    fn spikes_are_found_and_nothing_else() {
        let season =
            |at: usize| 10.0 * (at as f64 * std::f64::consts::TAU / 7.0).sin() + at as f64 * 0.2 + noise(at);
        check(
            140,
            |at| season(at) + if at == 60 { 25.0 } else { 0.0 },
            &[7],
            &[60],
        );
        check(
            140,
            |at| season(at) + if at == 100 { -25.0 } else { 0.0 },
            &[7],
            &[100],
        );
        check(60, |at| if at == 30 { 9.0 } else { 5.0 }, &[7], &[30]);
        check(60, |_| 5.0, &[7], &[]);
        check(60, |at| if at == 3 { f64::NAN } else { noise(at) }, &[], &[]);
        check(1, |_| 5.0, &[7], &[]);
    }

    #[test]
    fn long_series_are_looked_at_in_parts() {
        assert_eq!(parts(10, 4).collect::<Vec<_>>(), [0..3, 3..6, 6..10]);
        assert_eq!(parts(4, 4).count(), 1);
        check(
            5_000,
            |at| noise(at) + if at == 4_321 { 40.0 } else { 0.0 },
            &[7],
            &[4_321],
        );
    }
}
