//! Settings: raw from flags, environment and file, then checked as a whole. The first that says something wins: flag,
//! environment, file, default.

mod host_names;

use crate::ambient::Environment;
use anyhow::{Context as _, bail};
use cupola_control::FirstStart;
use cupola_edge::access_log::Sink;
use cupola_gateway::{KEPT_RESPONSES, TraceSettings};
use cupola_store::LedgerSync;
use cupola_store::responses::SiteBounds;
use host_names::HostNames;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Options of `cupola serve`. Each can also stand in the settings file under its long name, with underscores.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Flags {
    /// Where everything lives: store, keys, certificates, models [env: CUPOLA_DATA_DIR] [default: ~/.local/share/cupola]
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Where https answers [env: CUPOLA_LISTEN] [default: 127.0.0.1:8443]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Where plain http answers, on loopback only [env: CUPOLA_HTTP_LISTEN] [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    http_listen: Option<SocketAddr>,
    /// Where metrics are served, alone and without a password: an address of a private network. Without it GET /metrics of the
    /// plain http listener answers this machine [env: CUPOLA_METRICS_LISTEN]
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics_listen: Option<SocketAddr>,
    /// The https address that clients use, where it is another, such as behind a proxy [env: CUPOLA_EXTERNAL_URL]
    #[arg(long, value_name = "URL")]
    external_url: Option<String>,
    /// Gives endpoints hosts of their own, NAME.REGION.DOMAIN [env: CUPOLA_BASE_DOMAIN]
    #[arg(long, value_name = "DOMAIN")]
    base_domain: Option<String>,
    /// More host names for the certificate, separated by commas, such as those that DNS points here
    /// [env: CUPOLA_TLS_NAMES]
    #[arg(long, value_name = "NAMES")]
    tls_names: Option<HostNames>,
    /// `strict` forbids what the cloud service forbids; `relaxed` is kinder [env: CUPOLA_FIDELITY] [default: relaxed]
    #[arg(long, value_name = "strict|relaxed")]
    fidelity: Option<String>,
    /// Region of the first start: where its group and project are [env: CUPOLA_REGION] [default: eastus2]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Country of the first start: where its subscription is billed [env: CUPOLA_COUNTRY] [default: US]
    #[arg(long, value_name = "COUNTRY")]
    country: Option<String>,
    /// Threads that serve requests [env: CUPOLA_THREADS] [default: one for each core]
    #[arg(long, value_name = "N")]
    threads: Option<u16>,
    /// Threads of an engine worker [env: CUPOLA_ENGINE_THREADS] [default: all cores but one]
    #[arg(long, value_name = "N")]
    engine_threads: Option<u16>,
    /// Requests that an engine worker runs at once [env: CUPOLA_ENGINE_SLOTS] [default: 8]
    #[arg(long, value_name = "N")]
    engine_slots: Option<u16>,
    /// When usage is on disk: before its `answer` completes, so that a power cut loses nothing; or at an `interval` of 50 ms,
    /// which is faster, and only the end of the process loses nothing [env: CUPOLA_LEDGER_SYNC] [default: answer]
    #[arg(long, value_name = "answer|interval")]
    ledger_sync: Option<LedgerSync>,
    /// Responses that an account or an endpoint keeps for its clients, the newest; 0 keeps none
    /// [env: CUPOLA_RESPONSES_KEPT_MAX] [default: 10000]
    #[arg(long, value_name = "N")]
    responses_kept_max: Option<u32>,
    /// MiB that they may take on disk, for each account or endpoint [env: CUPOLA_RESPONSES_KEPT_MIB_MAX] [default: 1024]
    #[arg(long, value_name = "N")]
    responses_kept_mib_max: Option<u32>,
    /// What is logged, as in RUST_LOG [env: CUPOLA_LOG] [default: info]
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// Writes a line of JSON for each request to this file, or to standard output with -; never its text
    /// [env: CUPOLA_ACCESS_LOG]
    #[arg(long, value_name = "FILE")]
    access_log: Option<Sink>,
    /// The base URL of an OpenTelemetry collector that takes traces over http, such as http://127.0.0.1:4318
    /// [env: CUPOLA_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT]
    #[arg(long, value_name = "URL")]
    otlp_endpoint: Option<String>,
    /// How many of the traces that begin here are kept, from 0 to 1; who sends a traceparent decides alone
    /// [env: CUPOLA_OTLP_RATIO] [default: 1]
    #[arg(long, value_name = "RATIO")]
    otlp_ratio: Option<f64>,
    /// Puts prompts and completions into traces too; whoever reads the collector reads them [env: CUPOLA_OTLP_CONTENT]
    #[arg(long)]
    otlp_content: bool,
    /// A TOML file with these settings [env: CUPOLA_SETTINGS] [default: settings.toml in the data directory, if any]
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Checks settings and data directory, says what would be served, and ends.
    #[arg(long)]
    check: bool,
    /// Prints a new link for an administrator, who then chooses a name and a password; links before it end.
    #[arg(long)]
    invite_administrator: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<SocketAddr>,
    http_listen: Option<SocketAddr>,
    metrics_listen: Option<SocketAddr>,
    external_url: Option<String>,
    base_domain: Option<String>,
    tls_names: Option<HostNames>,
    fidelity: Option<String>,
    region: Option<String>,
    country: Option<String>,
    threads: Option<u16>,
    engine_threads: Option<u16>,
    engine_slots: Option<u16>,
    ledger_sync: Option<String>,
    responses_kept_max: Option<u32>,
    responses_kept_mib_max: Option<u32>,
    log: Option<String>,
    access_log: Option<String>,
    otlp_endpoint: Option<String>,
    otlp_ratio: Option<f64>,
    otlp_content: Option<bool>,
}

/// Settings that were checked.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) data_dir: PathBuf,
    pub(crate) listen: SocketAddr,
    pub(crate) http_listen: SocketAddr,
    pub(crate) metrics_listen: Option<SocketAddr>,
    pub(crate) external_url: Option<String>,
    pub(crate) base_domain: Option<String>,
    pub(crate) tls_names: Vec<String>,
    pub(crate) strict: bool,
    pub(crate) first_start: FirstStart,
    pub(crate) threads: usize,
    pub(crate) engine_threads: Option<u16>,
    pub(crate) engine_slots: u16,
    pub(crate) ledger_sync: LedgerSync,
    pub(crate) kept_responses: SiteBounds,
    pub(crate) log: String,
    pub(crate) access_log: Option<Sink>,
    pub(crate) traces: Option<TraceSettings>,
    pub(crate) check_only: bool,
    pub(crate) invite_administrator: bool,
}

