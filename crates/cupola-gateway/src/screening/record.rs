//! What was found goes to the audit record: which rule, where and how strong, never the text. Requests do not wait for it.

use super::Shared;
use super::external::Unseen;
use crate::infer::Asked;
use crate::snapshot::Deployment;
use cupola_core::{Clock, Timestamp};
use cupola_safety::{Direction, Hit, Subject, Verdict};
use cupola_store::audit::{Entry, Event};
use cupola_store::{Store, StoreError};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{mpsc, oneshot};

const QUEUE_MAX: usize = 1024;
// So many lines share a commit.
const BATCH_MAX: usize = 128;
// Places that one line names; what blocks is the first.
const HITS_MAX: usize = 16;
const OF_ENDPOINT: &str =
    "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/contentFilter/action";
const OF_DEPLOYMENT: &str = "Microsoft.CognitiveServices/accounts/deployments/contentFilter/action";

enum Note {
    Line(Box<Event>),
    Drain(oneshot::Sender<()>),
}

/// Writes lines of the audit record, many with one commit. Cloning it shares it.
#[derive(Clone)]
pub(crate) struct Recorder {
    queue: mpsc::Sender<Note>,
    lost: Arc<AtomicU64>,
}

impl Recorder {
    /// Begins; it ends when the last clone is gone.
    pub(crate) fn start(store: Store) -> Self {
        let (queue, mut inbox) = mpsc::channel(QUEUE_MAX);
        let lost = Arc::new(AtomicU64::new(0));
        let lost_here = Arc::clone(&lost);
        tokio::spawn(async move {
            let mut notes = Vec::new();
            while inbox.recv_many(&mut notes, BATCH_MAX).await > 0 {
                let (mut lines, mut waiting) = (Vec::new(), Vec::new());
                for note in notes.drain(..) {
                    match note {
                        Note::Line(line) => lines.push(line),
                        Note::Drain(done) => waiting.push(done),
                    }
                }
                if let Err(error) = write(&store, &lines).await {
                    let lost = lost_here.fetch_add(lines.len() as u64, Ordering::Relaxed);
                    tracing::warn!(error = %error, lost = lost + lines.len() as u64,
                        "findings of the content safety could not be recorded");
                }
                for done in waiting {
                    // Who asked may have gone.
                    let _ = done.send(());
                }
            }
        });
        Self { queue, lost }
    }

    fn record(&self, line: Event) {
        if self.queue.try_send(Note::Line(Box::new(line))).is_ok() {
            return;
        }
        let lost = self.lost.fetch_add(1, Ordering::Relaxed) + 1;
        // Each of them would fill the log as it fills the queue.
        if lost.is_power_of_two() {
            tracing::warn!(
                lost,
                "findings of the content safety come faster than they can be recorded"
            );
        }
    }

    /// Returns when all that was found before is recorded, or is lost.
    pub(crate) async fn drain(&self) {
        let (done, drained) = oneshot::channel();
        if self.queue.send(Note::Drain(done)).await.is_ok() {
            // A task that ended has nothing left to write.
            let _ = drained.await;
        }
    }
}

async fn write(store: &Store, lines: &[Box<Event>]) -> Result<(), StoreError> {
    if lines.is_empty() {
        return Ok(());
    }
    let mut work = store.begin().await?;
    for line in lines {
        work.audit().record(line).await?;
    }
    work.save_quietly().await
}

/// Whose texts are looked at: all that a line says beside what was found.
pub(crate) struct Source {
    recorder: Recorder,
    clock: Arc<dyn Clock>,
    request: String,
    credential: Arc<str>,
    /// The object id of the caller, or empty for who has a key.
    principal: String,
    deployment: Arc<Deployment>,
    is_account: bool,
}

impl Source {
    /// One whose lines go nowhere.
    #[cfg(test)]
    pub(super) fn nowhere(clock: Arc<dyn Clock>, deployment: Arc<Deployment>) -> Self {
        let (queue, _) = mpsc::channel(1);
        Self {
            recorder: Recorder {
                queue,
                lost: Arc::default(),
            },
            clock,
            request: String::new(),
            credential: "primary".into(),
            principal: String::new(),
            deployment,
            is_account: false,
        }
    }

