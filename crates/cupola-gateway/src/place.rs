//! Where a site is: the beginning of the path, or the host.

use http::header;
use http::request::Parts;
use std::fmt;

// A region and a name: 40 and 52 characters at most, and a slash; a subdomain has 64 at most.
const KEY_MAX: usize = 96;
const SEGMENTS_MAX: usize = 12;

// The cloud's own domains of accounts, for whoever lets them lead here.
const ACCOUNT_DOMAINS: [&str; 3] = [
    "services.ai.azure.com",
    "openai.azure.com",
    "cognitiveservices.azure.com",
];

/// How a site is found. Names are folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A serverless endpoint, as `region/name`.
    Endpoint(Name),
    /// An account, by its subdomain.
    Account(Name),
    /// The site whose key the request carries.
    Key,
}

/// A folded name, kept without an allocation. What is too long to be one is the empty one, which nothing has.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Name {
    bytes: [u8; KEY_MAX],
    length: usize,
}

/// The segments of a path, without the empty ones.
pub(crate) struct Segments<'a> {
    segments: [&'a str; SEGMENTS_MAX],
    count: usize,
}

impl<'a> Segments<'a> {
    pub(crate) fn of(path: &'a str) -> Self {
        let mut segments = [""; SEGMENTS_MAX];
        let mut count = 0;
        for segment in path.split('/').filter(|segment| !segment.is_empty()) {
            // A longer path is no route of ours, and the last place says so.
            segments[count.min(SEGMENTS_MAX - 1)] = segment;
            count += 1;
        }
        Self {
            segments,
            count: count.min(SEGMENTS_MAX),
        }
    }

    pub(crate) fn as_slice(&self) -> &[&'a str] {
        &self.segments[..self.count]
    }
}

impl Place {
    /// Reads `/endpoints/REGION/NAME/...`, `/accounts/NAME/...`, the hosts `NAME.REGION.BASE`, `NAME.BASE` and the
    /// cloud's own, and the routes of clients that know a key alone. What follows is the route.
    pub(crate) fn read<'s, 'a>(
        head: &Parts,
        segments: &'s [&'a str],
        base_domain: Option<&str>,
    ) -> Option<(Self, &'s [&'a str])> {
        match by_host(head, base_domain) {
            // The control plane may have a host below the same domain, and has no route of this name.
            Some(Place::Account(_)) if !is_of_account(segments) && *segments != ["usage"] => {}
            Some(place) => return Some((place, segments)),
            None => {}
        }
        match segments {
            [first, region, name, rest @ ..] if first.eq_ignore_ascii_case("endpoints") => {
                Some((Self::Endpoint(Name::joined(&[region, "/", name])), rest))
            }
            [first, name, rest @ ..] if first.eq_ignore_ascii_case("accounts") => {
                Some((Self::Account(Name::joined(&[name])), rest))
            }
            // Ours, and too short to name a site.
            [first, ..] if first.eq_ignore_ascii_case("endpoints") => {
                Some((Self::Endpoint(Name::joined(&[])), &[]))
            }
            [first, ..] if first.eq_ignore_ascii_case("accounts") => {
                Some((Self::Account(Name::joined(&[])), &[]))
            }
            _ if is_of_account(segments) => Some((Self::Key, segments)),
            _ => None,
        }
    }
}

impl Name {
    fn joined(parts: &[&str]) -> Self {
        let mut bytes = [0; KEY_MAX];
        let mut length = 0;
        for part in parts {
            let Some(place) = bytes.get_mut(length..length + part.len()) else {
                return Self {
                    bytes: [0; KEY_MAX],
                    length: 0,
                };
            };
            place.copy_from_slice(part.as_bytes());
            length += part.len();
        }
        bytes.make_ascii_lowercase();
        Self { bytes, length }
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// For the log.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(name) => write!(f, "endpoint {}", name.as_str()),
            Self::Account(name) => write!(f, "account {}", name.as_str()),
            Self::Key => f.write_str("key"),
        }
    }
}

fn by_host(head: &Parts, base_domain: Option<&str>) -> Option<Place> {
    let host = match head.uri.authority() {
        Some(authority) => authority.as_str(),
        None => head.headers.get(header::HOST)?.to_str().ok()?,
    };
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    if let Some(labels) = base_domain.and_then(|base| below(host, base)) {
        return match labels.split_once('.') {
            Some((name, region)) if !region.contains('.') => {
                Some(Place::Endpoint(Name::joined(&[region, "/", name])))
            }
            Some(_) => None,
            None => Some(Place::Account(Name::joined(&[labels]))),
        };
    }
    let labels = ACCOUNT_DOMAINS.iter().find_map(|domain| below(host, domain))?;
    (!labels.contains('.')).then(|| Place::Account(Name::joined(&[labels])))
}

/// Does a path begin as an account's do, wherever it is?
fn is_of_account(segments: &[&str]) -> bool {
    matches!(
        segments,
        ["v1" | "v2" | "openai" | "models" | "anthropic", ..]
            | ["api", "projects", ..]
            | ["providers", "cohere", ..]
    )
}

/// The labels before a domain.
fn below<'a>(host: &'a str, domain: &str) -> Option<&'a str> {
    let at = host.len().checked_sub(domain.len() + 1)?;
    let (labels, rest) = (host.get(..at)?, host.get(at..)?);
    let matches = rest.starts_with('.') && rest[1..].eq_ignore_ascii_case(domain);
    (matches && !labels.is_empty()).then_some(labels)
}
