//! Connections, requests and answers.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use super::address::{Address, Origin};
use crate::failure::Failure;

// A server on the same network answers in milliseconds; a firewall that drops packets never does.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
// The longest answer is the first token of a cold model.
const ANSWER_WITHIN: Duration = Duration::from_secs(120);
const BODY_BYTES_MAX: usize = 64 << 20;

/// The client. One for each command that runs, on one thread.
pub(crate) struct Http {
    tls: TlsConnector,
    kept: RefCell<HashMap<Origin, SendRequest<Full<Bytes>>>>,
    debug: bool,
}

/// A request to be made.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a str,
    pub(crate) bearer: Option<&'a str>,
    pub(crate) body: Body,
    /// What the caller wants in the head besides; it wins over ours.
    pub(crate) headers: &'a [(HeaderName, HeaderValue)],
}

/// What goes out with it.
#[derive(Clone)]
pub(crate) enum Body {
    Empty,
    Json(Bytes),
    Form(Bytes),
}

/// A whole answer.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// No answer came.
#[derive(Debug)]
pub(crate) struct Unreachable {
    /// For people.
    pub(crate) failure: Failure,
    /// Whether the server may be back in a moment: it restarts, or it hung up.
    pub(crate) passing: bool,
}

impl From<Unreachable> for Failure {
    fn from(unreachable: Unreachable) -> Self {
        unreachable.failure
    }
}

impl Http {
    pub(crate) fn new(tls: TlsConnector, debug: bool) -> Self {
        Self {
            tls,
            kept: RefCell::default(),
            debug,
        }
    }

    /// Sends a request and reads the whole answer, over a kept connection if there is one.
    pub(crate) async fn send(&self, call: &Call<'_>) -> Result<Reply, Unreachable> {
        let address = Address::parse(call.url).map_err(Unreachable::lasting)?;
        let kept = self.kept.borrow_mut().remove(&address.origin);
        if let Some(mut sender) = kept.filter(|sender| !sender.is_closed()) {
            match self.exchange(&mut sender, &address, call).await {
                Ok(response) => return self.read(response, sender, address.origin).await,
                // The server closed it while it was idle. Only a repeat that can do no harm is made.
                Err(error) if error.passing && call.method != Method::POST => {}
                Err(error) => return Err(error),
            }
        }
        let mut sender = self.connect(&address.origin).await?;
        let response = self.exchange(&mut sender, &address, call).await?;
        self.read(response, sender, address.origin).await
    }

    /// Sends a request over a connection of its own and leaves the answer's body to be streamed.
    pub(crate) async fn open(&self, call: &Call<'_>) -> Result<Response<Incoming>, Unreachable> {
        let address = Address::parse(call.url).map_err(Unreachable::lasting)?;
        let mut sender = self.connect(&address.origin).await?;
        self.exchange(&mut sender, &address, call).await
    }

    async fn exchange(
        &self,
        sender: &mut SendRequest<Full<Bytes>>,
        address: &Address,
        call: &Call<'_>,
    ) -> Result<Response<Incoming>, Unreachable> {
        let request = request(address, call).map_err(Unreachable::lasting)?;
        let started = Instant::now();
        let answer = timeout(ANSWER_WITHIN, async {
            sender.ready().await?;
            sender.send_request(request).await
        })
        .await;
        let outcome = match answer {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(Unreachable::passing(format!(
                "The connection to {} was lost: {error}",
                address.origin.host_header()
            ))),
            Err(_) => Err(Unreachable::passing(format!(
                "{} did not answer within {} seconds",
                address.origin.host_header(),
                ANSWER_WITHIN.as_secs()
            ))),
        };
        if self.debug {
            let result = outcome
                .as_ref()
                .map_or("no answer".to_owned(), |response| response.status().to_string());
            eprintln!(
                "DEBUG: {} {} -> {result} ({} ms)",
                call.method,
                call.url,
                started.elapsed().as_millis()
            );
        }
        outcome
    }

    async fn read(
        &self,
        response: Response<Incoming>,
        sender: SendRequest<Full<Bytes>>,
        origin: Origin,
    ) -> Result<Reply, Unreachable> {
        let (parts, body) = response.into_parts();
        let body = timeout(ANSWER_WITHIN, Limited::new(body, BODY_BYTES_MAX).collect())
            .await
            .map_err(|_| Unreachable::passing("The answer did not end in time".into()))?
            .map_err(|error| Unreachable::passing(format!("The answer broke off: {error}")))?
            .to_bytes();
        self.kept.borrow_mut().insert(origin, sender);
        Ok(Reply {
            status: parts.status,
            headers: parts.headers,
            body,
        })
    }