impl Settings {
    pub(crate) fn read(flags: &Flags, environment: &Environment) -> anyhow::Result<Self> {
        let variable = |name: &str| environment.get(name).filter(|value| !value.is_empty()).cloned();
        let data_dir = flags
            .data_dir
            .clone()
            .or_else(|| variable("CUPOLA_DATA_DIR").map(PathBuf::from))
            .unwrap_or_else(|| crate::default_data_dir(environment));
        let data_dir =
            std::path::absolute(&data_dir).with_context(|| format!("--data-dir {}", data_dir.display()))?;
        let file = read_file(
            flags
                .settings
                .clone()
                .or_else(|| variable("CUPOLA_SETTINGS").map(PathBuf::from)),
            &data_dir,
        )?;
        let listen = pick("CUPOLA_LISTEN", flags.listen, &variable, file.listen)?
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8443)));
        let http_listen = pick(
            "CUPOLA_HTTP_LISTEN",
            flags.http_listen,
            &variable,
            file.http_listen,
        )?
        .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
        let fidelity = pick(
            "CUPOLA_FIDELITY",
            flags.fidelity.clone(),
            &variable,
            file.fidelity,
        )?;
        let region = pick("CUPOLA_REGION", flags.region.clone(), &variable, file.region)?;
        let country = pick("CUPOLA_COUNTRY", flags.country.clone(), &variable, file.country)?;
        let endpoint = pick(
            "CUPOLA_OTLP_ENDPOINT",
            flags.otlp_endpoint.clone(),
            &variable,
            file.otlp_endpoint,
        )?
        .or_else(|| variable("OTEL_EXPORTER_OTLP_ENDPOINT"));
        let ratio = pick("CUPOLA_OTLP_RATIO", flags.otlp_ratio, &variable, file.otlp_ratio)?;
        let content = flags.otlp_content.then_some(true);
        let content = pick("CUPOLA_OTLP_CONTENT", content, &variable, file.otlp_content)?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let settings = Self {
            listen,
            http_listen,
            metrics_listen: pick(
                "CUPOLA_METRICS_LISTEN",
                flags.metrics_listen,
                &variable,
                file.metrics_listen,
            )?,
            external_url: pick(
                "CUPOLA_EXTERNAL_URL",
                flags.external_url.clone(),
                &variable,
                file.external_url,
            )?
            .map(|url| url.trim_end_matches('/').to_owned()),
            base_domain: pick(
                "CUPOLA_BASE_DOMAIN",
                flags.base_domain.clone(),
                &variable,
                file.base_domain,
            )?
            .map(|domain| domain.trim_matches('.').to_ascii_lowercase()),
            tls_names: pick(
                "CUPOLA_TLS_NAMES",
                flags.tls_names.clone(),
                &variable,
                file.tls_names,
            )?
            .unwrap_or_default()
            .0,
            strict: match fidelity.as_deref() {
                None | Some("relaxed") => false,
                Some("strict") => true,
                Some(other) => bail!("fidelity is '{other}': it can be strict or relaxed"),
            },
            first_start: first_start(region, country)?,
            threads: pick("CUPOLA_THREADS", flags.threads, &variable, file.threads)?
                .map_or(cores, usize::from),
            engine_threads: pick(
                "CUPOLA_ENGINE_THREADS",
                flags.engine_threads,
                &variable,
                file.engine_threads,
            )?,
            engine_slots: pick(
                "CUPOLA_ENGINE_SLOTS",
                flags.engine_slots,
                &variable,
                file.engine_slots,
            )?
            .unwrap_or(8),
            ledger_sync: pick(
                "CUPOLA_LEDGER_SYNC",
                flags.ledger_sync,
                &variable,
                file.ledger_sync
                    .map(|text| text.parse::<LedgerSync>())
                    .transpose()
                    .map_err(|error| anyhow::anyhow!("ledger_sync is {error}"))?,
            )?
            .unwrap_or_default(),
            kept_responses: SiteBounds {
                count_max: pick(
                    "CUPOLA_RESPONSES_KEPT_MAX",
                    flags.responses_kept_max,
                    &variable,
                    file.responses_kept_max,
                )?
                .map_or(KEPT_RESPONSES.count_max, u64::from),
                bytes_max: pick(
                    "CUPOLA_RESPONSES_KEPT_MIB_MAX",
                    flags.responses_kept_mib_max,
                    &variable,
                    file.responses_kept_mib_max,
                )?
                .map_or(KEPT_RESPONSES.bytes_max, |mib| u64::from(mib) << 20),
            },
            log: pick("CUPOLA_LOG", flags.log.clone(), &variable, file.log)?
                .unwrap_or_else(|| "info".to_owned()),
            access_log: pick(
                "CUPOLA_ACCESS_LOG",
                flags.access_log.clone(),
                &variable,
                file.access_log
                    .map(|text| text.parse::<Sink>())
                    .transpose()
                    .map_err(|error| anyhow::anyhow!("access_log: {error}"))?,
            )?,
            traces: endpoint.map(|endpoint| TraceSettings {
                endpoint,
                ratio: ratio.unwrap_or(1.0),
                content: content.unwrap_or(false),
            }),
            check_only: flags.check,
            invite_administrator: flags.invite_administrator,
            data_dir,
        };
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> anyhow::Result<()> {
        if !self.http_listen.ip().is_loopback() {
            bail!(
                "--http-listen {} is not a loopback address: keys would cross the network unencrypted; use --listen for \
                 other machines",
                self.http_listen
            );
        }
        if let Some(Err(why)) = self.metrics_listen.map(crate::observe::check_address) {
            bail!(why);
        }
        if let Some(Err(why)) = self.traces.as_ref().map(TraceSettings::check) {
            bail!("--otlp-endpoint: {why}");
        }
        if let Some(url) = &self.external_url
            && (!url.starts_with("https://") || url.len() <= "https://".len())
        {
            bail!("--external-url {url} does not begin with https://: clients send no token anywhere else");
        }
        if self.threads == 0 || self.engine_slots == 0 {
            bail!("--threads and --engine-slots must be at least 1");
        }
        Ok(())
    }
}

