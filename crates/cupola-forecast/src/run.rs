//! A request of the TimeGEN API, answered.

use crate::anomalies::{detect_anomalies, parts};
use crate::budget;
use crate::calendar::Grid;
use crate::clean::filled;
use crate::frequency::Frequency;
use crate::model::{Series, Unfit, fit, past};
use crate::normal::{quantile, reach};
use crate::validate::{Validation, cross_validate};
use cupola_wire::timegen::{
    Answer, Band, Forecast, InSample, Invalid, LegacyForecast, ModelParameters, Panel, Request, Route, Tokens,
};

/// Answers a request. The time it takes is bounded by what a request may hold; run it where it may take seconds.
pub fn run(request: &Request) -> Result<Answer, Invalid> {
    let frequency: Frequency = request
        .frequency
        .parse()
        .map_err(|error| Invalid::rule("freq", format!("The field freq: {error}")))?;
    let seasons = frequency.seasons();
    budget::check(request, &seasons)?;
    let tokens = |output: usize| Tokens {
        input_tokens: request.cells_in(),
        output_tokens: output as u64,
        // Nothing is tuned: each request learns from its own series.
        finetune_tokens: 0,
    };
    Ok(match request.route {
        Route::Forecast => Answer::Legacy(legacy(request, frequency, &seasons, tokens)?),
        Route::ForecastV2 => Answer::Forecast(forecast(request, &seasons, tokens)?),
        Route::CrossValidation if request.full_history => {
            Answer::CrossValidation(history(request, &seasons, tokens)?)
        }
        Route::CrossValidation => Answer::CrossValidation(validation(request, &seasons, tokens)?),
        Route::AnomalyDetection => Answer::Anomalies(anomalies(request, &seasons, tokens)?),
        Route::ModelParameters => {
            let (input_size, horizon) = frequency.sizes();
            Answer::ModelParameters(ModelParameters { input_size, horizon })
        }
    })
}

/// Names of the bands and their reach: two for each level, then the quantiles.
struct Bands {
    reaches: Vec<f64>,
    bands: Vec<Band>,
}

impl Bands {
    fn of(request: &Request) -> Self {
        let mut named = Vec::new();
        for level in &request.levels {
            let reach = reach(level.percent);
            named.push((format!("lo-{}", level.name), -reach));
            named.push((format!("hi-{}", level.name), reach));
        }
        for share in &request.quantiles {
            named.push((format!("q-{}", (share * 1e6).round() / 1e4), quantile(*share)));
        }
        let (names, reaches): (Vec<String>, Vec<f64>) = named.into_iter().unzip();
        let bands = names
            .into_iter()
            .map(|name| Band {
                name,
                values: Vec::new(),
            })
            .collect();
        Self { reaches, bands }
    }

    fn extend(&mut self, values: Vec<Vec<f64>>) {
        self.bands
            .iter_mut()
            .zip(values)
            .for_each(|(band, values)| band.values.extend(values));
    }

    fn cells(&self) -> usize {
        self.bands.iter().map(|band| band.values.len()).sum()
    }
}

/// The rows of each series.
fn rows(panel: &Panel) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut end = 0;
    panel.sizes.iter().map(move |size| {
        end += size;
        end - size..end
    })
}

fn slices(columns: &[Vec<f64>], rows: std::ops::Range<usize>) -> Vec<&[f64]> {
    columns.iter().map(|column| &column[rows.clone()]).collect()
}

fn refused(index: usize, reason: &dyn std::fmt::Display) -> Invalid {
    Invalid::rule("series.y", format!("The series at index {index} {reason}."))
}

