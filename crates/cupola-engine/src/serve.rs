//! The life of the worker: listen, load, serve, drain.

use std::convert::Infallible;
use std::fs::Permissions;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

use crate::engine::EngineSettings;
use crate::http::Answer;

/// What a worker serves: a model and its routes.
pub(crate) trait Service: Sync + 'static {
    /// Loads the model and computes until [`Service::close`]. Has a thread of its own.
    fn run(&self, settings: &EngineSettings) -> anyhow::Result<()>;

    /// Takes no more requests and gives up a load that goes on.
    fn close(&self);

    /// Answers one request.
    fn answer(&'static self, request: Request<Incoming>) -> impl Future<Output = Response<Answer>> + Send;
}

/// Where the worker listens.
#[derive(Debug, Clone)]
pub(crate) enum Endpoint {
    Socket(PathBuf),
    Loopback(SocketAddr),
}

/// When the worker ends, other than by its own failure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    /// How long running requests may go on after the signal.
    pub(crate) drain: Duration,
    /// Ends at once when standard input does: whoever started this process is gone.
    pub(crate) exit_with_stdin: bool,
}

/// Serves until told to stop.
pub(crate) async fn serve(
    service: &'static impl Service,
    settings: EngineSettings,
    endpoint: Endpoint,
    ending: Ending,
) -> anyhow::Result<()> {
    // Whoever sees the socket may send a signal, so signals are listened to first.
    let stop = stop_signal(ending)?;
    // Listening comes before loading, so that the supervisor hears "loading" and not "refused".
    let listener = Listener::bind(endpoint).await?;
    let (engine, mut engine_ended) = start_engine(service, settings)?;
    let (draining, mut connections) = (watch::Sender::new(false), JoinSet::new());

    let drain = tokio::select! {
        drain = stop => drain,
        never = accept(service, &listener, &draining, &mut connections) => match never {},
        result = &mut engine_ended => return Err(engine_failure(result)),
    };
    drop(listener);
    let _ = draining.send(true);
    finish(&mut connections, drain).await;
    service.close();
    let _ = engine_ended.await;
    // The thread has told its result and only has to be gone before the process tears llama.cpp down.
    let _ = engine.join();
    Ok(())
}

type EngineEnded = oneshot::Receiver<anyhow::Result<()>>;

fn start_engine(
    service: &'static impl Service,
    settings: EngineSettings,
) -> anyhow::Result<(std::thread::JoinHandle<()>, EngineEnded)> {
    let (ended, engine_ended) = oneshot::channel();
    let run = move || {
        // Nobody listens any more when the process is ending anyway.
        let _ = ended.send(service.run(&settings));
    };
    let thread = std::thread::Builder::new().name("engine".to_owned()).spawn(run);
    Ok((
        thread.context("the engine thread cannot be started")?,
        engine_ended,
    ))
}

fn engine_failure(result: Result<anyhow::Result<()>, oneshot::error::RecvError>) -> anyhow::Error {
    match result {
        Ok(Err(error)) => error,
        Ok(Ok(())) => anyhow::anyhow!("the engine ended by itself"),
        Err(_) => anyhow::anyhow!("the engine thread panicked"),
    }
}

/// Resolves, with the time to drain, when the worker is to stop.
fn stop_signal(ending: Ending) -> anyhow::Result<impl Future<Output = Duration>> {
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be listened to")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be listened to")?;
    let stdin_ended = ending.exit_with_stdin.then(watch_stdin).transpose()?;
    Ok(async move {
        let orphaned = async {
            match stdin_ended {
                Some(ended) => drop(ended.await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = terminate.recv() => ending.drain,
            _ = interrupt.recv() => ending.drain,
            () = orphaned => {
                tracing::warn!("standard input ended, so whoever started this worker is gone; ending too");
                Duration::ZERO
            }
        }
    })
}

/// Resolves when standard input ends. A thread of its own reads it, because a read of a pipe cannot be called off
/// and the runtime would wait for it.
fn watch_stdin() -> anyhow::Result<oneshot::Receiver<()>> {
    let (ended, stdin_ended) = oneshot::channel();
    let watch = move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = ended.send(());
    };
    std::thread::Builder::new()
        .name("stdin".to_owned())
        .spawn(watch)
        .context("standard input cannot be watched")?;
    Ok(stdin_ended)
}

