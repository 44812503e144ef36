//! Where a request goes, and whether it may go there.

use std::net::IpAddr;

use crate::failure::Failure;

/// Scheme, host and port: what a kept connection and a token belong to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Origin {
    pub(crate) https: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// An absolute URL, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) origin: Origin,
    pub(crate) path_and_query: String,
}

impl Address {
    /// Reads an absolute URL. Plain http is for this machine only, because requests carry credentials.
    pub(crate) fn parse(url: &str) -> Result<Self, Failure> {
        let not_one = || Failure::new(format!("'{url}' is not a URL such as https://127.0.0.1:8443"));
        let uri: http::Uri = url.parse().map_err(|_| not_one())?;
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(not_one()),
        };
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(not_one)?;
        if uri
            .authority()
            .is_some_and(|authority| authority.as_str().contains('@'))
        {
            return Err(Failure::new(
                "A URL with a user name or password in it is not accepted",
            ));
        }
        let origin = Origin {
            https,
            host: host.to_ascii_lowercase(),
            port: uri.port_u16().unwrap_or(if https { 443 } else { 80 }),
        };
        if !https && !origin.is_loopback() {
            return Err(Failure::new(format!(
                "'{url}' would send keys and tokens unprotected: http is accepted for this machine only"
            ))
            .hint(url.replacen("http:", "https:", 1)));
        }
        let path_and_query = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self {
            origin,
            path_and_query,
        })
    }
}

impl Origin {
    /// Whether it is this machine, by name or by number.
    pub(crate) fn is_loopback(&self) -> bool {
        self.host == "localhost"
            || self.host.ends_with(".localhost")
            || self.number().is_some_and(|number| number.is_loopback())
    }

    /// The host as an IP address, if it is one.
    pub(crate) fn number(&self) -> Option<IpAddr> {
        self.host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse()
            .ok()
    }

    /// The text of the `Host` header.
    pub(crate) fn host_header(&self) -> String {
        if self.port == if self.https { 443 } else { 80 } {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Whether a credential for this place may be sent to `other`. Listeners of one machine count as
    /// one place: the server answers on https and on http, and links may name the other one.
    pub(crate) fn trusts(&self, other: &Self) -> bool {
        self == other || (self.is_loopback() && other.is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let address = Address::parse("https://Hello.eastus2.models.localhost:8443/a/b?c=d").expect("parses");
        assert_eq!(
            address.origin,
            Origin {
                https: true,
                host: "hello.eastus2.models.localhost".into(),
                port: 8443
            }
        );
        assert_eq!(address.path_and_query, "/a/b?c=d");
        assert_eq!(Address::parse("https://h").expect("parses").path_and_query, "/");
        assert_eq!(
            Address::parse("http://[::1]:80/")
                .expect("parses")
                .origin
                .host_header(),
            "[::1]"
        );
        assert_eq!(
            Address::parse("https://h:8443")
                .expect("parses")
                .origin
                .host_header(),
            "h:8443"
        );
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        for good in [
            "http://127.0.0.1:8080",
            "http://localhost",
            "http://x.localhost",
            "http://[::1]:1",
            "http://127.1.2.3",
        ] {
            assert!(Address::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "http://10.0.0.1",
            "http://example.test",
            "http://localhost.example.test",
            "ftp://x",
            "127.0.0.1:8443",
            "",
            "https://",
            "https://u:p@h/",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn credentials_stay_with_their_place() {
        let origin = |url| Address::parse(url).expect("parses").origin;
        assert!(origin("https://a:1").trusts(&origin("https://A:1/x")));
        assert!(!origin("https://a:1").trusts(&origin("https://a:2")));
        assert!(origin("http://127.0.0.1:8080").trusts(&origin("https://localhost:8443")));
        assert!(!origin("https://127.0.0.1").trusts(&origin("https://b")));
    }
}
