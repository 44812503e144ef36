//! What is asked of metrics: which, when, how finely, summed up how.

use super::definitions::{Aggregation, Metric};
use super::filter::Filter;
use crate::dispatch::Query;
use cupola_core::name::printable;
use cupola_core::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use cupola_core::{Code, Problem, Timestamp, percent};
use cupola_store::MINUTES_KEPT_DAYS;

// A chart is not as wide.
const POINTS_MAX: i64 = 4_500;
// What is chosen where nobody says how finely.
const POINTS_BY_DEFAULT: i64 = 1_440;
const METRICS_MAX: usize = 20;
const TOP_BY_DEFAULT: usize = 10;
const TOP_MAX: usize = 1_000;

/// A width of pieces of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) name: &'static str,
    /// 0: the timespan as one.
    pub(super) width_ms: i64,
    /// How far back it reaches.
    pub(super) retention: &'static str,
}

const fn interval(name: &'static str, width_ms: i64) -> Interval {
    Interval {
        name,
        width_ms,
        retention: if width_ms < HOUR_MS { "P3D" } else { "P3650D" },
    }
}

/// The widths that there are, the finest first.
pub(super) const INTERVALS: [Interval; 8] = [
    interval("PT1M", MINUTE_MS),
    interval("PT5M", 5 * MINUTE_MS),
    interval("PT15M", 15 * MINUTE_MS),
    interval("PT30M", 30 * MINUTE_MS),
    interval("PT1H", HOUR_MS),
    interval("PT6H", 6 * HOUR_MS),
    interval("PT12H", 12 * HOUR_MS),
    interval("P1D", DAY_MS),
];
const FULL: Interval = Interval {
    name: "FULL",
    width_ms: 0,
    retention: "P3650D",
};

/// A question about metrics.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Question {
    pub(super) metrics: Vec<Metric>,
    pub(super) from_ms: i64,
    pub(super) to_ms: i64,
    pub(super) interval: Interval,
    /// None: of each metric its own.
    pub(super) aggregations: Vec<Aggregation>,
    pub(super) filter: Filter,
    /// So many series of each metric, the largest first.
    pub(super) top: usize,
    /// Only which series there are, without their points.
    pub(super) metadata_alone: bool,
}

impl Question {
    pub(super) fn read(query: &Query, now: Timestamp) -> Result<Self, Problem> {
        let now_ms = now.as_millisecond();
        let (from_ms, to_ms) = match query.get("timespan") {
            Some(text) => timespan(text)?,
            None => (now_ms - HOUR_MS, now_ms),
        };
        let interval = chosen(query, now_ms, from_ms, to_ms)?;
        let (from_ms, to_ms) = whole(from_ms, to_ms, interval);
        let points = match interval.width_ms {
            0 => 1,
            width_ms => (to_ms - from_ms) / width_ms,
        };
        if points > POINTS_MAX {
            return Err(wrong(
                "interval",
                format!(
                    "{} over this timespan is {points} points and {POINTS_MAX} is the most: use a longer interval.",
                    interval.name
                ),
            ));
        }
        Ok(Self {
            metrics: metrics(query)?,
            from_ms,
            to_ms,
            interval,
            aggregations: aggregations(query)?,
            filter: Filter::read(query.get("$filter").unwrap_or_default())?,
            top: query
                .get("top")
                .or_else(|| query.get("$top"))
                .and_then(|top| top.parse().ok())
                .unwrap_or(TOP_BY_DEFAULT)
                .clamp(1, TOP_MAX),
            metadata_alone: query
                .get("resultType")
                .is_some_and(|kind| kind.eq_ignore_ascii_case("metadata")),
        })
    }

    /// Where the pieces of time begin.
    pub(super) fn starts(&self) -> Vec<i64> {
        match self.interval.width_ms {
            0 => vec![self.from_ms],
            width_ms => (0..(self.to_ms - self.from_ms) / width_ms)
                .map(|at| self.from_ms + at * width_ms)
                .collect(),
        }
    }
}

fn metrics(query: &Query) -> Result<Vec<Metric>, Problem> {
    let mut metrics = Vec::new();
    for name in query.get("metricnames").unwrap_or("Requests").split(',') {
        let metric = Metric::parse(name.trim()).ok_or_else(|| {
            let known: Vec<&str> = Metric::ALL.into_iter().map(Metric::as_str).collect();
            wrong(
                "metricnames",
                format!(
                    "There is no metric '{}': use {}.",
                    printable(name),
                    known.join(", ")
                ),
            )
        })?;
        if !metrics.contains(&metric) && metrics.len() < METRICS_MAX {
            metrics.push(metric);
        }
    }
    Ok(metrics)
}

fn aggregations(query: &Query) -> Result<Vec<Aggregation>, Problem> {
    query
        .get("aggregation")
        .map(|text| {
            text.split(',')
                .map(|name| {
                    Aggregation::parse(name.trim()).ok_or_else(|| {
                        wrong(
                            "aggregation",
                            format!(
                                "There is no aggregation '{}': use total, average, count, maximum, or a percentile from p1 \
                                 to p99.",
                                printable(name)
                            ),
                        )
                    })
                })
                .collect()
        })
        .unwrap_or(Ok(Vec::new()))
}