async fn accept(
    service: &'static impl Service,
    listener: &Listener,
    draining: &watch::Sender<bool>,
    connections: &mut JoinSet<()>,
) -> Infallible {
    loop {
        match listener.accept().await {
            Ok(stream) => {
                connections.spawn(converse(service, stream, draining.subscribe()));
            }
            Err(error) => {
                tracing::warn!(error = %error, "a connection could not be accepted");
                // Out of file descriptors, most likely: trying again at once would spin.
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn converse(service: &'static impl Service, stream: Stream, mut draining: watch::Receiver<bool>) {
    let routes = service_fn(move |request| async move { Ok::<_, Infallible>(service.answer(request).await) });
    let mut connection = std::pin::pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), routes));
    let told_to_drain = async move { drop(draining.wait_for(|draining| *draining).await) };
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = told_to_drain => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        // A client that hangs up is no event worth more.
        tracing::debug!(error = %error, "a connection ended early");
    }
}

/// Lets the connections end, for as long as they may. Those that are left are cut, which cancels their requests.
async fn finish(connections: &mut JoinSet<()>, drain: Duration) {
    let all = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(drain, all).await.is_err() {
        tracing::warn!(
            cut = connections.len(),
            "the time to drain is over; cutting what still runs"
        );
        connections.shutdown().await;
    }
}

/// A bound endpoint. A socket file goes away with it.
enum Listener {
    Unix { listener: UnixListener, path: PathBuf },
    Tcp(TcpListener),
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}
type Stream = Box<dyn Duplex>;

impl Listener {
    async fn bind(endpoint: Endpoint) -> anyhow::Result<Self> {
        match endpoint {
            Endpoint::Socket(path) => bind_socket(path),
            Endpoint::Loopback(address) => {
                let listener = TcpListener::bind(address).await;
                let listener = listener.with_context(|| format!("cannot listen on {address}"))?;
                tracing::info!(address = %listener.local_addr()?, "the worker listens");
                Ok(Self::Tcp(listener))
            }
        }
    }

    async fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Unix { listener, .. } => Ok(Box::new(listener.accept().await?.0)),
            Self::Tcp(listener) => {
                let stream = listener.accept().await?.0;
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Self::Unix { path, .. } = self {
            // Somebody may have tidied up before us.
            let _ = std::fs::remove_file(path);
        }
    }
}

fn bind_socket(path: PathBuf) -> anyhow::Result<Listener> {
    remove_stale_socket(&path)?;
    let listener = UnixListener::bind(&path).with_context(|| {
        format!(
            "cannot listen on the socket {} (a path of at most 107 bytes in a directory that exists)",
            path.display()
        )
    })?;
    // Whoever may open the socket may use the model.
    std::fs::set_permissions(&path, Permissions::from_mode(0o600))
        .with_context(|| format!("the socket {} cannot be made private", path.display()))?;
    tracing::info!(socket = %path.display(), "the worker listens");
    Ok(Listener::Unix { listener, path })
}

/// A worker that was killed leaves its socket behind; one that lives must not lose it.
fn remove_stale_socket(path: &Path) -> anyhow::Result<()> {
    match std::os::unix::net::UnixStream::connect(path) {
        Ok(_) => bail!("another process listens on the socket {}", path.display()),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            let is_socket = std::fs::symlink_metadata(path)
                .is_ok_and(|metadata| std::os::unix::fs::FileTypeExt::is_socket(&metadata.file_type()));
            if !is_socket {
                bail!("{} exists and is not a socket; it is left alone", path.display());
            }
            std::fs::remove_file(path)
                .with_context(|| format!("the stale socket {} cannot be removed", path.display()))
        }
        Err(_) => Ok(()),
    }
}
