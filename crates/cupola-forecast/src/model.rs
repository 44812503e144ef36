//! One series: fitted, and its outlook.

use crate::clean::{Scale, filled, scaled};
use crate::exogenous::Regression;
use crate::season::{self, Split};
use crate::smooth::{Smoothed, smooth};
use std::fmt;

/// Of a longer past the model reads this much of the end, or three of the longest season, if that is more.
pub(crate) const PAST_MAX: usize = 2_000;

// How far a gap looks for the same place in another cycle.
const CYCLES_BESIDE_MAX: usize = 4;

/// A series and the columns that may explain it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Series<'a> {
    /// The values; NaN where one is missing.
    pub values: &'a [f64],
    /// Columns, each as long as the values and without gaps.
    pub columns: &'a [&'a [f64]],
}

/// Why a series cannot be forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Every value is missing.
    NoValues,
    /// The columns differ in length from the values, or from the horizon, or are not the ones of the fit.
    Columns,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoValues => "has no value that is a number",
            Self::Columns => "has columns of another length than its values",
        })
    }
}

impl std::error::Error for Unfit {}

/// What is to come.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outlook {
    /// The forecast.
    pub mean: Vec<f64>,
    /// For each reach that was asked for, so many standard deviations from the forecast.
    pub bands: Vec<Vec<f64>>,
    /// The share of each column in the forecast.
    pub shares: Vec<Vec<f64>>,
}

/// A model of one series.
#[derive(Debug)]
pub struct Fitted {
    way: Way,
    regression: Option<Regression>,
    explained: Vec<f64>,
    split: Split,
    smoothed: Smoothed,
    flat: bool,
}

/// The way back from what the model sees.
#[derive(Debug)]
struct Way {
    plain: Scale,
    /// Where the model sees logarithms: their scale, inside the plain one. Then no column explains anything.
    logarithm: Option<Scale>,
}

impl Way {
    fn back(&self, value: f64, explained: f64) -> f64 {
        match self.logarithm {
            Some(scale) => self.plain.restore(scale.restore(value).exp() + self.plain.zero()),
            None => self.plain.restore(value + explained),
        }
    }
}

/// Fits a model.
pub fn fit(series: Series<'_>, seasons: &[usize]) -> Result<Fitted, Unfit> {
    if series
        .columns
        .iter()
        .any(|column| column.len() != series.values.len())
    {
        return Err(Unfit::Columns);
    }
    let from = series.values.len().saturating_sub(past(seasons));
    let values = without_gaps(&series.values[from..], seasons).ok_or(Unfit::NoValues)?;
    let columns: Vec<&[f64]> = series.columns.iter().map(|column| &column[from..]).collect();
    let small = scaled(&values);
    let mut way = Way {
        plain: small.scale,
        logarithm: None,
    };
    let mut seen = small.values;
    let regression =
        (!columns.is_empty()).then(|| Regression::fit(&seen, &columns, seasons.first().copied()));
    let explained: Vec<f64> = match &regression {
        Some(regression) => (0..seen.len())
            .map(|row| regression.explained(&columns, row))
            .collect(),
        None => vec![0.0; seen.len()],
    };
    seen.iter_mut()
        .zip(&explained)
        .for_each(|(value, share)| *value -= share);
    let mut found = season::present(&seen, seasons);
    if regression.is_none()
        && let Some(first) = found.first()
        && let Some((values, scale)) = logarithms(&small.scale, &values, *first)
    {
        found = season::present(&values, seasons);
        seen = values;
        way.logarithm = Some(scale);
    }
    let split = Split::of(&seen, &found);
    let smoothed = smooth(&split.rest);
    Ok(Fitted {
        flat: small.scale.is_flat() && regression.is_none(),
        way,
        regression,
        explained,
        split,
        smoothed,
    })
}

/// Fits a model and looks ahead. `future` has the columns for the horizon; `reaches` is in standard deviations.
pub fn forecast(
    series: Series<'_>,
    seasons: &[usize],
    future: &[&[f64]],
    horizon: usize,
    reaches: &[f64],
) -> Result<Outlook, Unfit> {
    fit(series, seasons)?.outlook(future, horizon, reaches)
}

