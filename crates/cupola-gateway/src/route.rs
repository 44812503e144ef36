//! Which endpoint and which route a request is for, by its path or its host and never by its client.

use crate::refusal::Refusal;
use crate::snapshot::Model;
use cupola_core::catalog::Task;
use cupola_wire::openai::Surface;
use http::request::Parts;
use http::{Method, header};

// A region and a name: 40 and 52 characters at most, and a slash.
const KEY_MAX: usize = 96;
const SEGMENTS_MAX: usize = 8;

/// Where a request goes.
pub(crate) struct Address {
    key: [u8; KEY_MAX],
    key_length: usize,
    route: Route,
}

/// A route below an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Route {
    /// `/chat/completions` and `/v1/chat/completions`
    Chat(Surface),
    /// `/info`
    Info,
    /// Anything else.
    #[default]
    Unknown,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// A chat completion.
    Chat(Surface),
    /// What the model is.
    Info,
}

impl Address {
    /// Reads `/endpoints/REGION/NAME/...` or the host `NAME.REGION.BASE`. Repeated and trailing slashes are forgiven;
    /// names compare without case.
    pub(crate) fn read(head: &Parts, base_domain: Option<&str>) -> Option<Self> {
        let mut segments = [""; SEGMENTS_MAX];
        let mut count = 0;
        for segment in head.uri.path().split('/').filter(|segment| !segment.is_empty()) {
            // A longer path is no route of ours, and the last place says so.
            segments[count.min(SEGMENTS_MAX - 1)] = segment;
            count += 1;
        }
        let segments = &segments[..count.min(SEGMENTS_MAX)];
        if let Some((name, region)) = base_domain.and_then(|base| by_host(head, base)) {
            return Self::new(region, name, segments);
        }
        match segments {
            [first, region, name, rest @ ..] if first.eq_ignore_ascii_case("endpoints") => {
                Self::new(region, name, rest)
            }
            // Ours, and too short to name an endpoint.
            [first, ..] if first.eq_ignore_ascii_case("endpoints") => Self::new("", "", &[]),
            _ => None,
        }
    }

    fn new(region: &str, name: &str, rest: &[&str]) -> Option<Self> {
        let mut key = [0; KEY_MAX];
        let key_length = region.len() + 1 + name.len();
        // What is too long to be a name is looked up as the empty one, and not found.
        let key_length = if key_length > KEY_MAX { 0 } else { key_length };
        if key_length > 0 {
            key[..region.len()].copy_from_slice(region.as_bytes());
            key[region.len()] = b'/';
            key[region.len() + 1..key_length].copy_from_slice(name.as_bytes());
            key.make_ascii_lowercase();
        }
        let route = match rest {
            ["chat", "completions"] => Route::Chat(Surface::ModelInference),
            ["v1", "chat", "completions"] => Route::Chat(Surface::OpenAi),
            ["info"] => Route::Info,
            _ => Route::Unknown,
        };
        Some(Self {
            key,
            key_length,
            route,
        })
    }

    /// `region/name`, folded: what the snapshot goes by.
    pub(crate) fn key(&self) -> &str {
        std::str::from_utf8(&self.key[..self.key_length]).unwrap_or_default()
    }

    /// The route below the endpoint.
    pub(crate) fn route(&self) -> Route {
        self.route
    }
}

/// The labels before the base domain: name and region.
fn by_host<'a>(head: &'a Parts, base: &str) -> Option<(&'a str, &'a str)> {
    let host = match head.uri.authority() {
        Some(authority) => authority.as_str(),
        None => head.headers.get(header::HOST)?.to_str().ok()?,
    };
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let at = host.len().checked_sub(base.len() + 1)?;
    let (labels, rest) = (host.get(..at)?, host.get(at..)?);
    let matches = rest.starts_with('.') && rest[1..].eq_ignore_ascii_case(base);
    let (name, region) = labels.split_once('.')?;
    (matches && !region.contains('.')).then_some((name, region))
}

impl Route {
    /// Whose errors its clients read.
    pub(crate) fn surface(self) -> Surface {
        match self {
            Self::Chat(surface) => surface,
            Self::Info | Self::Unknown => Surface::ModelInference,
        }
    }

