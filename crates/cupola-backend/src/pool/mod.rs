//! The backends of a model: which one takes a request, and which one takes it when that one fails.
//!
//! A request goes to another member only while nothing of an answer was handed out: after a connection that could not be
//! made, a refusal for load, a failure, or a silence before the first byte. What one member cannot say goes to one that can.

mod breaker;
mod choose;
mod member;
#[cfg(test)]
mod tests;

pub(crate) use member::Ticket;
pub use member::{Member, Share};

use crate::answer::Answer;
use crate::error::{BackendError, Kind};
use crate::fleet::MemberStatus;
use crate::simulator::mixed;
use crate::{Call, Target};
use bytes::Bytes;
use choose::choose;
use cupola_wire::Dialect;
use http::StatusCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::Instant;

/// The most members that a pool has.
pub const MEMBERS_MAX: usize = 16;
// How many members see a request at most.
const ATTEMPTS_MAX: u32 = 3;
// As much as is ever taken of an answer that goes out whole.
const GATHERED_BYTES_MAX: usize = 16 << 20;
// Nobody waits for an answer that begins after this; who has waited so long is told.
const RETRY_TIME_MAX: Duration = Duration::from_secs(120);

/// What serves a model.
#[derive(Debug)]
pub struct Pool {
    members: Vec<Arc<Member>>,
    /// Do requests that begin alike go to one member, for its prefix cache?
    is_sticky: bool,
    /// How many requests came: chance that repeats itself.
    asked: AtomicU64,
}

impl Pool {
    /// Of these members, at most [`MEMBERS_MAX`]. Those that `before` has too go on as they were, with what is known of them.
    pub fn new(mut members: Vec<Member>, before: Option<&Pool>) -> Self {
        members.truncate(MEMBERS_MAX);
        let members: Vec<Arc<Member>> = members
            .into_iter()
            .map(|member| {
                let known = before.and_then(|before| before.member(&member.name));
                match known {
                    Some(known) if known.made_from == member.made_from => Arc::clone(known),
                    _ => Arc::new(member),
                }
            })
            .collect();
        Self {
            is_sticky: members.iter().all(|member| is_engine(&member.target)),
            members,
            asked: AtomicU64::new(0),
        }
    }

    /// The member of this name.
    pub fn member(&self, name: &str) -> Option<&Arc<Member>> {
        self.members.iter().find(|member| member.name == name)
    }

    /// The member at this place.
    pub fn member_at(&self, place: usize) -> Option<&Arc<Member>> {
        self.members.get(place)
    }

    /// Does it forecast, by statistics?
    pub fn forecasts(&self) -> bool {
        let is_forecaster = |member: &Arc<Member>| matches!(member.target, Target::Forecaster);
        self.members.iter().any(is_forecaster)
    }

    /// A forecast was computed, which is not asked for as other answers are; or why it was not.
    pub fn count_forecast(&self, failed: Option<String>) {
        let is_forecaster = |member: &&Arc<Member>| matches!(member.target, Target::Forecaster);
        if let Some(member) = self.members.iter().find(is_forecaster) {
            member.count(failed);
        }
    }

    /// How each member is doing.
    pub fn status(&self) -> Vec<MemberStatus> {
        self.members.iter().map(|member| member.status()).collect()
    }

    /// What a conversation, a chat request in OpenAI's shape, weighs with the model's own tokenizer; `None` where no worker
    /// of ours can tell.
    pub async fn count_tokens(&self, chat: &Bytes, request_id: &str) -> Option<u64> {
        let mut engines = self.members.iter().filter_map(|member| match &member.target {
            Target::Engine(engine) => Some(engine),
            _ => None,
        });
        // A model has one worker at most.
        engines.next()?.count_tokens(chat, request_id).await.ok()
    }