/// How many values of a series a model reads.
pub(crate) fn past(seasons: &[usize]) -> usize {
    PAST_MAX.max(3 * seasons.iter().copied().max().unwrap_or(0))
}

// Where there is a season, a gap is filled from the same place in the cycles beside it.
fn without_gaps(values: &[f64], seasons: &[usize]) -> Option<Vec<f64>> {
    let mut whole = filled(values)?;
    if values.iter().all(|value| value.is_finite()) {
        return Some(whole);
    }
    let Some(season) = season::present(&scaled(&whole).values, seasons).first().copied() else {
        return Some(whole);
    };
    let known = |at: &usize| values[*at].is_finite();
    for at in (0..values.len()).filter(|at| !known(at)) {
        let before = (1..=CYCLES_BESIDE_MAX)
            .filter_map(|cycles| at.checked_sub(cycles * season))
            .find(known);
        let after = (1..=CYCLES_BESIDE_MAX)
            .map(|cycles| at + cycles * season)
            .take_while(|at| *at < values.len())
            .find(known);
        if let (Some(before), Some(after)) = (before, after) {
            let share = (at - before) as f64 / (after - before) as f64;
            whole[at] = values[before] * (1.0 - share) + values[after] * share;
        }
    }
    Some(whole)
}

// Only where the values are far enough above zero and their season grows with them.
fn logarithms(plain: &Scale, values: &[f64], season: usize) -> Option<(Vec<f64>, Scale)> {
    let largest = values.iter().copied().fold(0.0f64, f64::max);
    if values.iter().any(|value| *value <= largest * 1e-6) || !season::grows_with_level(values, season) {
        return None;
    }
    // In the plain scale, moved so that zero is zero again.
    let zero = plain.zero();
    let small: Vec<f64> = values
        .iter()
        .map(|value| (plain.apply(*value) - zero).ln())
        .collect();
    let scaled = scaled(&small);
    (!scaled.scale.is_flat()).then_some((scaled.values, scaled.scale))
}

impl Fitted {
    /// Looks ahead.
    pub fn outlook(&self, future: &[&[f64]], horizon: usize, reaches: &[f64]) -> Result<Outlook, Unfit> {
        let columns = self.regression.as_ref().map_or(0, Regression::columns);
        if future.len() != columns || future.iter().any(|column| column.len() != horizon) {
            return Err(Unfit::Columns);
        }
        let mut outlook = Outlook {
            mean: Vec::with_capacity(horizon),
            bands: vec![Vec::with_capacity(horizon); reaches.len()],
            shares: vec![Vec::with_capacity(horizon); columns],
        };
        let ahead = self.smoothed.ahead(horizon);
        for (step, (value, deviation)) in ahead.into_iter().enumerate() {
            let explained = self
                .regression
                .as_ref()
                .map_or(0.0, |regression| regression.explained(future, step));
            let value = value + self.split.ahead(step);
            // A series that never moved has nothing to measure a deviation by.
            let deviation = if self.flat { 0.0 } else { deviation };
            outlook.mean.push(self.way.back(value, explained));
            for (band, reach) in outlook.bands.iter_mut().zip(reaches) {
                band.push(self.way.back(value + reach * deviation, explained));
            }
            for (index, shares) in outlook.shares.iter_mut().enumerate() {
                let share = self
                    .regression
                    .as_ref()
                    .map_or(0.0, |regression| regression.share(index, future[index][step]));
                shares.push(self.way.plain.width(share));
            }
        }
        Ok(outlook)
    }

    /// What the model says of the values that it saw: of the end of the series, where that is longer.
    pub fn past(&self) -> Vec<f64> {
        self.smoothed
            .fitted
            .iter()
            .zip(&self.split.seasonal)
            .zip(&self.explained)
            .map(|((level, season), explained)| self.way.back(level + season, *explained))
            .collect()
    }

    /// How much each column moves the series; they sum to one, or are all zero.
    pub fn weights(&self) -> Vec<f64> {
        self.regression
            .as_ref()
            .map(Regression::weights)
            .unwrap_or_default()
    }
}
