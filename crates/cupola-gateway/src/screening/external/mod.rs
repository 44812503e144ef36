//! External analyzers: services and guard models that are asked about texts beside the built-in one. Their word counts as its
//! word does: the strictest finding of each category holds.
//!
//! A guard model is asked past everything that screens, so that no analyzer is ever asked about what another one was asked.

mod all;
mod guard;
mod service;

pub(crate) use all::{Heard, all};
pub(crate) use service::ContentSafety;

use crate::snapshot::{Deployment, Site};
use crate::{GatewayDeps, Shared};
use cupola_safety::{Direction, Excerpt, GuardForm, Hit, Parts, Reported, Screen};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// An analyzer that is none of ours, ready to be asked.
#[derive(Debug)]
pub(crate) struct Analyzer {
    pub(crate) name: Arc<str>,
    pub(crate) kind: Kind,
    /// For a part of a text, the wait for its turn included.
    pub(crate) time_max: Duration,
    pub(crate) parts: Parts,
    /// As many parts at once.
    pub(crate) turns: Semaphore,
}

/// What it is.
#[derive(Debug)]
pub(crate) enum Kind {
    Service(Box<ContentSafety>),
    Guard {
        /// The folded id of the deployment that serves it.
        deployment: String,
        form: GuardForm,
    },
}

/// An analyzer that a policy asks.
#[derive(Debug, Clone)]
pub(crate) struct Seat {
    pub(crate) analyzer: Arc<Analyzer>,
    pub(crate) direction: Direction,
    /// Does what it finds block, where the policy says so, or is it only annotated?
    pub(crate) blocking: bool,
    /// May a text go on that it could not look at?
    pub(crate) passes_unseen: bool,
}

/// All that a policy asks.
#[derive(Debug, Default)]
pub(crate) struct Panel {
    pub(crate) seats: Vec<Seat>,
}

impl Panel {
    fn of(&self, direction: Direction) -> impl Iterator<Item = &Seat> {
        self.seats.iter().filter(move |seat| seat.direction == direction)
    }
}

/// An analyzer did not look at a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unseen {
    pub(crate) analyzer: Arc<str>,
    /// For the log and the record; it may name what clients need not know.
    pub(crate) why: String,
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the analyzer '{}' did not look: {}", self.analyzer, self.why)
    }
}

/// What all analyzers together said of a part of a text.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub(crate) hits: Vec<Hit>,
    /// Somebody did not look, and the policy does not let that pass.
    pub(crate) stopped: Option<Unseen>,
    /// Somebody did not look, and the policy lets it pass.
    pub(crate) passed: Option<Unseen>,
}

/// Who asks the analyzers of a policy for one request.
pub(crate) struct Asker {
    deps: GatewayDeps,
    screen: Arc<Screen>,
    panel: Arc<Panel>,
    /// Guard models of the panel: the folded id of each deployment, and where it is.
    guards: Vec<(String, Arc<Site>, Arc<Deployment>)>,
    /// Which request it is, for the log.
    request: String,
}

impl Asker {
    pub(crate) fn new(
        gateway: &Shared,
        screen: &Arc<Screen>,
        panel: &Arc<Panel>,
        request: &str,
    ) -> Arc<Self> {
        let snapshot = gateway.snapshot.load();
        let guards = panel.seats.iter().filter_map(|seat| match &seat.analyzer.kind {
            Kind::Service(_) => None,
            Kind::Guard { deployment, .. } => {
                let (site, found) = snapshot.guard(deployment)?;
                Some((deployment.clone(), Arc::clone(site), Arc::clone(found)))
            }
        });
        Arc::new(Self {
            deps: gateway.deps.clone(),
            screen: Arc::clone(screen),
            panel: Arc::clone(panel),
            guards: guards.collect(),
            request: request.to_owned(),
        })
    }

    /// Is anybody asked about texts that go this way?
    pub(crate) fn asks(&self, direction: Direction) -> bool {
        self.panel.of(direction).next().is_some()
    }

