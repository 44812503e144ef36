//! The hold on the limits and the usage that replaces it: settled once, whatever becomes of the request.

use crate::forms::Demand;
use crate::infer::Asked;
use crate::observe::{Seen, Visit};
use crate::refusal::Refusal;
use crate::snapshot::{Deployment, Site};
use crate::{GatewayDeps, Shared};
use cupola_core::quota::{Allowance, Allowances, Holds, Standing};
use cupola_core::time::millis;
use cupola_core::usage::Usage;
use cupola_core::{Clock, Operation};
use cupola_store::{Ledger, StoreError, UsageRecord};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::future::Future;
use std::sync::Arc;

const LIMIT_REQUESTS: HeaderName = HeaderName::from_static("x-ratelimit-limit-requests");
const LIMIT_TOKENS: HeaderName = HeaderName::from_static("x-ratelimit-limit-tokens");
const REMAINING_REQUESTS: HeaderName = HeaderName::from_static("x-ratelimit-remaining-requests");
const REMAINING_TOKENS: HeaderName = HeaderName::from_static("x-ratelimit-remaining-tokens");
const RESET_REQUESTS: HeaderName = HeaderName::from_static("x-ratelimit-reset-requests");
const RESET_TOKENS: HeaderName = HeaderName::from_static("x-ratelimit-reset-tokens");
pub(crate) const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

/// An admitted request that is not settled yet. Dropping it means that the client left: what was delivered is charged.
pub(crate) struct Bill {
    site: Arc<Site>,
    deployment: Arc<Deployment>,
    operation: Operation,
    credential: Arc<str>,
    ledger: Ledger,
    clock: Arc<dyn Clock>,
    id: String,
    /// `None` for what no client asked for.
    visit: Option<Arc<Visit>>,
    key: Option<usize>,
    holds: Option<Holds>,
    /// What the client pays who leaves now; `None` before anything was delivered.
    delivered: Option<Usage>,
    prompt_tokens: u64,
}

/// How an answer ended, in the ledger's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Whole, with the backend's own count.
    Complete,
    /// Whole, and counted by us.
    Estimated,
    /// The client went away.
    ClientLeft,
    /// The backend broke off.
    BackendFailed,
    /// The prompt, or some of the completion, was kept back.
    ContentFilter,
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Estimated => "estimated",
            Self::ClientLeft => "client-left",
            Self::BackendFailed => "backend-failed",
            Self::ContentFilter => "content-filter",
        }
    }
}

impl Bill {
    /// Takes one request and `estimate` tokens from the deployment's minute.
    pub(crate) fn reserve(
        gateway: &Shared,
        deployment: &Arc<Deployment>,
        asked: &Asked<'_>,
        operation: Operation,
        prompt_tokens: u64,
        estimate: u64,
    ) -> Result<Self, Refusal> {
        let clock = &gateway.deps.clock;
        let key = asked.credential.key;
        let holds = allowances(asked.site, deployment, key)
            .reserve(estimate, millis(clock.now()))
            .map_err(|(whose, over)| {
                asked.visit.limited(whose, over.limit);
                Refusal::over_limit(asked, deployment, whose, &over)
            })?;
        asked.visit.admitted();
        Ok(Self {
            site: Arc::clone(asked.site),
            deployment: Arc::clone(deployment),
            operation,
            credential: Arc::clone(&asked.credential.name),
            ledger: gateway.deps.store.ledger().clone(),
            clock: Arc::clone(clock),
            id: asked.id.to_owned(),
            visit: Some(Arc::clone(asked.visit)),
            key,
            holds: Some(holds),
            delivered: None,
            prompt_tokens,
        })
    }

    /// The same for a question to a guard model: its deployment pays, and nobody's key.
    pub(crate) fn of_guard(
        deps: &GatewayDeps,
        (site, deployment): (&Arc<Site>, &Arc<Deployment>),
        credential: &str,
        id: &str,
        demand: &Demand,
        estimate: u64,
    ) -> Result<Self, String> {
        let holds = allowances(site, deployment, None)
            .reserve(estimate, millis(deps.clock.now()))
            .map_err(|_| "its deployment is over its own limit of requests or tokens a minute".to_owned())?;
        Ok(Self {
            site: Arc::clone(site),
            deployment: Arc::clone(deployment),
            operation: demand.operation,
            credential: credential.into(),
            ledger: deps.store.ledger().clone(),
            clock: Arc::clone(&deps.clock),
            id: id.to_owned(),
            visit: None,
            key: None,
            holds: Some(holds),
            delivered: None,
            prompt_tokens: demand.prompt_tokens,
        })
    }

