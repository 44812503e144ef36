//! The period of a cost query: a name, such as that of this month, or two instants. All in UTC.

use crate::json::Document;
use cupola_core::name::printable;
use cupola_core::time::iso8601;
use cupola_core::{Code, Problem, Timestamp};

const DAY_S: i64 = 86_400;
const TIMEFRAMES: [&str; 6] = [
    "MonthToDate",
    "BillingMonthToDate",
    "TheLastMonth",
    "TheLastBillingMonth",
    "WeekToDate",
    "Custom",
];

/// From an instant on, up to before another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Span {
    /// The period that a query names. Where days are told apart, a `to` at midnight means that day's end.
    pub(super) fn read(body: &Document, now: Timestamp, is_hourly: bool) -> Result<Self, Problem> {
        let timeframe = body.choice("timeframe", &TIMEFRAMES)?;
        let custom = body.get("timePeriod").is_some();
        match timeframe {
            Some("Custom") => Self::custom(body, is_hourly),
            None if custom => Self::custom(body, is_hourly),
            None | Some("MonthToDate" | "BillingMonthToDate") => Ok(Self {
                from: month(now, 0)?,
                to: now,
            }),
            Some("WeekToDate") => {
                // The first day of 1970 was a Thursday; weeks begin on Sundays.
                let days = now.as_second().div_euclid(DAY_S);
                let sunday = days - (days + 4).rem_euclid(7);
                Ok(Self {
                    from: at(sunday * DAY_S)?,
                    to: now,
                })
            }
            Some(_) => Ok(Self {
                from: month(now, 1)?,
                to: month(now, 0)?,
            }),
        }
    }

    fn custom(body: &Document, is_hourly: bool) -> Result<Self, Problem> {
        let read = |name: &str| {
            let path = format!("timePeriod.{name}");
            let text = body.required(&path, "an instant, such as 2026-11-01T00:00:00Z")?;
            instant(text).map(|at| (at, path.clone())).ok_or_else(|| {
                Problem::new(
                    Code::InvalidRequestContent,
                    format!(
                        "'{}' of {path} is not an instant: use 2026-11-01 or 2026-11-01T12:00:00Z.",
                        printable(text)
                    ),
                )
                .target(&path)
            })
        };
        let (from, _) = read("from")?;
        let (to, path) = read("to")?;
        let is_midnight = to.as_second().rem_euclid(DAY_S) == 0;
        let to = if is_midnight && !is_hourly {
            at(to.as_second() + DAY_S)?
        } else {
            to
        };
        if from >= to || from.as_second() < 0 {
            return Err(Problem::new(
                Code::InvalidRequestContent,
                format!("{path} must be later than timePeriod.from, and both after 1970."),
            )
            .target(&path));
        }
        Ok(Self { from, to })
    }
}

// Without a zone an instant is in UTC; a date alone is its first.
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let whole = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        _ => format!("{text}Z"),
    };
    text.parse().or_else(|_| whole.parse()).ok()
}

/// The beginning of the month, so many months ago.
fn month(now: Timestamp, ago: i64) -> Result<Timestamp, Problem> {
    let text = iso8601(now);
    let read = |part: Option<&str>| part.and_then(|part| part.parse::<i64>().ok());
    let parts = read(text.get(..4)).zip(read(text.get(5..7)));
    let (year, month) = parts.ok_or_else(Problem::internal)?;
    let months = year * 12 + (month - 1) - ago;
    let begin = format!(
        "{:04}-{:02}-01T00:00:00Z",
        months.div_euclid(12),
        months.rem_euclid(12) + 1
    );
    begin.parse().map_err(|_| Problem::internal())
}

fn at(second: i64) -> Result<Timestamp, Problem> {
    Timestamp::from_second(second).map_err(|_| Problem::internal())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(body: Value, expected: Result<(&str, &str), &str>) {
        let now = "2026-01-21T10:00:00Z".parse().expect("an instant");
        let found = Span::read(&Document::of(body.clone()), now, false);
        match (found, expected) {
            (Ok(span), Ok((from, to))) => {
                assert_eq!(
                    (span.from.to_string(), span.to.to_string()),
                    (from.to_owned(), to.to_owned()),
                    "{body}"
                );
            }
            (Err(problem), Err(part)) => assert!(problem.message.contains(part), "{}", problem.message),
            (found, _) => panic!("{body}: {found:?}"),
        }
    }

    #[test]
    fn periods_have_names_or_two_ends() {
        check(json!({}), Ok(("2026-01-01T00:00:00Z", "2026-01-21T10:00:00Z")));
        check(
            json!({"timeframe": "thelastmonth"}),
            Ok(("2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z")),
        );
        check(
            json!({"timeframe": "WeekToDate"}),
            Ok(("2026-01-18T00:00:00Z", "2026-01-21T10:00:00Z")),
        );
        check(
            json!({"timeframe": "Custom", "timePeriod": {"from": "2026-01-01T00:00:00+00:00", "to": "2026-01-02"}}),
            Ok(("2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z")),
        );
        check(
            json!({"timePeriod": {"from": "2026-01-01T00:00:00", "to": "2026-01-02T23:59:59Z"}}),
            Ok(("2026-01-01T00:00:00Z", "2026-01-02T23:59:59Z")),
        );
        check(json!({"timeframe": "Custom"}), Err("timePeriod.from"));
        check(json!({"timeframe": "Yesterday"}), Err("timeframe"));
        check(
            json!({"timePeriod": {"from": "2026-01-03", "to": "2026-01-01"}}),
            Err("later than"),
        );
        check(
            json!({"timePeriod": {"from": "soon", "to": "2026-01-01"}}),
            Err("'soon' of timePeriod.from"),
        );
    }
}