fn legacy(
    request: &Request,
    frequency: Frequency,
    seasons: &[usize],
    tokens: impl Fn(usize) -> Tokens,
) -> Result<LegacyForecast, Invalid> {
    let panel = &request.series;
    let off = |error: crate::calendar::OffGrid| Invalid::rule("y", format!("The field y: {error}."));
    let placed = |cells: &[f64]| {
        let points: Vec<(&str, f64)> = panel
            .timestamps
            .iter()
            .map(String::as_str)
            .zip(cells.iter().copied())
            .collect();
        Grid::filled(frequency, &points).map_err(off)
    };
    let (grid, values) = placed(&panel.values)?;
    let mut x = Vec::with_capacity(panel.x.len());
    for column in &panel.x {
        x.push(filled(&placed(column)?.1).unwrap_or_default());
    }
    let columns: Vec<&[f64]> = x.iter().map(Vec::as_slice).collect();
    let future: Vec<&[f64]> = panel.x_future.iter().map(Vec::as_slice).collect();
    let mut bands = Bands::of(request);
    let series = Series {
        values: &values,
        columns: &columns,
    };
    let outlook = crate::model::forecast(series, seasons, &future, request.horizon, &bands.reaches)
        .map_err(|unfit| Invalid::rule("y", format!("The field y {unfit}.")))?;
    bands.extend(outlook.bands);
    let timestamps = grid.ahead(values.len(), request.horizon).map_err(off)?;
    let tokens = tokens(outlook.mean.len() + bands.cells());
    Ok(LegacyForecast {
        timestamps,
        mean: outlook.mean,
        bands: bands.bands,
        tokens,
    })
}

fn forecast(
    request: &Request,
    seasons: &[usize],
    tokens: impl Fn(usize) -> Tokens,
) -> Result<Forecast, Invalid> {
    let panel = &request.series;
    let mut bands = Bands::of(request);
    let mut answer = Forecast::default();
    let mut weights = vec![0.0; panel.x.len()];
    let mut shares = vec![
        Vec::new();
        if request.contributions {
            panel.x.len() + 1
        } else {
            0
        }
    ];
    for (index, rows) in rows(panel).enumerate() {
        let columns = slices(&panel.x, rows.clone());
        let ahead = index * request.horizon..(index + 1) * request.horizon;
        let future = slices(&panel.x_future, ahead);
        let model = fit(
            Series {
                values: &panel.values[rows],
                columns: &columns,
            },
            seasons,
        )
        .map_err(|unfit| refused(index, &unfit))?;
        let outlook = model
            .outlook(&future, request.horizon, &bands.reaches)
            .map_err(|unfit| refused(index, &unfit))?;
        weights
            .iter_mut()
            .zip(model.weights())
            .for_each(|(sum, weight)| *sum += weight);
        if let Some((base, of_columns)) = shares.split_last_mut() {
            for (step, mean) in outlook.mean.iter().enumerate() {
                base.push(mean - outlook.shares.iter().map(|share| share[step]).sum::<f64>());
            }
            of_columns
                .iter_mut()
                .zip(outlook.shares)
                .for_each(|(all, share)| all.extend(share));
        }
        answer.mean.extend(outlook.mean);
        bands.extend(outlook.bands);
    }
    answer.weights = averaged(weights, panel.sizes.len());
    let cells = shares.iter().map(Vec::len).sum::<usize>() + answer.mean.len() + bands.cells();
    answer.contributions = (request.contributions && !panel.x.is_empty()).then_some(shares);
    answer.bands = bands.bands;
    answer.tokens = tokens(cells);
    Ok(answer)
}

fn averaged(sums: Vec<f64>, series: usize) -> Option<Vec<f64>> {
    (!sums.is_empty()).then(|| sums.into_iter().map(|sum| sum / series.max(1) as f64).collect())
}

fn validation(
    request: &Request,
    seasons: &[usize],
    tokens: impl Fn(usize) -> Tokens,
) -> Result<InSample, Invalid> {
    let panel = &request.series;
    let mut bands = Bands::of(request);
    let mut answer = InSample::default();
    let validation = Validation {
        horizon: request.horizon,
        windows: request.windows,
        step: request.step,
    };
    for (index, rows) in rows(panel).enumerate() {
        let columns = slices(&panel.x, rows.clone());
        let series = Series {
            values: &panel.values[rows.clone()],
            columns: &columns,
        };
        let windows = cross_validate(series, seasons, validation, &bands.reaches)
            .map_err(|error| refused(index, &error))?;
        for window in windows {
            let start = rows.start + window.start;
            answer.indices.extend(start..start + request.horizon);
            answer.mean.extend(window.outlook.mean);
            bands.extend(window.outlook.bands);
        }
        answer.sizes.push(request.windows * request.horizon);
    }
    answer.tokens = tokens(answer.mean.len() + bands.cells());
    answer.bands = bands.bands;
    Ok(answer)
}

