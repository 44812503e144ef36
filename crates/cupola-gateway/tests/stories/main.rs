//! The data plane over a real socket, with a scratch store and a fake upstream.

#![allow(clippy::unwrap_used, reason = "a test that fails tells where")]

mod accounts;
mod forecasts;
mod platform;
mod safety;
mod serverless;
mod surfaces;
