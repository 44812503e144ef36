//! Content safety on the way of a request: the prompt before its dispatch, the completion before its client sees it.
//!
//! Prompts and completions are looked at in OpenAI's shape, in which all surfaces and all backends meet, so that no surface
//! and no backend is screened differently from another.

mod external;
mod prompt;
mod record;
mod stream;
mod summary;
#[cfg(test)]
mod tests;
mod whole;

pub(crate) use external::{Analyzer, ContentSafety, Kind as AnalyzerKind, Panel, Seat};
pub(crate) use record::Recorder;
pub(crate) use stream::{Heard, Sluice, Waits};
pub(crate) use whole::{Completion, Unwhole};

use crate::Shared;
use crate::bill::{Bill, Outcome};
use crate::forms::Demand;
use crate::infer::Asked;
use crate::refusal::Refusal;
use crate::snapshot::Deployment;
use cupola_core::Operation;
use cupola_core::usage::Usage;
use cupola_safety::{Direction, Screen, Verdict};
use cupola_wire::openai::Surface;
use external::Asker;
use record::Source;
use std::sync::Arc;

/// What looks at the completion of a request whose prompt has passed.
pub(crate) struct Screening(Option<Active>);

struct Active {
    screen: Arc<Screen>,
    source: Source,
    /// Do the clients of the surface expect annotations?
    annotates: bool,
    /// `prompt_filter_results`, where it does and the prompt was looked at.
    prompt: Option<Vec<u8>>,
    /// Who asks external analyzers; `None` where the policy asks none.
    asker: Option<Arc<Asker>>,
}

impl Active {
    /// Is anything looked for in completions?
    fn needs_completion(&self) -> bool {
        self.screen.needs(Direction::Completion) || self.asks_of_completion().is_some()
    }

    /// Who asks external analyzers about completions.
    fn asks_of_completion(&self) -> Option<&Arc<Asker>> {
        self.asker
            .as_ref()
            .filter(|asker| asker.asks(Direction::Completion))
    }
}

/// Looks at the prompt of an admitted request. One that is blocked has read its prompt: it is charged, then refused.
pub(crate) async fn prompt(
    gateway: &Shared,
    asked: &Asked<'_>,
    deployment: &Arc<Deployment>,
    demand: &Demand,
    bill: Bill,
) -> Result<(Bill, Screening), Refusal> {
    let is_screened = matches!(
        demand.operation,
        Operation::Chat | Operation::Completions | Operation::Images
    );
    let Some(screen) = deployment.screen.as_ref().filter(|_| is_screened) else {
        return Ok((bill, Screening(None)));
    };
    // Pictures are not looked at, only what is asked of them.
    let is_text = demand.operation != Operation::Images;
    let annotates = asked.surface == Surface::AzureOpenAi && is_text;
    let source = Source::new(gateway, asked, deployment);
    let panel = deployment.panel.as_ref();
    let asker = panel.map(|panel| Asker::new(gateway, screen, panel, asked.id));
    let asks = asker.as_ref().filter(|asker| asker.asks(Direction::Prompt));
    let mut results = None;
    if screen.needs(Direction::Prompt) || asks.is_some() {
        let mut looked = prompt::look(screen, &demand.body);
        if let Some(asker) = asks.filter(|_| !looked.is_blocked) {
            looked.ask(asker, screen, &demand.body).await;
        }
        source.note(Direction::Prompt, None, &looked.verdicts);
        source.unseen(Direction::Prompt, None, looked.unseen.as_ref(), looked.is_stopped);
        if looked.is_stopped && !looked.is_blocked {
            bill.cancel();
            return Err(Refusal::unscreened(asked.surface));
        }
        if looked.is_blocked {
            let usage = Usage {
                prompt: demand.prompt_tokens,
                ..Usage::default()
            };
            let standing = bill
                .settle(&usage, Outcome::ContentFilter)
                .await
                .map_err(|error| Refusal::not_recorded(asked.surface, &error))?;
            let refusal = looked
                .summary
                .annotate(|annotation| Refusal::prompt_filtered(asked.surface, annotation));
            return Err(refusal.standing(standing));
        }
        results = annotates.then(|| looked.results());
    }
    let active = Active {
        screen: Arc::clone(screen),
        source,
        annotates,
        prompt: results,
        asker,
    };
    Ok((bill, Screening(Some(active).filter(|_| is_text))))
}

impl Screening {
    /// Looks at a whole answer in OpenAI's shape.
    pub(crate) async fn whole<'a>(&self, answer: &'a [u8]) -> Result<Completion<'a>, Unwhole> {
        match &self.0 {
            Some(active) => whole::look(active, answer).await,
            None => Ok(Completion::default()),
        }
    }

    /// What a streamed answer of so many choices passes through; `None` where nothing is looked for or told.
    pub(crate) fn stream(self, choices: u64) -> Option<Sluice> {
        let active = self.0?;
        let needed = active.needs_completion() || active.prompt.is_some();
        needed.then(|| Sluice::new(active, choices))
    }
}

/// Was anything found that the record should have?
fn found_something(verdict: &Verdict) -> bool {
    !verdict.hits().is_empty() || verdict.is_blocked()
}
