//! Small requests to servers that are not models: the discovery documents, key sets and token endpoints of other issuers.
//! An administrator named the server; what it answers is bounded, and it sends us nowhere else: redirects are not followed.

use crate::address;
use crate::connect::{Dialer, Origin, Place, Timeouts};
use crate::connections;
use bytes::Bytes;
use cupola_core::Secret;
use http::{HeaderValue, Method, Request, Uri, header};
use http_body_util::Full;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::timeout;

const BODY_BYTES_MAX: usize = 256 * 1024;
const WHOLE: Duration = Duration::from_secs(15);

/// A request.
#[derive(Debug, Clone, Default)]
pub struct Fetch {
    /// Where to.
    pub url: String,
    /// The form to post; without one it is a GET.
    pub form: Option<Secret>,
    /// The `Authorization` header.
    pub authorization: Option<Secret>,
    /// How far it may go.
    pub reach: Reach,
}

/// How far a request may go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// May the name lead to a private address?
    pub private: bool,
    /// May it be plain http, to this machine?
    pub insecure_loopback: bool,
    /// Certificates to trust besides the platform's own, in PEM.
    pub roots: Option<String>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address is not one to go to.
    #[error("{0}")]
    Refused(String),
    /// The server did not answer.
    #[error("'{host}' did not answer: {cause}")]
    Failed {
        /// Whom we asked.
        host: String,
        /// What happened.
        cause: String,
    },
}

/// Makes such requests. Cloning it shares it.
#[derive(Debug, Clone)]
pub struct Fetcher {
    dialer: Dialer,
}

impl Default for Fetcher {
    fn default() -> Self {
        Self {
            dialer: Dialer::new(timeouts(), Vec::new()),
        }
    }
}

impl Fetcher {
    /// Sends a request and reads the whole answer.
    pub async fn fetch(&self, request: &Fetch) -> Result<Fetched, FetchError> {
        let place = Checked::read(&request.url, &request.reach)?;
        let failed = |cause: String| FetchError::Failed {
            host: place.authority.clone(),
            cause,
        };
        let dialer = match &request.reach.roots {
            None => self.dialer.clone(),
            Some(pem) => Dialer::new(timeouts(), read_roots(pem).map_err(FetchError::Refused)?),
        };
        let message = message(request, &place).map_err(failed)?;
        let exchange = async {
            let answer =
                connections::send(&dialer, &place.origin(&request.reach), || message.clone()).await?;
            let status = answer.status.as_u16();
            let body = answer.body.collect(BODY_BYTES_MAX).await?;
            Ok(Fetched { status, body })
        };
        match timeout(WHOLE, exchange).await {
            Ok(Ok(fetched)) => Ok(fetched),
            Ok(Err(error)) => {
                let error: crate::BackendError = error;
                Err(failed(match error.causes() {
                    causes if causes.is_empty() => error.message,
                    causes => causes,
                }))
            }
            Err(_) => Err(failed("it took too long".to_owned())),
        }
    }
}

/// Is this a URL that such a request may go to? The addresses that its name resolves to are checked when connecting.
pub fn check_url(url: &str, reach: &Reach) -> Result<(), String> {
    Checked::read(url, reach)
        .map(|_| ())
        .map_err(|error| error.to_string())
}

/// Can these certificates be read?
pub fn check_roots(pem: &str) -> Result<(), String> {
    read_roots(pem).map(|_| ())
}

fn read_roots(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let roots: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| format!("the CA bundle is not PEM: {error}"))?;
    if roots.is_empty() || roots.len() > 100 {
        return Err("the CA bundle must have from 1 to 100 certificates in PEM".to_owned());
    }
    Ok(roots)
}

fn timeouts() -> Timeouts {
    Timeouts {
        connect: Duration::from_secs(5),
        first_byte: Duration::from_secs(10),
        idle: Duration::from_secs(10),
    }
}

fn message(request: &Fetch, place: &Checked) -> Result<Request<Full<Bytes>>, String> {
    let body = request.form.as_ref().map(|form| form.expose().to_owned());
    let mut message = Request::new(Full::new(Bytes::from(body.unwrap_or_default())));
    if request.form.is_some() {
        *message.method_mut() = Method::POST;
    }
    *message.uri_mut() = place.path.clone();
    let headers = message.headers_mut();
    let host = HeaderValue::from_str(&place.authority).map_err(|error| error.to_string())?;
    headers.insert(header::HOST, host);
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static("cupola"));
    if request.form.is_some() {
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(header::CONTENT_TYPE, form);
    }
    if let Some(authorization) = &request.authorization {
        let mut value = HeaderValue::from_str(authorization.expose())
            .map_err(|_| "the credential has characters that no header can carry".to_owned())?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
    Ok(message)
}

