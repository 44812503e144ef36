//! Making connections, within bounds of time and of address.

use crate::address::allowed;
use crate::error::{BackendError, Kind};
use crate::http1::Connection;
use crate::tls::client_config;
use rustls::pki_types::{CertificateDer, ServerName};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::OnceCell;
use tokio::time::timeout;

/// How long a backend may take for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until a connection stands, TLS included.
    pub connect: Duration,
    /// Until the head of the answer: long, because an answer that is not streamed comes when it is whole.
    pub first_byte: Duration,
    /// Between two pieces of the answer.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(600),
            idle: Duration::from_secs(120),
        }
    }
}

/// Makes connections. Cloning it shares it.
#[derive(Debug, Clone)]
pub struct Dialer {
    timeouts: Timeouts,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    extra_roots: Vec<CertificateDer<'static>>,
    tls: OnceCell<Arc<rustls::ClientConfig>>,
}

/// Where a connection leads. Connections are pooled by `key`.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) key: Arc<str>,
    pub(crate) place: Place,
}

#[derive(Debug, Clone)]
pub(crate) enum Place {
    Unix(PathBuf),
    Tcp {
        host: String,
        port: u16,
        tls: bool,
        allow_private: bool,
    },
}

impl Dialer {
    /// With the platform's root certificates and these.
    pub fn new(timeouts: Timeouts, extra_roots: Vec<CertificateDer<'static>>) -> Self {
        Self {
            timeouts,
            shared: Arc::new(Shared {
                extra_roots,
                tls: OnceCell::new(),
            }),
        }
    }

    /// The same, with bounds of time of its own.
    #[must_use]
    pub fn with_timeouts(self, timeouts: Timeouts) -> Self {
        Self { timeouts, ..self }
    }

    /// How long a backend may take for what.
    pub fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    pub(crate) async fn connect(&self, origin: &Origin) -> Result<Connection, BackendError> {
        match timeout(self.timeouts().connect, self.dial(&origin.place)).await {
            Ok(connected) => connected,
            Err(_) => Err(unreachable(
                &origin.place,
                std::io::Error::from(std::io::ErrorKind::TimedOut),
            )),
        }
    }

    async fn dial(&self, place: &Place) -> Result<Connection, BackendError> {
        match place {
            Place::Unix(path) => {
                let stream = UnixStream::connect(path)
                    .await
                    .map_err(|cause| unreachable(place, cause))?;
                Ok(Connection::new(stream))
            }
            Place::Tcp {
                host,
                port,
                tls,
                allow_private,
            } => {
                let stream = self.dial_tcp(place, host, *port, *allow_private).await?;
                let _ = stream.set_nodelay(true);
                if *tls {
                    Ok(Connection::new(self.secure(place, host, stream).await?))
                } else {
                    Ok(Connection::new(stream))
                }
            }
        }
    }

    async fn dial_tcp(
        &self,
        place: &Place,
        host: &str,
        port: u16,
        allow_private: bool,
    ) -> Result<TcpStream, BackendError> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let addresses: Vec<SocketAddr> = tokio::net::lookup_host((bare, port))
            .await
            .map_err(|cause| unreachable(place, cause))?
            .collect();
        let mut last = std::io::Error::from(std::io::ErrorKind::NotFound);
        for address in &addresses {
            if !allowed(address.ip(), allow_private) {
                let message =
                    "The upstream's address is a private one; the model's binding does not allow that.";
                return Err(BackendError::new(Kind::Forbidden, message)
                    .because(format!("{host} resolved to {}", address.ip())));
            }
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(unreachable(place, last))
    }

    async fn secure(
        &self,
        place: &Place,
        host: &str,
        stream: TcpStream,
    ) -> Result<tokio_rustls::client::TlsStream<TcpStream>, BackendError> {
        let shared = Arc::clone(&self.shared);
        let config = self
            .shared
            .tls
            .get_or_try_init(|| async move {
                tokio::task::spawn_blocking(move || client_config(&shared.extra_roots))
                    .await
                    .unwrap_or_else(|cause| {
                        Err(BackendError::new(Kind::Unreachable, "TLS could not be set up.").because(cause))
                    })
            })
            .await?;
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(bare).map_err(|cause| unreachable(place, cause))?;
        let connector = tokio_rustls::TlsConnector::from(Arc::clone(config));
        connector
            .connect(name, stream)
            .await
            .map_err(|cause| unreachable(place, cause))
    }
}

fn unreachable(place: &Place, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> BackendError {
    let who = match place {
        Place::Unix(_) => "model's worker",
        Place::Tcp { .. } => "model's upstream",
    };
    let message = format!("The {who} cannot be reached. Try again in a moment.");
    BackendError::new(Kind::Unreachable, message)
        .because(cause)
        .retry_after(2)
}
