//! Frequencies as pandas and polars write them: `D`, `h`, `W-MON`, `MS`, `QE-DEC`, `15min`, `1mo`.

use std::fmt;
use std::str::FromStr;

const MINUTE_S: u64 = 60;
const HOUR_S: u64 = 3_600;
const DAY_S: u64 = 86_400;
const WEEK_S: u64 = 7 * DAY_S;
const STEPS_MAX: u32 = 10_000;

/// How far apart the values of a series are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frequency {
    pub(crate) unit: Unit,
    /// How many units.
    pub(crate) steps: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Nanoseconds(u64),
    BusinessDay,
    Week,
    /// The months of one unit, and on which day of the month it stands.
    Months(u32, Anchor),
    /// Rows have numbers and no time.
    Number,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    End,
    BusinessStart,
    BusinessEnd,
    /// As the last timestamp has it.
    Same,
}

/// A text is no frequency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoFrequency(String);

impl fmt::Display for NoFrequency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "'{}' is no frequency. Use one that pandas knows, such as D, B, h, 15min, W, MS, ME, QS, YE, with a whole number up to {STEPS_MAX} in front if need be.",
            self.0
        )
    }
}

impl FromStr for Frequency {
    type Err = NoFrequency;

    fn from_str(text: &str) -> Result<Self, NoFrequency> {
        let refused = || NoFrequency(text.chars().filter(|c| !c.is_control()).take(32).collect());
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let steps = match &text[..digits] {
            "" => 1,
            number => number.parse().map_err(|_| refused())?,
        };
        let name = &text[digits..];
        let unit = unit(name).ok_or_else(refused)?;
        if steps == 0 || steps > STEPS_MAX {
            return Err(refused());
        }
        Ok(Self { unit, steps })
    }
}

fn unit(name: &str) -> Option<Unit> {
    let (head, anchor) = name.split_once('-').unwrap_or((name, ""));
    if name.contains('-') && !known_anchor(head, anchor) {
        return None;
    }
    let months = |count, anchor| Some(Unit::Months(count, anchor));
    // M is a month and m a minute: pandas and polars agree on both where case tells them apart.
    match head {
        "N" | "ns" => Some(Unit::Nanoseconds(1)),
        "U" | "us" => Some(Unit::Nanoseconds(1_000)),
        "L" | "ms" => Some(Unit::Nanoseconds(1_000_000)),
        "S" | "s" => Some(Unit::Nanoseconds(1_000_000_000)),
        "T" | "min" | "m" => Some(Unit::Nanoseconds(MINUTE_S * 1_000_000_000)),
        "H" | "h" => Some(Unit::Nanoseconds(HOUR_S * 1_000_000_000)),
        "D" | "d" => Some(Unit::Nanoseconds(DAY_S * 1_000_000_000)),
        "B" | "C" | "bd" => Some(Unit::BusinessDay),
        "W" | "w" => Some(Unit::Week),
        "MS" => months(1, Anchor::Start),
        "M" | "ME" => months(1, Anchor::End),
        "BMS" => months(1, Anchor::BusinessStart),
        "BM" | "BME" => months(1, Anchor::BusinessEnd),
        "mo" => months(1, Anchor::Same),
        "QS" => months(3, Anchor::Start),
        "Q" | "QE" => months(3, Anchor::End),
        "BQS" => months(3, Anchor::BusinessStart),
        "BQ" | "BQE" => months(3, Anchor::BusinessEnd),
        "q" => months(3, Anchor::Same),
        "YS" | "AS" => months(12, Anchor::Start),
        "Y" | "A" | "YE" => months(12, Anchor::End),
        "BYS" | "BAS" => months(12, Anchor::BusinessStart),
        "BY" | "BA" | "BYE" => months(12, Anchor::BusinessEnd),
        "y" => months(12, Anchor::Same),
        "i" => Some(Unit::Number),
        _ => None,
    }
}

