//! Accepting connections: one current-thread runtime per core, a hard deadline for the drain.
//!
//! The threads share one listening socket, so whichever core is idle takes the next connection, and everything that
//! belongs to the connection (its buffers, its pooled upstream connections) stays on that core.

use crate::patience::Patient;
use crate::{Body, Peer};
use http::{StatusCode, Version, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use std::cell::Cell;
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

const HEADERS_MAX: usize = 100;
const HEAD_BYTES_MAX: usize = 64 * 1024;
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
const KEEPALIVE: Duration = Duration::from_secs(60);
const CONNECTIONS_PER_THREAD_MAX: u32 = 8192;

/// Why an address could not be listened on.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody else listens there.
    #[error("{0} is in use by another process; stop it, or choose another address with {1} ADDRESS:PORT")]
    InUse(SocketAddr, &'static str),
    /// Not allowed, or no such address here.
    #[error("cannot listen on {0}: {1}")]
    Other(SocketAddr, std::io::Error),
}

/// Listens on an address. `flag` is the option that changes it, for the message.
pub fn bind(address: SocketAddr, flag: &'static str) -> Result<std::net::TcpListener, BindError> {
    let attempt = || {
        let socket =
            socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::STREAM, None)?;
        // A restart must not wait for the sockets of the run before it.
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        // Connections inherit it: a peer that vanished while it waited for an answer is noticed.
        socket.set_tcp_keepalive(&socket2::TcpKeepalive::new().with_time(KEEPALIVE))?;
        socket.bind(&address.into())?;
        socket.listen(1024)?;
        Ok(std::net::TcpListener::from(socket))
    };
    attempt().map_err(|cause: std::io::Error| match cause.kind() {
        std::io::ErrorKind::AddrInUse => BindError::InUse(address, flag),
        _ => BindError::Other(address, cause),
    })
}

/// A listening socket, with TLS or without.
#[derive(Debug)]
pub struct Listener {
    /// The socket.
    pub socket: std::net::TcpListener,
    /// `None` is plain HTTP.
    pub tls: Option<Arc<ServerConfig>>,
}

/// Serves until `shutdown` turns true, then lets running requests end for at most `drain`. Blocks; call it on a thread
/// of its own. `handler` is cloned for every connection, and its futures stay on the thread.
pub fn serve<H, F>(
    listeners: &[Listener],
    threads: usize,
    shutdown: &watch::Receiver<bool>,
    drain: Duration,
    handler: &H,
) -> std::io::Result<()>
where
    H: Fn(hyper::Request<Incoming>, Peer) -> F + Clone + Send + 'static,
    F: Future<Output = hyper::Response<Body>> + 'static,
{
    let mut running = Vec::with_capacity(threads);
    for index in 0..threads.max(1) {
        let sockets = listeners
            .iter()
            .map(|listener| Ok((listener.socket.try_clone()?, listener.tls.clone())))
            .collect::<std::io::Result<Vec<_>>>()?;
        let (shutdown, handler) = (shutdown.clone(), handler.clone());
        let thread = std::thread::Builder::new()
            .name(format!("serve-{index}"))
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()?;
                tokio::task::LocalSet::new().block_on(&runtime, serve_here(sockets, shutdown, drain, handler))
            })?;
        running.push(thread);
    }
    for thread in running {
        match thread.join() {
            Ok(outcome) => outcome?,
            Err(_) => return Err(std::io::Error::other("a serving thread panicked")),
        }
    }
    Ok(())
}

