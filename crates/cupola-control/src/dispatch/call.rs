//! What a handler is given.

use super::path::Params;
use super::query::Query;
use crate::control::Control;
use crate::json::Document;
use bytes::Bytes;
use cupola_core::rbac::{Granted, Principal};
use cupola_core::{Problem, Timestamp, chance};
use cupola_edge::Body;
use cupola_store::Stamp;
use http::{HeaderMap, Response};
use std::sync::OnceLock;

/// What a handler answers.
pub(crate) type Reply = Response<Body>;

/// A request that passed authorization.
pub(crate) struct Call {
    pub(crate) control: Control,
    pub(crate) params: Params,
    pub(crate) query: Query,
    pub(crate) api_version: String,
    /// As it was asked for.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// `https://HOST`, as the client wrote it: links in answers lead there.
    pub(crate) origin: String,
    pub(crate) correlation: String,
    pub(crate) now: Timestamp,
    /// From where it came, for the audit record.
    pub(crate) trace: Trace,
}

/// From where a request came, and what it began: what the audit record keeps beside who did what.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trace {
    /// Our id for the request, as in `x-ms-request-id`.
    pub(crate) request: String,
    /// The client's own id for it.
    pub(crate) client_request: String,
    pub(crate) address: String,
    pub(crate) user_agent: String,
    pub(crate) method: String,
    /// Does it come from a template? Its texts may have secrets in them that nobody marked.
    pub(crate) inside: bool,
    /// The operation that it began, once it did.
    pub(crate) begun: OnceLock<String>,
}

impl Trace {
    /// Remembers the operation that the request began.
    pub(crate) fn begins(&self, operation: &str) {
        // Whatever else it begins belongs to the first.
        let _ = self.begun.set(operation.to_owned());
    }

    /// The operation that the request began; empty where it began none.
    pub(crate) fn operation(&self) -> &str {
        self.begun.get().map_or("", String::as_str)
    }
}

impl Call {
    /// A value of the path.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params.get(name)
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Result<Document, Problem> {
        Document::read(&self.body)
    }

    /// A new GUID.
    pub(crate) fn new_id(&self) -> String {
        chance::uuid(self.control.entropy())
    }

    /// A new etag.
    pub(crate) fn new_etag(&self) -> String {
        format!("\"{}\"", chance::hex::<8>(self.control.entropy()))
    }

    /// Who does this, and when.
    pub(crate) fn stamp(&self, grant: &Granted) -> Stamp {
        stamp(grant.principal(), self.now)
    }
}

/// Who did something, and when.
pub(crate) fn stamp(principal: &Principal, at: Timestamp) -> Stamp {
    Stamp {
        by: principal.display_name.clone(),
        by_type: principal.kind.to_owned(),
        at,
    }
}
