//! The normal distribution, as far as intervals need it.

/// How many standard deviations an interval of this level reaches to each side; the level in percent.
pub(crate) fn reach(percent: f64) -> f64 {
    // At 100 the reach would be infinite; the edge keeps everything below.
    let share = (0.5 + percent / 200.0).clamp(0.5, 1.0 - 1e-12);
    distrs::Normal::ppf(share, 0.0, 1.0)
}

/// The same for a quantile from 0 to 1; below the median it is negative.
pub(crate) fn quantile(quantile: f64) -> f64 {
    distrs::Normal::ppf(quantile.clamp(1e-12, 1.0 - 1e-12), 0.0, 1.0)
}

/// The middle value; zero of none.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reach_is_the_one_of_the_tables() {
        assert!((reach(95.0) - 1.959_964).abs() < 1e-5);
        assert!((reach(80.0) - 1.281_552).abs() < 1e-5);
        assert_eq!(reach(0.0), 0.0);
        assert!((quantile(0.1) + 1.281_552).abs() < 1e-5);
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut []), 0.0);
    }
}
