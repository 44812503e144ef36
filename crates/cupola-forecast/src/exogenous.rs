//! Columns that explain a series: linear regression, with the trend taken out of both sides first, so that two series which
//! merely both rise do not explain each other.

// A trace of shrinkage, so that two equal columns share the weight instead of breaking the equations.
const RIDGE: f64 = 1e-6;

/// What the columns explain.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Regression {
    slopes: Vec<f64>,
    means: Vec<f64>,
    /// The standard deviation of each column, after the trend.
    spreads: Vec<f64>,
}

impl Regression {
    /// Fits `values` on the columns, each of the same length.
    pub(crate) fn fit(values: &[f64], columns: &[&[f64]], season: Option<usize>) -> Self {
        let target = without_pattern(values, season);
        let sizes: Vec<f64> = columns.iter().map(|column| largest(column)).collect();
        let plain: Vec<Vec<f64>> = columns
            .iter()
            .zip(&sizes)
            .map(|(column, size)| {
                let shares: Vec<f64> = column.iter().map(|cell| cell / size).collect();
                without_pattern(&shares, season)
            })
            .collect();
        let rows = values.len().max(1) as f64;
        let spreads: Vec<f64> = plain
            .iter()
            .map(|column| (dot(column, column) / rows).sqrt())
            .collect();
        // A column without movement of its own explains nothing.
        let moving: Vec<usize> = (0..plain.len()).filter(|index| spreads[*index] > 1e-9).collect();
        // One row for each value: with fewer rows than unknowns any column would explain everything.
        let enough = values.len() >= 2 * moving.len() + 3;
        let mut slopes = vec![0.0; columns.len()];
        if enough && !moving.is_empty() {
            let scaled: Vec<Vec<f64>> = moving
                .iter()
                .map(|index| plain[*index].iter().map(|cell| cell / spreads[*index]).collect())
                .collect();
            let mut matrix: Vec<Vec<f64>> = scaled
                .iter()
                .map(|a| scaled.iter().map(|b| dot(a, b) / rows).collect())
                .collect();
            matrix
                .iter_mut()
                .enumerate()
                .for_each(|(at, row)| row[at] += RIDGE);
            let right: Vec<f64> = scaled.iter().map(|column| dot(column, &target) / rows).collect();
            for (index, weight) in moving.iter().zip(solve(matrix, right)) {
                if weight.is_finite() {
                    slopes[*index] = weight / spreads[*index] / sizes[*index];
                }
            }
        }
        let means = columns
            .iter()
            .zip(&sizes)
            .map(|(column, size)| column.iter().map(|cell| cell / size).sum::<f64>() / rows * size)
            .collect();
        let spreads = spreads
            .iter()
            .zip(&sizes)
            .map(|(spread, size)| spread * size)
            .collect();
        Self {
            slopes,
            means,
            spreads,
        }
    }

    /// How many columns.
    pub(crate) fn columns(&self) -> usize {
        self.slopes.len()
    }

    /// The share of one column at one row.
    pub(crate) fn share(&self, column: usize, cell: f64) -> f64 {
        let share = self.slopes[column] * (cell - self.means[column]);
        if share.is_finite() { share } else { 0.0 }
    }

    /// What all columns explain of one row.
    pub(crate) fn explained(&self, columns: &[&[f64]], row: usize) -> f64 {
        columns
            .iter()
            .enumerate()
            .map(|(index, column)| self.share(index, column[row]))
            .sum()
    }

    /// How much each column moves the series.
    pub(crate) fn weights(&self) -> Vec<f64> {
        let moves: Vec<f64> = self
            .slopes
            .iter()
            .zip(&self.spreads)
            .map(|(slope, spread)| (slope * spread).abs())
            .collect();
        let all: f64 = moves.iter().sum();
        let share = |move_: &f64| {
            if all > 0.0 && all.is_finite() {
                move_ / all
            } else {
                0.0
            }
        };
        moves.iter().map(share).collect()
    }
}

