//! How much work one request may be, counted before it begins.

use crate::model::past;
use cupola_wire::timegen::{Invalid, Request, Route};

/// Values that models are fitted to, over all series and windows. A value costs some twenty microseconds.
pub const POINTS_MAX: u64 = 400_000;
// What a fit costs beside its values, in values.
const FIT_POINTS: u64 = 10;

/// Refuses what would take too long.
pub(crate) fn check(request: &Request, seasons: &[usize]) -> Result<(), Invalid> {
    let longest = past(seasons) as u64;
    let fits = |rows: u64| match request.route {
        Route::CrossValidation if !request.full_history => {
            rows.min(longest).saturating_mul(request.windows as u64)
        }
        Route::CrossValidation | Route::AnomalyDetection => rows,
        _ => rows.min(longest),
    };
    let points = request.series.sizes.iter().fold(0u64, |sum, size| {
        sum.saturating_add(fits(*size as u64).saturating_add(FIT_POINTS))
    });
    // The regression on columns reads every pair of them.
    let columns = request.series.x.len() as u64;
    let points = points.saturating_mul(1 + columns * columns / 16);
    if points > POINTS_MAX {
        return Err(Invalid::too_much(
            "series",
            format!(
                "Models would have to be fitted to {points} values; one request may take {POINTS_MAX}. Send the series in parts (num_partitions), or use fewer windows."
            ),
        ));
    }
    Ok(())
}
