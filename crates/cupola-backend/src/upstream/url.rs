//! The base URL of an upstream, taken apart, and which ones a binding may have.

use crate::address;
use crate::connect::{Origin, Place};
use http::Uri;
use std::net::IpAddr;

/// Is this a base URL that a binding may have? The addresses that its name resolves to are checked when connecting.
pub fn check_upstream_url(url: &str, allow_private: bool) -> Result<(), String> {
    BaseUrl::read(url, allow_private).map(|_| ())
}

/// A base URL, taken apart.
pub(crate) struct BaseUrl {
    pub(crate) tls: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) authority: String,
    /// Without a slash at its end.
    pub(crate) path: String,
    pub(crate) query: Option<String>,
}

impl BaseUrl {
    pub(crate) fn read(url: &str, allow_private: bool) -> Result<Self, String> {
        if url.contains('#') || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err("the upstream's URL may not have a fragment or spaces".to_owned());
        }
        let uri: Uri = url
            .parse()
            .map_err(|error| format!("the upstream's URL is not valid: {error}"))?;
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err("the upstream's URL must begin with https:// or http://".to_owned()),
        };
        let authority = uri.authority().ok_or("the upstream's URL has no host")?;
        if authority.as_str().contains('@') {
            return Err(
                "the upstream's URL may not carry a user or a password; give the key by itself".to_owned(),
            );
        }
        let host = authority.host().to_ascii_lowercase();
        if host.is_empty() {
            return Err("the upstream's URL has no host".to_owned());
        }
        if !allow_private && leads_inside(&host) {
            return Err(format!(
                "the upstream's host {host} is a private address; allow it explicitly with --allow-private-network"
            ));
        }
        let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });
        Ok(Self {
            tls,
            port,
            authority: authority.as_str().to_ascii_lowercase(),
            host,
            path: uri.path().trim_end_matches('/').to_owned(),
            query: uri.query().map(str::to_owned),
        })
    }

    /// Where it leads, for one use: connections are never lent to another use, and one to a private address never to who may
    /// not go there.
    pub(crate) fn origin(&self, used: &str, allow_private: bool) -> Origin {
        let scheme = if self.tls { "https" } else { "http" };
        let reach = if allow_private { "private" } else { "public" };
        Origin {
            key: format!("{scheme}://{}#{used} {reach}", self.authority).into(),
            place: Place::Tcp {
                host: self.host.clone(),
                port: self.port,
                tls: self.tls,
                allow_private,
            },
        }
    }
}

// What can be told without asking a name server; the rest is told when connecting.
fn leads_inside(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(ip) => !address::allowed(ip, false),
        Err(_) => bare == "localhost" || bare.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, allow_private: bool, expected: Option<&str>) {
        match (check_upstream_url(url, allow_private), expected) {
            (Ok(()), None) => {}
            (Err(found), Some(expected)) if found.contains(expected) => {}
            (found, _) => panic!("{url}: {found:?}"),
        }
    }

    #[test]
    fn base_urls_are_checked() {
        check("https://api.example.com/v1", false, None);
        check("http://api.example.com:8000/v1/?api-version=1", false, None);
        check("https://[2606:4700::1]/v1", false, None);
        check("http://127.0.0.1:8000/v1", true, None);
        check("http://127.0.0.1:8000/v1", false, Some("--allow-private-network"));
        check("http://localhost/v1", false, Some("private address"));
        check("http://a.LOCALHOST/v1", false, Some("private address"));
        check("http://[::1]/v1", false, Some("private address"));
        check("http://169.254.169.254/", false, Some("private address"));
        check(
            "https://user:pass@example.com/v1",
            false,
            Some("user or a password"),
        );
        check(
            "https://example.com@evil.example/v1",
            false,
            Some("user or a password"),
        );
        check("ftp://example.com", false, Some("https://"));
        check("file:///etc/passwd", false, Some("not valid"));
        check("example.com/v1", false, Some("not valid"));
        check("/v1", false, Some("https://"));
        check("https:///v1", false, Some(""));
        check("https://example.com/#x", false, Some("fragment"));
        check("https://exam ple.com/", false, Some("spaces"));
    }
}
