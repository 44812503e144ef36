//! Applications through which people sign in, and where a browser may be sent for them.

use crate::control::Control;
use cupola_store::StoreError;

/// The command line of the cloud, and what its libraries use when nobody says otherwise.
pub(super) const COMMAND_LINE: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/// An application.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) id: String,
    pub(super) name: String,
    /// May people sign in through it without a secret?
    pub(super) public: bool,
    redirects: Vec<String>,
    logouts: Vec<String>,
}

/// The application of this id, if it is one through which people sign in.
pub(super) async fn find(control: &Control, id: &str) -> Result<Option<Client>, StoreError> {
    if id.eq_ignore_ascii_case(COMMAND_LINE) {
        return Ok(Some(Client {
            id: COMMAND_LINE.to_owned(),
            name: "Command line and its libraries".to_owned(),
            public: true,
            redirects: vec!["http://localhost".to_owned(), "http://127.0.0.1".to_owned()],
            logouts: Vec::new(),
        }));
    }
    let found = control.store().reader().await?.apps().find(id).await?;
    // Only the application id names a client: object ids are for administrators.
    let found =
        found.filter(|app| app.app_id.eq_ignore_ascii_case(id) && app.service_principal && app.enabled);
    Ok(found.map(|app| Client {
        id: app.app_id,
        name: app.display_name,
        public: app.registration.public,
        redirects: app.registration.redirect_uris,
        logouts: app.registration.logout_uris,
    }))
}

impl Client {
    /// May a browser be sent there with a code?
    pub(super) fn allows_redirect(&self, uri: &str) -> bool {
        is_plain(uri)
            && self
                .redirects
                .iter()
                .any(|known| known == uri || is_same_loopback(known, uri))
    }

    /// May a browser be sent there after sign-out?
    pub(super) fn allows_logout(&self, uri: &str) -> bool {
        is_plain(uri) && self.logouts.iter().any(|known| known == uri)
    }
}

// What is put into a header and into a page has nothing in it that could end either.
fn is_plain(uri: &str) -> bool {
    uri.len() <= 1000
        && !uri.contains('#')
        && uri
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\"'<>\\`;,".contains(&byte))
        && !["javascript:", "data:", "vbscript:"]
            .iter()
            .any(|scheme| uri.to_ascii_lowercase().starts_with(scheme))
}

// A program on the person's own machine listens on whatever port is free (RFC 8252, 7.3), so only the port may differ.
fn is_same_loopback(known: &str, given: &str) -> bool {
    match (loopback(known), loopback(given)) {
        (Some(known), Some(given)) => known == given,
        _ => false,
    }
}

fn loopback(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let (authority, path) = match rest.find(['/', '?']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let (host, port) = match authority.strip_prefix("[::1]") {
        Some(rest) => ("[::1]", rest),
        None => authority
            .find(':')
            .map_or((authority, ""), |at| authority.split_at(at)),
    };
    let good_port = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|port| port.parse::<u16>().is_ok());
    let path = if path == "/" { "" } else { path };
    (["localhost", "127.0.0.1", "[::1]"].contains(&host) && good_port).then_some((host, path))
}

/// What a content security policy calls the place of a redirect.
pub(super) fn source(uri: &str) -> String {
    match uri.split_once("://") {
        Some((scheme @ ("http" | "https"), rest)) => {
            let authority = rest.split(['/', '?']).next().unwrap_or_default();
            format!("{scheme}://{authority}")
        }
        _ => format!("{}:", uri.split(':').next().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(known: &str, given: &str, expected: bool) {
        let client = Client {
            id: "c".into(),
            name: "C".into(),
            public: true,
            redirects: vec![known.into()],
            logouts: Vec::new(),
        };
        assert_eq!(client.allows_redirect(given), expected, "{known} {given}");
        assert!(!client.allows_logout(given));
    }

    #[test]
    fn a_browser_is_sent_to_registered_places_alone() {
        check("http://localhost", "http://localhost:8400", true);
        check("http://localhost", "http://localhost:8400/", true);
        check("http://localhost", "http://localhost", true);
        check("http://localhost/cb", "http://localhost:1/cb", true);
        check("http://127.0.0.1", "http://127.0.0.1:5", true);
        check("http://[::1]/", "http://[::1]:5", true);
        check("https://app.test/cb", "https://app.test/cb", true);
        check("myapp://auth", "myapp://auth", true);
        for given in [
            "http://localhost:8400/cb",
            "http://localhost:8400?x",
            "http://localhost.evil.test",
            "http://localhost:80@evil.test",
            "http://localhost:99999",
            "http://127.0.0.1:1",
            "https://localhost:8400",
            "http://user@localhost:1",
            "http://localhost:1#x",
            "http://localhost\\@evil.test",
            "",
        ] {
            check("http://localhost", given, false);
        }
        for given in [
            "https://app.test/cb/",
            "https://app.test/cb?x=y",
            "https://app.test:443/cb",
            "https://APP.test/cb",
            "https://app.test/cb#",
            "https://app.test.evil.test/cb",
        ] {
            check("https://app.test/cb", given, false);
        }
        check("javascript://x", "javascript://x", false);
        check("https://a.test/<b>", "https://a.test/<b>", false);
    }

    #[test]
    fn a_policy_names_the_origin_or_the_scheme() {
        assert_eq!(source("http://localhost:8400/cb?x"), "http://localhost:8400");
        assert_eq!(source("myapp://auth"), "myapp:");
    }
}
