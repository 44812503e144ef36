//! `cupola serve`: everything put together, run until a signal, drained.

use crate::ambient::{Environment, SystemClock, SystemEntropy};
use crate::client_file::ClientFile;
use crate::data_dir::DataDir;
use crate::greeting;
use crate::observe::Metrics;
use crate::settings::{Flags, Settings};
use anyhow::Context as _;
use cupola_backend::fleet::Fleet;
use cupola_catalog as catalog_files;
use cupola_control::{Control, ControlDeps, ControlSettings};
use cupola_core::address::Addresses;
use cupola_core::catalog::Catalog;
use cupola_core::{Clock, Entropy, Secret};
use cupola_edge::access_log::AccessLog;
use cupola_edge::{Listener, Peer};
use cupola_gateway::{Gateway, GatewayDeps, GatewaySettings};
use cupola_identity::Keyring;
use cupola_node::{Node, NodeSettings};
use cupola_portal::Portal;
use cupola_store::Store;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

// Long enough for an answer that streams; a process manager kills after 30 s by custom.
const DRAIN: Duration = Duration::from_secs(20);
const METRICS_DRAIN: Duration = Duration::from_secs(1);
const BACKGROUND_DRAIN: Duration = Duration::from_secs(12);

/// Serves until SIGINT or SIGTERM.
pub(crate) fn run(flags: &Flags, environment: &Environment) -> anyhow::Result<()> {
    let settings = Settings::read(flags, environment)?;
    start_log(&settings.log)?;
    let data_dir = DataDir::open(&settings.data_dir)?;
    raise_file_limit();
    // Both sockets before anything is made: a port in use leaves no trace.
    let https = cupola_edge::bind(settings.listen, "--listen")?;
    let http = cupola_edge::bind(settings.http_listen, "--http-listen")?;
    let for_metrics = settings
        .metrics_listen
        .map(|address| cupola_edge::bind(address, "--metrics-listen"))
        .transpose()?;
    let addresses = addresses(&settings, https.local_addr()?, http.local_addr()?);

    // One thread for what is not a request: ledger, jobs, supervision.
    let background = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let (stop, shutdown) = watch::channel(false);
    if settings.check_only && data_dir.is_new() {
        read_catalog(&data_dir)?;
        println!(
            "The settings are fine; the first start makes the data directory {}.",
            settings.data_dir.display()
        );
        return Ok(());
    }
    let access_log = start_access_log(&settings)?;
    let building = Platform::build(&settings, &data_dir, &addresses, access_log.clone());
    let mut platform = background.block_on(building)?;
    if settings.check_only {
        println!(
            "The settings and the data directory {} are fine.",
            settings.data_dir.display()
        );
        return Ok(());
    }
    let tls = cupola_edge::tls::load_or_create(&data_dir.join("tls"), &hosts(&settings), SystemClock.now())?;
    platform.client_file.write(&data_dir, &tls)?;
    let tasks = background.block_on(async { platform.start(&shutdown) });
    background.spawn(stop_on_signal(stop.clone()));
    greeting::print(
        &platform.client_file,
        &settings.data_dir,
        platform.first_start,
        platform.invitation.as_ref(),
    );

    let listeners = [
        Listener {
            socket: https,
            tls: Some(tls.server),
        },
        Listener {
            socket: http,
            tls: None,
        },
    ];
    let metrics = Arc::new(Metrics {
        control: platform.control.clone(),
        gateway: platform.gateway.clone(),
        apart: for_metrics.is_some(),
        access_log: access_log.clone(),
    });
    let serving_metrics = for_metrics
        .map(|socket| serve_metrics(socket, Arc::clone(&metrics), shutdown.clone()))
        .transpose()?;
    // One count of references for a request, not one for each part.
    let here = Arc::new(Here {
        metrics,
        portal: Portal {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            access_log: access_log.clone(),
        },
    });
    let handler = move |request: hyper::Request<hyper::body::Incoming>, peer: Peer| {
        let here = Arc::clone(&here);
        async move {
            let metrics = &here.metrics;
            let (parts, body) = request.into_parts();
            if metrics.gateway.claims(&parts) {
                let request = hyper::Request::from_parts(parts, body);
                return metrics.gateway.handle(request, peer).await;
            }
            if metrics.claims(&parts, peer) {
                return metrics.answer(&parts.headers);
            }
            if cupola_portal::claims(&parts) {
                return here.portal.handle(&parts, peer);
            }
            let settles = tells_of_a_change(&parts);
            let request = hyper::Request::from_parts(parts, body);
            let answer = metrics.control.handle(request, peer).await;
            if settles {
                metrics.gateway.settled().await;
            }
            answer
        }
    };
    let served = cupola_edge::serve(&listeners, settings.threads, &shutdown, DRAIN, &handler);
    stop.send_replace(true);
    if serving_metrics.is_some_and(|thread| thread.join().is_err()) {
        tracing::error!("the thread that served metrics panicked");
    }
    background.block_on(finish(tasks, &platform.gateway, &platform.store));
    background.shutdown_timeout(Duration::from_secs(1));
    if let Some(log) = &access_log {
        log.drain();
    }
    served.context("serving ended")
}