    pub(super) fn new(gateway: &Shared, asked: &Asked<'_>, deployment: &Arc<Deployment>) -> Self {
        let credential = Arc::clone(&asked.credential.name);
        let is_key = gateway.key_names.contains(&credential);
        Self {
            recorder: gateway.recorder.clone(),
            clock: Arc::clone(&gateway.deps.clock),
            request: asked.id.to_owned(),
            principal: if is_key {
                String::new()
            } else {
                credential.to_string()
            },
            credential,
            deployment: Arc::clone(deployment),
            is_account: asked.site.is_account(),
        }
    }

    /// Queues a line for texts in which something was found, each with its number. Nothing found, nothing said.
    pub(super) fn note(&self, direction: Direction, choice: Option<u32>, verdicts: &[(usize, Verdict)]) {
        if !verdicts.is_empty() {
            self.recorder
                .record(self.line(direction, choice, verdicts, self.clock.now()));
        }
    }

    /// Queues a line for a text that an external analyzer did not look at, whether it went on or not.
    pub(super) fn unseen(
        &self,
        direction: Direction,
        choice: Option<u32>,
        unseen: Option<&Unseen>,
        is_stopped: bool,
    ) {
        let Some(unseen) = unseen else {
            return;
        };
        let mut line = self.line(direction, choice, &[], self.clock.now());
        line.entry.outcome = "ContentFilterUnavailable".to_owned();
        line.entry.detail["analyzer"] = json!(&*unseen.analyzer);
        line.entry.detail["why"] = json!(unseen.why);
        line.entry.detail["passed"] = json!(!is_stopped);
        line.message = format!("The external analyzer '{}' did not look.", unseen.analyzer);
        line.status = if is_stopped { 503 } else { 0 };
        self.recorder.record(line);
    }

    fn line(
        &self,
        direction: Direction,
        choice: Option<u32>,
        verdicts: &[(usize, Verdict)],
        at: Timestamp,
    ) -> Event {
        let is_blocked = verdicts.iter().any(|(_, verdict)| verdict.is_blocked());
        let direction = match direction {
            Direction::Prompt => "prompt",
            Direction::Completion => "completion",
        };
        let mut hits: Vec<(usize, &Hit)> = Vec::new();
        for (text, verdict) in verdicts {
            hits.extend(verdict.blocked_by().map(|hit| (*text, hit)));
        }
        for (text, verdict) in verdicts {
            let others = verdict
                .hits()
                .iter()
                .filter(|hit| Some(*hit) != verdict.blocked_by());
            hits.extend(others.map(|hit| (*text, hit)));
        }
        hits.truncate(HITS_MAX);
        let first = hits.first().map(|(_, hit)| hit.rule.to_string());
        let action = if self.is_account {
            OF_DEPLOYMENT
        } else {
            OF_ENDPOINT
        };
        let entry = Entry {
            at,
            principal: self.principal.clone(),
            action: action.to_owned(),
            scope: self.deployment.id.to_string(),
            outcome: if is_blocked {
                "ContentFiltered"
            } else {
                "Succeeded"
            }
            .to_owned(),
            correlation: self.request.clone(),
            detail: json!({
                "direction": direction,
                "choice": choice,
                "deployment": self.deployment.name,
                "credential": &*self.credential,
                "hits": hits.iter().map(|(text, hit)| described(*text, hit)).collect::<Vec<Value>>(),
            }),
        };
        Event {
            caller: self.credential.to_string(),
            caller_name: format!("{} of {}", self.credential, self.deployment.name),
            status: if is_blocked && direction == "prompt" {
                400
            } else {
                0
            },
            request: self.request.clone(),
            message: if is_blocked {
                format!("The {direction} was filtered by the content policy.")
            } else {
                String::new()
            },
            target: first.filter(|_| is_blocked).unwrap_or_default(),
            ..Event::from(entry)
        }
    }
}

/// A place without its text.
fn described(text: usize, hit: &Hit) -> Value {
    let (category, severity) = match &hit.subject {
        Subject::Category(category, severity) => (category.name(), Some(severity.name())),
        Subject::Detection(detection) => (detection.name(), None),
        Subject::Blocklist(name) | Subject::Hazard(name) => (&**name, None),
    };
    json!({
        // Where the built-in analyzer found it, nobody is named.
        "analyzer": hit.analyzer.as_deref(),
        "rule": &*hit.rule,
        "category": category,
        "severity": severity,
        "blocklist": matches!(hit.subject, Subject::Blocklist(_)),
        "text": text,
        "span": [hit.span.start, hit.span.end],
        "blocking": hit.blocking,
    })
}