    async fn connect(&self, origin: &Origin) -> Result<SendRequest<Full<Bytes>>, Unreachable> {
        timeout(CONNECT_WITHIN, async {
            let stream = dial(origin).await?;
            if origin.https {
                self.secure(origin, stream).await
            } else {
                speak(stream).await
            }
        })
        .await
        .unwrap_or_else(|_| {
            Err(Unreachable::passing(format!(
                "{} does not accept a connection: {} seconds passed",
                origin.host_header(),
                CONNECT_WITHIN.as_secs()
            )))
        })
    }

    async fn secure(
        &self,
        origin: &Origin,
        stream: TcpStream,
    ) -> Result<SendRequest<Full<Bytes>>, Unreachable> {
        let name = match origin.number() {
            Some(number) => ServerName::IpAddress(number.into()),
            None => ServerName::try_from(origin.host.clone()).map_err(|_| {
                Unreachable::lasting(Failure::new(format!("'{}' is not a host name", origin.host)))
            })?,
        };
        let stream = self.tls.connect(name, stream).await.map_err(|error| {
            Unreachable::lasting(
                Failure::new(format!("{} is not who we trust: {error}", origin.host_header())).hint(
                    "eval \"$(cupola env)\", or set SSL_CERT_FILE to the CA of the server (tls/ca.pem in its data directory)",
                ),
            )
        })?;
        speak(stream).await
    }
}

impl Unreachable {
    fn passing(message: String) -> Self {
        Self {
            failure: Failure::new(message),
            passing: true,
        }
    }

    fn lasting(failure: Failure) -> Self {
        Self {
            failure,
            passing: false,
        }
    }
}

impl Reply {
    /// Whole seconds of `Retry-After`.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        retry_after(&self.headers)
    }

    /// The text of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .filter(|value| !value.is_empty())
    }
}

/// Whole seconds of `Retry-After`; dates are for browsers.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}

async fn dial(origin: &Origin) -> Result<TcpStream, Unreachable> {
    // Plain Debian resolves localhost and nothing below it, though the names are reserved for this machine.
    let connected = match origin.number() {
        Some(number) => TcpStream::connect((number, origin.port)).await,
        None if origin.is_loopback() => match TcpStream::connect(("127.0.0.1", origin.port)).await {
            Ok(stream) => Ok(stream),
            Err(_) => TcpStream::connect(("::1", origin.port)).await,
        },
        None => TcpStream::connect((origin.host.as_str(), origin.port)).await,
    };
    let stream = connected.map_err(|error| {
        let failure = match error.kind() {
            std::io::ErrorKind::ConnectionRefused => Failure::new(format!(
                "Nothing listens at {}: start it with script/server (or cupola serve), or set CUPOLA_URL to where it runs",
                origin.host_header()
            ))
            .hint("script/server"),
            _ => Failure::new(format!("{} cannot be reached: {error}", origin.host_header())),
        };
        Unreachable { failure, passing: true }
    })?;
    // Small requests must not wait for company.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

async fn speak<S>(stream: S) -> Result<SendRequest<Full<Bytes>>, Unreachable>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = handshake(TokioIo::new(stream))
        .await
        .map_err(|error| Unreachable::passing(format!("The server does not speak HTTP: {error}")))?;
    // It ends with the connection, and with the command that runs.
    tokio::spawn(connection);
    Ok(sender)
}

fn request(address: &Address, call: &Call<'_>) -> Result<Request<Full<Bytes>>, Failure> {
    let invalid = |_| Failure::new("A credential or an address has characters that HTTP cannot carry");
    let mut request = Request::builder()
        .method(call.method.clone())
        .uri(&address.path_and_query)
        .header(header::HOST, address.origin.host_header())
        .header(header::ACCEPT, "application/json")
        .header(
            header::USER_AGENT,
            concat!("cupola-cli/", env!("CARGO_PKG_VERSION")),
        );
    if let Some(bearer) = call.bearer {
        let value = HeaderValue::try_from(format!("Bearer {bearer}"));
        let mut value =
            value.map_err(|_| Failure::new("The credential has characters that HTTP cannot carry"))?;
        value.set_sensitive(true);
        request = request.header(header::AUTHORIZATION, value);
    }
    let (kind, body): (Option<&str>, Bytes) = match &call.body {
        Body::Empty => (None, Bytes::new()),
        Body::Json(bytes) => (Some("application/json"), bytes.clone()),
        Body::Form(bytes) => (Some("application/x-www-form-urlencoded"), bytes.clone()),
    };
    if let Some(kind) = kind {
        request = request.header::<HeaderName, _>(header::CONTENT_TYPE, kind);
    }
    let mut request = request.body(Full::new(body)).map_err(invalid)?;
    for (name, value) in call.headers {
        request.headers_mut().insert(name, value.clone());
    }
    Ok(request)
}
