//! Dates and times, always in UTC; formats are .NET's, in the invariant culture.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp};
use serde_json::Value;

use super::super::Fault;
use super::{Answer, Arguments, Function, pure};

pub(super) const TABLE: &[Function] = &[
    pure("dateTimeAdd", 2, 3, add),
    pure("dateTimeFromEpoch", 1, 1, from_epoch),
    pure("dateTimeToEpoch", 1, 1, to_epoch),
];

/// Whole seconds, as `dateTimeFromEpoch` writes them.
const SECONDS: &str = "yyyy-MM-ddTHH:mm:ssZ";

/// A time, an ISO 8601 duration, and a format; without one the result looks like the time that was given.
fn add(arguments: &Arguments<'_>) -> Answer {
    let (base, duration) = (arguments.text(0)?, arguments.text(1)?);
    let at = parse_time(base).map_err(|fault| arguments.fault(unended(&fault)))?;
    let span: Span = duration.trim().parse().map_err(|_| {
        arguments.fault(format!(
            "'{duration}' is not an ISO 8601 duration, such as 'P1D' or '-PT2H30M'"
        ))
    })?;
    let moved = TimeZone::UTC.to_timestamp(
        Offset::UTC
            .to_datetime(at)
            .checked_add(span)
            .map_err(|_| beyond(arguments))?,
    );
    let format = match arguments.get(2) {
        None => shape(base),
        Some(_) => arguments.text(2)?.to_owned(),
    };
    let shown = format_time(moved.map_err(|_| beyond(arguments))?, &format);
    shown
        .map(Value::from)
        .map_err(|fault| arguments.fault(unended(&fault)))
}

fn beyond(arguments: &Arguments<'_>) -> Fault {
    arguments.fault("the result is beyond the dates that can be written")
}

fn unended(fault: &Fault) -> &str {
    fault.message.trim_end_matches('.')
}

fn from_epoch(arguments: &Arguments<'_>) -> Answer {
    let at = Timestamp::from_second(arguments.integer(0)?).map_err(|_| beyond(arguments))?;
    format_time(at, SECONDS).map(Value::from)
}

fn to_epoch(arguments: &Arguments<'_>) -> Answer {
    let at = parse_time(arguments.text(0)?).map_err(|fault| arguments.fault(unended(&fault)))?;
    Ok(at.as_second().into())
}

/// An instant from the texts that the service reads: ISO 8601 in its long and short form, and `yyyy-MM-dd HH:mm:ssZ`.
/// What names no offset is in UTC.
pub fn parse_time(text: &str) -> Result<Timestamp, Fault> {
    let text = text.trim();
    let instant = text.parse::<Timestamp>().ok();
    let civil = || TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok();
    instant.or_else(civil).ok_or_else(|| {
        Fault::new(format!(
            "'{text}' is not a date and time, such as '2024-05-21T07:30:00Z'"
        ))
    })
}

/// The format in which a time was written, as far as it is one that templates use.
fn shape(text: &str) -> String {
    let text = text.trim();
    let digits: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    match digits.as_str() {
        "00000000T000000Z" => "yyyyMMddTHHmmssZ".to_owned(),
        "0000-00-00" => "yyyy-MM-dd".to_owned(),
        "0000-00-00 00:00:00Z" => "u".to_owned(),
        "0000-00-00T00:00:00" => "s".to_owned(),
        "0000-00-00T00:00Z" => "yyyy-MM-ddTHH:mmZ".to_owned(),
        other => {
            let fraction = other
                .strip_prefix("0000-00-00T00:00:00.")
                .and_then(|rest| rest.strip_suffix('Z'));
            match fraction.map(str::len) {
                Some(digits @ 1..=7) => format!("yyyy-MM-ddTHH:mm:ss.{}Z", "f".repeat(digits)),
                _ => SECONDS.to_owned(),
            }
        }
    }
}

/// An instant in a .NET format, standard (one letter) or custom. The service's default of `utcNow` is `yyyyMMddTHHmmssZ`.
pub fn format_time(at: Timestamp, format: &str) -> Result<String, Fault> {
    let time = Offset::UTC.to_datetime(at);
    let mut letters = format.chars();
    match (letters.next(), letters.next()) {
        (None, _) => custom(time, "MM/dd/yyyy HH:mm:ss"),
        (Some(letter), None) => custom(time, standard(letter).ok_or_else(|| invalid(format))?),
        _ => custom(time, format),
    }
}

fn invalid(format: &str) -> Fault {
    let shown: String = format.chars().take(100).collect();
    Fault::new(format!("'{shown}' is not a valid format of a date and time."))
}

/// The custom format that a letter stands for. The service writes in the invariant culture.
fn standard(letter: char) -> Option<&'static str> {
    Some(match letter {
        'd' => "MM/dd/yyyy",
        'D' => "dddd, dd MMMM yyyy",
        'f' => "dddd, dd MMMM yyyy HH:mm",
        'F' | 'U' => "dddd, dd MMMM yyyy HH:mm:ss",
        'g' => "MM/dd/yyyy HH:mm",
        'G' => "MM/dd/yyyy HH:mm:ss",
        'm' | 'M' => "MMMM dd",
        'o' | 'O' => "yyyy-MM-ddTHH:mm:ss.fffffffK",
        'r' | 'R' => "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
        's' => "yyyy-MM-ddTHH:mm:ss",
        't' => "HH:mm",
        'T' => "HH:mm:ss",
        'u' => "yyyy-MM-dd HH:mm:ss'Z'",
        'y' | 'Y' => "yyyy MMMM",
        _ => return None,
    })
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

