//! Spans on their way to a collector: a queue with a bound, many to a request. Nobody waits for it; what does not fit or
//! cannot be delivered is counted.

use super::otlp::{Span, export};
use bytes::Bytes;
use cupola_backend::{Dialer, Service, Timeouts};
use http::Uri;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

const QUEUE_MAX: usize = 4096;
const BATCH_MAX: usize = 512;
// So long the first span of a batch waits for others.
const GATHER: Duration = Duration::from_secs(1);
const RETRY_AFTER: Duration = Duration::from_secs(2);
const DRAIN_MAX: Duration = Duration::from_secs(3);
const PATH: &str = "/v1/traces";

/// Where traces go, and how many.
#[derive(Debug, Clone)]
pub struct TraceSettings {
    /// The collector's base URL, as in `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub endpoint: String,
    /// How many of the traces that begin here are kept, from 0 to 1. A client that has a trace decides for it.
    pub ratio: f64,
    /// Are prompts and completions told too?
    pub content: bool,
}

impl TraceSettings {
    /// Can they be used?
    pub fn check(&self) -> Result<(), String> {
        if !(0.0..=1.0).contains(&self.ratio) {
            return Err(format!("the ratio {} is not from 0 to 1", self.ratio));
        }
        self.service().map(|_| ())
    }

    // The operator names the collector, which is mostly a neighbour without TLS. What never is one, such as the address of a
    // cloud's own metadata, is refused here where it is written, and when connecting where a name leads there.
    fn service(&self) -> Result<Service, String> {
        let base = self.endpoint.trim_end_matches('/');
        let base = base.strip_suffix(PATH).unwrap_or(base);
        let address = base.parse::<Uri>().ok();
        let host = address.as_ref().and_then(Uri::host).unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        if bare.parse::<IpAddr>().is_ok_and(is_link_local) {
            return Err(format!("{host} is a link-local address; nothing is sent there"));
        }
        let timeouts = Timeouts {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(10),
            idle: Duration::from_secs(10),
        };
        let dialer = Dialer::new(timeouts, Vec::new());
        Service::new(base, true, None, dialer, timeouts)
    }
}

fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => {
            ip.is_unicast_link_local() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_link_local())
        }
    }
}

enum Note {
    Spans(Vec<Span>),
    Drain(oneshot::Sender<()>),
}

/// Takes spans. Cloning it shares it.
#[derive(Clone)]
pub(crate) struct Exporter {
    queue: mpsc::Sender<Note>,
    counts: Arc<Counts>,
    pub(super) ratio: f64,
    pub(super) content: bool,
}

#[derive(Debug, Default)]
struct Counts {
    sent: AtomicU64,
    lost: AtomicU64,
}

impl Counts {
    fn lose(&self, spans: u64, why: &str) {
        let before = self.lost.fetch_add(spans, Relaxed);
        // Each of them would fill the log as it fills the queue.
        if before == 0 || (before + spans).ilog2() != before.ilog2() {
            tracing::warn!(lost = before + spans, why, "spans of traces are lost");
        }
    }
}

impl Exporter {
    /// Begins; it ends when the last clone is gone.
    pub(crate) fn start(settings: &TraceSettings) -> Result<Self, String> {
        let service = settings.service()?;
        let (queue, mut inbox) = mpsc::channel(QUEUE_MAX);
        let counts = Arc::<Counts>::default();
        let here = Arc::clone(&counts);
        tokio::spawn(async move {
            let mut notes = Vec::new();
            while let Some(first) = inbox.recv().await {
                let is_urgent = matches!(first, Note::Drain(_));
                notes.push(first);
                if !is_urgent && inbox.len() < BATCH_MAX {
                    sleep(GATHER).await;
                }
                while notes.len() < BATCH_MAX
                    && let Ok(note) = inbox.try_recv()
                {
                    notes.push(note);
                }
                let (mut spans, mut waiting) = (Vec::new(), Vec::new());
                for note in notes.drain(..) {
                    match note {
                        Note::Spans(more) => spans.extend(more),
                        Note::Drain(done) => waiting.push(done),
                    }
                }
                send(&service, &spans, &here).await;
                for done in waiting {
                    // Who asked may have gone.
                    let _ = done.send(());
                }
            }
        });
        Ok(Self {
            queue,
            counts,
            ratio: settings.ratio,
            content: settings.content,
        })
    }

    pub(super) fn take(&self, spans: Vec<Span>) {
        let count = spans.len() as u64;
        if self.queue.try_send(Note::Spans(spans)).is_err() {
            self.counts
                .lose(count, "they come faster than the collector takes them");
        }
    }

    /// Spans that were delivered, and that were lost.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.counts.sent.load(Relaxed), self.counts.lost.load(Relaxed))
    }

    /// Returns when all that was taken before is delivered, or that takes too long.
    pub(crate) async fn drain(&self) {
        let (done, drained) = oneshot::channel();
        let wait = async {
            if self.queue.send(Note::Drain(done)).await.is_ok() {
                // A task that ended has nothing left to send.
                let _ = drained.await;
            }
        };
        let _ = timeout(DRAIN_MAX, wait).await;
    }
}

async fn send(service: &Service, spans: &[Span], counts: &Counts) {
    if spans.is_empty() {
        return;
    }
    let body = Bytes::from(export(spans).to_string());
    let mut outcome = attempt(service, &body).await;
    if outcome.is_err() {
        // A collector that is started anew is back soon.
        sleep(RETRY_AFTER).await;
        outcome = attempt(service, &body).await;
    }
    match outcome {
        Ok(()) => {
            counts.sent.fetch_add(spans.len() as u64, Relaxed);
        }
        Err(why) => counts.lose(spans.len() as u64, &why),
    }
}

async fn attempt(service: &Service, body: &Bytes) -> Result<(), String> {
    match service.post(PATH, body.clone()).await {
        Ok((status, _)) if status.is_success() => Ok(()),
        Ok((status, _)) => Err(format!("the collector answered with status {}", status.as_u16())),
        Err(error) => Err(format!(
            "the collector did not answer: {error} ({})",
            error.causes()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_checked() {
        let check = |endpoint: &str, ratio: f64, expected: Option<&str>| {
            let settings = TraceSettings {
                endpoint: endpoint.to_owned(),
                ratio,
                content: false,
            };
            match (settings.check(), expected) {
                (Ok(()), None) => {}
                (Err(why), Some(expected)) if why.contains(expected) => {}
                (found, _) => panic!("{endpoint} {ratio}: {found:?}"),
            }
        };
        check("http://127.0.0.1:4318", 1.0, None);
        check("https://otel.example.com/x/", 0.0, None);
        check("http://collector:4318/v1/traces", 0.5, None);
        check("http://127.0.0.1:4318", 1.5, Some("not from 0 to 1"));
        check("http://127.0.0.1:4318", f64::NAN, Some("not from 0 to 1"));
        check("http://169.254.169.254/", 1.0, Some("nothing is sent there"));
        check(
            "http://[::ffff:169.254.169.254]/",
            1.0,
            Some("nothing is sent there"),
        );
        check("ftp://127.0.0.1", 1.0, Some("must begin with https://"));
        check("collector:4318/x", 1.0, Some("not valid"));
    }
}