fn chosen(query: &Query, now_ms: i64, from_ms: i64, to_ms: i64) -> Result<Interval, Problem> {
    let minutes_since_ms = now_ms - MINUTES_KEPT_DAYS * DAY_MS;
    let reaches = |interval: &Interval| interval.width_ms >= HOUR_MS || from_ms >= minutes_since_ms;
    let fits = |most: i64| {
        move |interval: &&Interval| reaches(interval) && (to_ms - from_ms) / interval.width_ms <= most
    };
    let Some(text) = query.get("interval") else {
        let fitting = INTERVALS.iter().find(fits(POINTS_BY_DEFAULT));
        return Ok(*fitting.unwrap_or(&INTERVALS[INTERVALS.len() - 1]));
    };
    if text.eq_ignore_ascii_case(FULL.name) {
        return Ok(FULL);
    }
    let known = INTERVALS
        .iter()
        .find(|known| known.name.eq_ignore_ascii_case(text));
    let adjusts = query
        .get("AutoAdjustTimegrain")
        .is_some_and(|wish| wish.eq_ignore_ascii_case("true"));
    match known {
        Some(interval) if reaches(interval) => Ok(*interval),
        _ if adjusts => {
            let fitting = INTERVALS.iter().find(fits(POINTS_MAX));
            Ok(*fitting.unwrap_or(&INTERVALS[INTERVALS.len() - 1]))
        }
        Some(interval) => Err(wrong(
            "interval",
            format!(
                "{} reaches back {MINUTES_KEPT_DAYS} days: use PT1H or a longer interval, or a later timespan.",
                interval.name
            ),
        )),
        None => {
            let known: Vec<&str> = INTERVALS.iter().map(|interval| interval.name).collect();
            Err(wrong(
                "interval",
                format!(
                    "There is no interval '{}': use {} or FULL.",
                    printable(text),
                    known.join(", ")
                ),
            ))
        }
    }
}

// A piece that has only begun is among them, so that a chart of now ends now.
fn whole(from_ms: i64, to_ms: i64, interval: Interval) -> (i64, i64) {
    let width_ms = match interval.width_ms {
        0 => HOUR_MS,
        width_ms => width_ms,
    };
    let down = |ms: i64| ms - ms.rem_euclid(width_ms);
    (down(from_ms), down(to_ms + width_ms - 1))
}

fn timespan(text: &str) -> Result<(i64, i64), Problem> {
    // The command line of the service encodes it twice.
    let plain = match text.contains('%') {
        true => String::from_utf8_lossy(&percent::decode(text, false)).into_owned(),
        false => text.to_owned(),
    };
    let unreadable = || {
        wrong(
            "timespan",
            format!(
                "The timespan '{}' cannot be read: use two instants, the earlier first, like \
                 2026-11-01T00:00:00Z/2026-11-02T00:00:00Z.",
                printable(&plain)
            ),
        )
    };
    let (from, to) = plain.split_once('/').ok_or_else(unreadable)?;
    let read = |text: &str| instant(text).ok_or_else(unreadable);
    let (from_ms, to_ms) = (read(from)?.as_millisecond(), read(to)?.as_millisecond());
    if from_ms >= to_ms || from_ms < 0 {
        return Err(unreadable());
    }
    Ok((from_ms, to_ms))
}

/// An instant, with or without a zone; a date alone is its first.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    // A plus in an address is a space for whoever decodes it as a form.
    let zoned = text.replace(' ', "+");
    let whole = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        _ => format!("{text}Z"),
    };
    zoned.parse().or_else(|_| whole.parse()).ok()
}

fn wrong(parameter: &str, why: String) -> Problem {
    Problem::new(Code::InvalidRequestContent, why).target(parameter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-21T10:00:30Z".parse().expect("an instant")
    }

    fn check(query: &str, expected: Result<(&str, usize), &str>) {
        let found = Question::read(&Query::parse(query), now());
        match (found, expected) {
            (Ok(found), Ok(expected)) => {
                assert_eq!((found.interval.name, found.starts().len()), expected, "{query}");
            }
            (Err(problem), Err(part)) => assert!(problem.message.contains(part), "{}", problem.message),
            (found, _) => panic!("{query}: {found:?}"),
        }
    }

    #[test]
    fn timespans_and_intervals() {
        check("", Ok(("PT1M", 61)));
        check(
            "timespan=2026-11-21T00:00:00Z/2026-11-21T06:00:00Z&interval=pt1h",
            Ok(("PT1H", 6)),
        );
        // As the command line sends it.
        check(
            "timespan=2026-11-21T09%253A00%253A00.123456%252F2026-11-21T10%253A00%253A00.123456&interval=PT5M",
            Ok(("PT5M", 13)),
        );
        check(
            "timespan=2026-08-21/2026-11-21&interval=P1D&metricnames=Cost,cost",
            Ok(("P1D", 92)),
        );
        check("timespan=2026-08-21/2026-11-21&interval=FULL", Ok(("FULL", 1)));
        check("timespan=2026-08-21/2026-11-21", Ok(("PT6H", 368)));
        check(
            "timespan=2026-08-21/2026-11-21&interval=PT1M",
            Err("reaches back 3 days"),
        );
        check(
            "timespan=2026-08-21/2026-11-21&interval=PT1M&AutoAdjustTimegrain=true",
            Ok(("PT1H", 2208)),
        );
        check(
            "timespan=2020-08-21/2026-11-21&interval=PT1H",
            Err("use a longer interval"),
        );
        check("interval=PT2M", Err("no interval 'PT2M'"));
        check("timespan=2026-11-21", Err("cannot be read"));
        check("timespan=2026-11-21/2026-11-20", Err("the earlier first"));
        check("metricnames=Colour", Err("no metric 'Colour'"));
        check("aggregation=total,median", Err("no aggregation 'median'"));
    }
}