/// Who answers requests.
struct Here {
    metrics: Arc<Metrics>,
    portal: Portal,
}

// A change, or a question about how one goes: such an answer is given when it is true on the data plane as well.
fn tells_of_a_change(parts: &http::request::Parts) -> bool {
    let reads = parts.method == http::Method::GET || parts.method == http::Method::HEAD;
    !reads || parts.uri.path().to_ascii_lowercase().contains("operation")
}

// On a thread of its own, so that a page is not read at the cost of requests.
fn serve_metrics(
    socket: std::net::TcpListener,
    metrics: Arc<Metrics>,
    shutdown: watch::Receiver<bool>,
) -> std::io::Result<std::thread::JoinHandle<()>> {
    let serve = move || {
        let listeners = [Listener { socket, tls: None }];
        let handler = move |request: hyper::Request<hyper::body::Incoming>, _: Peer| {
            let metrics = Arc::clone(&metrics);
            async move { metrics.answer_apart(&request) }
        };
        let served = cupola_edge::serve(&listeners, 1, &shutdown, METRICS_DRAIN, &handler);
        if let Err(error) = served {
            tracing::error!(error = %error, "metrics are not served any more");
        }
    };
    std::thread::Builder::new()
        .name("metrics".to_owned())
        .spawn(serve)
}

struct Platform {
    store: Store,
    control: Control,
    gateway: Gateway,
    // Taken when it starts to run.
    node: Option<Node>,
    client_file: ClientFile,
    first_start: bool,
    invitation: Option<Secret>,
}

impl Platform {
    async fn build(
        settings: &Settings,
        data_dir: &DataDir,
        addresses: &Addresses,
        access_log: Option<AccessLog>,
    ) -> anyhow::Result<Self> {
        let keyring = Arc::new(Keyring::new(data_dir.root_key()?));
        let catalog = Arc::new(read_catalog(data_dir)?);
        let store = Store::open_with(&data_dir.store_file()?, settings.ledger_sync)
            .await
            .context("the store could not be opened")?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let fleet = Fleet::default();
        let deps = ControlDeps {
            store: store.clone(),
            catalog: Arc::clone(&catalog),
            keyring: Arc::clone(&keyring),
            fleet: fleet.clone(),
            addresses: addresses.clone(),
            clock: Arc::clone(&clock),
            entropy: Arc::clone(&entropy),
            settings: ControlSettings {
                strict: settings.strict,
                access_log: access_log.clone(),
            },
        };
        let tiny_chat = data_dir.tiny_chat()?;
        let report = cupola_control::first_start_as(&deps, Some(&tiny_chat), &settings.first_start).await?;
        let invitation = match settings.invite_administrator && !settings.check_only {
            true => Some(cupola_control::invite_administrator(&deps).await?),
            false => report.invitation.clone(),
        };
        let client_file = ClientFile::new(data_dir, addresses, &report)?;
        let control = Control::new(deps).await?;
        let gateway_deps = GatewayDeps {
            store: store.clone(),
            catalog,
            keyring,
            tokens: Arc::new(control.clone()),
            fleet: fleet.clone(),
            clock: Arc::clone(&clock),
            entropy,
            base_domain: settings.base_domain.clone(),
        };
        let gateway_settings = GatewaySettings {
            kept_responses: settings.kept_responses,
            access_log,
            traces: settings.traces.clone(),
            ..GatewaySettings::default()
        };
        let gateway = Gateway::with_settings(gateway_deps, gateway_settings).await?;
        let node_settings = NodeSettings {
            program: std::env::current_exe().context("this program's own file")?,
            sockets: data_dir.sockets(),
            slots: settings.engine_slots,
            threads: settings.engine_threads,
        };
        let node = Node::new(node_settings, fleet, clock);
        let node = Some(node);
        Ok(Self {
            store,
            control,
            gateway,
            node,
            client_file,
            first_start: report.created,
            invitation,
        })
    }

