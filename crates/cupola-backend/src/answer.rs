//! A backend's answer: its head, and its body as it comes.

use crate::connections::Loan;
use crate::error::{BackendError, Kind};
use crate::http1::Incoming;
use crate::pool::Ticket;
use crate::simulator::Simulated;
use bytes::{Bytes, BytesMut};
use cupola_core::Secret;
use cupola_wire::Dialect;
use http::{HeaderMap, StatusCode, header};
use std::borrow::Cow;
use std::future::{Future as _, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

// What may still come after the answer is over, before the connection is given up.
const TAIL_MAX: Duration = Duration::from_secs(1);
// What people write where a server wants no key is shorter, and hides nothing.
const KEY_BYTES_MIN: usize = 8;

/// An answer whose body may still be to come.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// Is the body a stream of events?
    pub events: bool,
    /// What the body is written in.
    pub dialect: Dialect,
    /// The seconds of `Retry-After`.
    pub retry_after_s: Option<u32>,
    /// The body.
    pub body: AnswerBody,
}

impl Answer {
    pub(crate) fn from_http(parts: http::response::Parts, body: AnswerBody) -> Self {
        let text = |name| {
            parts
                .headers
                .get(name)
                .and_then(|value: &http::HeaderValue| value.to_str().ok())
        };
        let content_type = text(header::CONTENT_TYPE).unwrap_or_default();
        Self {
            status: parts.status,
            dialect: Dialect::OpenAi,
            events: is_event_stream(content_type),
            retry_after_s: retry_after(&parts.headers),
            body,
        }
    }
}

/// Media types have no case.
fn is_event_stream(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("text/event-stream")
}

fn retry_after(headers: &HeaderMap) -> Option<u32> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    // Some send fractions; a date is not worth a calendar here.
    let seconds: f64 = text.trim().parse().ok()?;
    (0.0..=86_400.0).contains(&seconds).then(|| seconds.ceil() as u32)
}

/// The body of an answer. Dropping it before its end cancels the request at the backend.
#[derive(Debug)]
pub struct AnswerBody {
    source: Source,
    /// What came before anybody asked for it.
    first: Option<Bytes>,
    /// Told what becomes of the answer.
    ticket: Option<Ticket>,
    veil: Veil,
}

/// Hides the key that a backend was asked with in what it says when it fails: some repeat their request.
#[derive(Debug, Clone, Default)]
pub struct Veil(Option<Arc<Secret>>);

impl Veil {
    pub(crate) fn new(key: Option<&Secret>) -> Self {
        let key = key.filter(|key| key.expose().len() >= KEY_BYTES_MIN);
        Self(key.map(|key| Arc::new(key.clone())))
    }

    /// The text without the key.
    pub fn over<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match &self.0 {
            Some(key) if text.contains(key.expose()) => Cow::Owned(text.replace(key.expose(), "***")),
            _ => Cow::Borrowed(text),
        }
    }
}

#[derive(Debug)]
enum Source {
    Http(Box<Http>),
    Simulated(Simulated),
}

#[derive(Debug)]
struct Http {
    incoming: Incoming,
    /// Given back when the body has ended.
    loan: Option<Loan>,
    idle_max: Duration,
    /// Set when the body first makes us wait.
    watch: Option<Watch>,
}

#[derive(Debug)]
struct Watch {
    sleep: Pin<Box<Sleep>>,
    last: Instant,
}

impl AnswerBody {
    pub(crate) fn http(incoming: Incoming, loan: Loan, idle_max: Duration) -> Self {
        let mut http = Http {
            incoming,
            loan: Some(loan),
            idle_max,
            watch: None,
        };
        http.give_back_at_end();
        Self::from(Source::Http(Box::new(http)))
    }

    pub(crate) fn simulated(simulated: Simulated) -> Self {
        Self::from(Source::Simulated(simulated))
    }

    fn from(source: Source) -> Self {
        Self {
            source,
            first: None,
            ticket: None,
            veil: Veil::default(),
        }
    }

    pub(crate) fn veil_with(&mut self, veil: Veil) {
        self.veil = veil;
    }

    /// What goes over the words of a failure.
    pub fn veil(&self) -> Veil {
        self.veil.clone()
    }

    /// Keeps the place at the backend until the answer is over.
    pub(crate) fn hold(&mut self, ticket: Ticket) {
        self.ticket = Some(ticket);
    }

    /// Waits for the first piece, so that a failure before it is known while another backend can still be asked.
    pub(crate) async fn begin(&mut self) -> Result<(), BackendError> {
        self.first = self.data().await.transpose()?;
        Ok(())
    }

    /// The same for an answer that goes out whole: waits for all of it, or for more than so much.
    pub(crate) async fn gather(&mut self, bytes_max: usize) -> Result<(), BackendError> {
        self.first = Some(self.take(bytes_max).await?);
        Ok(())
    }

