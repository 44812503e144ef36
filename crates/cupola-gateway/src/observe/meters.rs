//! What is counted of a deployment. They outlive snapshots.

use cupola_core::Operation;
use cupola_core::quota::{Limit, Whose};
use cupola_core::usage::Usage;
use cupola_edge::metrics::{Distribution, Sharded, read};
use cupola_wire::openai::Surface;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

const SURFACES: [(Surface, &str); 6] = [
    (Surface::ModelInference, "model-inference"),
    (Surface::OpenAi, "openai"),
    (Surface::AzureOpenAi, "azure-openai"),
    (Surface::Anthropic, "anthropic"),
    (Surface::Cohere, "cohere"),
    (Surface::TimeGen, "timegen"),
];
/// What is asked beside inference; the last is for what there is not.
pub(super) const ASIDE: [&str; 7] = [
    "responses",
    "count-tokens",
    "info",
    "models",
    "model",
    "usage",
    "none",
];
const OPERATIONS: usize = Operation::ALL.len() + ASIDE.len();
/// The client left before there was an answer.
pub(super) const CLIENT_LEFT: u16 = 499;
// What we answer by ourselves; what an upstream refused with another status is `other`.
const STATUSES: [(u16, &str); 17] = [
    (200, "200"),
    (400, "400"),
    (401, "401"),
    (403, "403"),
    (404, "404"),
    (405, "405"),
    (408, "408"),
    (413, "413"),
    (415, "415"),
    (422, "422"),
    (429, "429"),
    (CLIENT_LEFT, "499"),
    (500, "500"),
    (501, "501"),
    (502, "502"),
    (503, "503"),
    (504, "504"),
];
pub(super) const TOKENS: [&str; 6] = [
    "prompt",
    "cached_prompt",
    "completion",
    "reasoning",
    "finetune_prompt",
    "finetune_completion",
];
pub(super) const LIMITS: [(Whose, Limit, &str, &str); 4] = [
    (Whose::Deployment, Limit::Tokens, "deployment", "tokens"),
    (Whose::Deployment, Limit::Requests, "deployment", "requests"),
    (Whose::Key, Limit::Tokens, "key", "tokens"),
    (Whose::Key, Limit::Requests, "key", "requests"),
];
/// Why a backend gave no whole answer.
pub(super) const FAILURES: [&str; 6] = [
    "failed",
    "unavailable",
    "timeout",
    "not-ready",
    "rate-limited",
    "broke-off",
];
/// What was kept back.
pub(super) const BLOCKED: [&str; 2] = ["prompt", "completion"];

/// What is counted of one deployment, or of what came to none.
#[derive(Debug, Default)]
pub(crate) struct Meters(Sharded<Shard>);

#[derive(Debug)]
struct Shard {
    requests: [[[AtomicU64; STATUSES.len() + 1]; OPERATIONS]; SURFACES.len()],
    tokens: [AtomicU64; TOKENS.len()],
    limited: [AtomicU64; LIMITS.len()],
    failures: [AtomicU64; FAILURES.len()],
    blocked: [AtomicU64; BLOCKED.len()],
    begun: AtomicU64,
    ended: AtomicU64,
    took: Distribution,
    first_token: Distribution,
}

impl Default for Shard {
    fn default() -> Self {
        let zero = || AtomicU64::new(0);
        let row = |_| std::array::from_fn(|_| zero());
        Self {
            requests: std::array::from_fn(|_| std::array::from_fn(row)),
            tokens: std::array::from_fn(|_| zero()),
            limited: std::array::from_fn(|_| zero()),
            failures: std::array::from_fn(|_| zero()),
            blocked: std::array::from_fn(|_| zero()),
            begun: zero(),
            ended: zero(),
            took: Distribution::default(),
            first_token: Distribution::default(),
        }
    }
}

fn count(counter: Option<&AtomicU64>, quantity: u64) {
    if let Some(counter) = counter.filter(|_| quantity > 0) {
        counter.fetch_add(quantity, Relaxed);
    }
}

/// The name of a surface in metrics and logs.
pub(super) fn surface_name(surface: Surface) -> &'static str {
    SURFACES
        .iter()
        .find(|(known, _)| *known == surface)
        .map_or("", |(_, name)| name)
}

fn operation_name(at: usize) -> &'static str {
    match Operation::ALL.get(at) {
        Some(operation) => operation.as_str(),
        None => ASIDE.get(at - Operation::ALL.len()).copied().unwrap_or("none"),
    }
}

impl Meters {
    /// A request ended.
    pub(super) fn answered(&self, surface: Surface, operation: &str, status: u16) {
        let surface = SURFACES.iter().position(|(known, _)| *known == surface);
        let operation = (0..OPERATIONS).position(|at| operation_name(at) == operation);
        let status = STATUSES.iter().position(|(known, _)| *known == status);
        let shard = self.0.mine();
        let of_surface = shard.requests.get(surface.unwrap_or(0));
        let of_operation = of_surface.and_then(|all| all.get(operation.unwrap_or(OPERATIONS - 1)));
        count(
            of_operation.and_then(|all| all.get(status.unwrap_or(STATUSES.len()))),
            1,
        );
    }

