//! Speaking to model servers: workers, upstreams, the simulator.
//!
//! A model has a [`Pool`] of them, which takes a request as OpenAI-shaped JSON and hands it to a member that can answer.
//! The answer says which dialect it is written in. Every thread keeps connections of its own, so no lock stands between a
//! client and its backend.

mod address;
mod answer;
mod connect;
mod connections;
mod engine;
mod error;
mod http1;
mod pool;
mod service;
mod tls;
mod upstream;

pub mod fetch;
pub mod fleet;
pub mod simulator;

pub use answer::{Answer, AnswerBody, Veil};
pub use connect::{Dialer, Timeouts};
pub use engine::Engine;
pub use error::{BackendError, Kind};
pub use pool::{MEMBERS_MAX, Member, Pool, Share};
pub use rustls::pki_types::CertificateDer;
pub use service::Service;
pub use simulator::{Simulator, SimulatorSettings};
pub use upstream::{Upstream, UpstreamSettings, check_upstream_url};

use bytes::Bytes;
use cupola_core::Operation;
use cupola_wire::Dialect;
use http::HeaderValue;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};

/// What really infers.
#[derive(Debug)]
pub enum Target {
    /// A worker of ours.
    Engine(Engine),
    /// Somebody's inference API.
    Upstream(Upstream),
    /// Deterministic answers, plainly labelled.
    Simulator(Simulator),
    /// Forecasts by statistics: whoever asks for them computes them.
    Forecaster,
}

/// A request for a model.
#[derive(Debug)]
pub struct Call<'a> {
    /// What is asked.
    pub operation: Operation,
    /// The JSON in OpenAI's shape. `model` is what the client wrote; the backend puts its own name in.
    pub body: Bytes,
    /// Where the value of `model` stands in it, if anywhere.
    pub model_at: Option<Range<usize>>,
    /// The client's own body, where it speaks another dialect: a backend of that dialect gets it as it came.
    pub native: Option<(Dialect, Bytes)>,
    /// Is a stream wanted?
    pub stream: bool,
    /// Our id of the request, for the backend's log.
    pub request_id: &'a str,
    /// Requests that begin alike have the same number, so that they meet the same prefix cache; zero: no wish.
    pub affinity: u64,
    /// An estimate of the prompt.
    pub prompt_tokens: u64,
    /// The bound of the completion, if the client set one.
    pub max_tokens: Option<u64>,
    /// How many answers.
    pub n: u64,
    /// The trace that the request belongs to, as `traceparent` says it.
    pub traceparent: Option<HeaderValue>,
    /// Where it is noted which backends were asked.
    pub attempts: Option<&'a Attempts>,
}

/// Which backends of a pool were asked for a request.
#[derive(Debug, Default)]
pub struct Attempts {
    count: AtomicU32,
    /// The place of the last one in its pool, from one on; zero before any was asked.
    last: AtomicUsize,
}

impl Attempts {
    fn note(&self, place: usize) {
        self.count.fetch_add(1, Relaxed);
        self.last.store(place + 1, Relaxed);
    }

    /// How many were asked.
    pub fn count(&self) -> u32 {
        self.count.load(Relaxed)
    }

    /// The place in its pool of the one that was asked last.
    pub fn last(&self) -> Option<usize> {
        self.last.load(Relaxed).checked_sub(1)
    }
}

impl Call<'_> {
    fn asks(&self, place: usize) {
        if let Some(attempts) = self.attempts {
            attempts.note(place);
        }
    }
}

impl Target {
    /// Sends the request. The answer's body may still be to come.
    pub async fn infer(&self, call: &Call<'_>) -> Result<Answer, BackendError> {
        match self {
            Self::Engine(engine) => engine.infer(call).await,
            Self::Upstream(upstream) => upstream.infer(call).await,
            Self::Simulator(simulator) => simulator.infer(call).await,
            Self::Forecaster => Err(BackendError::broke("the forecaster does nothing but forecast")),
        }
    }
}
