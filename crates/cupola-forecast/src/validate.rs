//! Cross-validation: what the model would have said at earlier times.

use crate::model::{Outlook, Series, Unfit, fit};
use std::fmt;

/// Which windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validation {
    /// Values ahead.
    pub horizon: usize,
    /// How many windows; the last one ends where the series ends.
    pub windows: usize,
    /// How far apart.
    pub step: usize,
}

/// One window.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// The first row that the model did not see.
    pub start: usize,
    /// What it said.
    pub outlook: Outlook,
}

/// Why there is no cross-validation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotValid {
    /// The first window would leave nothing to learn from.
    TooShort {
        /// How many values it takes.
        needed: usize,
    },
    /// The series cannot be forecast.
    Unfit(Unfit),
}

impl fmt::Display for NotValid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { needed } => write!(
                f,
                "is too short for these windows, which take at least {needed} values"
            ),
            Self::Unfit(unfit) => unfit.fmt(f),
        }
    }
}

impl std::error::Error for NotValid {}

impl Validation {
    /// The first unseen row of each window.
    pub(crate) fn starts(self, rows: usize) -> Result<impl Iterator<Item = usize>, NotValid> {
        let span = self
            .step
            .saturating_mul(self.windows.saturating_sub(1))
            .saturating_add(self.horizon);
        if span >= rows {
            return Err(NotValid::TooShort {
                needed: span.saturating_add(1),
            });
        }
        let first = rows - span;
        Ok((0..self.windows).map(move |window| first + window * self.step))
    }
}

/// Forecasts each window from what lies before it. Columns are known for the window too.
pub fn cross_validate(
    series: Series<'_>,
    seasons: &[usize],
    validation: Validation,
    reaches: &[f64],
) -> Result<Vec<Window>, NotValid> {
    if series
        .columns
        .iter()
        .any(|column| column.len() != series.values.len())
    {
        return Err(NotValid::Unfit(Unfit::Columns));
    }
    let one = |start: usize| {
        let columns: Vec<&[f64]> = series.columns.iter().map(|column| &column[..start]).collect();
        let future: Vec<&[f64]> = series
            .columns
            .iter()
            .map(|column| &column[start..start + validation.horizon])
            .collect();
        let model = fit(
            Series {
                values: &series.values[..start],
                columns: &columns,
            },
            seasons,
        )?;
        Ok(Window {
            start,
            outlook: model.outlook(&future, validation.horizon, reaches)?,
        })
    };
    validation
        .starts(series.values.len())?
        .map(|start| one(start).map_err(NotValid::Unfit))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_end_where_the_series_ends() {
        let values: Vec<f64> = (0..30).map(f64::from).collect();
        let validation = Validation {
            horizon: 3,
            windows: 2,
            step: 4,
        };
        let series = Series {
            values: &values,
            columns: &[],
        };
        let windows = cross_validate(series, &[7], validation, &[]).expect("windows");
        assert_eq!(
            windows.iter().map(|window| window.start).collect::<Vec<_>>(),
            [23, 27]
        );
        assert!((windows[1].outlook.mean[2] - 29.0).abs() < 0.5, "{windows:?}");
        let long = Validation {
            horizon: 10,
            windows: 5,
            step: 5,
        };
        assert_eq!(
            cross_validate(series, &[7], long, &[]),
            Err(NotValid::TooShort { needed: 31 })
        );
    }
}