/// A URL, taken apart and found good.
#[derive(Debug)]
struct Checked {
    tls: bool,
    host: String,
    port: u16,
    authority: String,
    path: Uri,
}

impl Checked {
    fn read(url: &str, reach: &Reach) -> Result<Self, FetchError> {
        let refused = |why: &str| FetchError::Refused(format!("The address '{}' {why}.", shown(url)));
        if url.len() > 2000 || url.contains('#') || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(refused(
                "may not be longer than 2000 bytes or have a fragment or spaces",
            ));
        }
        let uri: Uri = url.parse().map_err(|_| refused("is not a URL"))?;
        let authority = uri.authority().ok_or_else(|| refused("has no host"))?;
        if authority.as_str().contains('@') {
            return Err(refused("may not carry a user or a password"));
        }
        let host = authority.host().to_ascii_lowercase();
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if reach.insecure_loopback && is_loopback(&host) => false,
            Some("http") if reach.insecure_loopback => {
                return Err(refused("is plain http to another machine; use https"));
            }
            _ => {
                return Err(refused(
                    "must begin with https://; plain http is for a provider on this machine with allowInsecureLoopback",
                ));
            }
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let may_go_inside = may_go_inside(reach, &host);
        let inside = match bare.parse::<IpAddr>() {
            Ok(ip) => !address::allowed(ip, may_go_inside),
            Err(_) => (bare == "localhost" || bare.ends_with(".localhost")) && !may_go_inside,
        };
        if host.is_empty() || inside {
            return Err(refused(
                "leads to a private address; allow that with allowPrivateNetwork",
            ));
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self {
            tls,
            port: authority.port_u16().unwrap_or(if tls { 443 } else { 80 }),
            authority: authority.as_str().to_ascii_lowercase(),
            host,
            path: path.parse().map_err(|_| refused("has no usable path"))?,
        })
    }

    fn origin(&self, reach: &Reach) -> Origin {
        let scheme = if self.tls { "https" } else { "http" };
        // A connection is never lent to a request that may go less far or trusts fewer roots.
        let key = format!("{scheme}://{}#fetch {reach:?}", self.authority);
        Origin {
            key: key.into(),
            place: Place::Tcp {
                host: self.host.clone(),
                port: self.port,
                tls: self.tls,
                allow_private: may_go_inside(reach, &self.host),
            },
        }
    }
}

// To this machine is not to every machine beside it.
fn may_go_inside(reach: &Reach, host: &str) -> bool {
    reach.private || (reach.insecure_loopback && is_loopback(host))
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

// What is shown of an address is its beginning, without what could break a line.
fn shown(url: &str) -> String {
    url.chars().filter(|c| !c.is_control()).take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, reach: Reach, expected: Option<&str>) {
        match (check_url(url, &reach), expected) {
            (Ok(()), None) => {}
            (Err(found), Some(expected)) if found.contains(expected) => {}
            (found, _) => panic!("{url}: {found:?}"),
        }
    }

    #[test]
    fn addresses_are_checked() {
        let open = Reach::default;
        let private = || Reach {
            private: true,
            ..Reach::default()
        };
        let loopback = || Reach {
            insecure_loopback: true,
            ..Reach::default()
        };
        check(
            "https://login.example.com/x/.well-known/openid-configuration?a=b",
            open(),
            None,
        );
        check("http://login.example.com", open(), Some("https://"));
        check("https://10.0.0.1/", open(), Some("private address"));
        check("https://10.0.0.1/", private(), None);
        check("https://localhost/", open(), Some("private address"));
        check("https://169.254.169.254/", private(), Some("private address"));
        check("http://127.0.0.1:9000/x", loopback(), None);
        check("http://localhost:9000/x", loopback(), None);
        check("http://127.0.0.1:9000/x", private(), Some("https://"));
        check("http://example.com/", loopback(), Some("another machine"));
        check("https://10.0.0.1/", loopback(), Some("private address"));
        check("https://127.0.0.1:9000/", loopback(), None);
        check("https://user@example.com/", open(), Some("user or a password"));
        check("https://example.com/#x", open(), Some("fragment"));
        check("/x", open(), Some("no host"));
        check("ftp://example.com", open(), Some("https://"));
        assert!(check_roots("x").is_err());
    }
}
