//! Timestamps: the grid of a frequency, and values placed on it.

use crate::frequency::{Anchor, Frequency, Unit};
use jiff::civil::{DateTime, Weekday};
use jiff::{SignedDuration, ToSpan as _};
use std::fmt;

/// Places of the grid that one series may span, gaps included.
const PLACES_MAX: usize = 1_000_000;

/// Why timestamps and frequency do not go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OffGrid {
    /// Not a timestamp.
    NoTimestamp(String),
    /// Twice the same.
    Twice(String),
    /// Not where the frequency has one.
    Between(String),
    /// More places than are kept.
    TooLong,
    /// Past the calendar's end.
    PastTheEnd,
}

impl fmt::Display for OffGrid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTimestamp(text) => write!(
                f,
                "'{text}' is no timestamp such as 2016-01-12 or 2016-01-12 08:00:00"
            ),
            Self::Twice(text) => write!(f, "the timestamp '{text}' is there twice"),
            Self::Between(text) => write!(
                f,
                "the timestamp '{text}' does not lie on the frequency freq, counted from the first one"
            ),
            Self::TooLong => write!(
                f,
                "the timestamps span more than {PLACES_MAX} places of the frequency freq"
            ),
            Self::PastTheEnd => f.write_str("the timestamps lead past the year 9999"),
        }
    }
}

impl std::error::Error for OffGrid {}

/// The places of a frequency from a first timestamp on.
#[derive(Debug, Clone, Copy)]
pub struct Grid {
    frequency: Frequency,
    first: DateTime,
    anchor: Anchor,
}

impl Grid {
    /// From this timestamp on.
    pub fn from(frequency: Frequency, first: &str) -> Result<Self, OffGrid> {
        let first = read(first)?;
        let wanted = match frequency.unit {
            Unit::Months(_, anchor) => anchor,
            _ => Anchor::Same,
        };
        // A series that does not stand on the anchor keeps its own day.
        let anchor = if anchored(first, wanted) == first {
            wanted
        } else {
            Anchor::Same
        };
        Ok(Self {
            frequency,
            first,
            anchor,
        })
    }

    /// The timestamp so many places after the first.
    fn place(&self, steps: usize) -> Result<DateTime, OffGrid> {
        let end = |_| OffGrid::PastTheEnd;
        let steps = i64::try_from(steps)
            .ok()
            .and_then(|steps| steps.checked_mul(i64::from(self.frequency.steps)))
            .ok_or(OffGrid::PastTheEnd)?;
        match self.frequency.unit {
            Unit::Nanoseconds(unit) => {
                let nanoseconds = i128::from(unit) * i128::from(steps);
                let seconds = i64::try_from(nanoseconds / 1_000_000_000).map_err(|_| OffGrid::PastTheEnd)?;
                let rest = (nanoseconds % 1_000_000_000) as i32;
                self.first
                    .checked_add(SignedDuration::new(seconds, rest))
                    .map_err(end)
            }
            Unit::Week => self
                .first
                .checked_add(SignedDuration::from_hours(168 * steps.min(1 << 40)))
                .map_err(end),
            Unit::BusinessDay => {
                let days = business_days(self.first.weekday(), steps.min(1 << 40));
                self.first
                    .checked_add(SignedDuration::from_hours(24 * days))
                    .map_err(end)
            }
            Unit::Months(months, _) => {
                let months = steps.saturating_mul(i64::from(months)).min(200_000);
                let on_day = self.first.checked_add(months.months()).map_err(end)?;
                Ok(anchored(on_day, self.anchor))
            }
            Unit::Number => Err(OffGrid::NoTimestamp(self.first.to_string())),
        }
    }

    /// Values in the order of their timestamps, NaN where the grid has a place and the series no value.
    pub fn filled(frequency: Frequency, points: &[(&str, f64)]) -> Result<(Self, Vec<f64>), OffGrid> {
        let mut timed = Vec::with_capacity(points.len());
        for (text, value) in points {
            timed.push((read(text)?, *value));
        }
        timed.sort_by_key(|(time, _)| *time);
        let Some((first, _)) = timed.first() else {
            return Err(OffGrid::NoTimestamp(String::new()));
        };
        let grid = Self::from(frequency, &first.to_string())?;
        let mut values = Vec::with_capacity(timed.len());
        let mut before: Option<DateTime> = None;
        for (time, value) in timed {
            if before == Some(time) {
                return Err(OffGrid::Twice(shown(time)));
            }
            before = Some(time);
            loop {
                if values.len() >= PLACES_MAX {
                    return Err(OffGrid::TooLong);
                }
                let place = grid.place(values.len())?;
                if place > time {
                    return Err(OffGrid::Between(shown(time)));
                }
                if place == time {
                    values.push(value);
                    break;
                }
                values.push(f64::NAN);
            }
        }
        Ok((grid, values))
    }

    /// The timestamps after so many values.
    pub fn ahead(&self, values: usize, horizon: usize) -> Result<Vec<String>, OffGrid> {
        (values..values + horizon)
            .map(|steps| self.place(steps).map(shown))
            .collect()
    }
}

fn shown(time: DateTime) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S%.f").to_string()
}

fn read(text: &str) -> Result<DateTime, OffGrid> {
    let bare = text.trim().trim_end_matches('Z').trim_end_matches("+00:00");
    bare.parse()
        .map_err(|_| OffGrid::NoTimestamp(text.chars().filter(|c| !c.is_control()).take(40).collect()))
}