async fn serve_here<H, F>(
    sockets: Vec<(std::net::TcpListener, Option<Arc<ServerConfig>>)>,
    mut shutdown: watch::Receiver<bool>,
    drain: Duration,
    handler: H,
) -> std::io::Result<()>
where
    H: Fn(hyper::Request<Incoming>, Peer) -> F + Clone + 'static,
    F: Future<Output = hyper::Response<Body>> + 'static,
{
    let open = Open::default();
    for (socket, tls) in sockets {
        let socket = tokio::net::TcpListener::from_std(socket)?;
        tokio::task::spawn_local(accept(
            socket,
            tls,
            shutdown.clone(),
            handler.clone(),
            open.clone(),
        ));
    }
    let _ = shutdown.wait_for(|stop| *stop).await;
    let deadline = tokio::time::Instant::now() + drain;
    // The open connections are counted down as they end; whatever is left at the deadline is dropped with the runtime.
    while open.count.get() > 0 && tokio::time::Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

#[derive(Clone, Default)]
struct Open {
    count: Rc<Cell<u32>>,
}

struct OpenOne(Open);

impl Open {
    fn one(&self) -> Option<OpenOne> {
        if self.count.get() >= CONNECTIONS_PER_THREAD_MAX {
            return None;
        }
        self.count.set(self.count.get() + 1);
        Some(OpenOne(self.clone()))
    }
}

impl Drop for OpenOne {
    fn drop(&mut self) {
        self.0.count.set(self.0.count.get().saturating_sub(1));
    }
}

async fn accept<H, F>(
    socket: tokio::net::TcpListener,
    tls: Option<Arc<ServerConfig>>,
    mut shutdown: watch::Receiver<bool>,
    handler: H,
    open: Open,
) where
    H: Fn(hyper::Request<Incoming>, Peer) -> F + Clone + 'static,
    F: Future<Output = hyper::Response<Body>> + 'static,
{
    let acceptor = tls.map(tokio_rustls::TlsAcceptor::from);
    loop {
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            _ = shutdown.wait_for(|stop| *stop) => return,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, mostly: a pause lets some come back.
                tracing::warn!(error = %error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        // Over the bound the connection is closed at once: the client tries again elsewhere or later.
        let Some(one) = open.one() else { continue };
        let _ = stream.set_nodelay(true);
        let (acceptor, handler, shutdown) = (acceptor.clone(), handler.clone(), shutdown.clone());
        tokio::task::spawn_local(async move {
            let _one = one;
            let peer = Peer {
                secure: acceptor.is_some(),
                address,
            };
            match acceptor {
                None => converse(stream, peer, shutdown, handler).await,
                // Apart, so that a connection without TLS does not keep the room for one.
                Some(acceptor) => Box::pin(secure(acceptor, stream, peer, shutdown, handler)).await,
            }
        });
    }
}

async fn secure<H, F>(
    acceptor: tokio_rustls::TlsAcceptor,
    stream: tokio::net::TcpStream,
    peer: Peer,
    shutdown: watch::Receiver<bool>,
    handler: H,
) where
    H: Fn(hyper::Request<Incoming>, Peer) -> F + 'static,
    F: Future<Output = hyper::Response<Body>> + 'static,
{
    match tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => converse(stream, peer, shutdown, handler).await,
        Ok(Err(error)) => tracing::debug!(error = %error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn converse<S, H, F>(stream: S, peer: Peer, mut shutdown: watch::Receiver<bool>, handler: H)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
    H: Fn(hyper::Request<Incoming>, Peer) -> F + 'static,
    F: Future<Output = hyper::Response<Body>> + 'static,
{
    let service = service_fn(move |request| {
        let answer = has_its_host(&request).then(|| handler(request, peer));
        async move {
            Ok::<_, Infallible>(match answer {
                Some(answer) => answer.await,
                None => without_its_host(),
            })
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(Patient::new(stream)), service);
    let mut connection = std::pin::pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        _ = shutdown.wait_for(|stop| *stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(error = %error, "a connection ended early");
    }
}

/// A request says once where it goes, as HTTP/1.1 has it: of two hosts, who stands before us may have read the other one.
fn has_its_host<B>(request: &hyper::Request<B>) -> bool {
    let count = request.headers().get_all(header::HOST).iter().count();
    count == 1 || (count == 0 && request.version() < Version::HTTP_11)
}

fn without_its_host() -> hyper::Response<Body> {
    let message = "The request needs the header Host, once.";
    let error = serde_json::json!({ "error": { "code": "BadRequest", "message": message } });
    crate::json(StatusCode::BAD_REQUEST, &error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patience::WRITE_TIMEOUT;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
    use tokio::time::{Instant, sleep};

    const DRIP: Duration = Duration::from_secs(1);

    /// Serves a client that sends these bytes at once, and then an `x` every second; how long it is borne, and what it got.
    async fn drip(bytes: &[u8]) -> (Duration, String) {
        let (client, server) = tokio::io::duplex(4096);
        let (_stop, shutdown) = watch::channel(false);
        let peer = Peer {
            secure: false,
            address: ([127, 0, 0, 1], 1).into(),
        };
        let handler = async |_, _| hyper::Response::new(crate::empty());
        let began = Instant::now();
        let serving = converse(server, peer, shutdown, handler);
        let (mut reading, mut writing) = tokio::io::split::<DuplexStream>(client);
        let dripping = async {
            let _ = writing.write_all(bytes).await;
            loop {
                sleep(DRIP).await;
                if bytes.ends_with(b"\n\r\n") {
                    continue;
                }
                let _ = writing.write_all(b"x").await;
            }
        };
        let mut got = String::new();
        tokio::select! {
            () = serving => {}
            () = dripping => {}
        }
        let elapsed = began.elapsed();
        reading.read_to_string(&mut got).await.expect("text");
        (elapsed, got)
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_never_ends_is_given_up_in_time() {
        for bytes in [&b""[..], b"GET / HTTP/1.1\r\nX: ", b"POST /"] {
            let (borne, got) = drip(bytes).await;
            assert!(
                borne >= HEAD_TIMEOUT - DRIP && borne <= HEAD_TIMEOUT + DRIP,
                "{borne:?}"
            );
            assert!(!got.contains("200 OK"), "{got}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_says_once_where_it_goes() {
        for (version, hosts, expected) in [
            ("1.1", "Host: a\r\n", "200"),
            ("1.1", "", "400"),
            ("1.1", "Host: a\r\nHost: a\r\n", "400"),
            ("1.0", "", "200"),
            ("1.0", "Host: a\r\nHost: b\r\n", "400"),
        ] {
            let request = format!("GET / HTTP/{version}\r\n{hosts}\r\n");
            let (_, got) = drip(request.as_bytes()).await;
            let status = got.split(' ').nth(1).unwrap_or_default();
            assert_eq!(status, expected, "{request:?}: {got}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_idles_is_given_up_in_time() {
        let (borne, got) = drip(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
        assert!(got.starts_with("HTTP/1.1 200 OK"), "{got}");
        assert!(borne >= HEAD_TIMEOUT && borne <= HEAD_TIMEOUT + DRIP, "{borne:?}");
    }

    /// Serves a client that asks for 64 KiB and takes a byte each time it has slept so long; how long it is borne, and how much
    /// it got.
    async fn sip(pause: Duration, sips: u32) -> (Duration, usize) {
        let (mut client, server) = tokio::io::duplex(4096);
        let (_stop, shutdown) = watch::channel(false);
        let peer = Peer {
            secure: false,
            address: ([127, 0, 0, 1], 1).into(),
        };
        let handler = async |_, _| hyper::Response::new(crate::full(vec![b'x'; 64 * 1024]));
        let began = Instant::now();
        let request = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
        client.write_all(request).await.expect("room");
        let sipping = async {
            for _ in 0..sips {
                sleep(pause).await;
                client.read_u8().await.expect("a byte");
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = converse(server, peer, shutdown, handler) => {}
            () = sipping => {}
        }
        let borne = began.elapsed();
        let mut rest = Vec::new();
        client.read_to_end(&mut rest).await.expect("what was written");
        (borne, rest.len())
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_any_more_is_given_up_in_time() {
        let pause = WRITE_TIMEOUT / 2;
        for sips in [0, 10] {
            let (borne, got) = sip(pause, sips).await;
            let expected = pause * sips + WRITE_TIMEOUT;
            assert!(
                borne >= expected - DRIP && borne <= expected + DRIP,
                "{sips}: {borne:?}"
            );
            assert!(got < 64 * 1024, "{got}");
        }
    }
}
