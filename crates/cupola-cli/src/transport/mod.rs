//! A small HTTP/1.1 client of our own: kept connections, time limits, errors that say what to do.

mod address;
mod client;
mod tls;

pub(crate) use address::Address;
pub(crate) use client::{Body, Call, Http, Reply, Unreachable, retry_after};
/// A name as one segment of a path or one value of a query.
pub(crate) use cupola_core::percent::encode as segment;
pub(crate) use tls::connector;