    /// The next piece; `None` at the end.
    pub fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BackendError>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        let polled = match &mut self.source {
            Source::Http(http) => http.poll_data(context),
            Source::Simulated(simulated) => simulated.poll_data(context),
        };
        match &polled {
            Poll::Ready(None) => {
                if let Some(ticket) = self.ticket.take() {
                    ticket.answered();
                }
            }
            Poll::Ready(Some(Err(error))) => {
                if let Some(ticket) = self.ticket.take() {
                    ticket.failed(error.to_string());
                }
            }
            _ => {}
        }
        polled
    }

    /// The next piece; `None` at the end.
    pub async fn data(&mut self) -> Option<Result<Bytes, BackendError>> {
        poll_fn(|context| self.poll_data(context)).await
    }

    /// The whole body, up to a bound.
    pub async fn collect(mut self, bytes_max: usize) -> Result<Bytes, BackendError> {
        let whole = self.take(bytes_max).await?;
        if whole.len() > bytes_max {
            let message = format!("The model's answer is larger than {bytes_max} bytes.");
            return Err(BackendError::new(Kind::Broke, message));
        }
        Ok(whole)
    }

    /// What comes until the end, or until it is more than so much.
    async fn take(&mut self, bytes_max: usize) -> Result<Bytes, BackendError> {
        let Some(first) = self.data().await.transpose()? else {
            return Ok(Bytes::new());
        };
        let mut whole = None;
        let mut length = first.len();
        while length <= bytes_max
            && let Some(more) = self.data().await.transpose()?
        {
            length += more.len();
            whole
                .get_or_insert_with(|| BytesMut::from(&first[..]))
                .extend_from_slice(&more);
        }
        Ok(whole.map_or(first, BytesMut::freeze))
    }

    /// Lets the connection live on: what was asked for is complete, and only the end of the body is to come.
    pub fn finish(mut self) {
        if let Some(ticket) = self.ticket.take() {
            ticket.answered();
        }
        if let Source::Http(http) = &mut self.source
            && http.loan.is_some()
        {
            tokio::spawn(async move {
                let end = async { while let Some(Ok(_)) = self.data().await {} };
                let _ = timeout(TAIL_MAX, end).await;
            });
        }
    }
}

impl Http {
    fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BackendError>>> {
        let Some(loan) = &mut self.loan else {
            return Poll::Ready(None);
        };
        match self.incoming.poll_data(&mut loan.connection, context) {
            Poll::Ready(Some(Ok(data))) => {
                if let Some(watch) = &mut self.watch {
                    watch.last = Instant::now();
                }
                self.give_back_at_end();
                Poll::Ready(Some(Ok(data)))
            }
            Poll::Ready(Some(Err(cause))) => {
                self.loan = None;
                let message = "The model's server broke its answer off.";
                Poll::Ready(Some(Err(BackendError::new(Kind::Broke, message).because(cause))))
            }
            Poll::Ready(None) => {
                self.give_back();
                Poll::Ready(None)
            }
            Poll::Pending => self.poll_watch(context),
        }
    }

    fn give_back_at_end(&mut self) {
        if self.incoming.is_end_stream() {
            self.give_back();
        }
    }

    fn give_back(&mut self) {
        if let Some(loan) = self.loan.take() {
            loan.give_back(&self.incoming);
        }
    }

    /// One timer for the whole body: it is moved on only when it fires, not with every piece.
    fn poll_watch(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BackendError>>> {
        let idle_max = self.idle_max;
        let watch = self.watch.get_or_insert_with(|| {
            let now = Instant::now();
            Watch {
                sleep: Box::pin(sleep_until(now + idle_max)),
                last: now,
            }
        });
        while watch.sleep.as_mut().poll(context).is_ready() {
            if watch.last + idle_max <= Instant::now() {
                self.loan = None;
                let message = format!("The model sent nothing for {} seconds.", idle_max.as_secs_f64());
                return Poll::Ready(Some(Err(BackendError::new(Kind::TimedOut, message))));
            }
            watch.sleep.as_mut().reset(watch.last + idle_max);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_not_repeated() {
        let veil = Veil::new(Some(&Secret::new("sk-secret-777")));
        assert_eq!(veil.over("Bearer sk-secret-777 is wrong"), "Bearer *** is wrong");
        assert_eq!(veil.over("no"), "no");
        assert_eq!(Veil::new(Some(&Secret::new("EMPTY"))).over("EMPTY"), "EMPTY");
        assert_eq!(format!("{veil:?}"), "Veil(Some(Secret(***)))");
    }

    #[test]
    fn media_types_have_no_case() {
        for (text, expected) in [
            ("text/event-stream", true),
            ("Text/Event-Stream ; charset=utf-8", true),
            ("application/json", false),
            ("", false),
        ] {
            assert_eq!(is_event_stream(text), expected, "{text}");
        }
    }
}