    // What runs beside the requests, until `shutdown` turns true.
    fn start(&mut self, shutdown: &watch::Receiver<bool>) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        let (wanted, wants) = watch::channel(Vec::new());
        if let Some(node) = self.node.take() {
            tasks.spawn(node.run(wants, shutdown.clone()));
        }
        tasks.spawn(cupola_node::wanted::follow(
            self.store.clone(),
            wanted,
            shutdown.clone(),
        ));
        let (control, stop) = (self.control.clone(), shutdown.clone());
        tasks.spawn(async move { control.run_jobs(stop).await });
        let (gateway, stop) = (self.gateway.clone(), shutdown.clone());
        tasks.spawn(async move { gateway.follow(stop).await });
        tasks
    }
}

fn read_catalog(data_dir: &DataDir) -> anyhow::Result<Catalog> {
    let folder = data_dir.join("catalog.d");
    let mut models = catalog_files::built_in();
    if folder.is_dir() {
        // The operator's own come last, so that they win over what is built in.
        models.extend(catalog_files::read_dir(&folder)?);
    }
    Ok(Catalog::new(models))
}

// Checking the settings leaves no trace.
fn start_access_log(settings: &Settings) -> anyhow::Result<Option<AccessLog>> {
    match &settings.access_log {
        Some(sink) if !settings.check_only => AccessLog::start(sink)
            .map(Some)
            .with_context(|| format!("--access-log: {sink:?} cannot be written")),
        _ => Ok(None),
    }
}

fn start_log(filter: &str) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(filter)
        .with_context(|| format!("--log '{filter}' is no filter; use info, debug or cupola_gateway=debug"))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Otherwise a log that nobody reads any more makes the thread panic that writes to it.
        .log_internal_errors(false)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .init();
    Ok(())
}

// A gateway holds two sockets for every request that runs.
fn raise_file_limit() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
    {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}

fn addresses(settings: &Settings, https: SocketAddr, http: SocketAddr) -> Addresses {
    let reachable = if https.ip().is_unspecified() {
        IpAddr::from([127, 0, 0, 1])
    } else {
        https.ip()
    };
    Addresses {
        https: settings
            .external_url
            .clone()
            .unwrap_or_else(|| format!("https://{}", SocketAddr::new(reachable, https.port()))),
        http: Some(format!("http://{http}")),
        base_domain: settings.base_domain.clone(),
    }
}

// The names and addresses that the certificate is for. A wildcard covers one label, so each region needs its own.
fn hosts(settings: &Settings) -> Vec<String> {
    let mut hosts = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    if !settings.listen.ip().is_unspecified() {
        hosts.push(settings.listen.ip().to_string());
    }
    if let Ok(name) = nix::unistd::gethostname()
        && let Ok(name) = name.into_string()
    {
        hosts.push(name.to_ascii_lowercase());
    }
    if let Some(url) = &settings.external_url {
        let host = url
            .trim_start_matches("https://")
            .split(['/', ':'])
            .next()
            .unwrap_or_default();
        hosts.push(host.to_owned());
    }
    if let Some(base) = &settings.base_domain {
        hosts.push(base.clone());
        hosts.extend(
            cupola_core::name::REGIONS
                .iter()
                .map(|(region, _)| format!("*.{region}.{base}")),
        );
    }
    hosts.extend(settings.tls_names.iter().cloned());
    let mut seen = std::collections::HashSet::new();
    hosts.retain(|host| !host.is_empty() && seen.insert(host.clone()));
    hosts
}

async fn stop_on_signal(stop: watch::Sender<bool>) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        tracing::error!("signals cannot be received; the server can only be killed");
        return;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!(
        "stopping: running requests may finish for {} seconds",
        DRAIN.as_secs()
    );
    stop.send_replace(true);
}

async fn finish(mut tasks: JoinSet<()>, gateway: &Gateway, store: &Store) {
    let all = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(BACKGROUND_DRAIN, all).await.is_err() {
        tracing::warn!("background work did not end in time; it goes on at the next start");
    }
    gateway.drain().await;
    store.close().await;
}
