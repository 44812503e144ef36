//! A small HTTP/1.1 client of our own: kept connections, time limits, errors that say what to do.

mod address;
mod client;
mod tls;

pub(crate) use address::{Address, segment};
pub(crate) use client::{Body, Call, Http, Reply, Unreachable, retry_after};
pub(crate) use tls::connector;
