//! An upstream: somebody's inference API, in whatever dialect it speaks.

mod anthropic;
mod azure_openai;
mod cohere;
mod manner;
mod model_inference;
mod openai;
mod splice;
#[cfg(test)]
mod tests;
mod url;

pub(crate) use manner::route as openai_route;
pub(crate) use url::BaseUrl;
pub use url::check_upstream_url;

use crate::answer::{Answer, Veil};
use crate::connect::{Dialer, Origin, Place};
use crate::error::BackendError;
use crate::{Call, connections};
use bytes::Bytes;
use cupola_core::name::printable;
use cupola_core::{Operation, Secret};
use cupola_wire::Dialect;
use cupola_wire::dialect::Untranslatable;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header};
use http_body_util::Full;
use manner::manner;
use splice::{native_with_model, with_model};

/// What is known of an upstream, its key aside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpstreamSettings {
    /// The base URL; the path of each operation is appended.
    pub url: String,
    /// What it speaks.
    pub dialect: Dialect,
    /// The model's name there; behind Azure OpenAI the deployment's.
    pub model: String,
    /// The api-version to ask for, where not the dialect's usual one.
    pub api_version: Option<String>,
    /// May the URL lead to a private address?
    pub allow_private_network: bool,
}

impl UpstreamSettings {
    /// Can they be used? The addresses that the URL's name resolves to are checked when connecting.
    pub fn check(&self) -> Result<(), String> {
        let base = BaseUrl::read(&self.url, self.allow_private_network)?;
        routes(self, &base).map(|_| ())
    }
}

/// Somebody's inference API.
#[derive(Debug)]
pub struct Upstream {
    origin: Origin,
    /// Where each operation is asked for.
    routes: Vec<(Operation, Uri)>,
    /// What every request carries, the key among them.
    headers: HeaderMap,
    veil: Veil,
    dialect: Dialect,
    model: String,
    dialer: Dialer,
}

impl Upstream {
    /// An upstream with these settings and this key.
    pub fn new(settings: &UpstreamSettings, key: Option<&Secret>, dialer: Dialer) -> Result<Self, String> {
        let base = BaseUrl::read(&settings.url, settings.allow_private_network)?;
        Ok(Self {
            routes: routes(settings, &base)?,
            headers: headers(settings.dialect, &base, key)?,
            veil: Veil::new(key),
            origin: base.origin("model", settings.allow_private_network),
            dialect: settings.dialect,
            model: settings.model.clone(),
            dialer,
        })
    }

    /// Its host and port.
    pub fn server(&self) -> Option<(&str, u16)> {
        match &self.origin.place {
            Place::Tcp { host, port, .. } => Some((host, *port)),
            Place::Unix(_) => None,
        }
    }

    /// The model's name there.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// What it speaks.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(crate) async fn infer(&self, call: &Call<'_>) -> Result<Answer, BackendError> {
        let path = self.route(call.operation)?;
        let body = self.body(call)?;
        let request_id = HeaderValue::from_str(call.request_id).ok();
        let mut answer = connections::send(&self.dialer, &self.origin, || {
            let mut request = Request::new(Full::new(body.clone()));
            *request.method_mut() = Method::POST;
            *request.uri_mut() = path.clone();
            let headers = request.headers_mut();
            *headers = self.headers.clone();
            headers.insert(header::ACCEPT, accept(call.stream));
            if let Some(id) = &request_id {
                headers.insert("x-request-id", id.clone());
            }
            if let Some(traceparent) = &call.traceparent {
                headers.insert("traceparent", traceparent.clone());
            }
            request
        })
        .await?;
        answer.dialect = self.dialect;
        answer.body.veil_with(self.veil.clone());
        Ok(answer)
    }

    fn route(&self, operation: Operation) -> Result<&Uri, BackendError> {
        let found = self.routes.iter().find(|(known, _)| *known == operation);
        found
            .map(|(_, path)| path)
            .ok_or_else(|| cannot(self.dialect.as_str(), operation))
    }

    /// What goes over the wire: the client's own words where it speaks the same dialect, or else a translation.
    fn body(&self, call: &Call<'_>) -> Result<Bytes, BackendError> {
        if let Some((dialect, native)) = &call.native
            && *dialect == self.dialect
            && let Some(body) = native_with_model(native, &self.model)
        {
            return Ok(body);
        }
        match self.dialect.request(call.operation, &call.body, &self.model) {
            Ok(Some(translated)) => Ok(translated.into()),
            Ok(None) => Ok(with_model(&call.body, call.model_at.clone(), &self.model)),
            Err(why) => Err(BackendError::untranslatable(why)),
        }
    }
}

/// A backend that has no way to do what is asked.
pub(crate) fn cannot(who: &str, operation: Operation) -> BackendError {
    BackendError::untranslatable(Untranslatable {
        param: "model".to_owned(),
        message: format!(
            "The model is behind a server that speaks '{who}', which has no way to ask for '{}'.",
            operation.as_str()
        ),
    })
}

fn routes(settings: &UpstreamSettings, base: &BaseUrl) -> Result<Vec<(Operation, Uri)>, String> {
    let manner = manner(settings.dialect);
    let mut query = base.query.clone().unwrap_or_default();
    let version = settings.api_version.as_deref();
    let version = version.or_else(|| manner.api_version(&base.path));
    if let Some(version) = version
        && !query.contains("api-version=")
    {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        if version.is_empty() || !version.chars().all(plain) {
            return Err(format!(
                "the api-version '{}' is none; use one such as 2024-10-21",
                printable(version)
            ));
        }
        query = match query.as_str() {
            "" => format!("api-version={version}"),
            query => format!("{query}&api-version={version}"),
        };
    }
    let mut routes = Vec::with_capacity(Operation::ALL.len());
    for operation in Operation::ALL {
        let Some(mut path) = manner.path(&base.path, &settings.model, operation) else {
            continue;
        };
        if !query.is_empty() {
            path.push('?');
            path.push_str(&query);
        }
        let uri = path.parse().map_err(|_| "the path is not valid".to_owned())?;
        routes.push((operation, uri));
    }
    Ok(routes)
}

fn headers(dialect: Dialect, base: &BaseUrl, key: Option<&Secret>) -> Result<HeaderMap, String> {
    let manner = manner(dialect);
    let mut headers = HeaderMap::with_capacity(10);
    let host = HeaderValue::from_str(&base.authority).map_err(|error| error.to_string())?;
    headers.insert(header::HOST, host);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static("cupola"));
    for (name, value) in manner.headers() {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    for (name, value) in key.map(|key| manner.key(key.expose())).unwrap_or_default() {
        let mut value = HeaderValue::from_str(&value)
            .map_err(|_| "the upstream's key has characters that no header can carry".to_owned())?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

fn accept(stream: bool) -> HeaderValue {
    HeaderValue::from_static(if stream {
        "text/event-stream"
    } else {
        "application/json"
    })
}