    /// Sends the request. The answer's body may still be to come.
    pub async fn infer(&self, call: &Call<'_>) -> Result<Answer, BackendError> {
        // Faults that a script orders are answers: alone, a simulator is never given a pause.
        if let [member] = &*self.members
            && matches!(member.target, Target::Simulator(_) | Target::Forecaster)
        {
            call.asks(0);
            let outcome = member.target.infer(call).await;
            member.count(match &outcome {
                Ok(answer) if is_failure(answer.status) => Some(format!("status {}", answer.status.as_u16())),
                Ok(_) => None,
                Err(error) => Some(told(error)),
            });
            return outcome;
        }
        let (key, spread) = self.key(call);
        let begun = Instant::now();
        let (mut tried, mut attempts) = (0u32, 0);
        let mut last: Option<Result<Answer, BackendError>> = None;
        let mut failed: Option<&Member> = None;
        while attempts < ATTEMPTS_MAX && (attempts == 0 || begun.elapsed() < RETRY_TIME_MAX) {
            let Some(index) = self.next(tried, key, spread) else {
                break;
            };
            tried |= 1 << index;
            let member = &self.members[index];
            let ticket = match member.admit().await {
                Ok(ticket) => ticket,
                Err(busy) => {
                    last.get_or_insert(Err(busy));
                    continue;
                }
            };
            if let Some(failed) = failed.take() {
                failed.hand_on();
                let why = failed.status().last_error.unwrap_or_default();
                tracing::warn!(
                    failed = %failed.name,
                    next = %member.name,
                    why,
                    "a backend of a model failed; another one is asked"
                );
            }
            call.asks(index);
            let outcome = member.target.infer(call).await;
            match self.weigh(ticket, outcome).await {
                Verdict::Over(answer) => return answer,
                Verdict::Unsaid(error) => {
                    last.get_or_insert(Err(error));
                }
                Verdict::Failed(outcome) => {
                    attempts += 1;
                    failed = Some(member);
                    last = Some(outcome);
                }
            }
        }
        last.unwrap_or_else(|| Err(self.all_away()))
    }

    fn next(&self, tried: u32, key: u64, spread: bool) -> Option<usize> {
        let was_tried = |index: usize| tried & (1 << index) != 0;
        if let [only] = &*self.members {
            let standing = only.view(was_tried(0)).standing;
            return (standing != choose::Standing::Away).then_some(0);
        }
        let views: Vec<_> = self
            .members
            .iter()
            .enumerate()
            .map(|(index, member)| member.view(was_tried(index)))
            .collect();
        choose(&views, key, spread)
    }

    /// What decides between members, and whether many requests may share it.
    fn key(&self, call: &Call<'_>) -> (u64, bool) {
        if self.is_sticky && call.affinity != 0 {
            return (call.affinity, true);
        }
        (mixed(self.asked.fetch_add(1, Relaxed)), false)
    }

    /// What became of one attempt.
    async fn weigh(&self, mut ticket: Ticket, outcome: Result<Answer, BackendError>) -> Verdict {
        let mut answer = match outcome {
            Ok(answer) => answer,
            Err(error) if matches!(error.kind, Kind::Untranslatable | Kind::NotReady) => {
                return Verdict::Unsaid(error);
            }
            Err(error) => {
                ticket.failed(told(&error));
                return Verdict::Failed(Err(error));
            }
        };
        match answer.status {
            StatusCode::TOO_MANY_REQUESTS => {
                ticket.rests(answer.retry_after_s);
                Verdict::Failed(Ok(answer))
            }
            status if is_no_answer(status) => {
                ticket.failed(format!("status {}", status.as_u16()));
                Verdict::Failed(Ok(answer))
            }
            _ => {
                ticket.answers();
                answer.body.hold(ticket);
                // A server that dies before its first event, or in the middle of an answer that goes out whole, has said nothing
                // to the client: another one may.
                if answer.status == StatusCode::OK && self.members.len() > 1 {
                    let begun = match answer.events {
                        true => answer.body.begin().await,
                        false => answer.body.gather(GATHERED_BYTES_MAX).await,
                    };
                    if let Err(error) = begun {
                        return Verdict::Failed(Err(error));
                    }
                }
                Verdict::Over(Ok(answer))
            }
        }
    }

    fn all_away(&self) -> BackendError {
        self.members
            .iter()
            .map(|member| member.away())
            .min_by_key(|error| error.retry_after_s)
            .unwrap_or_else(|| BackendError::new(Kind::Unreachable, "The model has no backend."))
    }
}

enum Verdict {
    /// This goes to the client.
    Over(Result<Answer, BackendError>),
    /// Nothing was sent: another one may be able to.
    Unsaid(BackendError),
    /// Another one may do better.
    Failed(Result<Answer, BackendError>),
}

/// Statuses by which a server says that it, and not the request, is at fault. 401, and 403 to 405, are about our key and our URL.
fn is_no_answer(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status.as_u16(), 401 | 403 | 404 | 405 | 408)
}

fn is_failure(status: StatusCode) -> bool {
    is_no_answer(status) || status == StatusCode::TOO_MANY_REQUESTS
}

fn told(error: &BackendError) -> String {
    match error.causes() {
        causes if causes.is_empty() => error.message.clone(),
        causes => format!("{} ({causes})", error.message),
    }
}

/// Does it keep the prefixes that it has seen?
fn is_engine(target: &Target) -> bool {
    match target {
        Target::Engine(_) => true,
        Target::Upstream(upstream) => upstream.dialect() == Dialect::OpenAi,
        Target::Simulator(_) | Target::Forecaster => false,
    }
}
