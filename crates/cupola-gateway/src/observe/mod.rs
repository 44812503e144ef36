//! What can be seen of the data plane: one visit for each request, which tells the meters how it went when its last byte
//! is written, whoever holds it then.

mod content;
mod detail;
mod exporter;
mod exposition;
mod meters;
mod otlp;
mod refused;
mod spans;
mod trace;

pub(crate) use exporter::Exporter;
pub use exporter::TraceSettings;
pub(crate) use exposition::write as write_metrics;
pub(crate) use meters::Meters;

use crate::GatewayDeps;
use crate::forms::Demand;
use crate::kept;
use crate::route::Action;
use crate::snapshot::{Deployment, Site};
use cupola_backend::{Attempts, Member};
use cupola_core::quota::{Limit, Whose};
use cupola_core::usage::Usage;
use cupola_core::{Clock, Entropy, Operation};
use cupola_edge::access_log::AccessLog;
use cupola_edge::{Body, Peer};
use cupola_store::{Ledger, PriceList};
use cupola_wire::openai::Surface;
use detail::Detail;
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use tokio::time::Instant;
use trace::{Parent, Trace};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const NEVER: u64 = u64::MAX;

/// Who looks.
pub(crate) struct Observer {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    access_log: Option<AccessLog>,
    pub(crate) exporter: Option<Exporter>,
    /// Requests that came to no deployment.
    pub(crate) unplaced: Meters,
    /// Counts for charts what was refused.
    ledger: Ledger,
    /// What requests cost that came to no deployment.
    free: Arc<PriceList>,
    nobody: Arc<str>,
}

/// What the ledger notes of how a request was answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) took_us: Option<u64>,
    pub(crate) first_token_us: Option<u64>,
}

/// Of what no client asked for, only that it was answered.
impl Default for Seen {
    fn default() -> Self {
        Self {
            status: 200,
            took_us: None,
            first_token_us: None,
        }
    }
}

