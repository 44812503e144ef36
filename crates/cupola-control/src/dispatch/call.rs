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
    /// From where it came.
    pub(crate) trace: Trace,
}

/// From where a request came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trace {
    pub(crate) address: String,
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
