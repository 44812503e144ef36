//! The page of metrics: who may read it, and what this process says of itself.

use cupola_control::Control;
use cupola_edge::access_log::AccessLog;
use cupola_edge::metrics::{Format, Kind, Page};
use cupola_edge::{Body, Peer};
use cupola_gateway::Gateway;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use std::net::{IpAddr, SocketAddr};

const PATH: &str = "/metrics";

/// Everything that is counted.
pub(crate) struct Metrics {
    pub(crate) control: Control,
    pub(crate) gateway: Gateway,
    pub(crate) access_log: Option<AccessLog>,
    /// Is there a listener for them alone? Then they are nowhere else.
    pub(crate) apart: bool,
}

impl Metrics {
    /// Is this a request for the page that may be answered where the API is? Metrics name every endpoint, so there they are
    /// for this machine alone, asked for by nobody else's words: not over TLS, which other machines reach, not through a
    /// proxy, not for a name that a page in a browser could have brought here.
    pub(crate) fn claims(&self, head: &Parts, peer: Peer) -> bool {
        !self.apart && is_ours(head) && is_from_here(head, peer)
    }

    /// Answers on the listener that is for metrics alone.
    pub(crate) fn answer_apart<B>(&self, request: &Request<B>) -> Response<Body> {
        if request.uri().path() != PATH {
            return said(StatusCode::NOT_FOUND, "Here are metrics alone: GET /metrics.\n");
        }
        if *request.method() != Method::GET {
            let mut response = said(StatusCode::METHOD_NOT_ALLOWED, "Use GET.\n");
            let allow = HeaderValue::from_static("GET");
            response.headers_mut().insert(header::ALLOW, allow);
            return response;
        }
        self.answer(request.headers())
    }

    /// The page.
    pub(crate) fn answer(&self, headers: &http::HeaderMap) -> Response<Body> {
        let format = Format::asked(headers);
        let mut page = Page::new(format);
        self.gateway.write_metrics(&mut page);
        self.control.write_metrics(&mut page);
        if let Some(log) = &self.access_log {
            let help = "Lines of the access log that could not be written.";
            page.one("cupola_access_log_lost_total", Kind::Counter, help, log.lost());
        }
        process(&mut page);
        let mut response = Response::new(cupola_edge::full(page.finish()));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, format.content_type());
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

fn is_ours(head: &Parts) -> bool {
    head.uri.path() == PATH && head.method == Method::GET
}

fn is_from_here(head: &Parts, peer: Peer) -> bool {
    let passed_on = [
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-real-ip",
        "via",
    ];
    !peer.secure
        && peer.address.ip().is_loopback()
        && !passed_on.iter().any(|name| head.headers.contains_key(*name))
        && head
            .headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .is_some_and(names_this_machine)
}

fn names_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// May metrics be served at this address? Whoever reaches it reads the names of all endpoints.
pub(crate) fn check_address(address: SocketAddr) -> Result<(), String> {
    let is_private = match address.ip() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    };
    if is_private {
        return Ok(());
    }
    Err(format!(
        "--metrics-listen {address} is not an address of a private network: metrics name every endpoint and take no password; \
         use one such as 127.0.0.1:9464 or 10.0.0.5:9464"
    ))
}

fn said(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(cupola_edge::full(text));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}