/// One request, from its head to its last byte.
pub(crate) struct Visit {
    observer: Arc<Observer>,
    /// What people read, where somebody wants to.
    detail: Option<Box<Detail>>,
    trace: Option<Trace>,
    backend_begun_us: AtomicU64,
    backend_ended_us: AtomicU64,
    attempts: Attempts,
    begun: Instant,
    asks: OnceLock<(Surface, &'static str)>,
    site: OnceLock<Arc<Site>>,
    /// `primary`, `secondary` or a principal's object id; never a key.
    credential: OnceLock<Arc<str>>,
    placed: OnceLock<(Arc<Deployment>, Operation)>,
    is_admitted: AtomicBool,
    is_limited: AtomicBool,
    /// Zero until there is an answer.
    status: AtomicU16,
    first_byte_us: AtomicU64,
    bytes_out: AtomicU64,
    used: OnceLock<(Usage, &'static str)>,
    failure: OnceLock<&'static str>,
}

impl Observer {
    /// Who writes lines to this log and hands spans to this exporter.
    pub(crate) fn new(deps: &GatewayDeps, access_log: Option<AccessLog>, exporter: Option<Exporter>) -> Self {
        Self {
            clock: Arc::clone(&deps.clock),
            entropy: Arc::clone(&deps.entropy),
            access_log,
            exporter,
            unplaced: Meters::default(),
            ledger: deps.store.ledger().clone(),
            free: Arc::new(PriceList::of("", &[])),
            nobody: "".into(),
        }
    }

    /// A visit begins.
    pub(crate) fn begin(
        self: &Arc<Self>,
        id: &str,
        peer: Peer,
        head: &Parts,
        bytes_in: Option<u64>,
    ) -> Arc<Visit> {
        let trace = self.exporter.as_ref().map(|exporter| {
            let told = head.headers.get(&TRACEPARENT);
            let told = told.and_then(|told| Parent::read(told.as_bytes()));
            Trace::begin(told, exporter.ratio, &*self.entropy)
        });
        let is_noted = self.access_log.is_some() || trace.is_some_and(|trace| trace.is_sampled);
        let detail = is_noted.then(|| Box::new(Detail::new(self.clock.now(), id, peer, head, bytes_in)));
        Arc::new(Visit {
            observer: Arc::clone(self),
            detail,
            trace,
            backend_begun_us: AtomicU64::new(NEVER),
            backend_ended_us: AtomicU64::new(NEVER),
            attempts: Attempts::default(),
            begun: Instant::now(),
            asks: OnceLock::new(),
            site: OnceLock::new(),
            credential: OnceLock::new(),
            placed: OnceLock::new(),
            is_admitted: AtomicBool::new(false),
            is_limited: AtomicBool::new(false),
            status: AtomicU16::new(0),
            first_byte_us: AtomicU64::new(NEVER),
            bytes_out: AtomicU64::new(0),
            used: OnceLock::new(),
            failure: OnceLock::new(),
        })
    }
}

// What is told twice was true the first time.
impl Visit {
    pub(crate) fn asks(&self, surface: Surface, action: Option<Action<'_>>) {
        let what = match action {
            Some(Action::Infer(form)) => form.operation().as_str(),
            Some(Action::Forecast(_)) => Operation::Forecast.as_str(),
            Some(Action::Responses(kept::Route::Create)) => Operation::Chat.as_str(),
            Some(Action::Responses(_)) => "responses",
            Some(Action::CountTokens) => "count-tokens",
            Some(Action::Info) => "info",
            Some(Action::Models) => "models",
            Some(Action::Model(_)) => "model",
            Some(Action::Usage) => "usage",
            None => "none",
        };
        let _ = self.asks.set((surface, what));
    }

    pub(crate) fn finds(&self, site: &Arc<Site>) {
        let _ = self.site.set(Arc::clone(site));
    }

    /// Who asks: the name of a key, or a principal.
    pub(crate) fn knows(&self, credential: &Arc<str>) {
        let _ = self.credential.set(Arc::clone(credential));
    }

    /// Where it is noted which backends are asked.
    pub(crate) fn attempts(&self) -> &Attempts {
        &self.attempts
    }

    /// A backend is asked this. What it is told of the trace that the request belongs to: our part of it, or, where nobody
    /// wants our part, what the client said.
    pub(crate) fn calls(&self, head: &Parts, demand: &Demand) -> Option<HeaderValue> {
        self.backend_begun_us.store(self.elapsed_us(), Relaxed);
        if let (Some(detail), Some(max)) = (&self.detail, demand.max_tokens) {
            let _ = detail.max_tokens.set(max);
        }
        if let Some(detail) = self.telling() {
            let _ = detail.prompt.set(demand.body.clone());
        }
        if let Some(trace) = &self.trace {
            return trace.for_backend();
        }
        let told = head.headers.get(&TRACEPARENT)?;
        Parent::read(told.as_bytes()).map(|_| told.clone())
    }

    /// The whole answer of a backend, in OpenAI's shape.
    pub(crate) fn hears(&self, answer: &[u8]) {
        if let Some(detail) = self.sampled()
            && let Some(reasons) = spans::finish_reasons(answer)
        {
            let _ = detail.finish_reasons.set(reasons);
        }
    }

    /// Why the answer that was streamed came to its end.
    pub(crate) fn finishes(&self, reason: Option<&'static str>) {
        if let (Some(detail), Some(reason)) = (self.sampled(), reason) {
            let _ = detail.finish_reasons.set(vec![reason.to_owned()]);
        }
    }

    fn sampled(&self) -> Option<&Detail> {
        self.trace
            .filter(|trace| trace.is_sampled)
            .and(self.detail.as_deref())
    }

    /// What is noted of a request whose texts go into its trace.
    fn telling(&self) -> Option<&Detail> {
        let exporter = self.observer.exporter.as_ref()?;
        self.sampled().filter(|_| exporter.content)
    }

    fn backend_ends(&self) {
        if self.backend_ended_us.load(Relaxed) == NEVER {
            self.backend_ended_us.store(self.elapsed_us(), Relaxed);
        }
    }

    /// This deployment is to answer.
    pub(crate) fn place(&self, deployment: &Arc<Deployment>, operation: Operation) {
        let _ = self.placed.set((Arc::clone(deployment), operation));
    }

    /// The limits let it through.
    pub(crate) fn admitted(&self) {
        self.meters().begin();
        self.is_admitted.store(true, Relaxed);
    }

    /// They did not.
    pub(crate) fn limited(&self, whose: Whose, limit: Limit) {
        self.meters().limited(whose, limit);
        self.is_limited.store(true, Relaxed);
    }

    /// What is charged, and how it ended.
    pub(crate) fn used(&self, usage: &Usage, outcome: &'static str) {
        let _ = self.used.set((*usage, outcome));
        self.backend_ends();
    }

    /// How it is answered, as far as that is known when it is charged.
    pub(crate) fn seen(&self, outcome: &str) -> Seen {
        let status = match (self.status.load(Relaxed), outcome) {
            (0, "client-left") => meters::CLIENT_LEFT,
            // A prompt that was kept back came to no backend.
            (0, "content-filter") if self.backend_begun_us().is_none() => 400,
            (0, _) => 200,
            (status, _) => status,
        };
        Seen {
            status,
            took_us: Some(self.elapsed_us()),
            first_token_us: self.first_byte_us(),
        }
    }

    /// The head of a refusal is known.
    pub(crate) fn refused(&self, status: StatusCode, code: &str) {
        self.backend_ends();
        if let Some(detail) = &self.detail {
            let _ = detail.code.set(code.to_owned());
        }
        let is_limited = self.is_limited.load(Relaxed);
        let failure = match code {
            "BackendFailed" => "failed",
            "BackendUnavailable" => "unavailable",
            "BackendTimeout" => "timeout",
            "ModelNotReady" => "not-ready",
            _ if status == StatusCode::TOO_MANY_REQUESTS && !is_limited => "rate-limited",
            _ => return,
        };
        let _ = self.failure.set(failure);
    }

    /// The answer goes out; what it has of a body is looked at as it goes, and the visit lasts as long as it.
    pub(crate) fn answers(self: Arc<Self>, response: Response<Body>) -> Response<Body> {
        self.status.store(response.status().as_u16(), Relaxed);
        let mut response = response;
        if let Some(bytes) = response.body().size_hint().exact() {
            if self.telling().is_none() {
                self.bytes_out.store(bytes, Relaxed);
                return response;
            }
            // Looked at on its way, a body does not know its length any more.
            response.headers_mut().insert(CONTENT_LENGTH, bytes.into());
        }
        response.map(|body| {
            body.map_frame(move |frame| {
                self.delivers(frame.data_ref().map_or(&[], |data| data));
                frame
            })
            .boxed_unsync()
        })
    }

    fn delivers(&self, bytes: &[u8]) {
        if self.first_byte_us.load(Relaxed) == NEVER {
            self.first_byte_us.store(self.elapsed_us(), Relaxed);
        }
        self.bytes_out.fetch_add(bytes.len() as u64, Relaxed);
        if let Some(detail) = self.telling() {
            detail.hear(bytes);
        }
    }

    /// On which surface, and for what.
    fn asked(&self) -> (Surface, &'static str) {
        let (surface, what) = self
            .asks
            .get()
            .copied()
            .unwrap_or((Surface::ModelInference, "none"));
        // What only looks at a deployment infers nothing.
        let placed = self.placed.get().filter(|_| !meters::ASIDE.contains(&what));
        (surface, placed.map_or(what, |(_, operation)| operation.as_str()))
    }

    /// The backend that was asked last.
    fn member(&self) -> Option<&Member> {
        let (deployment, _) = self.placed.get()?;
        let pool = deployment.target.as_deref().ok()?;
        pool.member_at(self.attempts.last()?).map(Arc::as_ref)
    }

    fn failure(&self) -> Option<&'static str> {
        let broke_off = || {
            self.used
                .get()
                .is_some_and(|(_, outcome)| *outcome == "backend-failed")
        };
        self.failure
            .get()
            .copied()
            .or_else(|| broke_off().then_some("broke-off"))
    }

    fn backend_begun_us(&self) -> Option<u64> {
        Some(self.backend_begun_us.load(Relaxed)).filter(|us| *us != NEVER)
    }

    fn backend_ended_us(&self) -> Option<u64> {
        Some(self.backend_ended_us.load(Relaxed)).filter(|us| *us != NEVER)
    }

    fn first_byte_us(&self) -> Option<u64> {
        Some(self.first_byte_us.load(Relaxed)).filter(|us| *us != NEVER)
    }

    fn trace_id(&self) -> Option<String> {
        self.trace.map(|trace| trace::hex(&trace.trace))
    }

    fn meters(&self) -> &Meters {
        match self.placed.get() {
            Some((deployment, _)) => &deployment.meters,
            None => &self.observer.unplaced,
        }
    }

    fn elapsed_us(&self) -> u64 {
        self.begun.elapsed().as_micros() as u64
    }

    fn status(&self) -> u16 {
        match self.status.load(Relaxed) {
            0 => meters::CLIENT_LEFT,
            status => status,
        }
    }

    fn count(&self, took_us: u64) {
        let meters = self.meters();
        let (surface, operation) = self.asked();
        meters.answered(surface, operation, self.status());
        if self.is_admitted.load(Relaxed) {
            meters.end(took_us);
        }
        if let Some(us) = self.first_byte_us() {
            meters.first_token(us);
        }
        let outcome = self.used.get().map_or("", |(usage, outcome)| {
            meters.used(usage);
            outcome
        });
        match outcome {
            "content-filter" if self.status() == 200 => meters.blocked("completion"),
            "content-filter" => meters.blocked("prompt"),
            _ => {}
        }
        if let Some(failure) = self.failure() {
            meters.failed(failure);
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let took_us = self.elapsed_us();
        self.count(took_us);
        refused::count(self);
        let Some(detail) = &self.detail else { return };
        if let Some(log) = &self.observer.access_log {
            detail::write(log, self, detail, took_us);
        }
        if let (Some(exporter), Some(trace)) = (&self.observer.exporter, &self.trace)
            && trace.is_sampled
        {
            exporter.take(spans::of(self, detail, trace, took_us));
        }
    }
}
