//! How good are the forecasts, and what do they cost? Errors are MASE: below one is better than saying "as one season ago"
//! was within the training data. Every series is cross-validated with several windows, each as long as the horizon.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

#[path = "series.rs"]
mod series;

use cupola_forecast::{Series, Validation, cross_validate, detect_anomalies, forecast};
use std::time::Instant;

const WINDOWS: usize = 4;

fn main() {
    println!(
        "{:<34} {:>6} {:>8} {:>8} {:>8} {:>9}",
        "series", "rows", "ours", "last", "season", "ms a fit"
    );
    let mut ratios = Vec::new();
    for one in series::all() {
        let begun = Instant::now();
        let validation = Validation {
            horizon: one.horizon,
            windows: WINDOWS,
            step: one.horizon,
        };
        let known = Series {
            values: &one.values,
            columns: &[],
        };
        let windows = match cross_validate(known, &one.seasons, validation, &[]) {
            Ok(windows) => windows,
            Err(error) => {
                println!("{:<34} {error}", one.name);
                continue;
            }
        };
        let ms = begun.elapsed().as_secs_f64() * 1e3 / WINDOWS as f64;
        let season = one.seasons.last().copied().unwrap_or(1);
        let mut errors = [0.0f64; 3];
        for window in &windows {
            let (past, ahead) = one.values.split_at(window.start);
            let scale = scaled_error(past, season);
            for (step, value) in ahead.iter().take(one.horizon).enumerate() {
                let naive = past[past.len() - 1];
                let seasonal = past[past.len() - season + step % season];
                for (sum, said) in errors
                    .iter_mut()
                    .zip([window.outlook.mean[step], naive, seasonal])
                {
                    *sum += (said - value).abs() / scale / (one.horizon * windows.len()) as f64;
                }
            }
        }
        let [ours, naive, seasonal] = errors;
        println!(
            "{:<34} {:>6} {ours:>8.3} {naive:>8.3} {seasonal:>8.3} {ms:>9.2}",
            one.name,
            one.values.len()
        );
        ratios.push(ours / naive.min(seasonal));
    }
    let mean = (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len().max(1) as f64).exp();
    println!("\nerror against the better of the two, geometric mean: {mean:.3}");
    costs();
}

// The mean step from season to season within what is known.
fn scaled_error(past: &[f64], season: usize) -> f64 {
    let steps: Vec<f64> = past
        .iter()
        .zip(&past[season..])
        .map(|(before, after)| (after - before).abs())
        .collect();
    (steps.iter().sum::<f64>() / steps.len().max(1) as f64).max(f64::MIN_POSITIVE)
}

fn costs() {
    println!(
        "\n{:<10} {:>14} {:>14} {:>16}",
        "rows", "forecast, ms", "outliers, ms", "us a row"
    );
    for rows in [20usize, 100, 500, 2_000, 20_000] {
        let values = series::hourly(rows, 3);
        let known = Series {
            values: &values,
            columns: &[],
        };
        let rounds = (4_000 / rows).max(1);
        let begun = Instant::now();
        for _ in 0..rounds {
            std::hint::black_box(forecast(known, &[24, 168], &[], 24, &[1.0]).ok());
        }
        let ahead = begun.elapsed().as_secs_f64() * 1e3 / rounds as f64;
        let begun = Instant::now();
        for _ in 0..rounds {
            std::hint::black_box(detect_anomalies(known, &[24, 168], 99.0).ok());
        }
        let outliers = begun.elapsed().as_secs_f64() * 1e3 / rounds as f64;
        println!(
            "{rows:<10} {ahead:>14.2} {outliers:>14.2} {:>16.2}",
            outliers * 1e3 / rows as f64
        );
    }
}
