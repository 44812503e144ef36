//! Small conversions between rows and values.

use crate::error::StoreError;
use cupola_core::Timestamp;

pub(crate) fn to_ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

pub(crate) fn from_ms(ms: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(ms).map_err(|error| StoreError::Corrupt(error.to_string()))
}
