//! A request for the portal, with its id and its line in the access log, like any other request to the server.

use crate::headers::set;
use cupola_core::chance;
use cupola_core::name::printable;
use cupola_core::time::iso8601;
use cupola_core::{Clock, Entropy};
use cupola_edge::access_log::AccessLog;
use cupola_edge::{Body, Peer};
use http::request::Parts;
use http::{HeaderName, Method, Response};
use http_body::Body as _;
use serde::Serialize;
use std::sync::Arc;
use tokio::time::Instant;

// What clients write is kept up to this length.
const PATH_BYTES_MAX: usize = 1024;
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-client-request-id");
const REQUEST_IDS: [HeaderName; 2] = [
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("x-ms-request-id"),
];

/// The portal as a server has it.
#[derive(Clone)]
pub struct Portal {
    /// What tells when a request came.
    pub clock: Arc<dyn Clock>,
    /// Where ids of requests come from.
    pub entropy: Arc<dyn Entropy>,
    /// Where a line for each request goes.
    pub access_log: Option<AccessLog>,
}

/// Queries of addresses are not in it.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    plane: &'static str,
    request_id: &'a str,
    client_request_id: Option<String>,
    peer: String,
    method: &'a str,
    path: &'a str,
    status: u16,
    ms: f64,
    bytes_out: u64,
}

impl Portal {
    /// Answers a request that the portal claims.
    pub fn handle(&self, head: &Parts, peer: Peer) -> Response<Body> {
        let (now, begun) = (self.clock.now(), Instant::now());
        let request_id = chance::uuid(&*self.entropy);
        let mut response = crate::answer(head);
        for name in REQUEST_IDS {
            set(&mut response, name, &request_id);
        }
        if let Some(log) = &self.access_log {
            let path = head.uri.path();
            let client_request_id = head.headers.get(CLIENT_REQUEST_ID);
            log.write(&Line {
                time: iso8601(now),
                plane: "portal",
                request_id: &request_id,
                client_request_id: client_request_id.and_then(|id| id.to_str().ok()).map(printable),
                peer: peer.address.ip().to_string(),
                method: head.method.as_str(),
                path: &path[..path.floor_char_boundary(PATH_BYTES_MAX)],
                status: response.status().as_u16(),
                ms: begun.elapsed().as_micros() as f64 / 1e3,
                // Files are whole when they are answered. Of HEAD none goes out.
                bytes_out: match head.method {
                    Method::HEAD => 0,
                    _ => response.body().size_hint().lower(),
                },
            });
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cupola_edge::access_log::Sink;
    use cupola_testkit::{CountingEntropy, ManualClock};
    use http::Request;
    use http_body_util::BodyExt as _;
    use serde_json::{Value, json};

    fn portal(access_log: Option<AccessLog>) -> Portal {
        Portal {
            clock: Arc::new(ManualClock::default()),
            entropy: Arc::new(CountingEntropy::default()),
            access_log,
        }
    }

    fn peer() -> Peer {
        Peer {
            secure: true,
            address: "10.0.0.9:4711".parse().expect("an address"),
        }
    }

    fn head(method: &str, path: &str, accept: &str) -> Parts {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("accept", accept)
            .header("x-ms-client-request-id", "mine");
        request.body(()).expect("a request").into_parts().0
    }

    #[tokio::test]
    async fn every_request_has_an_id_and_a_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("access.jsonl");
        let log = AccessLog::start(&Sink::File(file.clone())).expect("a log");
        let portal = portal(Some(log.clone()));
        let long = format!("/portal/{}.js", "é".repeat(2000).replace('é', "%C3%A9"));
        let mut expected = Vec::new();
        for (method, path, accept) in [
            ("GET", "/portal/no-such-file.js?code=secret", "*/*"),
            ("HEAD", "/portal/no-such-file.js", "*/*"),
            ("POST", "/portal/usage", "*/*"),
            ("GET", "/", "text/html"),
            ("GET", long.as_str(), "*/*"),
        ] {
            let response = portal.handle(&head(method, path, accept), peer());
            let id = response.headers()["x-request-id"].clone();
            assert_eq!(response.headers()["x-ms-request-id"], id);
            let status = response.status().as_u16();
            let sent = response.into_body().collect().await.expect("a body").to_bytes();
            let path = path.split('?').next().unwrap_or_default();
            expected.push(json!({
                "plane": "portal", "request_id": id.to_str().expect("text"), "client_request_id": "mine",
                "peer": "10.0.0.9", "method": method, "path": &path[..path.len().min(PATH_BYTES_MAX)],
                "status": status, "bytes_out": if method == "HEAD" { 0 } else { sent.len() },
            }));
        }
        log.drain();
        let text = std::fs::read_to_string(&file).expect("lines");
        let lines: Vec<Value> = text
            .lines()
            .map(|line| {
                let mut line: Value = serde_json::from_str(line).expect("a line of JSON");
                let fields = line.as_object_mut().expect("an object");
                assert!(fields.remove("time").is_some_and(|time| time.is_string()));
                let ms = fields.remove("ms").and_then(|ms| ms.as_f64()).expect("a time");
                assert!(ms >= 0.0, "{ms}");
                line
            })
            .collect();
        assert_eq!(lines, expected);
        let statuses: Vec<&Value> = lines.iter().map(|line| &line["status"]).collect();
        assert_eq!(statuses[2..4], [405, 303]);
        let ids: std::collections::BTreeSet<String> =
            lines.iter().map(|line| line["request_id"].to_string()).collect();
        assert_eq!(ids.len(), lines.len());
        assert!(!text.contains("secret"), "{text}");
    }

    #[test]
    fn without_an_access_log_there_are_answers_all_the_same() {
        let response = portal(None).handle(&head("PUT", "/portal", "*/*"), peer());
        assert_eq!(response.status(), 405);
    }
}