    /// How texts are parted that go this way: so that each analyzer can take a part.
    pub(crate) fn parts(&self, direction: Direction) -> Parts {
        let seats = || self.panel.of(direction).map(|seat| seat.analyzer.parts);
        Parts {
            characters_max: seats().map(|parts| parts.characters_max).min().unwrap_or(1),
            overlap_characters: seats()
                .map(|parts| parts.overlap_characters)
                .max()
                .unwrap_or_default(),
            step_characters: seats().map(|parts| parts.step_characters).min().unwrap_or(1),
        }
    }

    /// Asks everybody at once.
    pub(crate) async fn judge(
        self: Arc<Self>,
        direction: Direction,
        is_document: bool,
        excerpt: Excerpt,
    ) -> Judged {
        let mut judged = Judged::default();
        if excerpt.text.trim().is_empty() {
            return judged;
        }
        let text: Arc<str> = excerpt.text.into();
        let mut asks = JoinSet::new();
        for (place, seat) in self.panel.seats.iter().enumerate() {
            if seat.direction == direction {
                let (asker, text) = (Arc::clone(&self), Arc::clone(&text));
                asks.spawn(async move { (place, asker.ask(place, is_document, &text).await) });
            }
        }
        let mut answers = Vec::new();
        while let Some(answer) = asks.join_next().await {
            match answer {
                Ok(answer) => answers.push(answer),
                Err(error) => return self.unseen(direction, &error.to_string()),
            }
        }
        // As the policy names them, whoever was first.
        answers.sort_by_key(|(place, _)| *place);
        for (place, answer) in answers {
            let Some(seat) = self.panel.seats.get(place) else {
                continue;
            };
            match answer {
                Ok(reports) => {
                    let name = (Arc::clone(&seat.analyzer.name), seat.blocking);
                    let span = excerpt.span.clone();
                    judged
                        .hits
                        .extend(self.screen.reported(direction, &name, span, &reports));
                }
                Err(why) => {
                    let unseen = Unseen {
                        analyzer: Arc::clone(&seat.analyzer.name),
                        why,
                    };
                    tracing::warn!(analyzer = %unseen.analyzer, reason = unseen.why, request.id = self.request,
                        passes = seat.passes_unseen, "an external analyzer did not look at a text");
                    let kept = match seat.passes_unseen {
                        true => &mut judged.passed,
                        false => &mut judged.stopped,
                    };
                    kept.get_or_insert(unseen);
                }
            }
        }
        judged
    }

    /// Nobody looked.
    pub(crate) fn unseen(&self, direction: Direction, why: &str) -> Judged {
        let first = |passes: bool| {
            let seat = self
                .panel
                .of(direction)
                .find(|seat| seat.passes_unseen == passes)?;
            Some(Unseen {
                analyzer: Arc::clone(&seat.analyzer.name),
                why: why.to_owned(),
            })
        };
        Judged {
            hits: Vec::new(),
            stopped: first(false),
            passed: first(true),
        }
    }

    /// Asks one of them, in its turn and within its time.
    async fn ask(&self, place: usize, is_document: bool, text: &str) -> Result<Vec<Reported>, String> {
        let Some(seat) = self.panel.seats.get(place) else {
            return Ok(Vec::new());
        };
        let analyzer = &seat.analyzer;
        let policy = self.screen.policy().of(seat.direction);
        let asked = async {
            let _turn = analyzer
                .turns
                .acquire()
                .await
                .map_err(|error| error.to_string())?;
            match &analyzer.kind {
                Kind::Service(service) => service.look(policy, seat.direction, is_document, text).await,
                Kind::Guard { deployment, form } => {
                    let found = self.guards.iter().find(|(id, ..)| id == deployment);
                    let (_, site, found) = found.ok_or("its deployment is not there")?;
                    let mut reports = Vec::new();
                    for question in form.questions(seat.direction, policy, text) {
                        let answer = guard::ask(&self.deps, site, found, &question).await?;
                        let read = form.read(question.number, &answer);
                        reports
                            .extend(read.ok_or("its answer is neither safe nor unsafe, neither yes nor no")?);
                    }
                    Ok(reports)
                }
            }
        };
        match tokio::time::timeout(analyzer.time_max, asked).await {
            Ok(reports) => reports,
            Err(_) => Err(format!(
                "it took longer than {} ms",
                analyzer.time_max.as_millis()
            )),
        }
    }
}