    /// Does the model have this route, and by this method?
    pub(crate) fn check(self, method: &Method, model: &Model) -> Result<Action, Refusal> {
        let (action, allowed) = match self {
            Self::Chat(surface) if model.task == Task::ChatCompletion => {
                (Action::Chat(surface), Method::POST)
            }
            Self::Info => (Action::Info, Method::GET),
            Self::Chat(_) | Self::Unknown => return Err(Refusal::no_such_route(self.surface(), model)),
        };
        if *method == allowed {
            return Ok(action);
        }
        Err(Refusal::wrong_method(self.surface(), method, &allowed))
    }
}

/// Checks `?api-version=`: absent is the latest, anything that looks like a version is taken. Says whether the version
/// knows `user_security_context`, which came in 2025.
pub(crate) fn api_version(head: &Parts) -> Result<bool, Refusal> {
    let query = head.uri.query().unwrap_or_default();
    let named = query.split('&').filter_map(|pair| pair.split_once('='));
    let version = named
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("api-version"))
        .map(|(_, value)| value);
    match version {
        None | Some("") => Ok(true),
        Some(version) if is_version(version) => Ok(version >= "2025"),
        Some(version) => Err(Refusal::bad_api_version(version)),
    }
}

fn is_version(text: &str) -> bool {
    let date = text.strip_suffix("-preview").unwrap_or(text).as_bytes();
    date.len() == 10
        && date.iter().enumerate().all(|(at, byte)| {
            if at == 4 || at == 7 {
                *byte == b'-'
            } else {
                byte.is_ascii_digit()
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn check(uri: &str, host: &str, expected: Option<(&str, Route)>) {
        let (head, ()) = Request::builder()
            .uri(uri)
            .header("host", host)
            .body(())
            .expect("a request")
            .into_parts();
        let address = Address::read(&head, Some("models.Example.com"));
        let found = address.as_ref().map(|address| (address.key(), address.route()));
        assert_eq!(found, expected, "{host} {uri}");
    }

    #[test]
    fn endpoints_are_found_by_path_and_by_host() {
        let chat = Route::Chat(Surface::ModelInference);
        let openai = Route::Chat(Surface::OpenAi);
        check(
            "/endpoints/eastus2/Hello/chat/completions?api-version=x",
            "h",
            Some(("eastus2/hello", chat)),
        );
        check(
            "//Endpoints//EastUS2/hello//v1/chat/completions/",
            "h",
            Some(("eastus2/hello", openai)),
        );
        check(
            "/endpoints/eastus2/hello/info/",
            "h",
            Some(("eastus2/hello", Route::Info)),
        );
        check(
            "/endpoints/eastus2/hello",
            "h",
            Some(("eastus2/hello", Route::Unknown)),
        );
        check(
            "/endpoints/eastus2/hello/a/b/c/d/e/f/chat/completions",
            "h",
            Some(("eastus2/hello", Route::Unknown)),
        );
        check("/endpoints/eastus2", "h", Some(("/", Route::Unknown)));
        check(
            &format!("/endpoints/e/{}/info", "x".repeat(200)),
            "h",
            Some(("", Route::Info)),
        );
        check("/subscriptions/s", "h", None);
        check("/", "h", None);
        check(
            "/chat/completions",
            "Hello.eastus2.MODELS.example.com:8443",
            Some(("eastus2/hello", chat)),
        );
        check(
            "/info",
            "hello.eastus2.models.example.com",
            Some(("eastus2/hello", Route::Info)),
        );
        check("/info", "eastus2.models.example.com", None);
        check("/info", "a.hello.eastus2.models.example.com", None);
        check("/info", "hello.eastus2.models.example.org", None);
        check("/info", "é.é.models.example.com", None);
        check(
            "http://hello.eastus2.models.example.com/info",
            "h",
            Some(("eastus2/hello", Route::Info)),
        );
    }

    #[test]
    fn api_versions_are_well_formed_or_absent() {
        let check = |query: &str| {
            let (head, ()) = Request::builder()
                .uri(format!("/x?{query}"))
                .body(())
                .expect("a request")
                .into_parts();
            api_version(&head).ok()
        };
        assert_eq!(check(""), Some(true));
        assert_eq!(check("a=b&API-Version=2024-05-01-preview"), Some(false));
        assert_eq!(check("api-version=2025-04-01"), Some(true));
        for wrong in ["latest", "2024-5-1", "2024-05-01-beta", "2024/05/01"] {
            assert_eq!(check(&format!("api-version={wrong}")), None, "{wrong}");
        }
    }
}