// From a weekday on; from a weekend the first step is Monday.
fn business_days(from: Weekday, steps: i64) -> i64 {
    let day = i64::from(from.to_monday_zero_offset());
    let (day, steps, lead) = if day > 4 {
        (4, steps, 4 - day)
    } else {
        (day, steps, 0)
    };
    let ahead = day + steps;
    lead + steps + 2 * (ahead / 5)
}

fn anchored(time: DateTime, anchor: Anchor) -> DateTime {
    let with = |date: jiff::civil::Date| date.to_datetime(time.time());
    let date = time.date();
    let moved = |mut date: jiff::civil::Date, forward: bool| {
        while matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) {
            let next = if forward {
                date.tomorrow()
            } else {
                date.yesterday()
            };
            match next {
                Ok(next) => date = next,
                Err(_) => break,
            }
        }
        date
    };
    match anchor {
        Anchor::Same => time,
        Anchor::Start => with(date.first_of_month()),
        Anchor::End => with(date.last_of_month()),
        Anchor::BusinessStart => with(moved(date.first_of_month(), true)),
        Anchor::BusinessEnd => with(moved(date.last_of_month(), false)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(frequency: &str, first: &str, expected: &[&str]) {
        let frequency = frequency.parse().expect("a frequency");
        let grid = Grid::from(frequency, first).expect("a grid");
        assert_eq!(
            grid.ahead(1, expected.len()).expect("timestamps"),
            expected,
            "{first}"
        );
    }

    #[test]
    fn the_grid_goes_on_as_the_frequency_says() {
        check("D", "2016-01-13", &["2016-01-14 00:00:00", "2016-01-15 00:00:00"]);
        check("h", "2016-02-28 23:00:00", &["2016-02-29 00:00:00"]);
        check("15min", "2016-01-01T00:00:00Z", &["2016-01-01 00:15:00"]);
        check("W-SUN", "2016-01-03", &["2016-01-10 00:00:00"]);
        check("M", "2016-01-31", &["2016-02-29 00:00:00", "2016-03-31 00:00:00"]);
        check("M", "2016-01-12", &["2016-02-12 00:00:00"]);
        check(
            "MS",
            "2016-11-01",
            &["2016-12-01 00:00:00", "2017-01-01 00:00:00"],
        );
        check("Q", "2016-03-31", &["2016-06-30 00:00:00"]);
        check("YE", "2016-12-31", &["2017-12-31 00:00:00"]);
        check(
            "BME",
            "2016-01-29",
            &[
                "2016-02-29 00:00:00",
                "2016-03-31 00:00:00",
                "2016-04-29 00:00:00",
            ],
        );
        // 2016-01-14 was a Thursday.
        check(
            "B",
            "2016-01-14",
            &[
                "2016-01-15 00:00:00",
                "2016-01-18 00:00:00",
                "2016-01-19 00:00:00",
            ],
        );
        check("2B", "2016-01-14", &["2016-01-18 00:00:00"]);
        check("B", "2016-01-16", &["2016-01-18 00:00:00", "2016-01-19 00:00:00"]);
    }

    fn placed(frequency: &str, points: &[(&str, f64)]) -> Result<Vec<String>, OffGrid> {
        let frequency = frequency.parse().expect("a frequency");
        Grid::filled(frequency, points).map(|(_, values)| values.iter().map(f64::to_string).collect())
    }

    #[test]
    fn gaps_are_places_without_a_value() {
        let days = [("2016-01-04", 4.0), ("2016-01-01", 1.0), ("2016-01-02", 2.0)];
        assert_eq!(
            placed("D", &days).as_deref(),
            Ok(&["1".to_owned(), "2".into(), "NaN".into(), "4".into()][..])
        );
        let error =
            |frequency, points: &[(&str, f64)]| placed(frequency, points).map_err(|error| error.to_string());
        assert!(error("MS", &days).is_err_and(|text| text.contains("'2016-01-02 00:00:00' does not lie")));
        assert!(
            error("D", &[("2016-01-01", 1.0), ("2016-01-01 00:00", 1.0)])
                .is_err_and(|text| text.contains("twice"))
        );
        assert!(error("D", &[("now", 1.0)]).is_err_and(|text| text.contains("'now' is no timestamp")));
        assert!(
            error("s", &[("2016-01-01", 1.0), ("2026-01-01", 1.0)])
                .is_err_and(|text| text.contains("span more"))
        );
        assert!(error("D", &[]).is_err());
    }

    proptest! {
        #[test]
        fn no_timestamps_make_it_panic(texts in prop::collection::vec("\\PC{0,24}|[0-9]{4}-[01][0-9]-[0-3][0-9]", 0..6), unit in 0usize..9, steps in 1u32..9_999) {
            let unit = ["ns", "s", "D", "B", "W", "ME", "BQS", "YE", "i"][unit];
            let frequency: Frequency = format!("{steps}{unit}").parse().expect("a frequency");
            let points: Vec<(&str, f64)> = texts.iter().map(|text| (text.as_str(), 1.0)).collect();
            if let Ok((grid, values)) = Grid::filled(frequency, &points) {
                let _ = grid.ahead(values.len(), 100);
            }
        }
    }
}