// The whole past as the model sees it: the client asks for it beside a forecast.
fn history(
    request: &Request,
    seasons: &[usize],
    tokens: impl Fn(usize) -> Tokens,
) -> Result<InSample, Invalid> {
    let panel = &request.series;
    let mut bands = Bands::of(request);
    let mut answer = InSample {
        sizes: panel.sizes.clone(),
        indices: (0..panel.values.len()).collect(),
        ..InSample::default()
    };
    for (index, all) in rows(panel).enumerate() {
        for part in parts(all.len(), past(seasons)) {
            let part = all.start + part.start..all.start + part.end;
            let columns = slices(&panel.x, part.clone());
            let values = &panel.values[part];
            let mean = match fit(
                Series {
                    values,
                    columns: &columns,
                },
                seasons,
            ) {
                Ok(model) => model.past(),
                Err(Unfit::NoValues) if values.len() < all.len() => vec![0.0; values.len()],
                Err(unfit) => return Err(refused(index, &unfit)),
            };
            let deviation = deviation(values, &mean);
            let edge = |mean: &f64, reach: &f64| (mean + reach * deviation).clamp(-f64::MAX, f64::MAX);
            let around = bands
                .reaches
                .iter()
                .map(|reach| mean.iter().map(|mean| edge(mean, reach)).collect())
                .collect();
            bands.extend(around);
            answer.mean.extend(mean);
        }
    }
    answer.tokens = tokens(answer.mean.len() + bands.cells());
    answer.bands = bands.bands;
    Ok(answer)
}

fn deviation(values: &[f64], mean: &[f64]) -> f64 {
    let apart = values
        .iter()
        .zip(mean)
        .map(|(value, mean)| value - mean)
        .filter(|apart| apart.is_finite());
    let (sum, count) = apart.fold((0.0, 0.0), |(sum, count), apart: f64| {
        (sum + apart * apart, count + 1.0)
    });
    if count > 0.0 {
        (sum / count).sqrt().min(f64::MAX)
    } else {
        0.0
    }
}

fn anomalies(
    request: &Request,
    seasons: &[usize],
    tokens: impl Fn(usize) -> Tokens,
) -> Result<InSample, Invalid> {
    let panel = &request.series;
    // Reading made sure of the one level.
    let Some(level) = request.levels.first() else {
        return Err(Invalid::rule(
            "level",
            "The field level is required: one number in percent.",
        ));
    };
    let mut answer = InSample {
        sizes: panel.sizes.clone(),
        ..InSample::default()
    };
    let mut weights = vec![0.0; panel.x.len()];
    let (mut lower, mut upper) = (Vec::new(), Vec::new());
    for (index, rows) in rows(panel).enumerate() {
        let columns = slices(&panel.x, rows.clone());
        let series = Series {
            values: &panel.values[rows],
            columns: &columns,
        };
        let found =
            detect_anomalies(series, seasons, level.percent).map_err(|unfit| refused(index, &unfit))?;
        answer.mean.extend(found.mean);
        answer.anomaly.extend(found.anomaly);
        lower.extend(found.lower);
        upper.extend(found.upper);
        weights
            .iter_mut()
            .zip(found.weights)
            .for_each(|(sum, weight)| *sum += weight);
    }
    answer.weights = averaged(weights, panel.sizes.len());
    // The mark of each value is returned too, but it is no number.
    answer.tokens = tokens(answer.mean.len() + lower.len() + upper.len());
    answer.bands = vec![
        Band {
            name: format!("lo-{}", level.name),
            values: lower,
        },
        Band {
            name: format!("hi-{}", level.name),
            values: upper,
        },
    ];
    Ok(answer)
}
