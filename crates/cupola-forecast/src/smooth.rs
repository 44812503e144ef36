//! Exponential smoothing of a series without seasons: a level, a trend or a damped trend, whichever explains it best.

use crate::exogenous::Line;
use augurs_core::{Forecast, Predict as _};
use augurs_ets::model::{ErrorComponent, Model, ModelType, SeasonalComponent, TrendComponent, Unfit};

// With fewer values the models have more unknowns than the series has facts.
const VALUES_MIN: usize = 10;
// Where the search for the parameters is ended: bounds the time, and costs no accuracy that the bench can see.
const ITERATIONS_MAX: usize = 200;
const LEVEL: f64 = 0.95;
const LEVEL_REACH: f64 = 1.959_963_984_540_054;
// How much of a short series a line must explain before it is followed, and how fast it is forgotten.
const LINE_SHARE_MIN: f64 = 0.9;
const LINE_DAMPING: f64 = 0.95;

/// A smoothed series.
#[derive(Debug)]
pub(crate) struct Smoothed {
    /// What the model said of each value before it saw it.
    pub(crate) fitted: Vec<f64>,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Smoothing(Box<Model>),
    Line { last: f64, slope: f64, deviation: f64 },
    Last { last: f64, deviation: f64 },
}

/// Smooths values without gaps.
pub(crate) fn smooth(values: &[f64]) -> Smoothed {
    if values.len() >= VALUES_MIN
        && let Some((model, fitted)) = best(values)
    {
        return Smoothed {
            fitted,
            way: Way::Smoothing(Box::new(model)),
        };
    }
    short(values)
}

fn best(values: &[f64]) -> Option<(Model, Vec<f64>)> {
    let candidates = [
        (TrendComponent::None, false),
        (TrendComponent::Additive, false),
        (TrendComponent::Additive, true),
    ];
    let mut best: Option<(f64, Model, Vec<f64>)> = None;
    for (trend, damped) in candidates {
        let kind = ModelType {
            error: ErrorComponent::Additive,
            trend,
            season: SeasonalComponent::None,
        };
        let Ok(model) = Unfit::new(kind)
            .damped(damped)
            .nmse(1)
            .max_iterations(ITERATIONS_MAX)
            .fit(values)
        else {
            continue;
        };
        let mut fitted = Forecast::empty();
        if model.predict_in_sample_inplace(None, &mut fitted).is_err()
            || fitted.point.iter().any(|value| !value.is_finite())
        {
            continue;
        }
        let criterion = model.aicc();
        if !criterion.is_nan() && best.as_ref().is_none_or(|(lowest, ..)| criterion < *lowest) {
            best = Some((criterion, model, fitted.point));
        }
    }
    best.map(|(_, model, fitted)| (model, fitted))
}

// A line where there is one, otherwise the last value.
fn short(values: &[f64]) -> Smoothed {
    let last = values.last().copied().unwrap_or(0.0);
    let rows = values.len() as f64;
    let line = Line::through(values);
    let mean = values.iter().sum::<f64>() / rows.max(1.0);
    let squares = |fitted: &dyn Fn(usize) -> f64| -> f64 {
        values
            .iter()
            .enumerate()
            .map(|(at, value)| (value - fitted(at)).powi(2))
            .sum()
    };
    let (around_line, around_mean) = (squares(&|at| line.at(at)), squares(&|_| mean));
    if values.len() >= 4 && around_mean > 0.0 && 1.0 - around_line / around_mean >= LINE_SHARE_MIN {
        let deviation = (around_line / (rows - 2.0)).sqrt();
        let fitted = (0..values.len()).map(|at| line.at(at)).collect();
        return Smoothed {
            fitted,
            way: Way::Line {
                last,
                slope: line.at(1) - line.at(0),
                deviation,
            },
        };
    }
    let steps: f64 = values.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum();
    let deviation = (steps / (rows - 1.0).max(1.0)).sqrt();
    let fitted = std::iter::once(values.first().copied().unwrap_or(0.0))
        .chain(values.iter().copied())
        .take(values.len())
        .collect();
    Smoothed {
        fitted,
        way: Way::Last { last, deviation },
    }
}

impl Smoothed {
    /// The values ahead, and the standard deviation of each.
    pub(crate) fn ahead(&self, horizon: usize) -> Vec<(f64, f64)> {
        match &self.way {
            Way::Smoothing(model) => ahead(model, horizon),
            Way::Line {
                last,
                slope,
                deviation,
            } => {
                let mut value = *last;
                let mut step = *slope;
                (1..=horizon)
                    .map(|distance| {
                        step *= LINE_DAMPING;
                        value += step;
                        (value, deviation * (distance as f64).sqrt())
                    })
                    .collect()
            }
            Way::Last { last, deviation } => (1..=horizon)
                .map(|distance| (*last, deviation * (distance as f64).sqrt()))
                .collect(),
        }
    }
}

fn ahead(model: &Model, horizon: usize) -> Vec<(f64, f64)> {
    let mut forecast = Forecast::empty();
    if horizon == 0
        || model
            .predict_inplace(horizon, Some(LEVEL), &mut forecast)
            .is_err()
    {
        return Vec::new();
    }
    let upper = forecast
        .intervals
        .map(|intervals| intervals.upper)
        .unwrap_or_default();
    let mut last = 0.0f64;
    forecast
        .point
        .iter()
        .enumerate()
        .map(|(step, point)| {
            let deviation = upper
                .get(step)
                .map_or(f64::NAN, |upper| (upper - point) / LEVEL_REACH);
            // What is uncertain does not become less so with distance; rounding may say otherwise.
            if deviation.is_finite() && deviation > last {
                last = deviation;
            }
            (*point, last)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[f64], expected: f64, within: f64) {
        let ahead = smooth(values).ahead(3);
        assert_eq!(ahead.len(), 3);
        assert!((ahead[0].0 - expected).abs() < within, "{ahead:?}");
        assert!(ahead.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{ahead:?}");
    }

    #[test]
    fn levels_and_lines_go_on() {
        let line: Vec<f64> = (0..30).map(|at| f64::from(at) / 30.0).collect();
        check(&line, 1.0, 0.01);
        check(&[0.1, 0.2, 0.3, 0.4, 0.5], 0.6, 0.02);
        check(&[0.3, -0.2, 0.1, -0.4, 0.5], 0.5, 1e-9);
        check(&[0.7], 0.7, 1e-9);
        check(&[0.25; 12], 0.25, 1e-6);
    }
}
