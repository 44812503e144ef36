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
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

// Shorter than the 5 s after which uvicorn closes an idle connection, so that we seldom write into a closed one.
const IDLE_MAX: Duration = Duration::from_secs(4);
const IDLE_PER_ORIGIN_MAX: usize = 256;

thread_local! {
    static WAITING: RefCell<Waiting> = RefCell::default();
}

/// What waits on this thread.
#[derive(Default)]
struct Waiting {
    /// By origin; the oldest stand first.
    idle: HashMap<Arc<str>, Vec<Idle>>,
    /// Closes what nobody came for, so that no file stays open for an origin that is asked no more.
    sweeper: Option<JoinHandle<()>>,
}

struct Idle {
    connection: Connection,
    since: Instant,
}

impl Waiting {
    fn put(&mut self, key: Arc<str>, connection: Connection) {
        let waiting = self.idle.entry(key).or_default();
        if waiting.len() < IDLE_PER_ORIGIN_MAX {
            let since = Instant::now();
            waiting.push(Idle { connection, since });
        }
        if self.sweeper.as_ref().is_none_or(JoinHandle::is_finished)
            && let Ok(runtime) = Handle::try_current()
        {
            // On a current-thread runtime this stays on the thread, as the connections do.
            self.sweeper = Some(runtime.spawn(sweep()));
        }
    }

    fn take(&mut self, key: &Arc<str>) -> Option<Idle> {
        self.idle.get_mut(key)?.pop()
    }

    /// Closes what waited too long; says whether anything is left.
    fn sweep(&mut self, now: Instant) -> bool {
        self.idle.retain(|_, waiting| {
            waiting.retain(|one| now - one.since <= IDLE_MAX);
            !waiting.is_empty()
        });
        !self.idle.is_empty()
    }
}

async fn sweep() {
    while WAITING.with_borrow_mut(|waiting| waiting.sweep(Instant::now())) {
        sleep(IDLE_MAX).await;
    }
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
        WAITING.with_borrow_mut(|waiting| waiting.put(self.key, self.connection));
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
        let mut idle = WAITING.with_borrow_mut(|waiting| waiting.take(key))?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, duplex};

    #[tokio::test(start_paused = true)]
    async fn what_nobody_comes_for_is_closed_and_leaves_no_trace() {
        let (client, mut server) = duplex(64);
        let key: Arc<str> = "a".into();
        WAITING.with_borrow_mut(|waiting| {
            waiting.put(Arc::clone(&key), Connection::new(client));
            let one = waiting.take(&key).expect("the connection");
            assert!(waiting.take(&key).is_none());
            waiting.put(key, one.connection);
        });
        let mut byte = [0];
        let before = Instant::now();
        assert_eq!(server.read(&mut byte).await.expect("an end"), 0);
        assert!(before.elapsed() <= 3 * IDLE_MAX);
        WAITING.with_borrow(|waiting| assert!(waiting.idle.is_empty()));
    }
}
