//! Do the parts of a request fit each other, and the bounds?

use super::{Invalid, Panel, Request, Route, bounds};

impl Request {
    pub(super) fn check(&self) -> Result<(), Invalid> {
        let panel = &self.series;
        let field = |name: &str| match self.route {
            Route::Forecast => name.to_lowercase(),
            _ => format!("series.{name}"),
        };
        if panel.sizes.is_empty() || panel.sizes.contains(&0) {
            return Err(Invalid::rule(
                field("sizes"),
                "Every series must have at least one value.",
            ));
        }
        if panel.sizes.len() > bounds::SERIES_MAX {
            return Err(Invalid::too_much(
                field("sizes"),
                format!(
                    "There are {} series; one request may have {}. Send them in parts (num_partitions).",
                    panel.sizes.len(),
                    bounds::SERIES_MAX
                ),
            ));
        }
        let total = panel
            .sizes
            .iter()
            .try_fold(0usize, |sum, size| sum.checked_add(*size));
        if total != Some(panel.values.len()) {
            return Err(Invalid::rule(
                field("sizes"),
                format!(
                    "The sizes do not add up to the {} values of y.",
                    panel.values.len()
                ),
            ));
        }
        self.columns(panel, field)?;
        let answer = self.cells_of_the_answer();
        for (field, cells) in [(field("y"), self.cells_in()), ("h".to_owned(), answer)] {
            if cells > bounds::CELLS_MAX as u64 {
                return Err(Invalid::too_much(
                    field,
                    format!(
                        "That makes {cells} numbers; one request and its answer may have {} each. Send the series in parts (num_partitions).",
                        bounds::CELLS_MAX
                    ),
                ));
            }
        }
        Ok(())
    }

    fn columns(&self, panel: &Panel, field: impl Fn(&str) -> String) -> Result<(), Invalid> {
        if panel.x.iter().any(|column| column.len() != panel.values.len()) {
            return Err(Invalid::rule(
                field("X"),
                format!(
                    "Every column of X must have {} numbers, as many as y.",
                    panel.values.len()
                ),
            ));
        }
        if !self.past_only.is_empty() {
            return Err(Invalid::rule(
                "hist_exog",
                "Columns of which only the past is known are not used by this model: leave them out of X.",
            ));
        }
        if !matches!(self.route, Route::Forecast | Route::ForecastV2) {
            return Ok(());
        }
        if panel.x.len() != panel.x_future.len() {
            return Err(Invalid::rule(
                field("X_future"),
                format!(
                    "X has {} columns and X_future {}: columns of which only the past is known are not used by this model; leave them out of X, or give their future.",
                    panel.x.len(),
                    panel.x_future.len()
                ),
            ));
        }
        let ahead = self.horizon.saturating_mul(panel.sizes.len());
        if panel.x_future.iter().any(|column| column.len() != ahead) {
            return Err(Invalid::rule(
                field("X_future"),
                format!(
                    "Every column of X_future must have {ahead} numbers: {} for each series.",
                    self.horizon
                ),
            ));
        }
        if panel
            .x
            .iter()
            .chain(&panel.x_future)
            .flatten()
            .any(|cell| !cell.is_finite())
        {
            return Err(Invalid::rule(
                field("X"),
                "The columns of X and X_future must not have gaps: fill null with a number.",
            ));
        }
        Ok(())
    }

    fn cells_of_the_answer(&self) -> u64 {
        let series = self.series.sizes.len() as u64;
        let rows = match self.route {
            Route::Forecast | Route::ForecastV2 => series.saturating_mul(self.horizon as u64),
            Route::CrossValidation if !self.full_history => series
                .saturating_mul(self.horizon as u64)
                .saturating_mul(self.windows as u64),
            _ => self.series.values.len() as u64,
        };
        let mut columns = 1 + 2 * self.levels.len() + self.quantiles.len();
        if self.contributions {
            columns += self.series.x.len() + 1;
        }
        rows.saturating_mul(columns as u64)
    }
}
