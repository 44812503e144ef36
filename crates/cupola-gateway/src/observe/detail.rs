//! What is noted of one request for people: only where somebody asked for it.

use super::meters::surface_name;
use super::{Visit, content};
use bytes::Bytes;
use cupola_core::Timestamp;
use cupola_core::time::iso8601;
use cupola_edge::Peer;
use cupola_edge::access_log::AccessLog;
use http::request::Parts;
use serde::Serialize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, OnceLock, PoisonError};

// What clients write is kept up to this length.
const TEXT_BYTES_MAX: usize = 256;

/// Who asked, when, and for what.
#[derive(Debug)]
pub(crate) struct Detail {
    pub(super) at: Timestamp,
    pub(super) id: String,
    pub(super) peer: Peer,
    pub(super) method: String,
    /// Without the query.
    pub(super) path: String,
    pub(super) client_id: Option<String>,
    pub(super) bytes_in: Option<u64>,
    /// The host that was asked, as the client wrote it.
    pub(super) server: Option<(String, Option<u16>)>,
    /// The code of a refusal.
    pub(super) code: OnceLock<String>,
    pub(super) max_tokens: OnceLock<u64>,
    pub(super) finish_reasons: OnceLock<Vec<String>>,
    /// The request in OpenAI's shape, where its texts go into its trace.
    pub(super) prompt: OnceLock<Bytes>,
    /// What of the answer went out, up to a bound. One thread at a time writes, so nobody waits for the lock.
    pub(super) sent: Mutex<Vec<u8>>,
}

impl Detail {
    pub(super) fn new(at: Timestamp, id: &str, peer: Peer, head: &Parts, bytes_in: Option<u64>) -> Self {
        let client_id = head.headers.get(&crate::CLIENT_REQUEST_ID);
        Self {
            at,
            id: id.to_owned(),
            peer,
            method: head.method.to_string(),
            path: bounded(head.uri.path()),
            client_id: client_id.and_then(|id| id.to_str().ok()).map(bounded),
            bytes_in,
            server: server(head),
            code: OnceLock::new(),
            max_tokens: OnceLock::new(),
            finish_reasons: OnceLock::new(),
            prompt: OnceLock::new(),
            sent: Mutex::default(),
        }
    }
}

impl Detail {
    /// Keeps what goes out.
    pub(super) fn hear(&self, bytes: &[u8]) {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let left = content::BYTES_MAX - sent.len().min(content::BYTES_MAX);
        sent.extend_from_slice(&bytes[..bytes.len().min(left)]);
    }
}

fn server(head: &Parts) -> Option<(String, Option<u16>)> {
    let host = head.headers.get(http::header::HOST)?.to_str().ok()?;
    let authority: http::uri::Authority = host.parse().ok()?;
    Some((bounded(authority.host()), authority.port_u16()))
}

fn bounded(text: &str) -> String {
    text[..text.floor_char_boundary(TEXT_BYTES_MAX)].to_owned()
}

/// A line of the access log. Texts of people and keys are not in it.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    plane: &'static str,
    request_id: &'a str,
    client_request_id: Option<&'a str>,
    trace_id: Option<String>,
    peer: String,
    method: &'a str,
    path: &'a str,
    site: Option<&'a str>,
    deployment: Option<&'a str>,
    model: Option<&'a str>,
    backend: Option<&'a str>,
    surface: &'static str,
    operation: &'static str,
    status: u16,
    outcome: Option<&'static str>,
    credential: Option<&'a str>,
    tokens: Option<Tokens>,
    ms: f64,
    first_token_ms: Option<f64>,
    bytes_in: Option<u64>,
    bytes_out: u64,
}

#[derive(Serialize)]
struct Tokens {
    prompt: u64,
    cached_prompt: u64,
    completion: u64,
    reasoning: u64,
}

pub(super) fn write(log: &AccessLog, visit: &Visit, detail: &Detail, took_us: u64) {
    let (surface, operation) = visit.asked();
    let placed = visit.placed.get().map(|(deployment, _)| deployment);
    let ms = |us: u64| us as f64 / 1e3;
    log.write(&Line {
        time: iso8601(detail.at),
        plane: "data",
        request_id: &detail.id,
        client_request_id: detail.client_id.as_deref(),
        trace_id: visit.trace_id(),
        peer: detail.peer.address.ip().to_string(),
        method: &detail.method,
        path: &detail.path,
        site: visit.site.get().map(|site| &*site.id),
        deployment: placed.map(|deployment| deployment.name.as_str()),
        model: placed.map(|deployment| deployment.model.name.as_str()),
        backend: visit.member().map(|member| member.name.as_str()),
        surface: surface_name(surface),
        operation,
        status: visit.status(),
        outcome: visit.used.get().map(|(_, outcome)| *outcome),
        credential: visit.credential.get().map(|name| &**name),
        tokens: visit.used.get().map(|(usage, _)| Tokens {
            prompt: usage.prompt,
            cached_prompt: usage.cached_prompt,
            completion: usage.completion,
            reasoning: usage.reasoning,
        }),
        ms: ms(took_us),
        first_token_ms: visit.first_byte_us().map(ms),
        bytes_in: detail.bytes_in,
        bytes_out: visit.bytes_out.load(Relaxed),
    });
}