fn largest(column: &[f64]) -> f64 {
    let largest = column
        .iter()
        .fold(0.0f64, |largest, cell| largest.max(cell.abs()));
    if largest >= f64::MIN_POSITIVE {
        largest
    } else {
        1.0
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

// The straight line and the mean of each place in the season are taken out.
fn without_pattern(values: &[f64], season: Option<usize>) -> Vec<f64> {
    let line = Line::through(values);
    let mut rest: Vec<f64> = values
        .iter()
        .enumerate()
        .map(|(at, value)| value - line.at(at))
        .collect();
    if let Some(season) = season.filter(|season| values.len() >= 3 * season) {
        let mut means = vec![0.0; season];
        let mut counts = vec![0.0; season];
        for (at, value) in rest.iter().enumerate() {
            means[at % season] += value;
            counts[at % season] += 1.0;
        }
        rest.iter_mut()
            .enumerate()
            .for_each(|(at, value)| *value -= means[at % season] / counts[at % season]);
    }
    rest
}

/// A straight line by least squares.
pub(crate) struct Line {
    start: f64,
    slope: f64,
}

impl Line {
    pub(crate) fn through(values: &[f64]) -> Self {
        let rows = values.len() as f64;
        let middle = (rows - 1.0) / 2.0;
        let mean = values.iter().sum::<f64>() / rows.max(1.0);
        let (mut up, mut down) = (0.0, 0.0);
        for (at, value) in values.iter().enumerate() {
            let distance = at as f64 - middle;
            up += distance * (value - mean);
            down += distance * distance;
        }
        let slope = if down > 0.0 { up / down } else { 0.0 };
        Self {
            start: mean - slope * middle,
            slope,
        }
    }

    pub(crate) fn at(&self, row: usize) -> f64 {
        self.start + self.slope * row as f64
    }
}

// Gauss with pivots: the matrix has at most as many rows as a request may have columns.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for column in 0..size {
        let pivot = (column..size)
            .max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))
            .unwrap_or(column);
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        if matrix[column][column].abs() < 1e-300 {
            return vec![0.0; size];
        }
        for row in column + 1..size {
            let factor = matrix[row][column] / matrix[column][column];
            let (above, below) = matrix.split_at_mut(row);
            below[0]
                .iter_mut()
                .zip(&above[column])
                .for_each(|(cell, pivot)| *cell -= factor * pivot);
            right[row] -= factor * right[column];
        }
    }
    let mut answer = vec![0.0; size];
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size)
            .map(|column| matrix[row][column] * answer[column])
            .sum();
        answer[row] = (right[row] - known) / matrix[row][row];
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wave(at: usize, period: f64) -> f64 {
        (at as f64 * std::f64::consts::TAU / period).sin()
    }

    #[test]
    fn the_slopes_are_found_beside_a_trend_and_a_season() {
        let price: Vec<f64> = (0..140).map(|at| 5.0 + wave(at * at, 11.0)).collect();
        let still = vec![3.0; 140];
        let values: Vec<f64> = (0..140)
            .map(|at| at as f64 * 0.3 + 4.0 * wave(at, 7.0) - 2.5 * price[at])
            .collect();
        let found = Regression::fit(&values, &[&price, &still], Some(7));
        assert!((found.slopes[0] + 2.5).abs() < 0.1, "{found:?}");
        assert_eq!(found.slopes[1], 0.0);
        assert_eq!(found.weights(), [1.0, 0.0]);
    }

    #[test]
    fn two_rising_columns_do_not_explain_each_other() {
        let rising: Vec<f64> = (0..50).map(f64::from).collect();
        assert_eq!(Regression::fit(&rising, &[&rising], None).slopes, [0.0]);
    }

    proptest! {
        #[test]
        fn no_column_breaks_it(rows in prop::collection::vec((-1e3..1e3f64, -1e300..1e300f64, prop::num::f64::NORMAL), 0..40)) {
            let values: Vec<f64> = rows.iter().map(|row| row.0).collect();
            let (a, b): (Vec<f64>, Vec<f64>) = rows.iter().map(|row| (row.1, row.2)).unzip();
            let found = Regression::fit(&values, &[&a, &b, &a], Some(4));
            for row in 0..values.len() {
                prop_assert!(found.explained(&[&a, &b, &a], row).is_finite());
            }
            prop_assert!(found.weights().iter().all(|weight| (0.0..=1.0 + 1e-9).contains(weight)));
        }
    }
}