fn first_start(region: Option<String>, country: Option<String>) -> anyhow::Result<FirstStart> {
    let mut wishes = FirstStart::default();
    if let Some(text) = region {
        wishes.region = text
            .parse()
            .map_err(|error: cupola_core::Problem| anyhow::anyhow!("--region {text}: {error}"))?;
    }
    if let Some(text) = country {
        wishes.country = text
            .parse()
            .map_err(|error: cupola_core::Problem| anyhow::anyhow!("--country {text}: {error}"))?;
    }
    Ok(wishes)
}

fn pick<T>(
    name: &str,
    flag: Option<T>,
    variable: &impl Fn(&str) -> Option<String>,
    file: Option<T>,
) -> anyhow::Result<Option<T>>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    if flag.is_some() {
        return Ok(flag);
    }
    match variable(name) {
        Some(text) => match text.parse() {
            Ok(value) => Ok(Some(value)),
            Err(error) => bail!("the environment variable {name} is '{text}': {error}"),
        },
        None => Ok(file),
    }
}

fn read_file(named: Option<PathBuf>, data_dir: &Path) -> anyhow::Result<File> {
    let path = named.clone().unwrap_or_else(|| data_dir.join("settings.toml"));
    match std::fs::read_to_string(&path) {
        Ok(text) => toml::from_str(&text).with_context(|| format!("the settings file {}", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => Ok(File::default()),
        Err(error) => Err(error).with_context(|| format!("the settings file {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(flags: Flags, environment: &[(&str, &str)]) -> anyhow::Result<Settings> {
        let environment = environment
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        Settings::read(&flags, &environment)
    }

    #[test]
    fn a_flag_wins_over_the_environment_and_that_over_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(
            folder.path().join("settings.toml"),
            "listen = '127.0.0.1:3'\nengine_slots = 3\nledger_sync = 'interval'\nresponses_kept_mib_max = 2\n",
        )
        .expect("written");
        let data_dir = folder.path().to_str().expect("text");
        let environment = [("CUPOLA_DATA_DIR", data_dir), ("CUPOLA_LISTEN", "127.0.0.1:2")];
        let one = "127.0.0.1:1".parse().ok();
        assert_eq!(
            read(
                Flags {
                    listen: one,
                    ..Flags::default()
                },
                &environment
            )
            .expect("settings")
            .listen
            .port(),
            1
        );
        let settings = read(Flags::default(), &environment).expect("settings");
        assert_eq!(
            (
                settings.listen.port(),
                settings.engine_slots,
                settings.http_listen.port()
            ),
            (2, 3, 8080)
        );
        assert_eq!(settings.ledger_sync, LedgerSync::Interval);
        let kept = settings.kept_responses;
        assert_eq!((kept.count_max, kept.bytes_max), (10_000, 2 << 20));
        assert_eq!(
            read(Flags::default(), &environment[..1])
                .expect("settings")
                .listen
                .port(),
            3
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        let refused = |environment: &[(&str, &str)]| {
            format!("{:#}", read(Flags::default(), environment).expect_err("refused"))
        };
        assert!(refused(&[("CUPOLA_LISTEN", "x")]).contains("CUPOLA_LISTEN is 'x'"));
        assert!(refused(&[("CUPOLA_HTTP_LISTEN", "0.0.0.0:80")]).contains("not a loopback address"));
        assert!(
            refused(&[("CUPOLA_METRICS_LISTEN", "0.0.0.0:80")])
                .contains("not an address of a private network")
        );
        let metadata = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://169.254.169.254");
        assert!(refused(&[metadata]).contains("nothing is sent there"));
        let collector = ("CUPOLA_OTLP_ENDPOINT", "http://127.0.0.1:4318");
        assert!(refused(&[collector, ("CUPOLA_OTLP_RATIO", "2")]).contains("not from 0 to 1"));
        assert!(refused(&[("CUPOLA_FIDELITY", "loose")]).contains("strict or relaxed"));
        assert!(refused(&[("CUPOLA_LEDGER_SYNC", "never")]).contains("neither answer nor interval"));
        assert!(refused(&[("CUPOLA_EXTERNAL_URL", "http://x")]).contains("https://"));
        assert!(refused(&[("CUPOLA_TLS_NAMES", "a.test,b test")]).contains("'b test' is no host name"));
        assert!(refused(&[("CUPOLA_SETTINGS", "/nonexistent.toml")]).contains("/nonexistent.toml"));
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("settings.toml"), "lisen = 'x'").expect("written");
        assert!(refused(&[("CUPOLA_DATA_DIR", folder.path().to_str().expect("text"))]).contains("lisen"));
    }
}
