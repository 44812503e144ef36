//! The line of a request in the access log.

use super::Route;
use crate::answer::Exchange;
use cupola_core::time::iso8601;
use cupola_edge::access_log::AccessLog;
use http::StatusCode;
use http::request::Parts;
use serde::Serialize;

// What clients write is kept up to this length.
const PATH_BYTES_MAX: usize = 1024;

/// Bodies, tokens and the queries of addresses are not in it.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    plane: &'static str,
    request_id: &'a str,
    client_request_id: Option<&'a str>,
    correlation_id: &'a str,
    peer: &'a str,
    method: &'a str,
    route: Option<&'a str>,
    path: Option<&'a str>,
    status: u16,
    ms: f64,
}

pub(super) fn write(
    log: &AccessLog,
    exchange: &Exchange,
    parts: &Parts,
    route: Option<&Route>,
    (status, took_us): (StatusCode, u64),
) {
    // Addresses of the resource manager name resources. Those of signing in may name people.
    let path = route.filter(|route| route.versioned).map(|_| parts.uri.path());
    let client_request_id = exchange.trace.client_request.as_str();
    log.write(&Line {
        time: iso8601(exchange.now),
        plane: "control",
        request_id: &exchange.request,
        client_request_id: Some(client_request_id).filter(|id| !id.is_empty()),
        correlation_id: &exchange.correlation,
        peer: &exchange.trace.address,
        method: parts.method.as_str(),
        route: route.map(|route| route.path),
        path: path.map(|path| &path[..path.floor_char_boundary(PATH_BYTES_MAX)]),
        status: status.as_u16(),
        ms: took_us as f64 / 1e3,
    });
}
