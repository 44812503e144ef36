//! HTTP that the services share: bodies, answers, listeners, TLS, drain.

pub mod access_log;
mod body;
mod listen;
pub mod metrics;
mod patience;
pub mod tls;

pub use body::{Body, BoxError, discard, empty, full, json, read_body};
pub use listen::{BindError, Listener, bind, serve};

use std::net::SocketAddr;

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Did the request come over TLS?
    pub secure: bool,
    /// Its address.
    pub address: SocketAddr,
}
