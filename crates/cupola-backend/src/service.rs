//! A service that is no model: JSON posted to paths below a base URL, and whole answers of a bounded size. Somebody here named
//! it; its URL is held to the rules of upstreams, and redirects are not followed.

use crate::connect::{Dialer, Origin, Timeouts};
use crate::connections;
use crate::error::BackendError;
use crate::upstream::BaseUrl;
use bytes::Bytes;
use cupola_core::Secret;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::Full;

const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// A service under a base URL.
#[derive(Debug)]
pub struct Service {
    origin: Origin,
    /// Of the base URL, without a slash at its end.
    path: String,
    query: Option<String>,
    /// What every request carries, the key among them.
    headers: HeaderMap,
    dialer: Dialer,
}

impl Service {
    /// A service; `key` is the header that carries its key. `timeouts` bound each part of a request.
    pub fn new(
        url: &str,
        allow_private_network: bool,
        key: Option<(HeaderName, &Secret)>,
        dialer: Dialer,
        timeouts: Timeouts,
    ) -> Result<Self, String> {
        let base = BaseUrl::read(url, allow_private_network)?;
        let mut headers = HeaderMap::with_capacity(6);
        let host = HeaderValue::from_str(&base.authority).map_err(|error| error.to_string())?;
        headers.insert(header::HOST, host);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static("cupola"));
        if let Some((name, key)) = key {
            let mut value = HeaderValue::from_str(key.expose())
                .map_err(|_| "the service's key has characters that no header can carry".to_owned())?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Ok(Self {
            origin: base.origin("service", allow_private_network),
            path: base.path,
            query: base.query,
            headers,
            dialer: dialer.with_timeouts(timeouts),
        })
    }

    /// Posts this JSON to a path below the base URL, such as `/x/y?api-version=1`, and reads the whole answer.
    pub async fn post(&self, path: &str, body: Bytes) -> Result<(StatusCode, Bytes), BackendError> {
        let mut target = format!("{}{path}", self.path);
        if let Some(query) = &self.query {
            target.push(if path.contains('?') { '&' } else { '?' });
            target.push_str(query);
        }
        let target: Uri = target
            .parse()
            .map_err(|_| BackendError::broke("the path of a service is not valid"))?;
        let answer = connections::send(&self.dialer, &self.origin, || {
            let mut request = Request::new(Full::new(body.clone()));
            *request.method_mut() = Method::POST;
            *request.uri_mut() = target.clone();
            *request.headers_mut() = self.headers.clone();
            request
        })
        .await?;
        let status = answer.status;
        Ok((status, answer.body.collect(ANSWER_BYTES_MAX).await?))
    }
}
