//! Time is an argument. The binary makes the one system clock; tests move theirs by hand.

/// An instant in UTC.
pub type Timestamp = jiff::Timestamp;

/// The milliseconds of a minute; as wide as the instants that they are subtracted from.
pub const MINUTE_MS: i64 = 60_000;
/// The milliseconds of an hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// The milliseconds of a day of UTC, which has no leap seconds here.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// Where the present comes from.
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// Milliseconds since the Unix epoch, the unit of the quota windows; never negative.
pub fn millis(at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond()).unwrap_or(0)
}

/// ISO 8601 in UTC with seven decimals and `Z`, as ARM writes it.
pub fn iso8601(at: Timestamp) -> String {
    format!("{at:.7}")
}