    /// Tokens were charged.
    pub(crate) fn used(&self, usage: &Usage) {
        let quantities = [
            usage.prompt,
            usage.cached_prompt,
            usage.completion,
            usage.reasoning,
            usage.finetune_prompt,
            usage.finetune_completion,
        ];
        for (counter, quantity) in self.0.mine().tokens.iter().zip(quantities) {
            count(Some(counter), quantity);
        }
    }

    pub(super) fn limited(&self, whose: Whose, limit: Limit) {
        let at = LIMITS
            .iter()
            .position(|(known, of, ..)| *known == whose && *of == limit);
        count(at.and_then(|at| self.0.mine().limited.get(at)), 1);
    }

    pub(super) fn failed(&self, why: &str) {
        let at = FAILURES.iter().position(|known| *known == why);
        count(at.and_then(|at| self.0.mine().failures.get(at)), 1);
    }

    pub(super) fn blocked(&self, what: &str) {
        let at = BLOCKED.iter().position(|known| *known == what);
        count(at.and_then(|at| self.0.mine().blocked.get(at)), 1);
    }

    pub(super) fn begin(&self) {
        count(Some(&self.0.mine().begun), 1);
    }

    pub(super) fn end(&self, took_us: u64) {
        let shard = self.0.mine();
        count(Some(&shard.ended), 1);
        shard.took.note_us(took_us);
    }

    pub(super) fn first_token(&self, after_us: u64) {
        self.0.mine().first_token.note_us(after_us);
    }

    /// Did anything ever come here?
    pub(super) fn is_untouched(&self) -> bool {
        self.0.all().next().is_none()
    }

    /// Admitted requests that have not ended. Ends are read first, so that it is never below zero.
    pub(super) fn in_flight(&self) -> u64 {
        let ended = self.0.sum(|shard| &shard.ended);
        self.0.sum(|shard| &shard.begun).saturating_sub(ended)
    }

    /// Every counter of requests that is not zero: surface, operation, status.
    pub(super) fn requests(&self) -> Vec<([&'static str; 3], u64)> {
        let mut found = Vec::new();
        for (surface, (_, surface_name)) in SURFACES.iter().enumerate() {
            for operation in 0..OPERATIONS {
                for status in 0..=STATUSES.len() {
                    let cell = |shard: &Shard| read(&shard.requests[surface][operation][status]);
                    let count: u64 = self.0.all().map(cell).sum();
                    if count > 0 {
                        let status = STATUSES.get(status).map_or("other", |(_, name)| name);
                        found.push(([*surface_name, operation_name(operation), status], count));
                    }
                }
            }
        }
        found
    }

    pub(super) fn tokens(&self) -> [u64; TOKENS.len()] {
        std::array::from_fn(|at| self.0.sum(|shard| &shard.tokens[at]))
    }

    pub(super) fn limits_met(&self) -> [u64; LIMITS.len()] {
        std::array::from_fn(|at| self.0.sum(|shard| &shard.limited[at]))
    }

    pub(super) fn failures(&self) -> [u64; FAILURES.len()] {
        std::array::from_fn(|at| self.0.sum(|shard| &shard.failures[at]))
    }

    pub(super) fn all_blocked(&self) -> [u64; BLOCKED.len()] {
        std::array::from_fn(|at| self.0.sum(|shard| &shard.blocked[at]))
    }

    pub(super) fn took(&self) -> impl Iterator<Item = &Distribution> {
        self.0.all().map(|shard| &shard.took)
    }

    pub(super) fn first_tokens(&self) -> impl Iterator<Item = &Distribution> {
        self.0.all().map(|shard| &shard.first_token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_have_a_surface_an_operation_and_a_status() {
        let meters = Meters::default();
        assert!(meters.is_untouched());
        meters.answered(Surface::Cohere, "rerank", 200);
        meters.answered(Surface::Cohere, "rerank", 200);
        meters.answered(Surface::OpenAi, "models", 404);
        meters.answered(Surface::OpenAi, "chat", 418);
        meters.answered(Surface::OpenAi, "something new", CLIENT_LEFT);
        assert_eq!(
            meters.requests(),
            [
                (["openai", "chat", "other"], 1),
                (["openai", "models", "404"], 1),
                (["openai", "none", "499"], 1),
                (["cohere", "rerank", "200"], 2),
            ]
        );
    }

    #[test]
    fn every_class_is_counted_by_itself() {
        let meters = Meters::default();
        meters.limited(Whose::Key, Limit::Requests);
        assert_eq!(meters.limits_met(), [0, 0, 0, 1]);
        meters.failed("timeout");
        assert_eq!(meters.failures(), [0, 0, 1, 0, 0, 0]);
        meters.blocked("completion");
        assert_eq!(meters.all_blocked(), [0, 1]);
        meters.used(&Usage {
            prompt: 1,
            cached_prompt: 2,
            completion: 3,
            reasoning: 4,
            finetune_prompt: 5,
            finetune_completion: 6,
            ..Usage::default()
        });
        assert_eq!(meters.tokens(), [1, 2, 3, 4, 5, 6]);
        meters.begin();
        assert_eq!(meters.in_flight(), 1);
        meters.end(10);
        assert_eq!((meters.in_flight(), meters.took().count()), (0, 1));
    }
}
