//! Data plane: inference routes, admission, metering.