fn known_anchor(head: &str, anchor: &str) -> bool {
    const DAYS: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
    const MONTHS: [&str; 12] = [
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ];
    match head {
        "W" | "w" => DAYS.contains(&anchor),
        "Q" | "QS" | "QE" | "BQ" | "BQS" | "BQE" | "Y" | "A" | "YS" | "AS" | "YE" | "BY" | "BA" | "BYS"
        | "BAS" | "BYE" => MONTHS.contains(&anchor),
        _ => false,
    }
}

impl Frequency {
    /// The lengths of the seasons that a series of this frequency may have, the shortest first; the model decides which are
    /// really there.
    pub fn seasons(self) -> Vec<usize> {
        let steps = self.steps as usize;
        let cycles: Vec<usize> = match self.unit {
            Unit::Nanoseconds(unit) => {
                let step = u64::from(self.steps) * unit;
                let cycles: &[u64] = match step / 1_000_000_000 {
                    0..MINUTE_S => &[MINUTE_S, HOUR_S],
                    MINUTE_S..HOUR_S => &[HOUR_S, DAY_S, WEEK_S],
                    HOUR_S..DAY_S => &[DAY_S, WEEK_S],
                    _ => &[WEEK_S],
                };
                let whole = |cycle: &u64| {
                    let nanoseconds = cycle * 1_000_000_000;
                    nanoseconds
                        .is_multiple_of(step)
                        .then_some((nanoseconds / step) as usize)
                };
                cycles.iter().filter_map(whole).collect()
            }
            Unit::BusinessDay => divided(5, steps),
            Unit::Week => divided(52, steps),
            Unit::Months(months, _) => divided(12, months as usize * steps),
            Unit::Number => Vec::new(),
        };
        cycles.into_iter().filter(|cycle| *cycle >= 2).collect()
    }

    /// What a client should send and may ask: four of the longest season, and one of the first.
    pub fn sizes(self) -> (usize, usize) {
        let seasons = self.seasons();
        let input = seasons.last().map_or(28, |season| (4 * season).max(28));
        (input, seasons.first().copied().unwrap_or(7).min(1_000))
    }
}

fn divided(cycle: usize, step: usize) -> Vec<usize> {
    if cycle.is_multiple_of(step) {
        vec![cycle / step]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, seasons: &[usize]) {
        let frequency: Frequency = text.parse().expect("a frequency");
        assert_eq!(frequency.seasons(), seasons, "{text}");
    }

    #[test]
    fn seasons_follow_from_frequencies() {
        check("D", &[7]);
        check("d", &[7]);
        check("1D", &[7]);
        check("2D", &[]);
        check("B", &[5]);
        check("h", &[24, 168]);
        check("H", &[24, 168]);
        check("6h", &[4, 28]);
        check("15min", &[4, 96, 672]);
        check("30T", &[2, 48, 336]);
        check("15m", &[4, 96, 672]);
        check("s", &[60, 3600]);
        check("W", &[52]);
        check("W-MON", &[52]);
        check("M", &[12]);
        check("MS", &[12]);
        check("ME", &[12]);
        check("1mo", &[12]);
        check("3MS", &[4]);
        check("QS", &[4]);
        check("Q-DEC", &[4]);
        check("YE", &[]);
        check("A-JUN", &[]);
        check("1i", &[]);
    }

    #[test]
    fn what_is_no_frequency_is_refused() {
        for text in [
            "", "7", "X", "0D", "99999D", "D-MON", "W-XXX", "Q-MON", "-1D", "1.5h", "D D", "é",
        ] {
            let refused = text.parse::<Frequency>().map_err(|error| error.to_string());
            assert!(
                refused
                    .as_ref()
                    .is_err_and(|message| message.contains("no frequency")),
                "{text}: {refused:?}"
            );
        }
    }

    #[test]
    fn the_sizes_of_days_are_the_published_ones() {
        assert_eq!("D".parse::<Frequency>().map(Frequency::sizes), Ok((28, 7)));
        assert_eq!("MS".parse::<Frequency>().map(Frequency::sizes), Ok((48, 12)));
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_panic(text in "\\PC{0,8}") {
            let _ = text.parse::<Frequency>().map(Frequency::sizes);
        }
    }
}
