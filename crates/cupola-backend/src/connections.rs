//! Connections that wait for their next request, on the thread that made them.

use crate::answer::{Answer, AnswerBody};
use crate::connect::{Dialer, Origin};
use crate::error::{BackendError, Kind};
use crate::http1::{Connection, Incoming, Lost};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

// Shorter than the 5 s after which uvicorn closes an idle connection, so that we seldom write into a closed one.
const IDLE_MAX: Duration = Duration::from_secs(4);
const IDLE_PER_ORIGIN_MAX: usize = 256;

thread_local! {
    static IDLE: RefCell<HashMap<Arc<str>, Vec<Idle>>> = RefCell::new(HashMap::new());
}

struct Idle {
    connection: Connection,
    since: Instant,
}

/// A connection on loan. Giving it back keeps it; dropping it closes it, which cancels what runs on it.
#[derive(Debug)]
pub(crate) struct Loan {
    key: Arc<str>,
    pub(crate) connection: Connection,
}

impl Loan {
    /// Keeps the connection for the next request, if it can take one; its answer was read to the end.
    pub(crate) fn give_back(self, answer: &Incoming) {
        if !answer.keeps_alive(&self.connection) {
            return;
        }
        IDLE.with_borrow_mut(|idle| {
            let waiting = idle.entry(self.key).or_default();
            let now = Instant::now();
            // The oldest stand first. What waited too long goes when somebody comes by.
            let stale = waiting
                .iter()
                .take_while(|one| now - one.since > IDLE_MAX)
                .count();
            waiting.drain(..stale);
            if waiting.len() < IDLE_PER_ORIGIN_MAX {
                waiting.push(Idle {
                    connection: self.connection,
                    since: now,
                });
            }
        });
    }
}

/// Sends a request to the origin and waits for the head of the answer.
pub(crate) async fn send(
    dialer: &Dialer,
    origin: &Origin,
    request: impl Fn() -> Request<Full<Bytes>>,
) -> Result<Answer, BackendError> {
    if let Some(connection) = take(&origin.key) {
        match exchange(dialer, origin, connection, request()).await {
            Err(Failed::ClosedEarly(_)) => {}
            Err(Failed::Other(error)) => return Err(error),
            Ok(answer) => return Ok(answer),
        }
    }
    // Nothing of an answer had come, so the client has seen nothing, and the pooled connection was simply too old.
    let connection = dialer.connect(origin).await?;
    match exchange(dialer, origin, connection, request()).await {
        Ok(answer) => Ok(answer),
        Err(Failed::ClosedEarly(error) | Failed::Other(error)) => Err(error),
    }
}

fn take(key: &Arc<str>) -> Option<Connection> {
    loop {
        let mut idle = IDLE.with_borrow_mut(|idle| idle.get_mut(key).and_then(Vec::pop))?;
        if idle.since.elapsed() <= IDLE_MAX && !idle.connection.is_stale() {
            return Some(idle.connection);
        }
    }
}

enum Failed {
    /// The connection was closed before a byte of the answer came.
    ClosedEarly(BackendError),
    Other(BackendError),
}

async fn exchange(
    dialer: &Dialer,
    origin: &Origin,
    mut connection: Connection,
    request: Request<Full<Bytes>>,
) -> Result<Answer, Failed> {
    let timeouts = dialer.timeouts();
    match timeout(timeouts.first_byte, connection.exchange(request)).await {
        Ok(Ok((parts, incoming))) => {
            let loan = Loan {
                key: Arc::clone(&origin.key),
                connection,
            };
            Ok(Answer::from_http(
                parts,
                AnswerBody::http(incoming, loan, timeouts.idle),
            ))
        }
        Ok(Err(cause @ Lost::Early(_))) => Err(Failed::ClosedEarly(broke(cause))),
        Ok(Err(cause)) => Err(Failed::Other(broke(cause))),
        Err(_) => Err(Failed::Other(BackendError::new(
            Kind::TimedOut,
            format!(
                "The model did not answer within {} seconds.",
                timeouts.first_byte.as_secs_f64()
            ),
        ))),
    }
}

fn broke(cause: Lost) -> BackendError {
    BackendError::new(
        Kind::Broke,
        "The model's server closed the connection without an answer.",
    )
    .because(cause)
}
