//! To come.

use jiff::Timestamp;

use super::super::Fault;
use super::Function;

pub(super) const TABLE: &[Function] = &[];

/// An instant in a .NET format string, as `utcNow` takes one; the default is `yyyyMMddTHHmmssZ`.
pub fn format_time(at: Timestamp, format: &str) -> Result<String, Fault> {
    let _ = (at, format);
    Err(Fault::new("times cannot be formatted yet"))
}

/// An instant from the texts that the service reads.
pub fn parse_time(text: &str) -> Result<Timestamp, Fault> {
    text.parse()
        .map_err(|_| Fault::new(format!("'{text}' is not a date and time")))
}