    /// Where the deployment's limits stand now.
    pub(crate) fn standing(&self) -> Standing {
        self.allowances().standing(millis(self.clock.now()))
    }

    /// Notes what has gone to the client so far.
    pub(crate) fn deliver(&mut self, usage: Usage) {
        self.delivered = Some(usage);
    }

    /// Notes why a streamed answer came to its end.
    pub(crate) fn finishes(&self, reason: Option<&'static str>) {
        if let Some(visit) = &self.visit {
            visit.finishes(reason);
        }
    }

    /// Nothing was delivered and nothing is charged.
    pub(crate) fn cancel(mut self) {
        self.release(0);
    }

    /// Settles the hold; the future is done when the usage is on disk. It queues the record when it is first polled.
    pub(crate) fn settle(
        mut self,
        usage: &Usage,
        outcome: Outcome,
    ) -> impl Future<Output = Result<Standing, StoreError>> + Send + use<> {
        self.release(usage.total());
        let record = self.record(usage, outcome);
        async move {
            self.ledger.record(record).await?;
            Ok(self.standing())
        }
    }

    fn allowances(&self) -> Allowances<'_> {
        allowances(&self.site, &self.deployment, self.key)
    }

    fn release(&mut self, tokens: u64) {
        if let Some(holds) = self.holds.take() {
            self.allowances().settle(holds, tokens);
        }
    }

    fn record(&self, usage: &Usage, outcome: Outcome) -> UsageRecord {
        let seen = match &self.visit {
            Some(visit) => {
                visit.used(usage, outcome.as_str());
                visit.seen(outcome.as_str())
            }
            None => {
                self.deployment.meters.used(usage);
                Seen::default()
            }
        };
        UsageRecord {
            id: self.id.clone(),
            at: self.clock.now(),
            subscription: Arc::clone(&self.site.subscription),
            endpoint: Arc::clone(&self.site.id),
            model: Arc::clone(&self.deployment.model.id),
            deployment: self.deployment.ledger_name.clone(),
            operation: self.operation.as_str(),
            credential: Arc::clone(&self.credential),
            usage: *usage,
            outcome: outcome.as_str(),
            status: seen.status,
            took_us: seen.took_us,
            first_token_us: seen.first_token_us,
            prices: Arc::clone(&self.deployment.prices),
        }
    }
}

impl Drop for Bill {
    fn drop(&mut self) {
        if self.holds.is_none() {
            return;
        }
        let Some(usage) = self.delivered else {
            // Nothing reached the client, so nothing is charged. The backend did read the prompt, so that much stays
            // taken from the minute: who hangs up early all the time still meets the limits.
            return self.release(self.prompt_tokens);
        };
        self.release(usage.total());
        let record = self.record(&usage, Outcome::ClientLeft);
        if let Err(error) = self.ledger.record_later(record) {
            tracing::error!(error = %error, deployment = %self.deployment.id, "the usage of a client who left could not be recorded");
        }
    }
}

/// What a request spends from: the deployment's minute, and the key's where it has one.
fn allowances<'a>(site: &'a Site, deployment: &'a Deployment, key: Option<usize>) -> Allowances<'a> {
    Allowances {
        deployment: Allowance {
            book: &deployment.book,
            limits: deployment.limits,
        },
        key: key.and_then(|key| site.allowance_of_key(key)),
    }
}

/// Writes `x-ratelimit-*`.
pub(crate) fn write_standing(headers: &mut HeaderMap, standing: &Standing) {
    headers.reserve(8);
    headers.insert(
        LIMIT_REQUESTS,
        HeaderValue::from(standing.limits.requests_per_minute),
    );
    headers.insert(LIMIT_TOKENS, HeaderValue::from(standing.limits.tokens_per_minute));
    headers.insert(REMAINING_REQUESTS, HeaderValue::from(standing.remaining_requests));
    headers.insert(REMAINING_TOKENS, HeaderValue::from(standing.remaining_tokens));
    headers.insert(RESET_REQUESTS, HeaderValue::from(standing.reset_s));
    headers.insert(RESET_TOKENS, HeaderValue::from(standing.reset_s));
}
