//! An OpenAI-compatible upstream.

use crate::answer::Answer;
use crate::connect::{Dialer, Origin, Place};
use crate::error::BackendError;
use crate::{Call, address, pool};
use bytes::Bytes;
use cupola_core::Secret;
use http::{HeaderValue, Method, Request, Uri, header};
use http_body_util::Full;
use std::net::IpAddr;
use std::ops::Range;

/// Somebody's inference API.
#[derive(Debug)]
pub struct Upstream {
    origin: Origin,
    path: Uri,
    host: HeaderValue,
    authorization: Option<HeaderValue>,
    model: String,
    dialer: Dialer,
}

/// Is this a base URL that a binding may have? The addresses that its name resolves to are checked when connecting.
pub fn check_upstream_url(url: &str, allow_private: bool) -> Result<(), String> {
    Parsed::read(url, allow_private).map(|_| ())
}

impl Upstream {
    /// An upstream with this base URL, model name and key.
    pub fn new(
        url: &str,
        allow_private: bool,
        model: &str,
        key: Option<&Secret>,
        dialer: Dialer,
    ) -> Result<Self, String> {
        let parsed = Parsed::read(url, allow_private)?;
        let authorization = match key {
            None => None,
            Some(key) => {
                let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose()))
                    .map_err(|_| "the upstream's key has characters that no header can carry".to_owned())?;
                value.set_sensitive(true);
                Some(value)
            }
        };
        let host = HeaderValue::from_str(&parsed.authority).map_err(|error| error.to_string())?;
        let scheme = if parsed.tls { "https" } else { "http" };
        // A connection to a private address is never lent to a binding that may not go there.
        let reach = if allow_private { "private" } else { "public" };
        Ok(Self {
            origin: Origin {
                key: format!("{scheme}://{}#{reach}", parsed.authority).into(),
                place: Place::Tcp {
                    host: parsed.host,
                    port: parsed.port,
                    tls: parsed.tls,
                    allow_private,
                },
            },
            path: parsed.path,
            host,
            authorization,
            model: model.to_owned(),
            dialer,
        })
    }

    pub(crate) async fn infer(&self, call: Call<'_>) -> Result<Answer, BackendError> {
        let request_id = HeaderValue::from_str(call.request_id).ok();
        let body = with_model(&call.body, call.model_at.clone(), &self.model);
        pool::send(&self.dialer, &self.origin, || {
            let mut request = Request::new(Full::new(body.clone()));
            *request.method_mut() = Method::POST;
            *request.uri_mut() = self.path.clone();
            let headers = request.headers_mut();
            headers.insert(header::HOST, self.host.clone());
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(header::ACCEPT, accept(call.stream));
            headers.insert(header::USER_AGENT, HeaderValue::from_static("cupola"));
            if let Some(authorization) = &self.authorization {
                headers.insert(header::AUTHORIZATION, authorization.clone());
            }
            if let Some(id) = &request_id {
                headers.insert("x-request-id", id.clone());
            }
            request
        })
        .await
    }
}

/// The body with this name as its `model`, made by copying around it.
fn with_model(body: &Bytes, at: Option<Range<usize>>, model: &str) -> Bytes {
    let value = serde_json::Value::from(model).to_string();
    let at = match &at {
        Some(at) => at.clone(),
        // Behind the opening brace; a request always has a field that follows.
        None => {
            let brace = body
                .iter()
                .position(|byte| *byte == b'{')
                .map_or(0, |brace| brace + 1);
            brace..brace
        }
    };
    let (Some(before), Some(after)) = (body.get(..at.start), body.get(at.end..)) else {
        return body.clone();
    };
    if body[at.clone()] == *value.as_bytes() {
        return body.clone();
    }
    let mut out = Vec::with_capacity(body.len() + value.len() + 10);
    out.extend_from_slice(before);
    if at.is_empty() {
        out.extend_from_slice(b"\"model\":");
    }
    out.extend_from_slice(value.as_bytes());
    if at.is_empty() {
        out.push(b',');
    }
    out.extend_from_slice(after);
    out.into()
}

fn accept(stream: bool) -> HeaderValue {
    HeaderValue::from_static(if stream {
        "text/event-stream"
    } else {
        "application/json"
    })
}

/// A base URL, taken apart.
struct Parsed {
    tls: bool,
    host: String,
    port: u16,
    authority: String,
    path: Uri,
}

impl Parsed {
    fn read(url: &str, allow_private: bool) -> Result<Self, String> {
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
        let path = uri.path().trim_end_matches('/');
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let path = format!("{path}/chat/completions{query}")
            .parse()
            .map_err(|_| "the path is not valid")?;
        let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });
        Ok(Self {
            tls,
            port,
            authority: authority.as_str().to_ascii_lowercase(),
            host,
            path,
        })
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

    #[test]
    fn the_model_is_spliced_in() {
        let check = |body: &'static str, at: Option<Range<usize>>, expected: &str| {
            let found = with_model(&Bytes::from_static(body.as_bytes()), at, "a\"b");
            assert_eq!(found, expected.as_bytes());
        };
        check(r#" {"x":1}"#, None, r#" {"model":"a\"b","x":1}"#);
        check(r#"{"model":"m","x":1}"#, Some(9..12), r#"{"model":"a\"b","x":1}"#);
        check(r#"{"model":null}"#, Some(9..13), r#"{"model":"a\"b"}"#);
        check(r#"{"model":"a\"b"}"#, Some(9..15), r#"{"model":"a\"b"}"#);
    }

    #[test]
    fn the_route_is_appended_before_the_query() {
        let path = |url| Parsed::read(url, false).map(|parsed| parsed.path.to_string());
        assert_eq!(path("https://e.com"), Ok("/chat/completions".to_owned()));
        assert_eq!(path("https://e.com/v1/"), Ok("/v1/chat/completions".to_owned()));
        assert_eq!(
            path("https://e.com/models?a=b"),
            Ok("/models/chat/completions?a=b".to_owned())
        );
    }
}