/// What the operating system knows of this process, under the names that all clients of Prometheus use.
fn process(page: &mut Page) {
    page.family(
        "cupola_build_info",
        Kind::Gauge,
        "Which version this is; always 1.",
    )
    .sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    if let Some(seconds) = cpu_seconds() {
        page.one(
            "process_cpu_seconds_total",
            Kind::Counter,
            "Time of processors, in the program and in the system.",
            seconds,
        );
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| field_of(&status, name);
    let mut gauge = |name, help, value: Option<u64>| {
        if let Some(value) = value {
            page.one(name, Kind::Gauge, help, value);
        }
    };
    let bytes = |kilobytes: Option<u64>| kilobytes.map(|kilobytes| kilobytes * 1024);
    gauge(
        "process_resident_memory_bytes",
        "Memory that is in use.",
        bytes(field("VmRSS")),
    );
    gauge(
        "process_virtual_memory_bytes",
        "Addresses that are in use.",
        bytes(field("VmSize")),
    );
    gauge("process_threads", "Threads.", field("Threads"));
    let open = std::fs::read_dir("/proc/self/fd").map(|entries| entries.count() as u64);
    // The folder itself is open while it is counted.
    gauge(
        "process_open_fds",
        "Open file descriptors.",
        open.ok().map(|count| count.saturating_sub(1)),
    );
    use nix::sys::resource::{Resource, getrlimit};
    let most = getrlimit(Resource::RLIMIT_NOFILE).ok().map(|(soft, _)| soft);
    gauge("process_max_fds", "How many there may be.", most);
}

fn cpu_seconds() -> Option<f64> {
    use nix::sys::resource::{UsageWho, getrusage};
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    let [user, system] = [usage.user_time(), usage.system_time()]
        .map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6);
    Some(user + system)
}

/// A number of `/proc/self/status`.
fn field_of(status: &str, name: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_read(secure: bool, address: &str, path: &str, headers: &[(&'static str, &str)]) -> bool {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).expect("a request").into_parts();
        let address = SocketAddr::new(address.parse().expect("an address"), 1);
        is_ours(&head) && is_from_here(&head, Peer { secure, address })
    }

    #[test]
    fn where_the_api_is_metrics_are_for_this_machine_alone() {
        let host = ("host", "127.0.0.1:8080");
        let check = |expected, secure, address, path, headers: &[(&'static str, &str)]| {
            assert_eq!(
                is_read(secure, address, path, headers),
                expected,
                "{secure} {address} {path} {headers:?}"
            );
        };
        check(true, false, "127.0.0.1", "/metrics", &[host]);
        check(true, false, "::1", "/metrics", &[("host", "[::1]:8080")]);
        check(true, false, "127.0.0.1", "/metrics", &[("host", "localhost")]);
        check(false, true, "127.0.0.1", "/metrics", &[host]);
        check(false, false, "10.0.0.1", "/metrics", &[host]);
        check(false, false, "127.0.0.1", "/metrics/", &[host]);
        check(false, false, "127.0.0.1", "/metrics", &[]);
        check(
            false,
            false,
            "127.0.0.1",
            "/metrics",
            &[("host", "evil.example.com")],
        );
        check(
            false,
            false,
            "127.0.0.1",
            "/metrics",
            &[host, ("x-forwarded-for", "203.0.113.9")],
        );
    }

    #[test]
    fn a_listener_for_metrics_is_in_a_private_network() {
        let check = |address: &str, expected: bool| {
            let address = address.parse().expect("an address");
            assert_eq!(check_address(address).is_ok(), expected, "{address}");
        };
        check("127.0.0.1:9464", true);
        check("10.1.2.3:9464", true);
        check("[::1]:9464", true);
        check("[fd00::1]:9464", true);
        check("0.0.0.0:9464", false);
        check("[::]:9464", false);
        check("203.0.113.7:9464", false);
        check("[2606:4700::1]:9464", false);
    }

    #[test]
    fn fields_of_the_status_are_found_by_their_whole_name() {
        let status = "Name:\tcupola\nVmRSSx:\t1 kB\nVmRSS:\t  2048 kB\nThreads:\t7\n";
        assert_eq!(field_of(status, "VmRSS"), Some(2048));
        assert_eq!(field_of(status, "Threads"), Some(7));
        assert_eq!(field_of(status, "Vm"), None);
    }

    #[test]
    fn this_process_has_memory_threads_and_files() {
        let mut page = Page::new(Format::Prometheus);
        process(&mut page);
        let text = page.finish();
        for name in [
            "process_cpu_seconds_total",
            "process_resident_memory_bytes",
            "process_threads",
            "process_open_fds",
            "process_max_fds",
        ] {
            let value = text
                .lines()
                .find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok());
            assert!(value.is_some_and(|value| value > 0.0), "{name}\n{text}");
        }
    }
}