fn custom(time: DateTime, format: &str) -> Result<String, Fault> {
    let mut shown = String::new();
    let mut rest = format;
    while let Some(letter) = rest.chars().next() {
        let run = rest.len() - rest.trim_start_matches(letter).len();
        let taken = match letter {
            '\'' | '"' => {
                let quoted = rest[1..]
                    .find(letter)
                    .map(|end| &rest[1..=end])
                    .ok_or_else(|| invalid(format))?;
                shown.push_str(quoted);
                quoted.len() + 2
            }
            '\\' => {
                let escaped = rest[1..].chars().next().ok_or_else(|| invalid(format))?;
                shown.push(escaped);
                1 + escaped.len_utf8()
            }
            // It makes a single letter a custom format and says nothing itself.
            '%' => 1,
            letter if is_specifier(letter) => {
                specifier(time, letter, run, &mut shown).ok_or_else(|| invalid(format))?;
                run
            }
            other => {
                shown.push(other);
                other.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    Ok(shown)
}

fn is_specifier(letter: char) -> bool {
    matches!(
        letter,
        'd' | 'f' | 'F' | 'g' | 'h' | 'H' | 'K' | 'm' | 'M' | 's' | 't' | 'y' | 'z'
    )
}

/// Writes one part of a time, whose letter stood `run` times.
fn specifier(time: DateTime, letter: char, run: usize, shown: &mut String) -> Option<()> {
    let two = |number: i8| format!("{number:0width$}", width = run.min(2));
    let part = match (letter, run) {
        ('d', 1 | 2) => two(time.day()),
        ('d', 3) => weekday(time)[..3].to_owned(),
        ('d', _) => weekday(time).to_owned(),
        ('M', 1 | 2) => two(time.month()),
        ('M', 3) => month(time)[..3].to_owned(),
        ('M', _) => month(time).to_owned(),
        ('y', 1 | 2) => format!("{:0run$}", time.year() % 100),
        ('y', _) => format!("{:0width$}", time.year(), width = run.min(9)),
        ('h', _) => two((time.hour() + 11) % 12 + 1),
        ('H', _) => two(time.hour()),
        ('m', _) => two(time.minute()),
        ('s', _) => two(time.second()),
        ('t', 1) => half_of_day(time)[..1].to_owned(),
        ('t', _) => half_of_day(time).to_owned(),
        ('f', 1..=7) => fraction(time, run),
        ('F', 1..=7) => {
            let digits = fraction(time, run);
            let digits = digits.trim_end_matches('0').to_owned();
            if digits.is_empty() && shown.ends_with('.') {
                shown.pop();
            }
            digits
        }
        ('f' | 'F', _) => return None,
        ('g', _) => "A.D.".to_owned(),
        ('K', _) => "Z".repeat(run),
        ('z', 1) => "+0".to_owned(),
        ('z', 2) => "+00".to_owned(),
        _ => "+00:00".to_owned(),
    };
    shown.push_str(&part);
    Some(())
}

fn fraction(time: DateTime, digits: usize) -> String {
    let mut fraction = format!("{:09}", time.subsec_nanosecond());
    fraction.truncate(digits);
    fraction
}

fn weekday(time: DateTime) -> &'static str {
    DAYS[usize::from(time.weekday().to_monday_zero_offset().unsigned_abs())]
}

fn month(time: DateTime) -> &'static str {
    MONTHS[usize::from(time.month().unsigned_abs() - 1)]
}

fn half_of_day(time: DateTime) -> &'static str {
    if time.hour() < 12 { "AM" } else { "PM" }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that fails tells where")]
mod tests {
    use super::*;

    #[test]
    fn formats_are_dotnets() {
        let check = |format: &str, expected: &str| {
            let at = "2024-03-05T07:08:09.1203Z".parse().unwrap();
            assert_eq!(format_time(at, format).as_deref(), Ok(expected), "{format}");
        };
        check("yyyyMMddTHHmmssZ", "20240305T070809Z");
        check("yyyy-MM-ddTHH:mm:ss.fffffffZ", "2024-03-05T07:08:09.1203000Z");
        check("d", "03/05/2024");
        check("D", "Tuesday, 05 March 2024");
        check("f", "Tuesday, 05 March 2024 07:08");
        check("G", "03/05/2024 07:08:09");
        check("o", "2024-03-05T07:08:09.1203000Z");
        check("R", "Tue, 05 Mar 2024 07:08:09 GMT");
        check("s", "2024-03-05T07:08:09");
        check("u", "2024-03-05 07:08:09Z");
        check("y", "2024 March");
        check("M d", "3 5");
        check("yy.y.yyyyy", "24.24.02024");
        check("%h", "7");
        check("hh tt t", "07 AM A");
        check("ss.FFF ss.FFFF", "09.12 09.1203");
        check("'at' HH \"o''clock\" \\d", "at 07 o''clock d");
        check("zzz zz z K", "+00:00 +00 +0 Z");
        check("ddd dddd MMM MMMM", "Tue Tuesday Mar March");
        check("", "03/05/2024 07:08:09");
    }

    #[test]
    fn twelve_o_clock_is_not_zero() {
        let at = |text: &str| format_time(text.parse().unwrap(), "h tt").unwrap();
        assert_eq!(
            (at("2024-01-01T00:00:00Z"), at("2024-01-01T12:00:00Z")),
            ("12 AM".into(), "12 PM".into())
        );
    }

    #[test]
    fn formats_that_are_none_are_faults() {
        let at = "2024-03-05T07:08:09Z".parse().unwrap();
        for format in ["q", "'open", "ends with \\", "ffffffff"] {
            assert!(format_time(at, format).is_err(), "{format}");
        }
    }
}
